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
    assert rows == [{"n": 60, "label": "always guessed"}]
    assert label["mark"]["type"] == "text"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_classes_have_their_colours_in_corpus_order(layers, palette):
    layer, _ = layers(class_bars(COUNTS, palette, NAMES, GUESS))[0]
    assert layer["encoding"]["color"]["scale"] == {"domain": [0, 1], "range": list(palette.classes[:2])}


def test_of_more_than_forty_classes_the_largest_are_drawn_and_all_are_in_the_table(layers):
    names = [f"kind {i}" for i in range(50)]
    table = pd.DataFrame({"class": names, "split": "training", "n": range(1, 51)})
    drawing = class_bars(table, LIGHT, names, ("kind 49", 0.04))
    _, rows = layers(drawing)[0]
    assert {row["class"] for row in rows} == {f"kind {i}" for i in range(30, 50)}
    assert [row["class"] for row in sorted(rows, key=lambda row: row["row"])][:2] == ["kind 49", "kind 48"]
    assert len(drawing.table) == 50
    assert "The 20 largest of 50 classes" in drawing.specification()["title"]["subtitle"]


def test_a_guess_whose_name_is_a_number_is_called_a_class():
    table = pd.DataFrame({"class": ["0", "1"], "split": "training", "n": [2, 1]})
    drawing = class_bars(table, LIGHT, ["0", "1"], ("0", 0.666))
    assert drawing.finding == joined("Always guessing class 0 is right for 66.6 % of validation articles.")
