"""The chart of a number's spread between seeds."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bowcore.judge.seeds import Spread
from bowcore.nouns import VALIDATION_TEXTS
from bowcore.numbers import percent
from charts.altair_parts import frame
from charts.drawing import LINE_WIDTH, PERCENT_LABEL, Drawing, in_any_palette
from charts.palette import Palette

LEAST_ROOM = 0.002  # of the axis on each side, for dots that are equal
TOGETHER = 0.012  # of the axis: dots as close are told by one text


@in_any_palette
def seed_spread(runs: pd.DataFrame, palette: Palette) -> Drawing:
    """Each seed's validation accuracy as a dot; a tick at their mean, and a line of one sd to each side.

    Args:
        runs: Columns `seed` and `accuracy`, a share from 0 to 1; at least one row.
        palette: Colours.
    """
    spread = Spread.of(runs["accuracy"])
    finding = f"{spread.in_percent()} of the {VALIDATION_TEXTS} right"
    drawn = runs.assign(seed=runs["seed"].astype(str))
    sd = spread.sd if spread.n > 1 else 0.0
    room = max(sd, LEAST_ROOM)
    low, high = (min(drawn["accuracy"].min(), spread.mean - sd), max(drawn["accuracy"].max(), spread.mean + sd))
    scale = alt.Scale(domain=[max(low - room, 0), min(high + room, 1)], nice=False, zero=False)
    axis = alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5, labelOverlap="greedy")
    x = alt.X("accuracy:Q", title=f"{VALIDATION_TEXTS} right", scale=scale, axis=axis)
    tooltip = [alt.Tooltip("seed:N"), alt.Tooltip("accuracy:Q", format=".1%")]
    dots = alt.Chart(drawn).mark_point(size=90, filled=False, strokeWidth=2, color=palette.curve)
    layers = dots.encode(x=x, y=alt.value(24), tooltip=tooltip)
    together = _side_by_side(drawn, TOGETHER * (scale.domain[1] - scale.domain[0]))
    names = alt.Chart(together).mark_text(dy=-13, color=palette.muted, fontSize=palette.font_size - 2)
    layers += names.encode(x=x, y=alt.value(24), text="seed:N")
    mean = pd.DataFrame([{"accuracy": spread.mean, "low": spread.mean - sd, "high": spread.mean + sd}])
    line = alt.Chart(mean).mark_rule(strokeWidth=LINE_WIDTH, color=palette.text)
    layers += line.encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=alt.value(48))
    tick = alt.Chart(mean).mark_tick(thickness=3, size=14, color=palette.text)
    layers += tick.encode(x=x, y=alt.value(48))
    note = "circles: seeds, with their numbers; below: mean and one standard deviation to each side"
    chart = frame(layers, palette, height=60, title=finding, note=note)
    each = ", ".join(f"seed {row.seed}: {percent(row.accuracy)}" for row in drawn.itertuples())
    return Drawing(chart, finding, f"{finding}. {each}.", drawn)


def _side_by_side(drawn: pd.DataFrame, near: float) -> pd.DataFrame:
    """A text for each dot, or for several whose texts would cover each other: `1, 4`."""
    ordered = drawn.sort_values("accuracy", kind="stable")
    group = (ordered["accuracy"].diff() > near).cumsum()
    return ordered.groupby(group, as_index=False).agg(accuracy=("accuracy", "mean"), seed=("seed", ", ".join))
