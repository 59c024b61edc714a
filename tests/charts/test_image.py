"""Every chart as SVG and PNG: with its title, its axes and the names of its classes, in the font of the pages."""

import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bowcore.errors import OutputError
from charts import fonts, image
from charts.classes import class_bars
from charts.components import explained_variance
from charts.confusion import confusion_matrix
from charts.drawing import Drawing
from charts.frequency import linear_bars
from charts.leftovers import leftover_shares
from charts.palette import DARK, LIGHT
from charts.scores import per_class_scores, score_interval
from charts.typical import typical_words
from charts.vocabulary import unknown_shares
from tests.charts.test_every_chart import (
    EXAMPLES,
    LEFTOVERS,
    NAMES,
    PAIRS,
    RANKED,
    TYPICAL,
    UNKNOWN,
    _drawings,
    _units_of,
)

ROOT = Path(__file__).parents[2]
HOSTILE = ["__proto__", "<b>bold</b>", "R&D", "constructor", "ζώα", "動物"]
SIGNS = "".join(HOSTILE)


@pytest.fixture(scope="module", autouse=True)
def registered(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The fonts, once for this process: of two registered fonts of one name the first one counts."""
    words = [json.dumps(image.specification(drawing)) for function in EXAMPLES for drawing in _drawings(function, DARK)]
    image.register_fonts(" ".join(words) + SIGNS, tmp_path_factory.mktemp("fonts"))


def written(svg: str) -> list[str]:
    """The texts of an image, lines of one text joined, without invisible signs."""
    texts = re.findall(r"<text(?:[^>]*[^/>])?>(.*?)</text>", svg, re.DOTALL)
    lines = [" ".join(re.findall(r">([^<]*)</tspan>", text)) or text for text in texts]
    return [unescape(line).replace("\N{WORD JOINER}", "") for line in lines]


AXIS = re.compile(
    r'role-axis"[^>]*aria-label="([XY])-axis[^"]*for a (linear|log) scale.*?role-axis-label.*?</g>', re.DOTALL
)
LABEL = re.compile(r"<text[^>]*translate\(([-\d.]+),([-\d.]+)\)[^>]*>([^<]*)</text>")
TICK = re.compile("([+\N{MINUS SIGN}]?)(1 in )?([\\d.]+)([kM]?)\N{NO-BREAK SPACE}?(%?)")
UNITS = {"": 1, "k": 1e3, "M": 1e6, "%": 0.01}


def number_of(label: str) -> float | None:
    """The number that a tick's label says; None for a name."""
    found = TICK.fullmatch(label)
    if found is None:
        return None
    sign, one_in, digits, unit, percent = found.groups()
    value = float(digits) * UNITS[unit] * UNITS[percent]
    return (-1 if sign == "\N{MINUS SIGN}" else 1) * (1 / value if one_in else value)


def assert_ticks_are_exact(svg: str) -> int:
    """Check that each tick stands where the number of its label belongs; the number of axes with three or more."""
    n_axes = 0
    for axis in AXIS.finditer(svg):
        labels = LABEL.findall(axis[0])
        assert not any(re.fullmatch(r"[\d.]+[mµn]", label) for *_, label in labels), "0.5 reads 500m"
        values = [number_of(unescape(label)) for *_, label in labels]
        if len(values) < 3 or None in values:
            continue
        at = np.array([label[axis[1] == "Y"] for label in labels], float)
        true = np.log(values) if axis[2] == "log" else np.array(values)
        ends = [at.argmin(), at.argmax()]
        here = np.interp(at, at[ends], true[ends])
        assert here == pytest.approx(true, abs=1e-6 * np.ptp(true)), [label for *_, label in labels]
        n_axes += 1
    return n_axes


def axis_titles(drawing: Drawing) -> set[str]:
    """Titles of the axes of a specification, which draws one for each channel."""
    channels = [unit["encoding"].get(channel, {}) for unit, _ in _units_of(drawing) for channel in "xy"]
    return {axis["title"] for axis in channels if axis.get("title") and axis.get("axis", "drawn") is not None}


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda function: function.__name__)
def test_every_chart_is_saved_with_its_title_and_the_titles_of_its_axes(function, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image, "SCALE", 0.5)
    for drawing in _drawings(function, DARK):
        svg = image.to_svg(image.specification(drawing))
        words = written(svg)
        assert_ticks_are_exact(svg)
        assert any(drawing.finding.replace(" %", "\N{NO-BREAK SPACE}%") in text for text in words)
        if drawing.title:
            assert drawing.title["text"] in words
        assert axis_titles(drawing) <= set(words)
        assert not any("Click" in text for text in words)
        png = image.to_png(svg)
        assert png.startswith(b"\x89PNG") and struct.unpack(">I", png[16:20])[0] == image.WIDTH * image.SCALE


@pytest.mark.parametrize("most", [0.00003, 0.0018, 0.018, 0.25])
def test_half_steps_of_small_shares_are_written_with_their_decimals(most: float):
    small = LEFTOVERS.assign(share=[most, 0.0, most / 3])
    for drawing in (
        leftover_shares(small, DARK, NAMES),
        unknown_shares(UNKNOWN.assign(share=[0.0, most]), DARK, "tokens"),
        explained_variance({"LSA": [most, most / 2], "PCA": [most / 3]}, DARK),
    ):
        assert assert_ticks_are_exact(image.to_svg(image.specification(drawing))) == 1, drawing.name


def test_steps_below_1_are_written_with_their_decimals_and_counts_have_none_of_them():
    typical = typical_words(TYPICAL.assign(z=0.9), DARK, NAMES, "bread", 0.9)
    assert assert_ticks_are_exact(image.to_svg(image.specification(typical))) == 1
    svg = image.to_svg(image.specification(linear_bars(RANKED[-3:].assign(rank=[1, 2, 3], count=[4, 2, 1]), DARK)))
    assert assert_ticks_are_exact(svg) == 2 and not any(re.fullmatch(r"\d\.\d+", text) for text in written(svg))


@pytest.mark.slow
@pytest.mark.parametrize("function", EXAMPLES, ids=lambda function: function.__name__)
def test_a_chart_drawn_in_the_dark_theme_is_saved_as_that_of_the_light_one(function):
    for dark, light in zip(_drawings(function, DARK), _drawings(function, LIGHT), strict=True):
        assert dark.specification() != light.specification()
        saved = image.specification(dark)
        assert saved == image.specification(replace(light, redraw=None))
        assert saved["background"] == saved["config"]["background"] == "#ffffff"


def hostile_drawings() -> Iterator[Drawing]:
    counts = pd.DataFrame([(name, "training", 5) for name in HOSTILE], columns=["class", "split", "n"])
    yield class_bars(counts, DARK, HOSTILE, ("R&D", 0.4))
    pairs = pd.DataFrame([(name, name, 4) for name in HOSTILE], columns=["actual", "predicted", "n"])
    yield confusion_matrix(pairs, DARK, HOSTILE)
    rows = [(name, measure, 0.9, 0.8, 0.95) for name in HOSTILE for measure in ("recall", "precision", "F1")]
    yield per_class_scores(pd.DataFrame(rows, columns=["class", "measure", "value", "low", "high"]), DARK, HOSTILE)


def test_names_of_classes_are_written_as_they_are_whatever_they_contain():
    for drawing in hostile_drawings():
        svg = image.to_svg(image.specification(drawing))
        assert set(HOSTILE) <= set(written(svg)), drawing.name
        assert "<b>" not in svg


def test_a_title_longer_than_the_image_is_wide_has_several_lines_and_loses_no_word():
    name = "a class with a name of many words " * 8
    pairs = PAIRS.replace("cheese", name).assign(n=range(len(PAIRS)))
    drawing = confusion_matrix(pairs, LIGHT, ["bread", name, "wine"])
    lines = image.specification(drawing)["title"]["text"]
    assert len(lines) > 1 and " ".join(lines).split() == drawing.finding.split()
    assert max(map(len, lines)) * image.LETTER * (LIGHT.font_size + 2) <= image.WIDTH


def test_a_long_name_of_the_guess_leaves_room_for_the_axis():
    table = pd.DataFrame({"name": ["a"], "accuracy": 0.5, "low": 0.4, "high": 0.6, "n": 100})
    svg = image.to_svg(image.specification(score_interval(table, LIGHT, ("always guessing " + "long " * 60, 0.45))))
    ticks = [text for text in written(svg) if re.fullmatch(r"\d+\N{NO-BREAK SPACE}%", text)]
    assert len(set(ticks)) >= 3


def test_the_image_draws_with_the_font_of_the_pages(tmp_path: Path):
    """It is wider in semibold than in the regular weight, and narrower than the converter's own font."""
    words = "The quick brown fox jumps over the lazy dog"

    def width(font: str, weight: int) -> int:
        svg = image.to_svg(
            {
                "data": {"values": [{}]},
                "mark": {"type": "text", "text": words, "fontSize": 40, "font": font, "fontWeight": weight},
                "autosize": "pad",
                "padding": 0,
                "width": 1,
            }
        )
        return int(re.search(r'width="(\d+)"', svg)[1])

    regular, semibold, other = width("Source Sans", 400), width("Source Sans", 600), width("Liberation Sans", 400)
    assert regular < semibold < other
    assert width("Source Code", 400) == pytest.approx(0.6 * 40 * len(words), rel=0.02)  # every sign is 0.6 em wide


@pytest.mark.slow
def test_a_saved_svg_contains_the_fonts_of_its_texts_and_equal_charts_give_equal_files():
    drawing = confusion_matrix(PAIRS, LIGHT, NAMES)
    svg, words = image.to_svg(image.specification(drawing)), json.dumps(drawing.specification())
    whole = image.with_fonts(svg, words)
    assert re.findall(r"@font-face { font-family: '([^']*)'", whole) == ["Source Sans"]
    assert len(whole) < len(svg) + 60_000
    fonts._subset.cache_clear()
    assert image.with_fonts(image.to_svg(image.specification(drawing)), words) == whole


@pytest.mark.slow
def test_a_page_gets_an_image_from_a_process_of_its_own():
    svg = image.convert(confusion_matrix(PAIRS, DARK, NAMES), "svg").decode()
    assert set(NAMES) <= set(written(svg)) and "@font-face" in svg


def test_a_chart_that_cannot_be_converted_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(OutputError, match="cannot be made an image"):
        image.convert(confusion_matrix(PAIRS, LIGHT, NAMES), "svg")


def test_neither_the_converter_nor_the_font_library_is_imported_before_an_image_is_wanted():
    code = (
        "import sys, ui.reading.tables, charts.image;"
        "print([name for name in ('vl_convert', 'fontTools', 'brotli') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
