"""`Drawing`: a chart, its finding in words, and its table; and the style that all charts share."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi

from charts.palette import Palette

FONT = "Source Sans, sans-serif"
CODE_FONT = "Source Code, monospace"
SHORT_NUMBER_LABEL = "format(datum.value, '~s')"  # an axis's own format writes 0 as 0k
WHOLE_PERCENT_LABEL = "round(datum.value * 100) + ' %'"
FINE_PERCENT_LABEL = "format(datum.value * 100, '.2~f') + ' %'"
LINE_WIDTH = 3
DOT = 26  # px²
LINE = 46  # characters per title line in half of a page 768 px wide
HALF_PAGE = 354  # px of one of two columns at 768 px
LEGEND_ROOM = 340  # px next to the axis labels
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "\N{NO-BREAK SPACE}%"}
ROWS = "rows"
"""Name of the data in a specification that is built once and filled often."""
SIZING: dict[str, Any] = {
    "autosize": {"type": "fit-x", "contains": "padding"},
    "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
}
"""Makes a chart as wide as its container."""
SELECTION = "word"
"""Name of the selection, over the field `term`, of charts whose marks are clickable terms."""
LONGEST_TERM = 300  # characters of a term stored in a mark

# Validating every mark against the schema takes most of the drawing time; the tests validate whole specifications.
schemapi.DEBUG_MODE = False

AltairChart = alt.Chart | alt.LayerChart


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, a constant Vega-Lite specification that draws `table`, or a whole specification with its data.

    `finding` is the sentence in the chart's title, `alt` the alternative text, `table` the numbers behind the chart.
    """

    chart: AltairChart | dict[str, Any]
    finding: str
    alt: str
    table: pd.DataFrame

    @property
    def draws_table(self) -> bool:
        """Whether the specification is constant, so that only the table changes."""
        return isinstance(self.chart, dict) and "datasets" not in self.chart

    def specification(self) -> dict[str, Any]:
        """The whole drawing as Vega-Lite, including data."""
        if isinstance(self.chart, dict) and "datasets" in self.chart:
            return self.chart
        if isinstance(self.chart, dict):
            return {**self.chart, "data": {"values": _records(self.table)}}
        specification: dict[str, Any] = self.chart.to_dict(validate=False)
        return specification


def configuration(palette: Palette) -> dict[str, Any]:
    """Vega-Lite configuration: type sizes, colours of axes and legends, transparent background."""
    size = palette.font_size
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": palette.text,
            "titleColor": palette.muted,
            "labelFontSize": size,
            "titleFontSize": size,
            "titleFontWeight": "normal",
            "gridColor": palette.grid,
            "domainColor": palette.ghost,
            "tickColor": palette.ghost,
            "labelPadding": 4,
        },
        "legend": {
            "orient": "top",
            "labelColor": palette.text,
            "titleColor": palette.muted,
            "labelFontSize": size,
            "titleFontSize": size,
            "titleFontWeight": "normal",
            "symbolStrokeWidth": 2,
            "columnPadding": 12,
            "offset": 16,
        },
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": palette.text,
            "fontSize": size + 2,
            "fontWeight": 600,
            "subtitleColor": palette.muted,
            "subtitleFontSize": size,
            "offset": 10,
        },
        "text": {"font": FONT, "fontSize": size, "color": palette.text},
        # Streamlit would list every field of a mark without its own tooltip, including positions and colours
        "mark": {"tooltip": None},
        "line": {"strokeWidth": LINE_WIDTH},
        # tooltips format shares like the prose: 61.1 %
        "locale": {"number": NUMBERS},
    }


def frame(
    chart: AltairChart,
    palette: Palette,
    *,
    height: int,
    title: str | None = None,
    note: str | None = None,
    characters: int = LINE,
) -> AltairChart:
    """The chart as wide as its container, with a plot `height` px high, under a title wrapped at `characters`.

    `fit-x` keeps the plot's height independent of the title's, so that rows never shrink below their labels.
    """
    properties = {"height": height} | SIZING
    if title is not None:
        properties["title"] = alt.TitleParams(**heading(title, note, characters))
    framed: AltairChart = chart.properties(**properties).configure(**configuration(palette))
    return framed


def fill(
    template: dict[str, Any], rows: pd.DataFrame, title: str | None, note: str | None = None, characters: int = LINE
) -> dict[str, Any]:
    """A specification built once over the data named `rows`, filled with its rows and its title.

    Building a chart of two layers takes 30 ms on every flip of a switch; filling it takes 1 ms.
    """
    words = {} if title is None else {"title": heading(title, note, characters)}
    return {**template, **words, "datasets": {ROWS: _records(rows)}}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, with None for a missing value: JSON has no NaN."""
    records: list[dict[str, Any]] = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return records


def heading(title: str, note: str | None = None, characters: int = LINE) -> dict[str, Any]:
    """Title and note as Vega-Lite, in lines; with `limit` 0, Streamlit would cut them with an ellipsis."""
    words: dict[str, Any] = {"text": in_lines(title, characters), "limit": 2000}
    return words | ({"subtitle": in_lines(note, characters + 8)} if note else {})


def in_lines(sentence: str, characters: int) -> list[str]:
    """The sentence in lines: a Vega title does not wrap by itself."""
    # A number and its % stay on one line: textwrap breaks at spaces, not at no-break spaces
    return textwrap.wrap(sentence.replace(" %", "\N{NO-BREAK SPACE}%"), characters) or [""]


def short(label: str, limit: int = 24) -> str:
    """The label, or its beginning when it is longer than `limit` characters."""
    return label if len(label) <= limit else label[: limit - 1] + "…"


def short_names(names: Sequence[str], least: int = 3) -> dict[str, str]:
    """The shortest beginnings, of one length and at least `least` letters, that distinguish all names.

    >>> short_names(["business", "politics", "tech"])
    {'business': 'bus', 'politics': 'pol', 'tech': 'tec'}
    """
    for length in range(least, max(map(len, names), default=0)):
        cut = {name: name[:length] for name in names}
        if len(set(cut.values())) == len(set(names)):
            return cut
    return {name: name for name in names}


def term_columns(terms: Iterable[object]) -> dict[str, list[str]]:
    """Columns for marks that are terms: `term` for the selection, `word` for display."""
    texts = [str(term) for term in terms]
    return {"term": [short(text, LONGEST_TERM) for text in texts], "word": [short(text, 40) for text in texts]}


def click_selection() -> alt.Parameter:
    """A selection that every click on a mark toggles, so that a second click on it is reported too."""
    return alt.selection_point(name=SELECTION, fields=["term"], on="click", toggle="true", clear=False)


def term_rows(label: str) -> alt.Y:
    """One row per term, by the field `row`, all labelled in the code font; `label` is a Vega expression."""
    axis = alt.Axis(labelExpr=label, labelFont=CODE_FONT, labelOverlap=False, labelLimit=0, ticks=False, domain=False)
    return alt.Y("row:O", sort=None, title=None, axis=axis)


def name_rows(field: str, names: Sequence[str], label_limit: int = 150) -> alt.Y:
    """One row per name in this order, every row labelled."""
    axis = alt.Axis(labelLimit=label_limit, labelOverlap=False, ticks=False)
    return alt.Y(f"{field}:N", sort=list(names), title=None, axis=axis)


def class_scale(palette: Palette, class_names: Sequence[str], chosen: str | None = None) -> alt.Scale:
    """Colours of classes in corpus order, the same on every page."""
    colours = palette.class_colours(class_names, chosen)
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def colour_and_shape(
    field: str, names: Sequence[str], colours: Sequence[str], shapes: Sequence[str], legend: Any = alt.Undefined
) -> tuple[alt.Color, alt.Shape]:
    """Channels that distinguish the values of a field by colour and by shape, with one legend for both."""

    def scale(values: Sequence[str]) -> alt.Scale:
        return alt.Scale(domain=list(names), range=list(values))

    return (
        alt.Color(f"{field}:N", title=None, scale=scale(colours), legend=legend),
        alt.Shape(f"{field}:N", title=None, scale=scale(shapes), legend=legend),
    )


def previous_line(rows: pd.DataFrame, palette: Palette) -> alt.Chart:
    """Grey dashes for the curve of the previous recipe."""
    dashes: alt.Chart = alt.Chart(rows).mark_line(color=palette.ghost, strokeDash=[6, 5], clip=True)
    return dashes


def squares_with_whiskers(base: alt.Chart, palette: Palette, field: str, **x: Any) -> list[alt.Chart]:
    """Layers: whiskers from `low` to `high` of each row, and a square at `field`; `x` are arguments of `alt.X`."""
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH, color=palette.curve).encode(x=alt.X("low:Q", **x), x2="high:Q")
    ends = base.mark_tick(thickness=2, size=14, color=palette.curve)
    squares = base.mark_point(filled=True, shape="square", size=110, opacity=1, color=palette.curve)
    return [whiskers, ends.encode(x="low:Q"), ends.encode(x="high:Q"), squares.encode(x=alt.X(f"{field}:Q", **x))]


def round_ticks(most: float, power: int = 0) -> list[float]:
    """At most five round numbers from 0 to `most`, in steps of at least ten to this power."""
    steps = (digit * 10.0**exponent for exponent in itertools.count(power) for digit in (1, 2, 5))
    step = next(step for step in steps if most // step <= 4)
    return [step * place for place in range(int(most // step) + 1)]


def powers_of_ten(most: float) -> alt.Axis:
    """One line and one label per power of ten: Vega would draw nine lines and label some of them."""
    powers = [10**power for power in range(len(str(int(max(most, 1)))))]
    return alt.Axis(values=powers, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)


def legend_columns(names: Sequence[str], palette: Palette, row_labels: Sequence[str] = ()) -> int:
    """Number of legend entries per row above a chart in half of the page: Vega would cut what does not fit in one row.

    Args:
        names: The entries.
        palette: Its type size.
        row_labels: Labels of the left axis, if the longest takes more room than usual in half a page 768 px wide.
    """
    letter = 0.52 * palette.font_size
    needed = sum(len(name) * letter + 34 for name in names)
    room = min(LEGEND_ROOM, HALF_PAGE - int(max(map(len, row_labels)) * letter)) if row_labels else LEGEND_ROOM
    return -(-len(names) // max(-(-int(needed) // max(room, 1)), 1))


def row_height(palette: Palette) -> int:
    """Height in px of a row with one line of text."""
    return palette.font_size + 9
