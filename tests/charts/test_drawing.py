import re

import pandas as pd
import pytest

from bowcore.numbers import raised
from charts.classes import class_bars
from charts.drawing import heading, legend_columns, round_ticks, short_names
from charts.frequency import coverage_curve
from charts.palette import DARK, LIGHT
from charts.words import words_that_decide

COUNTS = pd.DataFrame({"class": ["bread", "wine"], "split": "training", "n": [1, 3]})
GUESS = ("wine", 0.75)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_charts_are_transparent_and_no_text_is_below_12_px(palette):
    for drawing in (class_bars(COUNTS, palette, ["bread", "wine"], GUESS), coverage_curve([3, 1], palette)):
        specification = drawing.specification()
        config = specification["config"]
        assert config["background"] == "transparent"
        sizes = [int(size) for size in re.findall(r"ontSize': (\d+)", str(specification))]
        assert len(sizes) >= 7 and min(sizes) >= max(12, palette.font_size)
        assert config["axis"]["labelColor"] == palette.text
        assert config["locale"]["number"]["percent"] == "\N{NO-BREAK SPACE}%"  # a tooltip's 61.1 % is that of prose


def test_a_chart_is_as_wide_as_its_container_and_its_rows_keep_their_height():
    specification = class_bars(COUNTS, LIGHT, ["bread", "wine"], GUESS).specification()
    assert specification["autosize"] == {"type": "fit-x", "contains": "padding"}
    assert "width" not in specification


def test_a_chart_of_a_card_is_as_high_as_the_card():
    table = pd.DataFrame({"term": ["rye"], "class": ["bread"], "weight": [1.0]})
    in_card, on_page = (
        words_that_decide(table, LIGHT, ["bread", "wine"]),
        class_bars(COUNTS, LIGHT, ["bread", "wine"], GUESS),
    )
    assert in_card.fills and not on_page.fills
    assert in_card.specification()["autosize"] == {"type": "fit", "contains": "padding"}
    assert "height" not in in_card.specification()


def test_a_page_draws_title_and_note_itself():
    drawing = class_bars(COUNTS, LIGHT, ["bread", "wine"], GUESS)
    assert drawing.title["text"] == drawing.finding.replace(" %", "\N{NO-BREAK SPACE}%")
    assert drawing.title["subtitle"].startswith("On the right")
    assert "title" not in drawing.untitled() and "title" in drawing.specification()


def test_short_names_stay_different():
    assert short_names(["commerce", "comedy"]) == {"commerce": "comm", "comedy": "come"}
    assert short_names(["a", "ab"]) == {"a": "a", "ab": "ab"}


def test_a_number_and_its_percent_sign_stay_on_one_line():
    assert heading("wwwwww 12.5 % of it", "5 %") == {
        "text": "wwwwww 12.5\N{NO-BREAK SPACE}% of it",
        "subtitle": "5\N{NO-BREAK SPACE}%",
    }


def test_a_legend_next_to_long_row_labels_begins_a_second_row_before_it_is_cut():
    classes = ["World", "Sports", "Business", "Sci/Tech"]
    assert legend_columns(classes, LIGHT) == 4
    assert legend_columns(classes, LIGHT, ["mark-up", "entity without its &"]) == 2
    assert legend_columns(classes, LIGHT, ["x" * 200]) == 1


@pytest.mark.parametrize(
    ("most", "power", "ticks"),
    [
        (1, 0, [0, 1]),
        (4, 0, [0, 1, 2, 3, 4]),
        (1234, 0, [0, 500, 1000]),
        (2, -3, [0, 0.5, 1, 1.5, 2]),
        (0.031, -3, [0, 0.01, 0.02, 0.03]),
    ],
)
def test_ticks_are_a_few_round_numbers_up_to_the_longest_bar(most, power, ticks):
    assert round_ticks(most, power) == pytest.approx(ticks)


def test_an_exponent_is_raised_whatever_its_digits_and_sign():
    assert raised(1234567890.0, 0) == "¹²³⁴⁵⁶⁷⁸⁹⁰"
    assert raised(-0.5) == "⁻⁰·⁵⁰"
