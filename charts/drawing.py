"""`Drawing`: a chart, its finding in words, and its table; and the style that all charts share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi

from charts.palette import Palette
from charts.wording import in_lines

FONT = "Source Sans, sans-serif"
CODE_FONT = "Source Code, monospace"
SHORT_NUMBER_LABEL = "format(datum.value, '~s')"  # an axis's own format writes 0 as 0k
WHOLE_PERCENT_LABEL = "round(datum.value * 100) + ' %'"
LINE_WIDTH = 3
LINE = 46  # characters per title line in half of a page 768 px wide
HALF_PAGE = 354  # px of one of two columns at 768 px
LEGEND_ROOM = 340  # px next to the axis labels
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "\N{NO-BREAK SPACE}%"}
ROWS = "rows"
"""Name of the data in a specification that is built once and filled often."""

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
            values = self.table.astype(object).where(self.table.notna(), None).to_dict(orient="records")
            return {**self.chart, "data": {"values": values}}
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
    properties: dict[str, Any] = {
        "height": height,
        "autosize": alt.AutoSizeParams(type="fit-x", contains="padding"),
        "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
    }
    if title is not None:
        properties["title"] = alt.TitleParams(**heading(title, note, characters))
    framed: AltairChart = chart.properties(**properties).configure(**configuration(palette))
    return framed


def filled(
    template: dict[str, Any], rows: pd.DataFrame, title: str | None, note: str | None = None, characters: int = LINE
) -> dict[str, Any]:
    """A specification built once over the data named `rows`, filled with its rows and its title.

    Building a chart of two layers takes 30 ms on every flip of a switch; filling it takes 1 ms.
    """
    values = rows.astype(object).where(rows.notna(), None).to_dict(orient="records")
    words = {} if title is None else {"title": heading(title, note, characters)}
    return {**template, **words, "datasets": {ROWS: values}}


def heading(title: str, note: str | None = None, characters: int = LINE) -> dict[str, Any]:
    """Title and note as Vega-Lite, in lines; with `limit` 0, Streamlit would cut them with an ellipsis."""
    words: dict[str, Any] = {"text": in_lines(title, characters), "limit": 2000}
    return words | ({"subtitle": in_lines(note, characters + 8)} if note else {})


def term_rows(label: str) -> alt.Y:
    """One row per term, by the field `row`, all labelled in the code font; `label` is a Vega expression."""
    axis = alt.Axis(labelExpr=label, labelFont=CODE_FONT, labelOverlap=False, labelLimit=0, ticks=False, domain=False)
    return alt.Y("row:O", sort=None, title=None, axis=axis)


def class_scale(palette: Palette, class_names: Sequence[str], chosen: str | None = None) -> alt.Scale:
    """Colours of classes in corpus order, the same on every page."""
    colours = palette.class_colours(class_names, chosen)
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def legend_columns(names: Sequence[str], palette: Palette, beside: Sequence[str] = ()) -> int:
    """Number of legend entries per row above a chart in half of the page: Vega would cut what does not fit in one row.

    Args:
        names: The entries.
        palette: Its type size.
        beside: Labels of the left axis, if the longest takes more room than usual in half a page 768 px wide.
    """
    letter = 0.52 * palette.font_size
    needed = sum(len(name) * letter + 34 for name in names)
    room = min(LEGEND_ROOM, HALF_PAGE - int(max(map(len, beside)) * letter)) if beside else LEGEND_ROOM
    return -(-len(names) // max(-(-int(needed) // max(room, 1)), 1))


def row_height(palette: Palette) -> int:
    """Height in px of a row with one line of text."""
    return palette.font_size + 9
