import pandas as pd
import pytest

from charts.classes import class_bars
from charts.palette import DARK, LIGHT
from tests.joined import joined

NAMES = ["bread", "cheese"]
GUESS = ("cheese", 0.5)
COUNTS = pd.DataFrame(
    {"class": ["bread", "bread", "cheese", "cheese"], "split": ["training", "validation"] * 2, "n": [30, 10, 50, 10]}
)


def test_bars_draw_the_counts_that_were_passed_from_zero(layers):
    layer, rows = layers(class_bars(COUNTS, LIGHT, NAMES, GUESS))[0]
    assert [row["n"] for row in rows] == [30, 10, 50, 10]
    assert layer["encoding"]["x"]["scale"]["domain"][0] == 0
    assert layer["encoding"]["y"]["axis"]["labelOverlap"] is False


def test_the_finding_is_the_share_for_which_the_constant_guess_is_right():
    drawing = class_bars(COUNTS, LIGHT, NAMES, GUESS)
    assert drawing.finding == joined("Always guessing cheese is right for 50.0 % of validation articles.")
    assert drawing.alt.endswith("Articles by class: bread 40, cheese 60.")


def test_a_dashed_line_marks_the_guessed_class_and_names_it(layers):
    (rule, rows), (label, _) = layers(class_bars(COUNTS, LIGHT, NAMES, GUESS))[1:3]
    assert rule["mark"]["type"] == "rule" and rule["mark"]["strokeDash"]
    assert rows == [{"n": 60, "label": "always guessing cheese"}]
    assert label["mark"]["type"] == "text"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_classes_have_their_colours_in_corpus_order(layers, palette):
    layer, _ = layers(class_bars(COUNTS, palette, NAMES, GUESS))[0]
    assert layer["encoding"]["color"]["scale"] == {"domain": [0, 1], "range": list(palette.classes[:2])}
