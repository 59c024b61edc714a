"""Charts of LSA and PCA components: how much variance each explains, and articles plotted on two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, decimal, percent
from charts.altair_parts import class_legend, colour_and_shape, frame
from charts.drawing import PERCENT_LABEL, Drawing, class_scale, in_any_palette
from charts.names import positions
from charts.palette import Palette

POINT = "article"
"""Name of the selection, over the field `position`, of a point on the map."""
MOST_POINTS = 2000
"""Above this a chart becomes a canvas without a separate mark for each point."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")


@in_any_palette
def explained_variance(explained: Mapping[str, ArrayLike], palette: Palette) -> Drawing:
    """Share of the variance by component as bars, grouped by method, with the running sum as a line.

    Args:
        explained: Shares by name of the two methods, (n_components,) each.
        palette: Colours.
    """
    tables = []
    for name, values in explained.items():
        shares = np.asarray(values, dtype=np.float64)
        numbers, running = np.arange(1, len(shares) + 1), np.cumsum(shares)
        tables.append(pd.DataFrame({"method": name, "component": numbers, "share": shares, "running": running}))
    table, names = pd.concat(tables, ignore_index=True), list(explained)
    sums = ", ".join(f"{percent(part['running'].iloc[-1])} ({name})" for name, part in zip(names, tables, strict=True))
    finding = f"Of the variance of training {TEXTS}, {table['component'].max():,} components explain {sums}."
    colour, shape = colour_and_shape("method", names, [palette.curve, palette.classes[1]], SHAPES[:2])
    tooltip = [
        "method:N",
        "component:O",
        alt.Tooltip("share:Q", format=".2%"),
        alt.Tooltip("running:Q", format=".2%", title="up to here"),
    ]
    x = alt.X("component:O", axis=alt.Axis(labelAngle=0, labelOverlap=True, title="component"))
    y = alt.Y("share:Q", title="share of variance", axis=alt.Axis(labelExpr=PERCENT_LABEL))
    base = alt.Chart(table).encode(x=x, color=colour)
    bars = base.mark_bar().encode(xOffset=alt.XOffset("method:N", sort=names), y=y, tooltip=tooltip)
    running_sums = base.encode(y=alt.Y("running:Q"))
    lines = running_sums.mark_line(strokeWidth=2, strokeDash=[5, 3])
    marks = running_sums.mark_point(filled=True, size=60, opacity=1).encode(shape=shape, tooltip=tooltip)
    note = f"Bars: each component, in each pair {names[0]} left, {names[1]} right; dashed: the sum up to here"
    chart = frame(bars + lines + marks, palette, height=240, title=finding, note=note)
    return Drawing(chart, finding, finding, table)


@in_any_palette
def article_map(table: pd.DataFrame, palette: Palette, class_names: Sequence[str], axes: tuple[str, str]) -> Drawing:
    """Articles as points on two components; a click selects one by its field `position`, under the name `POINT`.

    Args:
        table: Columns `position`, `number` (the article's number within its split), `x`, `y`, `class`,
            `split`; at most 2,000 rows.
        palette: Colours.
        class_names: Classes in corpus order.
        axes: Titles of the two axes.
    """
    if len(table) > MOST_POINTS:
        raise ValueError(f"{len(table):,} points are more than the limit of {MOST_POINTS:,}.")
    n_training = int((table["split"] == "training").sum())
    finding = _farthest_class(table, class_names)
    note = f"{n_training:,} training and {len(table) - n_training:,} validation {TEXTS} on {axes[0]} and {axes[1]}"
    selection = alt.selection_point(name=POINT, fields=["position"], toggle=False)
    legend = class_legend(class_names, palette) if len(class_names) <= len(SHAPES) else None
    shapes = [SHAPES[place % len(SHAPES)] for place in range(len(class_names))]
    scale = class_scale(palette, class_names)
    colour, shape = colour_and_shape("class_position", scale["domain"], scale["range"], shapes, legend)
    points = (
        alt.Chart(table.assign(class_position=positions(table["class"], class_names)))
        .mark_point(filled=True, size=55, strokeWidth=1.2)
        .encode(
            x=alt.X("x:Q", title=axes[0], scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title=axes[1], scale=alt.Scale(zero=False)),
            color=colour,
            shape=shape,
            opacity=alt.condition(selection, alt.value(0.75), alt.value(0.25)),
            tooltip=["class:N", "split:N", alt.Tooltip("number:Q", title=f"{TEXT}", format=",")],
        )
        .add_params(selection)
    )
    chart = frame(points, palette, height=420, title=finding, note=note)
    return Drawing(chart, finding, f"{finding} {note}.", table)


def _farthest_class(table: pd.DataFrame, class_names: Sequence[str]) -> str:
    """The class whose mean is farthest from the mean of all other articles, in standard deviations of all articles."""
    spread = table[["x", "y"]].std(ddof=0).replace(0, 1.0)  # without spread, an axis separates no articles
    scaled = table[["x", "y"]] / spread
    distances = {}
    for name in class_names:
        inside = table["class"] == name
        if inside.any() and not inside.all():
            gap = scaled[inside].mean() - scaled[~inside].mean()
            distances[name] = float(np.hypot(gap["x"], gap["y"]))
    if not distances:
        return f"All {TEXTS} drawn are of one class."
    far, near = max(distances, key=distances.__getitem__), min(distances, key=distances.__getitem__)
    gaps = decimal(distances[far]), decimal(distances[near])
    far, near = class_in_words(far), class_in_words(near)
    farthest = f"{far} is farthest from the other {TEXTS}, {gaps[0]} standard deviations"
    return f"{farthest}; {near} is nearest, {gaps[1]}." if len(distances) > 2 else f"{farthest}."
