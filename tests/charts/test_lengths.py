import numpy as np
import pandas as pd
import pytest

from charts.lengths import PICKED, bin_lengths, length_histogram
from charts.palette import LIGHT
from tests.small_corpora import SMALL_CORPORA

NAMES = ["bread", "cheese"]


def test_every_article_is_in_one_bin():
    generator = np.random.default_rng(5)
    lengths = pd.DataFrame({"class": generator.choice(NAMES, 500), "length": generator.integers(0, 3000, 500)})
    lengths["split"] = "training"
    binned = bin_lengths(lengths)
    assert binned["n"].sum() == 500
    one = lengths[lengths["class"] == "bread"]["length"].clip(lower=0.5)
    for _, _, low, high, n in binned[binned["class"] == "bread"].itertuples(index=False):
        assert n == ((one >= low) & (one < high)).sum() or high == binned["high"].max()


def test_each_class_has_a_row_of_its_own_with_its_name_and_its_median(layers):
    lengths = pd.DataFrame(
        {"class": ["bread"] * 3 + ["cheese"] * 2, "length": [2, 4, 6, 100, 300], "split": "training"}
    )
    drawing = length_histogram(lengths, LIGHT, NAMES)
    (bars, drawn), (half, medians), (label, _), _ = layers(drawing)
    assert bars["encoding"]["x"]["scale"]["type"] == "log"
    assert {(row["class"], row["base"]) for row in drawn} == {("bread", 1), ("cheese", 0)}
    labels = bars["encoding"]["y"]["axis"]["labelExpr"]
    assert labels == '["cheese", "bread"][floor(datum.value)]', "from the lowest row up"
    assert half["mark"]["type"] == "rule" and label["mark"]["type"] == "text"
    assert [(row["low"], row["label"]) for row in medians] == [(4, "median 4"), (200, "median 200")]
    assert drawing.finding == "Half of 5 articles have at most 6 words; cheese is longest, median 200."
    assert drawing.alt.endswith("Medians by class: bread 4, cheese 200.")


def test_bars_of_all_rows_share_one_scale_and_the_note_states_the_tallest(layers):
    lengths = pd.DataFrame({"class": ["bread", "cheese", "cheese"], "length": [3, 3, 3], "split": "training"})
    drawing = length_histogram(lengths, LIGHT, NAMES)
    _, rows = layers(drawing)[0]
    bread, cheese = (row["end"] - row["base"] for row in rows)
    assert cheese == pytest.approx(2 * bread) and cheese < 1
    assert "Tallest bar: 2 articles" in drawing.specification()["title"]["subtitle"]


def test_more_classes_than_colours_share_one_row(layers):
    names = [f"class {i}" for i in range(20)]
    drawing = length_histogram(
        pd.DataFrame({"class": names, "length": [3] * 19 + [9], "split": "training"}), LIGHT, names
    )
    _, rows = layers(drawing)[0]
    assert {row["class"] for row in rows} == {"all classes"}
    assert sum(row["n"] for row in rows) == 20
    assert drawing.finding.endswith("class 19 is longest, median 9.")


TWO_SPLITS = pd.DataFrame(
    {
        "class": ["bread"] * 4 + ["cheese"] * 2 + ["bread", "cheese"],
        "split": ["training"] * 6 + ["validation"] * 2,
        "length": [2, 2, 2, 90, 90, 90, 2, 90],
    }
)


def test_bars_are_training_articles_and_squares_validation_articles_scaled_to_as_many(layers):
    drawing = length_histogram(TWO_SPLITS, LIGHT, NAMES)
    (_, bars), *_, (squares, scaled) = layers(drawing)
    assert [(row["class"], row["low"], row["n"]) for row in bars] == [
        ("bread", 2, 3),
        ("bread", 80, 1),
        ("cheese", 80, 2),
    ]
    assert squares["mark"]["shape"] == "square"
    assert [(row["low"], row["n"], row["scaled"]) for row in scaled] == [(2, 1, 3.0), (80, 1, 3.0)]
    assert drawing.table["n"].sum() == len(TWO_SPLITS)


def test_bins_are_counted_by_class_and_split_as_pandas_cuts_them():
    generator = np.random.default_rng(7)
    rows = {"class": generator.choice(NAMES, 400), "split": generator.choice(["training", "validation"], 400)}
    lengths = pd.DataFrame({**rows, "length": generator.integers(1, 900, 400)})
    binned = bin_lengths(lengths)
    edges = sorted({*binned["low"], binned["high"].max()})
    bins = pd.cut(lengths["length"], edges, right=False, labels=edges[:-1]).astype(float)
    counted = lengths.assign(low=bins).groupby(["class", "split", "low"]).size()
    assert binned.set_index(["class", "split", "low"])["n"].sort_index().to_dict() == counted.to_dict()


@pytest.mark.parametrize("split", ["training", "validation"])
def test_one_split_alone_is_drawn_as_bars_without_squares(layers, split):
    drawing = length_histogram(TWO_SPLITS[TWO_SPLITS["split"] == split], LIGHT, NAMES)
    assert "square" not in str([layer["mark"] for layer, _ in layers(drawing)])
    assert sum(row["n"] for row in layers(drawing)[0][1]) == (TWO_SPLITS["split"] == split).sum()


def test_a_drag_over_the_bars_selects_lengths_under_a_name():
    specification = length_histogram(TWO_SPLITS, LIGHT, NAMES).specification()
    (picked,) = specification["params"]
    assert picked["name"] == PICKED
    assert picked["select"] == {"encodings": ["x"], "type": "interval"}


@pytest.mark.parametrize(
    ("by_class", "said"),
    [
        ({"bread": [3, 5], "cheese": [4, 4]}, "Half of 4 articles have at most 4 words, in every class."),
        ({"a": [2], "b": [7], "c": [7]}, "; b and 1 other class are longest, median 7."),
    ],
)
def test_classes_of_the_same_median_share_the_place(by_class, said):
    rows = [(name, length, "training") for name, lengths in by_class.items() for length in lengths]
    lengths = pd.DataFrame(rows, columns=["class", "length", "split"])
    assert length_histogram(lengths, LIGHT, list(by_class)).finding.endswith(said)


def test_one_class_alone_is_not_called_the_longest():
    only = TWO_SPLITS[TWO_SPLITS["class"] == "bread"]
    assert length_histogram(only, LIGHT, NAMES).finding == "Half of 5 articles have at most 2 words."


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_every_article_of_a_small_corpus_is_in_the_chart(layers, name):
    texts, labels, names = SMALL_CORPORA[name]()
    split = ["validation" if i % 3 == 2 else "training" for i in range(len(texts))]
    classes = [names[label] for label in labels]
    lengths = pd.DataFrame({"class": classes, "split": split, "length": [len(text.split()) for text in texts]})
    drawing = length_histogram(lengths, LIGHT, names)
    drawn = layers(drawing)
    n_training = split.count("training")
    assert sum(row["n"] for row in drawn[0][1]) == n_training
    assert sum(row["n"] for row in (drawn[4][1] if len(drawn) > 4 else [])) == len(texts) - n_training
    assert drawing.table["n"].sum() == len(texts)


def test_articles_without_a_word_are_left_of_one_word(layers):
    lengths = pd.DataFrame({"class": ["bread", "cheese"], "split": ["training"] * 2, "length": [0, 0]})
    (_, rows), *_ = layers(length_histogram(lengths, LIGHT, NAMES))
    assert [(row["low"], row["high"], row["n"]) for row in rows] == [(0.5, 1, 1), (0.5, 1, 1)]
