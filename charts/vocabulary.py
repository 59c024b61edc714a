"""Charts of which terms become columns: overlap of lists, limits, word groups, unknown words."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bowcore.numbers import decimal, percent
from charts.drawing import SHORT_NUMBER_LABEL, WHOLE_PERCENT_LABEL, Drawing, frame, row_height
from charts.palette import Palette

FINE_PERCENT_LABEL = "format(datum.value * 100, '.2~f') + ' %'"


def list_overlap(names: Sequence[str], shared: ArrayLike, palette: Palette) -> Drawing:
    """Number of terms shared by each pair of lists, as a square; the diagonal is a list's own length.

    Args:
        names: Names of the lists.
        shared: Integers, (n_lists, n_lists).
        palette: Colours.
    """
    counts = np.asarray(shared)
    length = max(int(counts.max(initial=0)), 1)
    rows = [
        {"list": one, "other": other, "shared": int(counts[i, j]), "share": counts[i, j] / length}
        for i, one in enumerate(names)
        for j, other in enumerate(names)
    ]
    apart = [row for row in rows if row["list"] != row["other"]]
    least = min(apart, key=lambda row: row["shared"], default=None)
    finding = (
        "One list alone."
        if least is None
        else (f"“{least['list']}” and “{least['other']}” share {least['shared']:,} of {length:,} terms, the fewest.")
    )
    drawn = pd.DataFrame(rows)
    fills = [palette.shade(0.15 + 0.85 * share) for share in drawn["share"]]
    drawn = drawn.assign(fill=fills, ink=[palette.ink_on(fill) for fill in fills])
    order = list(names)
    base = alt.Chart(drawn).encode(
        x=alt.X("other:N", sort=order, title=None, axis=alt.Axis(labelAngle=-25, labelLimit=0, orient="bottom")),
        y=alt.Y("list:N", sort=order, title=None, axis=alt.Axis(labelLimit=0)),
        tooltip=["list:N", "other:N", alt.Tooltip("shared:Q", format=",")],
    )
    squares = base.mark_rect().encode(color=alt.Color("fill:N", scale=None, legend=None))
    text = base.mark_text().encode(
        text=alt.Text("shared:Q", format=","), color=alt.Color("ink:N", scale=None, legend=None)
    )
    chart = frame(squares + text, palette, height=2 * row_height(palette) * len(names), title=finding)
    return Drawing(chart, finding, finding, drawn[["list", "other", "shared"]])


def terms_left(minima: ArrayLike, left: ArrayLike, chosen: int, palette: Palette) -> Drawing:
    """Number of terms kept by each minimum document frequency, on logarithmic axes, with the chosen minimum marked."""
    table = pd.DataFrame({"minimum": np.asarray(minima), "terms": np.asarray(left)})
    drawn = table[table["terms"] > 0]
    if len(drawn) >= 2 and drawn["minimum"].iloc[0] == 1:
        second = drawn.iloc[1]
        gone = 1 - float(second["terms"]) / float(drawn["terms"].iloc[0])
        finding = f"{percent(gone)} of the terms occur in fewer than {int(second['minimum']):,} articles."
    else:
        finding = "All terms occur in one article."
    scale = alt.Scale(type="log")
    powers = alt.Axis(
        labelExpr=SHORT_NUMBER_LABEL, values=[10**power for power in range(8)], labelOverlap="greedy", labelSeparation=6
    )
    x = alt.X("minimum:Q", scale=scale, title="articles, at least (log.)", axis=powers)
    y = alt.Y("terms:Q", scale=scale, title="terms left (log.)", axis=powers)
    tooltip = [alt.Tooltip("minimum:Q", format=","), alt.Tooltip("terms:Q", format=",")]
    curve = alt.Chart(drawn).mark_line(color=palette.curve, point=False).encode(x=x, y=y, tooltip=tooltip)
    layers = curve
    if len(drawn):
        at = min(max(chosen, 1), int(drawn["minimum"].max()))
        rule = alt.Chart(pd.DataFrame({"minimum": [at]})).mark_rule(color=palette.text, strokeDash=[5, 4], size=2)
        layers = curve + rule.encode(x=x)
    # the chart takes a third of the page width
    chart = frame(layers, palette, height=230, title=finding, characters=28)
    return Drawing(chart, finding, f"{finding} The dashed line marks the chosen minimum, {chosen:,}.", table)


def column_growth(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Columns by the length of word groups, split into those that occur once and those that occur more often.

    `table` has columns `groups` (a name), `terms` and `once` (how many of them occur once).
    """
    first, last = table.iloc[0], table.iloc[-1]
    times = last["terms"] / max(first["terms"], 1)
    finding = (
        f"Word groups {last['groups']} make {decimal(times)} times the columns of single words; "
        f"{percent(last['once'] / max(last['terms'], 1), 0)} of them occur once."
    )
    parts = pd.concat(
        [
            table.assign(part="more often", n=table["terms"] - table["once"], place=0),
            table.assign(part="once", n=table["once"], place=1),
        ]
    )
    drawn = parts[["groups", "part", "n", "place"]]
    full = 1.4 * max(float(table["terms"].max()), 1.0)
    y = alt.Y("groups:N", sort=list(table["groups"]), title="word groups")
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.62})
        .encode(
            x=alt.X(
                "n:Q",
                title="terms (columns)",
                scale=alt.Scale(domain=[0, full], nice=False),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=5),
            ),
            y=y,
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=["more often", "once"], range=[palette.curve, palette.ghost]),
                legend=None,
            ),
            order=alt.Order("place:Q"),
            tooltip=["groups:N", "part:N", alt.Tooltip("n:Q", format=",")],
        )
    )
    ends = table.assign(
        label=[
            f"{terms:,}, {percent(once / max(terms, 1), 0)} once"
            for terms, once in zip(table["terms"], table["once"], strict=True)
        ]
    )
    labels = alt.Chart(ends).mark_text(align="left", dx=6, color=palette.text).encode(x="terms:Q", y=y, text="label:N")
    note = "Left part: terms that occur more often. Right part: terms that occur once."
    chart = frame(bars + labels, palette, height=2 * row_height(palette) * len(table), title=finding, note=note)
    return Drawing(chart, finding, finding, table)


def unknown_shares(table: pd.DataFrame, palette: Palette, *, of: str = "tokens") -> Drawing:
    """Share of unknown words by class: training as circles, validation as squares.

    `table` has columns `split`, `class`, `share`; the last class is all articles together.
    """
    by_split = {split: part.iloc[-1]["share"] for split, part in table.groupby("split")}
    told = " and ".join(f"{percent(share)} of {split}" for split, share in by_split.items())
    finding = f"Outside the vocabulary: {told} {of}."
    order = list(dict.fromkeys(table["class"]))
    marks = (
        alt.Chart(table)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=alt.X(
                "share:Q",
                title=f"share of {of} outside the vocabulary",
                scale=alt.Scale(zero=True, nice=True, domainMin=0),
                axis=alt.Axis(
                    labelExpr=WHOLE_PERCENT_LABEL if table["share"].max() > 0.05 else FINE_PERCENT_LABEL,
                    labelOverlap="greedy",
                    labelSeparation=8,
                ),
            ),
            y=alt.Y("class:N", sort=order, title=None, axis=alt.Axis(labelLimit=0, grid=True)),
            color=alt.Color(
                "split:N",
                title=None,
                scale=alt.Scale(domain=["training", "validation"], range=[palette.ghost, palette.curve]),
            ),
            shape=alt.Shape(
                "split:N", title=None, scale=alt.Scale(domain=["training", "validation"], range=["circle", "square"])
            ),
            tooltip=["class:N", "split:N", alt.Tooltip("share:Q", format=".2%")],
        )
    )
    chart = frame(marks, palette, height=round(1.4 * row_height(palette)) * len(order), title=finding)
    return Drawing(chart, finding, finding, table)
