"""Parts of charts that are built with Altair, which the first screen does not import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi
from altair.utils.core import update_nested

from bowcore.names import LIMIT, shortened
from charts.drawing import (
    CLICK,
    LINE_WIDTH,
    SELECTION,
    SHORT_NUMBER_LABEL,
    configuration,
    framing,
    legend_columns,
)
from charts.names import looked_up
from charts.palette import Palette

# Validating every mark against the schema takes most of the drawing time; the tests validate whole specifications.
schemapi.DEBUG_MODE = False


def frame(
    chart: alt.Chart | alt.LayerChart,
    palette: Palette,
    *,
    height: int | None,
    title: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """The chart's whole specification, framed as by `charts.drawing.framing`."""
    # as properties of the chart they would be copied with it, twice
    specification: dict[str, Any] = chart.to_dict(validate=False)
    config = update_nested(specification.get("config", {}), configuration(palette), copy=True)
    return specification | framing(height, title, note) | {"config": config}


def click_selection() -> alt.Parameter:
    """The selection of clickable terms."""
    return alt.selection_point(name=SELECTION, **CLICK)


def name_rows(field: str, names: Sequence[str], limit: int = LIMIT, padding: int = 2) -> alt.Y:
    """One row per name in this order, every row labelled; the field has positions in `names`.

    `padding` is the distance of the labels from the axis, on which half of a mark may be.
    """
    label = looked_up(shortened(names, limit))
    axis = alt.Axis(labelExpr=label, labelLimit=0, labelOverlap=False, labelPadding=padding, ticks=False)
    scale = alt.Scale(domain=list(range(len(names))))
    return alt.Y(f"{field}:O", sort=None, scale=scale, title=None, axis=axis)


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


def class_legend(class_names: Sequence[str], palette: Palette, row_labels: Sequence[str] = (), **style: Any) -> Any:
    """The legend of a field with positions in `class_names`."""
    names = shortened(class_names)
    columns = legend_columns(names, palette, row_labels)
    return alt.Legend(title=None, labelExpr=looked_up(names), labelLimit=0, columns=columns, **style)


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


def powers_of_ten(most: float) -> alt.Axis:
    """One line and one label per power of ten: Vega would draw nine lines and label some of them."""
    powers = [10**power for power in range(len(str(int(max(most, 1)))))]
    return alt.Axis(values=powers, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)
