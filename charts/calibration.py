"""The reliability diagram: how often a model is right, by how sure it is."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from bowcore.nouns import TEXTS, VALIDATION_TEXTS
from bowcore.numbers import decimal, percent
from charts.altair_parts import frame
from charts.drawing import LINE_WIDTH, PERCENT_LABEL, Drawing, in_any_palette
from charts.palette import Palette

HEIGHT = 300


@in_any_palette
def reliability(table: pd.DataFrame, palette: Palette, error: float, too_sure: float, n_bins: int) -> Drawing:
    """The share of articles that are right against their mean probability, a dot with whiskers for each filled bin.

    Args:
        table: Columns `start`, `end`, `mean`, `right`, `low`, `high` (shares from 0 to 1), `n_right`, `n_documents`,
            one row per bin with articles; not empty.
        palette: Colours.
        error: The expected calibration error.
        too_sure: Mean probability minus the share right.
        n_bins: Bins from 0 to 1, the empty ones included.
    """
    n = int(table["n_documents"].sum())
    way = "too high" if too_sure > 0 else "too low"
    finding = (
        f"Probabilities are {decimal(100 * abs(too_sure))} points {way} on average; expected calibration error (ECE) "
        f"{percent(error)} in {n_bins} bins, of {n:,} {VALIDATION_TEXTS}."
    )
    axis = alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(table.assign(label=[f"{n:,}" for n in table["n_documents"]])).encode(
        x=alt.X("mean:Q", title="mean probability of the predicted class", scale=scale, axis=axis),
        tooltip=[
            alt.Tooltip("n_documents:Q", title=f"{TEXTS}", format=","),
            alt.Tooltip("n_right:Q", title="right", format=","),
            alt.Tooltip("mean:Q", title="mean probability", format=".1%"),
            alt.Tooltip("right:Q", title="share right", format=".1%"),
            alt.Tooltip("low:Q", format=".1%"),
            alt.Tooltip("high:Q", format=".1%"),
        ],
    )
    y: dict[str, Any] = {"title": "share right", "scale": scale, "axis": axis}
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH, color=palette.curve).encode(y=alt.Y("low:Q", **y), y2="high:Q")
    squares = base.mark_point(filled=True, shape="square", size=90, opacity=1, color=palette.curve)
    counts = base.mark_text(align="left", dx=7, dy=9, color=palette.text).encode(
        y=alt.Y("right:Q", **y), text="label:N"
    )
    ends = alt.Chart(pd.DataFrame({"mean": [0.0, 1.0], "right": [0.0, 1.0]}))
    diagonal = ends.mark_line(strokeDash=[5, 4], strokeWidth=2, color=palette.muted).encode(x="mean:Q", y="right:Q")
    chart = frame(
        alt.LayerChart(layer=[diagonal, whiskers, squares.encode(y=alt.Y("right:Q", **y)), counts]),
        palette,
        height=HEIGHT,
        title=finding,
        note=f"Squares: share right, with their number of {TEXTS} · whiskers: 95 % interval · dashes: calibrated",
    )
    said = "; ".join(
        f"probability {percent(mean)}, {percent(right)} of {n:,} right"
        for mean, right, n in zip(table["mean"], table["right"], table["n_documents"], strict=True)
    )
    return Drawing(chart, finding, f"{finding} {said}.", table)
