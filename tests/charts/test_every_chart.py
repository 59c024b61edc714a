"""Every chart has an alternative text, a table with its numbers, and more than colours to distinguish its marks."""

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

import charts
from bowcore.matrix.frequencies.heaps import fit_heaps, grow
from bowcore.matrix.frequencies.power_law import fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.zipf import naive_line
from bowcore.numbers import MINUS
from charts.calibration import reliability
from charts.cell import cell_words, margin_strip
from charts.classes import class_bars
from charts.components import article_map, explained_variance
from charts.confusion import confusion_matrix
from charts.differences import SIGNED_LABEL, paired_differences
from charts.drawing import PERCENT_LABEL, SHORT_NUMBER_LABEL, Drawing
from charts.effects import combination_grid, effect_intervals
from charts.frequency import count_bands, coverage_curve, linear_bars, rank_frequency
from charts.growth import growth_curve
from charts.learning import learning_curve
from charts.leftovers import leftover_shares, tag_classes
from charts.lengths import length_histogram
from charts.matrix_block import matrix_view
from charts.matrix_change import matrix_change
from charts.mistakes import largest_confusions
from charts.palette import DARK, LIGHT, Palette
from charts.scores import per_class_scores, score_interval
from charts.seeds import seed_spread
from charts.sizes import exponent_by_least_count, size_distribution, tail_fit
from charts.training import live_curves
from charts.typical import typical_words
from charts.vocabulary import column_growth, list_overlap, terms_left, unknown_shares
from charts.words import term_changes, words_that_decide

NAMES = ["bread", "cheese", "wine"]
COUNTS = np.random.default_rng(0).zipf(2.0, 400)
RANKED = pd.DataFrame({"count": np.sort(COUNTS)[::-1], "rank": range(1, 401)})
RANKED["term"] = [f"word{rank}" for rank in RANKED["rank"]]
LINE = naive_line(RANKED["count"].to_numpy())
SIZES = count_sizes(COUNTS)
FIT = fit_power_law(SIZES, 5)
GROWTH = grow(sparse.identity(60, dtype=np.int32, format="csr"))
PAIRS = pd.DataFrame(
    [(actual, predicted, 3 + 5 * (actual == predicted)) for actual in NAMES for predicted in NAMES],
    columns=["actual", "predicted", "n"],
)
SPLITS = pd.DataFrame(
    [(name, split, 7) for name in NAMES for split in ("training", "validation", "test")],
    columns=["class", "split", "n"],
)
LENGTHS = SPLITS[SPLITS["split"] != "test"].rename(columns={"n": "length"})
LEFTOVERS = pd.DataFrame({"kind": ["entity"] * 3, "class": NAMES, "articles": [3, 0, 1], "share": [0.3, 0.0, 0.1]})
TAGS = pd.DataFrame({"tag": ["AB", "CD"], "articles": [40, 30], "bread": [0.5, 0.9], "cheese": 0.1, "wine": [0.4, 0.0]})
SCORES = pd.DataFrame({"name": ["a", "b"], "accuracy": 0.9, "low": 0.87, "high": 0.93, "n": 300})
SEEDS = pd.DataFrame({"seed": [0, 1, 2], "accuracy": [0.95, 0.96, 0.97]})
BY_CLASS = pd.DataFrame(
    [(name, measure, 0.9, 0.8, 0.95) for name in NAMES for measure in ("recall", "precision", "F1")],
    columns=["class", "measure", "value", "low", "high"],
)
WEIGHTS = pd.DataFrame({"term": ["crust", "rind", "cork"], "class": NAMES, "weight": [3.0, 2.0, 1.0]})
CHANGES = pd.DataFrame({"term": ["the", "don"], "change": [-900, 30]})
DIFFERENCES = pd.DataFrame({"model": ["Naive Bayes"], "difference": [2.7], "low": [0.4], "high": [4.9]}).assign(
    verdict="better"
)
EPOCHS = pd.DataFrame(
    {
        "epoch": [1, 2],
        "training_loss": [0.9, 0.4],
        "validation_loss": [0.5, 0.6],
        "training_accuracy": [0.7, 0.9],
        "validation_accuracy": [0.8, 0.9],
        "n_validation": [100, 100],
    }
)
POINTS = pd.DataFrame({"position": range(6), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 1, 0, 1, 0, 9], "split": "training"})
POINTS["class"] = NAMES * 2
POINTS["number"] = POINTS["position"] + 1
TYPICAL = pd.DataFrame(
    {"class": "bread", "term": ["crust"], "z": 4.0, "log_odds": 2.0, "documents": 9, "other_documents": 1}
)
GROUPS = pd.DataFrame({"groups": ["1", "1–2"], "terms": [10, 40], "once": [4, 30]})
UNKNOWN = pd.DataFrame({"split": ["training", "validation"], "class": "all classes", "share": [0.0, 0.02]})
BINS = pd.DataFrame({"start": [0.5, 0.9], "end": [0.6, 1.0], "mean": [0.55, 0.97], "right": [0.5, 0.9]}).assign(
    low=[0.3, 0.8], high=[0.7, 0.95], n_right=[5, 90], n_documents=[10, 100]
)
CELL_WORDS = pd.DataFrame({"term": ["crust", "cork"], "contribution": [4.1, -2.0], "texts": [5, 2]})
MARGINS = pd.DataFrame({"position": range(4), "number": range(1, 5), "margin": [0.1, 0.12, 0.5, 0.9], "shown": False})

EFFECTS = pd.DataFrame(
    {"effect": ["a", "a × b"], "difference": [1.0, 0.1], "low": [0.5, -0.3], "high": [1.5, 0.5]}
).assign(detectable=[True, False])
CURVE = pd.DataFrame(
    {"n_train": [20, 40], "error": [0.3, 0.2], "low": [0.25, 0.0], "high": [0.35, 0.25], "law": [0.31, 0.21]}
).assign(draws=[(0.3, 0.31, 0.29), (0.2,)])
COMBINATIONS = pd.DataFrame(
    {
        "on": [(), ("b",), ("a",), ("a", "b")],
        "accuracy": [0.9, 0.91, 0.9, 0.92],
        "difference": [np.nan, 1.0, 0.0, 2.0],
        "detectable": [False, False, False, True],
    }
)

EXAMPLES: dict[Callable[..., Any], Callable[[Palette], Drawing | tuple[Drawing, ...]]] = {
    article_map: lambda colours: article_map(POINTS, colours, NAMES, ("PCA 1", "PCA 2")),
    cell_words: lambda colours: cell_words(CELL_WORDS, colours, NAMES, (0, 2), 8),
    class_bars: lambda colours: class_bars(SPLITS, colours, NAMES, ("wine", 0.4)),
    column_growth: lambda colours: column_growth(GROUPS, colours),
    learning_curve: lambda colours: learning_curve(CURVE, colours, guess=0.75, exponent=(0.3, 0.2, 0.4)),
    combination_grid: lambda colours: combination_grid(COMBINATIONS, colours, ["a", "b"]),
    effect_intervals: lambda colours: effect_intervals(EFFECTS, colours),
    confusion_matrix: lambda colours: confusion_matrix(PAIRS, colours, NAMES),
    count_bands: lambda colours: count_bands(COUNTS, colours),
    coverage_curve: lambda colours: coverage_curve(RANKED["count"], colours, ghost=RANKED["count"][:50]),
    explained_variance: lambda colours: explained_variance({"LSA": [0.1, 0.2], "PCA": [0.3, 0.1]}, colours),
    exponent_by_least_count: lambda colours: exponent_by_least_count(FIT, colours),
    growth_curve: lambda colours: growth_curve(GROWTH, colours, line=fit_heaps(GROWTH), ghost=GROWTH),
    length_histogram: lambda colours: length_histogram(LENGTHS, colours, NAMES),
    linear_bars: lambda colours: linear_bars(RANKED, colours),
    list_overlap: lambda colours: list_overlap(["one", "two"], np.array([[4, 1], [1, 4]]), colours),
    live_curves: lambda colours: live_curves(EPOCHS, colours, planned_epochs=3, baseline=("naive Bayes", 0.9)),
    matrix_change: lambda colours: matrix_change(
        np.array([[2, -1, -1], [0, 0, 0], [0, 3, -3]]), colours, NAMES, "articles"
    ),
    margin_strip: lambda colours: margin_strip(MARGINS, colours, 0.2, "wine"),
    matrix_view: lambda colours: matrix_view(
        [0, 1], [0, 1], [1, 4], colours, n_rows=2, terms=["oven", "cork"], whole=(9, 7, 0.9)
    ),
    paired_differences: lambda colours: paired_differences(DIFFERENCES, colours),
    per_class_scores: lambda colours: per_class_scores(BY_CLASS, colours, NAMES),
    rank_frequency: lambda colours: rank_frequency(RANKED, colours, ghost=RANKED, lines=(LINE, LINE)),
    reliability: lambda colours: reliability(BINS, colours, 0.05, 0.03, 10),
    largest_confusions: lambda colours: largest_confusions(PAIRS, colours, NAMES),
    leftover_shares: lambda colours: leftover_shares(LEFTOVERS, colours, NAMES),
    score_interval: lambda colours: score_interval(SCORES, colours, ("always guessing wine", 0.25)),
    seed_spread: lambda colours: seed_spread(SEEDS, colours),
    size_distribution: lambda colours: size_distribution(SIZES, [f"w{n}" for n in SIZES.counts], colours, ghost=SIZES),
    tag_classes: lambda colours: tag_classes(TAGS, colours, NAMES, ["ab", "cd"]),
    tail_fit: lambda colours: tail_fit(SIZES, FIT, [f"w{n}" for n in SIZES.counts], colours, ghost=SIZES),
    term_changes: lambda colours: term_changes(CHANGES, colours),
    terms_left: lambda colours: terms_left([1, 2, 10], [100, 60, 5], 2, colours),
    typical_words: lambda colours: typical_words(TYPICAL, colours, NAMES, "bread", 4.0),
    unknown_shares: lambda colours: unknown_shares(UNKNOWN, colours, "tokens"),
    words_that_decide: lambda colours: words_that_decide(WEIGHTS, colours, NAMES),
}
"""One call of each function that draws."""

IN_CARDS = {matrix_view, words_that_decide}
"""Charts of the Playground's cards, which have headings of their own."""
SIGNED = {"went"}
"""Fields whose colour repeats the sign of the number written next to the bar."""
NAMED_BY = {"place": "label", "class_position": "class"}
"""Fields with the names behind fields of positions."""
OTHER_CHANNELS = ("x", "y", "xOffset", "yOffset", "shape", "text", "strokeDash")
"""Channels that show a class or a series to a reader who sees no colours."""


def _drawings(function: Callable[..., Any], palette: Palette) -> tuple[Drawing, ...]:
    drawn = EXAMPLES[function](palette)
    return drawn if isinstance(drawn, tuple) else (drawn,)


def _units(view: dict[str, Any], above: dict[str, Any], datasets: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each mark with its encoding and its rows."""
    data = view.get("data", above)
    if "layer" in view:
        for inner in view["layer"]:
            yield from _units(inner, data, datasets)
    else:
        yield view, datasets[data["name"]] if "name" in data else data["values"]


def _units_of(drawing: Drawing) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    specification = drawing.specification()
    return list(_units(specification, {}, specification.get("datasets", {})))


def _fields(units: list[tuple[dict[str, Any], Any]], channels: tuple[str, ...]) -> set[str]:
    return {
        unit["encoding"][name].get("field", "") for unit, _ in units for name in channels if name in unit["encoding"]
    }


every_chart = pytest.mark.parametrize("function", EXAMPLES, ids=lambda function: function.__name__)


@every_chart
def test_a_browser_gets_the_data_that_streamlit_would_make_of_them(function):
    for one, again in zip(_drawings(function, LIGHT), _drawings(function, LIGHT), strict=True):
        if one.draws_table:
            assert convert_anything_to_arrow_bytes(one.sent) == convert_anything_to_arrow_bytes(one.table)
        else:
            made = {name: convert_anything_to_arrow_bytes(rows) for name, rows in one.chart["datasets"].items()}
            assert one.untitled()["datasets"] == made
        assert again.sent is one.sent, "converted once"


def test_there_is_an_example_of_every_function_that_draws():
    drawing: set[Callable[..., Any]] = set()
    for module in pkgutil.iter_modules(charts.__path__):
        loaded = importlib.import_module(f"charts.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            returned = typing.get_type_hints(function).get("return") if function.__module__ == loaded.__name__ else None
            if not name.startswith("_") and (returned is Drawing or Drawing in typing.get_args(returned)):
                drawing.add(function)
    assert drawing == set(EXAMPLES)


@every_chart
def test_it_is_valid_vega_lite(function):
    for drawing in _drawings(function, LIGHT):
        assert alt.Chart.from_dict(drawing.specification()) is not None


@every_chart
def test_its_description_states_the_finding_in_a_sentence_with_numbers_or_names(function):
    for drawing in _drawings(function, LIGHT):
        assert drawing.finding in drawing.alt or drawing.finding.rstrip(".") in drawing.alt
        assert drawing.alt.endswith(".") and len(drawing.alt.split()) >= 6
        assert re.search(r"\d|bread|cheese|wine|Naive Bayes", drawing.alt)


@every_chart
def test_its_title_is_the_finding_or_names_the_subject_of_the_finding_below(function):
    for drawing in _drawings(function, LIGHT):
        if function in IN_CARDS:
            assert "title" not in drawing.specification()
            continue
        words = drawing.title["text"]
        same = words == drawing.finding.replace(" %", "\N{NO-BREAK SPACE}%")
        assert same or (function is live_curves and words in drawing.alt)


@every_chart
def test_a_table_with_its_numbers_is_behind_it(function):
    for drawing in _drawings(function, LIGHT):
        assert len(drawing.table)
        assert len(drawing.table.select_dtypes("number").columns)


@every_chart
def test_every_axis_of_numbers_has_a_title(function):
    for drawing in _drawings(function, LIGHT):
        units = _units_of(drawing)
        for channel in ("x", "y"):
            axes = [unit["encoding"][channel] for unit, _ in units if channel in unit["encoding"]]
            measured = [axis for axis in axes if axis.get("type") == "quantitative" and axis.get("axis") is not None]
            # an axis whose labels are names in place of its numbers has no unit
            measured = [axis for axis in measured if not (axis.get("axis") or {}).get("labelExpr", "").startswith("[")]
            if measured:
                assert any(axis.get("title") for axis in measured), (channel, measured)


@every_chart
def test_words_in_a_chart_have_no_tooltip_except_that_of_the_mark_below_them(function):
    for drawing in _drawings(function, LIGHT):
        # else Streamlit lists every field of such a mark: places, colours and codes
        assert drawing.specification()["config"]["mark"]["tooltip"] is None
        tips = [(unit["mark"], unit["encoding"].get("tooltip")) for unit, _ in _units_of(drawing)]
        of_marks = [tip for mark, tip in tips if mark["type"] != "text"]
        assert all(tip is None or tip in of_marks for mark, tip in tips if mark["type"] == "text")
        assert not any(mark.get("tooltip") for mark, _ in tips)


@every_chart
def test_a_mark_with_a_pointer_cursor_can_be_clicked(function):
    for drawing in _drawings(function, LIGHT):
        fields = {
            field for each in drawing.specification().get("params", []) for field in each["select"].get("fields", ())
        }
        for unit, rows in _units_of(drawing):
            if unit["mark"].get("cursor") == "pointer":
                assert fields and all(fields <= set(row) for row in rows)


@every_chart
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_nothing_is_shown_by_colour_alone(function, palette):
    for drawing in _drawings(function, palette):
        units = _units_of(drawing)
        shown = _fields(units, OTHER_CHANNELS)
        axes = [
            unit["encoding"][axis].get("axis") or {} for unit, _ in units for axis in "xy" if axis in unit["encoding"]
        ]
        # names of rows on an axis, and of parts in the note, are words as well
        words = " ".join([drawing.title.get("subtitle", ""), *(axis.get("labelExpr", "") for axis in axes)])
        for unit, rows in units:
            colour = unit["encoding"].get("color", {})
            field = NAMED_BY.get(colour.get("field", ""), colour.get("field", ""))
            if not field or colour.get("scale", True) is None:
                continue  # one colour, or one that a number printed in the cell repeats
            values = {str(row[field]) for row in rows if row.get(field) is not None}
            if field in SIGNED:
                assert {(row[field], row["label"][0]) for row in rows} == {("gains", "+"), ("loses", MINUS)}
                continue
            in_words = all(value in words for value in values)
            names = {field, colour["field"], *(["name"] if field == "class" else [])}  # of classes, shortened
            assert len(values) <= 1 or shown & names or in_words, field


EXACT = (PERCENT_LABEL, SHORT_NUMBER_LABEL, SIGNED_LABEL)
"""Labels of ticks with as many decimals as they need."""


@every_chart
def test_no_label_of_a_tick_is_rounded(function):
    for drawing in _drawings(function, LIGHT):
        for unit, _ in _units_of(drawing):
            for axis in (unit["encoding"][channel] for channel in "xy" if channel in unit["encoding"]):
                style = axis.get("axis") or {}
                if axis.get("type") != "quantitative" or not style:
                    continue
                label = style.get("labelExpr", "")
                assert "round(" not in label and style.get("format") in (None, "d", ".9~f")
                assert not label or label.startswith("[") or any(exact in label for exact in EXACT), label


def test_a_grid_that_still_grows_speaks_of_no_test_that_was_not_made() -> None:
    growing = COMBINATIONS.head(2).assign(difference=np.nan, detectable=False)
    said = str(combination_grid(growing, LIGHT, ["a", "b"]).chart)
    assert "accuracy of each so far" in said and "Holm" not in said
    assert "Holm" in str(combination_grid(COMBINATIONS, LIGHT, ["a", "b"]).chart)
