"""A chart of paired differences: the effect of one change on several models, relative to no change."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from bowcore.numbers import MINUS, points_alike
from charts.altair_parts import frame, name_rows, squares_with_whiskers
from charts.drawing import Drawing, in_any_palette, row_height
from charts.palette import Palette

SIGNED_LABEL = f"(datum.value > 0 ? '+' : datum.value < 0 ? '{MINUS}' : '') + format(abs(datum.value), '~g')"


@in_any_palette
def paired_differences(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Each model's difference as a dot with whiskers, with a dashed line at no change. No winner is marked.

    Args:
        table: Columns `model`, `difference`, `low`, `high` (percentage points, the ends of the 95 % interval),
            `verdict` (of `PairedChange`); at least one row.
        palette: Colours.
    """
    shown = [points_alike(row.difference, row.low, row.high) for row in table.itertuples()]
    changes = [
        f"{model} {difference} points ({low} to {high})"
        for model, (difference, low, high) in zip(table["model"], shown, strict=True)
    ]
    finding = " ".join(_sentence(row.model, row.verdict) for row in table.itertuples())
    furthest = max(table[["low", "high"]].abs().max().max() * 1.1, 0.5)
    x: dict[str, Any] = {
        "title": "accuracy now less accuracy before, in percentage points",
        "scale": alt.Scale(domain=[-furthest, furthest], nice=False),
        "axis": alt.Axis(labelExpr=SIGNED_LABEL, tickCount=5),
    }
    base = alt.Chart(table.assign(label=changes, row=range(len(table)))).encode(
        y=name_rows("row", table["model"].tolist()), tooltip=[alt.Tooltip("label:N", title="difference")]
    )
    no_change = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted)
    squares = squares_with_whiskers(base, palette, "difference", **x)
    chart = frame(
        alt.LayerChart(layer=[no_change.encode(x=alt.X("at:Q", **x)), *squares]),
        palette,
        height=2 * row_height(palette) * len(table),
        title=finding,
        note="Squares: difference · whiskers: its 95 % interval · dashes: no change",
    )
    return Drawing(chart, finding, f"{finding} {'; '.join(changes)}.", table)


def _sentence(model: str, verdict: str) -> str:
    return f"{model} got {verdict}." if verdict in ("better", "worse") else f"{model}: {verdict}."
