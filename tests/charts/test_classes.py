import numpy as np
import pandas as pd
import pytest

from charts.classes import bin_lengths, class_bars, length_histogram
from charts.palette import DARK, LIGHT

NAMES = ["bread", "cheese"]
COUNTS = pd.DataFrame(
    {"class": ["bread", "bread", "cheese", "cheese"], "split": ["training", "validation"] * 2, "n": [30, 10, 50, 10]}
)


def test_bars_draw_the_counts_that_were_passed_from_zero(layers):
    layer, rows = layers(class_bars(COUNTS, LIGHT, NAMES))[0]
    assert [row["n"] for row in rows] == [30, 10, 50, 10]
    assert layer["encoding"]["x"]["scale"]["domain"][0] == 0
    assert layer["encoding"]["y"]["axis"]["labelOverlap"] is False


def test_the_constant_guess_is_the_largest_class_unless_told():
    assert class_bars(COUNTS, LIGHT, NAMES).finding == "Always guessing cheese is right for 60.0 % of articles."
    told = class_bars(COUNTS, LIGHT, NAMES, constant_guess=("cheese", 0.5))
    assert told.finding == "Always guessing cheese is right for 50.0 % of validation articles."
    assert told.alt.endswith("Articles by class: bread 40, cheese 60.")


def test_the_dashed_line_stands_at_the_guessed_class_and_names_it(layers):
    (rule, rows), (label, _) = layers(class_bars(COUNTS, LIGHT, NAMES))[1:3]
    assert rule["mark"]["type"] == "rule" and rule["mark"]["strokeDash"]
    assert rows == [{"n": 60, "label": "always guessing cheese"}]
    assert label["mark"]["type"] == "text"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_classes_have_their_colours_in_corpus_order(layers, palette):
    layer, _ = layers(class_bars(COUNTS, palette, NAMES))[0]
    assert layer["encoding"]["color"]["scale"] == {"domain": NAMES, "range": list(palette.classes[:2])}


def test_every_article_lies_in_one_bin():
    generator = np.random.default_rng(5)
    lengths = pd.DataFrame({"class": generator.choice(NAMES, 500), "length": generator.integers(0, 3000, 500)})
    binned = bin_lengths(lengths)
    assert binned["n"].sum() == 500
    one = lengths[lengths["class"] == "bread"]["length"].clip(lower=0.5)
    for _, low, high, n in binned[binned["class"] == "bread"].itertuples(index=False):
        assert n == ((one >= low) & (one < high)).sum() or high == binned["high"].max()


def test_lengths_are_drawn_on_a_logarithmic_axis_from_zero_articles_with_the_median_marked(layers):
    lengths = pd.DataFrame({"class": ["bread"] * 3 + ["cheese"] * 2, "length": [2, 4, 6, 100, 300]})
    drawing = length_histogram(lengths, LIGHT, NAMES)
    (bars, _), (line, rows), _ = layers(drawing)
    assert bars["encoding"]["x"]["scale"]["type"] == "log"
    assert bars["encoding"]["y"]["scale"]["zero"] is True
    assert line["mark"]["type"] == "rule" and rows[0]["low"] == 6
    assert drawing.finding == "Half of 5 articles have at most 6 words; cheese is longest, median 200."
    assert drawing.alt.endswith("Medians by class: bread 4, cheese 200.")


def test_stacked_bins_meet_without_gap_or_overlap(layers):
    lengths = pd.DataFrame({"class": ["bread", "cheese", "cheese"], "length": [3, 3, 3]})
    _, rows = layers(length_histogram(lengths, LIGHT, NAMES))[0]
    assert [(row["class"], row["start"], row["end"]) for row in rows] == [("bread", 0, 1), ("cheese", 1, 3)]
