"""The chart of vocabulary growth: distinct terms against tokens read."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from bowcore.matrix.frequencies.heaps import Growth, HeapsLine
from bowcore.numbers import decimal, raised
from charts.drawing import LINE_WIDTH, SHORT_NUMBER_LABEL, Drawing, frame
from charts.palette import Palette


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
        "the articles brought "
    )
    finding += f"{decimal(growth.n_new_at_end, 0)} of them."
    ends = [float(table["tokens"].min()), float(table["tokens"].max())]
    lows = [float(table["low"].min()), float(table["high"].max())]
    if ghost is not None:
        ends = [min(ends[0], float(ghost.table["tokens"].min())), max(ends[1], float(ghost.table["tokens"].max()))]
        lows = [min(lows[0], float(ghost.table["low"].min())), max(lows[1], float(ghost.table["high"].max()))]
    x = alt.X(
        "tokens:Q",
        title="tokens read (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[max(ends[0], 1) * 0.9, max(ends[1], 2) * 1.1]),
        axis=_round_numbers(*ends),
    )
    y = alt.Y(
        "terms:Q",
        title="different terms (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[max(lows[0], 1) * 0.9, max(lows[1], 2) * 1.1]),
        axis=_round_numbers(*lows),
    )
    tooltip = [
        alt.Tooltip("documents:Q", title="articles", format=","),
        alt.Tooltip("tokens:Q", title="tokens (mean)", format=",.0f"),
        alt.Tooltip("terms:Q", title="terms (mean)", format=",.0f"),
        alt.Tooltip("low:Q", title="fewest", format=","),
        alt.Tooltip("high:Q", title="most", format=","),
    ]
    shown = table[table["low"] > 0]
    chart = alt.layer()
    notes = [f"band: fewest to most of {growth.n_orders} random orders"]
    if ghost is not None:
        dashed = alt.Chart(ghost.table).mark_line(color=palette.ghost, strokeDash=[6, 5], strokeWidth=LINE_WIDTH)
        chart += dashed.encode(x, y)
        notes.append("grey dashes: previous recipe")
    chart += alt.Chart(shown).mark_area(color=palette.curve, opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    chart += alt.Chart(shown).mark_line(color=palette.curve, strokeWidth=LINE_WIDTH).encode(x, y)
    chart += alt.Chart(shown).mark_circle(color=palette.curve, size=26, opacity=1).encode(x, y, tooltip=tooltip)
    if line is not None:
        at = np.array([float(shown["tokens"].iloc[0]), float(shown["tokens"].iloc[-1])])
        fitted = pd.DataFrame({"tokens": at, "terms": line.terms(at)})
        straight = alt.Chart(fitted).mark_line(color=palette.text, strokeDash=[2, 3], strokeWidth=2, clip=True)
        chart += straight.encode(x, y)
        notes.append(f"dotted: terms = {decimal(line.constant)} × tokens{raised(line.exponent)}")
    framed = frame(chart, palette, height=300, title=finding, note=" · ".join(notes))
    return Drawing(framed, finding, f"{finding} Both axes are logarithmic.", table)


def _round_numbers(low: float, high: float) -> alt.Axis:
    """1, 2 and 5 of every power of ten between the ends; only powers if there are many of them."""
    first, last = int(np.floor(np.log10(max(low, 1)))), int(np.ceil(np.log10(max(high, 2))))
    digits = (1, 2, 5) if last - first <= 3 else (1,)
    values = [digit * 10**power for power in range(first, last + 1) for digit in digits]
    return alt.Axis(values=values, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)
