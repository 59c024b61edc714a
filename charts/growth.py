"""The chart of vocabulary growth: distinct terms against tokens read."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from bowcore.matrix.frequencies.heaps import Growth, HeapsLine
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, raised
from charts.altair_parts import frame, previous_line
from charts.drawing import DOT, SHORT_NUMBER_LABEL, Drawing, in_any_palette
from charts.palette import Palette


@in_any_palette
def growth_curve(
    growth: Growth, palette: Palette, *, line: HeapsLine | None = None, ghost: Growth | None = None
) -> Drawing:
    """Distinct terms against tokens read, from 1 to 100 % of the articles, with the range of all random orders.

    Args:
        growth: The curve.
        palette: Colours.
        line: Heaps' law, fitted to the curve.
        ghost: The curve of the previous recipe.
    """
    table = growth.table
    last = table.iloc[-1]
    finding = (
        f"{decimal(last['terms'], 0)} terms after {decimal(last['tokens'], 0)} tokens; the last tenth of "
        f"the {TEXTS} brought {decimal(growth.n_new_at_end, 0)} of them."
    )
    whole = table if ghost is None else pd.concat([table, ghost.table])
    x = alt.X("tokens:Q", **_log_axis("tokens read", whole["tokens"].min(), whole["tokens"].max()))
    y = alt.Y("terms:Q", **_log_axis("different terms", whole["low"].min(), whole["high"].max()))
    tooltip = [
        alt.Tooltip("documents:Q", title=f"{TEXTS}", format=","),
        alt.Tooltip("tokens:Q", title="tokens (mean)", format=",.0f"),
        alt.Tooltip("terms:Q", title="terms (mean)", format=",.0f"),
        alt.Tooltip("low:Q", title="fewest", format=","),
        alt.Tooltip("high:Q", title="most", format=","),
    ]
    notes = [f"band: fewest to most of {growth.n_orders} random orders"]
    shown = table[table["low"] > 0]
    curve = alt.Chart(shown)
    chart = alt.layer()
    if ghost is not None:
        chart += previous_line(ghost.table, palette).encode(x, y)
        notes.append("grey dashes: previous recipe")
    chart += curve.mark_area(color=palette.curve, opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    chart += curve.mark_line(color=palette.curve).encode(x, y)
    chart += curve.mark_circle(color=palette.curve, size=DOT, opacity=1).encode(x, y, tooltip=tooltip)
    if line is not None:
        at = shown["tokens"].iloc[[0, -1]].to_numpy(dtype=np.float64)
        fitted = alt.Chart(pd.DataFrame({"tokens": at, "terms": line.terms(at)}))
        chart += fitted.mark_line(color=palette.text, strokeDash=[2, 3], strokeWidth=2, clip=True).encode(x, y)
        notes.append(f"dotted: terms = {decimal(line.constant)} × tokens{raised(line.exponent)}")
    framed = frame(chart, palette, height=None, title=finding, note=" · ".join(notes))
    return Drawing(framed, finding, f"{finding} Both axes are logarithmic.", table)


def _log_axis(title: str, low: float, high: float) -> dict[str, Any]:
    """Arguments of an axis with 1, 2 and 5 of every power of ten between the ends, or only powers if they are many."""
    scale = alt.Scale(type="log", nice=False, domain=[max(low, 1) * 0.9, max(high, 2) * 1.1])
    first, last = int(np.floor(np.log10(max(low, 1)))), int(np.ceil(np.log10(max(high, 2))))
    digits = (1, 2, 5) if last - first <= 3 else (1,)
    values = [digit * 10**power for power in range(first, last + 1) for digit in digits]
    axis = alt.Axis(values=values, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)
    return {"title": f"{title} (logarithmic)", "scale": scale, "axis": axis}
