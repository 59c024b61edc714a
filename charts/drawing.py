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

# Checking every mark against the schema takes most of the time of drawing; the tests check whole specifications.
schemapi.DEBUG_MODE = False

AltairChart = alt.Chart | alt.LayerChart


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows: a chart, or a constant Vega-Lite specification that draws `table`.

    `finding` is the sentence in the chart's title, `alt` the text for those who do not see the chart, `table` the
    numbers behind it.
    """

    chart: AltairChart | dict[str, Any]
    finding: str
    alt: str
    table: pd.DataFrame

    def specification(self) -> dict[str, Any]:
        """The whole drawing as Vega-Lite, data included."""
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
        "line": {"strokeWidth": LINE_WIDTH},
    }


def frame(
    chart: AltairChart, palette: Palette, *, height: int, title: str | None = None, note: str | None = None
) -> AltairChart:
    """The chart as wide as its container, with a plot of `height` px, under a title that may run over lines.

    `fit-x` keeps the plot's height whatever the title's, so that rows never shrink below their labels.
    """
    properties: dict[str, Any] = {
        "height": height,
        "autosize": alt.AutoSizeParams(type="fit-x", contains="padding"),
        "padding": {"left": 2, "top": 2, "right": 6, "bottom": 2},
    }
    if title is not None:
        properties["title"] = alt.TitleParams(**heading(title, note))
    framed: AltairChart = chart.properties(**properties).configure(**configuration(palette))
    return framed


def heading(title: str, note: str | None = None) -> dict[str, Any]:
    """Title and note as Vega-Lite, in lines; `limit` 0 would let Streamlit cut them with an ellipsis."""
    words: dict[str, Any] = {"text": in_lines(title), "limit": 2000}
    return words | ({"subtitle": in_lines(note, 58)} if note else {})


def class_scale(palette: Palette, class_names: Sequence[str], chosen: str | None = None) -> alt.Scale:
    """Colours of classes in corpus order, the same on every page."""
    colours = palette.class_colours(class_names, chosen)
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def row_height(palette: Palette) -> int:
    """Height in px of a row with one line of text."""
    return palette.font_size + 9
