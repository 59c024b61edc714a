"""A chart of paired differences: the effect of one change on several models, relative to no change."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bowcore.numbers import MINUS, points
from charts.drawing import LINE_WIDTH, Drawing, frame, row_height
from charts.palette import Palette

SIGNED_LABEL = f"(datum.value > 0 ? '+' : datum.value < 0 ? '{MINUS}' : '') + format(abs(datum.value), '~g')"


def paired_differences(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Each model's difference as a dot with whiskers, with a dashed line at no change. No winner is marked.

    Args:
        table: Columns `model`, `difference`, `low`, `high` (percentage points, the ends of the 95 % interval).
        palette: Colours.
    """
    told = [
        f"{row.model} {points(row.difference)} points ({points(row.low)} to {points(row.high)})"
        for row in table.itertuples()
    ]
    finding = " ".join(_verdict(row.model, row.low, row.high) for row in table.itertuples())
    finding = finding or "No model was compared yet."
    furthest = max(table[["low", "high"]].abs().max().max() * 1.1, 0.5) if len(table) else 1.0
    scale = alt.Scale(domain=[-furthest, furthest], nice=False)
    title = "accuracy now less accuracy before, in percentage points"
    axis = alt.Axis(labelExpr=SIGNED_LABEL, tickCount=5)
    y = alt.Y("model:N", sort=list(table["model"]), title=None, axis=alt.Axis(labelLimit=170, ticks=False))
    base = alt.Chart(table.assign(label=told)).encode(y=y, tooltip=[alt.Tooltip("label:N", title="difference")])
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH, color=palette.curve).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    ends = [base.mark_tick(thickness=2, size=14, color=palette.curve).encode(x=f"{end}:Q") for end in ("low", "high")]
    dots = base.mark_point(filled=True, shape="square", size=110, opacity=1, color=palette.curve).encode(
        x=alt.X("difference:Q", title=title, scale=scale, axis=axis)
    )
    nothing = (
        alt.Chart(pd.DataFrame({"at": [0.0]}))
        .mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted)
        .encode(x=alt.X("at:Q", title=title, scale=scale, axis=axis))
    )
    height = 2 * row_height(palette) * max(len(table), 1)
    chart = frame(
        nothing + whiskers + ends[0] + ends[1] + dots,
        palette,
        height=height,
        title=finding,
        note="Squares: difference · whiskers: its 95 % interval · dashes: no change",
    )
    return Drawing(chart, finding, f"{finding} {'; '.join(told)}." if told else finding, table)


def _verdict(model: str, low: float, high: float) -> str:
    if low <= 0 <= high:
        return f"{model}: no detectable change."
    return f"{model} got {'better' if low > 0 else 'worse'}."
