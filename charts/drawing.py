"""`Drawing`: a chart, its finding in words, and the table behind it; and the look that all charts share."""

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
LINE = 46  # characters of a title in half of a page of 768 px
HALF_PAGE = 354  # px of one of two columns at 768 px
LEGEND_ROOM = 340  # px beside the names on an axis
NUMBERS = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "percent": "\N{NO-BREAK SPACE}%"}
ROWS = "rows"
"""Name of the data in a specification that is built once and filled often."""

# Checking every mark against the schema takes most of the time of drawing; the tests check whole specifications.
schemapi.DEBUG_MODE = False

AltairChart = alt.Chart | alt.LayerChart


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows: a chart, a constant Vega-Lite specification that draws `table`, or a whole one with its data.

    `finding` is the sentence in the chart's title, `alt` the text for those who do not see the chart, `table` the
    numbers behind it.
    """

    chart: AltairChart | dict[str, Any]
    finding: str
    alt: str
    table: pd.DataFrame

    @property
    def draws_table(self) -> bool:
        """Whether the specification is constant, and the table all that changes."""
        return isinstance(self.chart, dict) and "datasets" not in self.chart

    def specification(self) -> dict[str, Any]:
        """The whole drawing as Vega-Lite, data included."""
        if isinstance(self.chart, dict) and "datasets" in self.chart:
            return self.chart
        if isinstance(self.chart, dict):
            values = self.table.astype(object).where(self.table.notna(), None).to_dict(orient="records")
            return {**self.chart, "data": {"values": values}}
        specification: dict[str, Any] = self.chart.to_dict(validate=False)
        return specification


def configuration(palette: Palette) -> dict[str, Any]:
    """Vega-Lite configuration: type sizes, colours of axes and legends, and nothing behind the chart."""
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
        # Streamlit would list every field of a mark that has no tooltip of its own, places and colours among them
        "mark": {"tooltip": None},
        "line": {"strokeWidth": LINE_WIDTH},
        # tooltips write a share as prose does: 61.1 %
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
    """The chart as wide as its container, with a plot of `height` px, under a title in lines of so many characters.

    `fit-x` keeps the plot's height whatever the title's, so that rows never shrink below their labels.
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
    """A specification that was built once over the data named `rows`, with its rows and its title.

    Building a chart of two layers takes 30 ms, at every flip of a switch; filling it takes one.
    """
    values = rows.astype(object).where(rows.notna(), None).to_dict(orient="records")
    words = {} if title is None else {"title": heading(title, note, characters)}
    return {**template, **words, "datasets": {ROWS: values}}


def heading(title: str, note: str | None = None, characters: int = LINE) -> dict[str, Any]:
    """Title and note as Vega-Lite, in lines; `limit` 0 would let Streamlit cut them with an ellipsis."""
    words: dict[str, Any] = {"text": in_lines(title, characters), "limit": 2000}
    return words | ({"subtitle": in_lines(note, characters + 8)} if note else {})


def term_rows(label: str) -> alt.Y:
    """One row a term, by the field `row`, every one labelled in the code font; `label` is a Vega expression."""
    axis = alt.Axis(labelExpr=label, labelFont=CODE_FONT, labelOverlap=False, labelLimit=0, ticks=False, domain=False)
    return alt.Y("row:O", sort=None, title=None, axis=axis)


def class_scale(palette: Palette, class_names: Sequence[str], chosen: str | None = None) -> alt.Scale:
    """Colours of classes in corpus order, the same on every page."""
    colours = palette.class_colours(class_names, chosen)
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def legend_columns(names: Sequence[str], palette: Palette, beside: Sequence[str] = ()) -> int:
    """Entries in a row of a legend above a chart in half of the page: Vega would cut what does not fit in one row.

    Args:
        names: The entries.
        palette: Its type size.
        beside: Labels of the axis at the left, where the longest takes more of half a page of 768 px than is usual.
    """
    letter = 0.52 * palette.font_size
    needed = sum(len(name) * letter + 34 for name in names)
    room = min(LEGEND_ROOM, HALF_PAGE - int(max(map(len, beside)) * letter)) if beside else LEGEND_ROOM
    return -(-len(names) // max(-(-int(needed) // max(room, 1)), 1))


def row_height(palette: Palette) -> int:
    """Height in px of a row with one line of text."""
    return palette.font_size + 9
