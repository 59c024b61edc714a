import re

import pandas as pd
import pytest

from bowcore.numbers import raised
from charts.classes import class_bars
from charts.drawing import legend_columns
from charts.frequency import coverage_curve
from charts.palette import DARK, LIGHT
from charts.wording import in_lines, short_names

COUNTS = pd.DataFrame({"class": ["bread", "wine"], "split": "training", "n": [1, 3]})


@pytest.mark.parametrize("palette", [LIGHT, DARK, LIGHT.with_font_size(18)], ids=["light", "dark", "projector"])
def test_charts_are_transparent_and_no_text_is_below_12_px(palette):
    for drawing in (class_bars(COUNTS, palette, ["bread", "wine"]), coverage_curve([3, 1], palette)):
        specification = drawing.specification()
        config = specification["config"]
        assert config["background"] == "transparent"
        sizes = [int(size) for size in re.findall(r"ontSize': (\d+)", str(specification))]
        assert len(sizes) >= 7 and min(sizes) >= max(12, palette.font_size)
        assert config["axis"]["labelColor"] == palette.text
        assert config["locale"]["number"]["percent"] == "\N{NO-BREAK SPACE}%"  # a tooltip's 61.1 % is that of prose


def test_a_chart_takes_the_width_of_its_place_and_keeps_the_height_of_its_rows():
    specification = class_bars(COUNTS, LIGHT, ["bread", "wine"]).specification()
    assert specification["autosize"] == {"type": "fit-x", "contains": "padding"}
    assert "width" not in specification


def test_a_title_is_never_cut_with_an_ellipsis():
    title = class_bars(COUNTS, LIGHT, ["bread", "wine"]).specification()["title"]
    assert title["limit"] >= 2000
    assert all(len(line) <= 50 for line in title["text"])


def test_short_names_stay_different():
    assert short_names(["commerce", "comedy"]) == {"commerce": "comm", "comedy": "come"}
    assert short_names(["a", "ab"]) == {"a": "a", "ab": "ab"}


def test_a_number_and_its_percent_sign_stay_on_one_line():
    lines = in_lines("wwwwww 12.5 % of it", 11)
    assert lines == ["wwwwww", "12.5\N{NO-BREAK SPACE}% of", "it"]


def test_a_legend_beside_long_names_begins_a_second_row_before_it_is_cut():
    classes = ["World", "Sports", "Business", "Sci/Tech"]
    assert legend_columns(classes, LIGHT) == 4
    assert legend_columns(classes, LIGHT, ["mark-up", "entity without its &"]) == 2
    assert legend_columns(classes, LIGHT, ["x" * 200]) == 1


def test_an_exponent_is_raised_whatever_its_digits_and_sign():
    assert raised(1234567890.0, 0) == "¹²³⁴⁵⁶⁷⁸⁹⁰"
    assert raised(-0.5) == "⁻⁰·⁵⁰"
