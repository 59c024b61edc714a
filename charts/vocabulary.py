"""Charts of which terms become columns: overlap of lists, limits, word groups, unknown words."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import decimal, percent
from charts.altair_parts import colour_and_shape, frame, name_rows
from charts.classes import LARGEST
from charts.drawing import PERCENT_LABEL, SHORT_NUMBER_LABEL, Drawing, in_any_palette, row_height
from charts.names import MOST_CLASSES, positions
from charts.palette import Palette


@in_any_palette
def list_overlap(names: Sequence[str], shared: ArrayLike, palette: Palette) -> Drawing:
    """Number of terms shared by each pair of lists, as a square; the diagonal is a list's own length.

    Args:
        names: Names of two or more lists.
        shared: Integers, (n_lists, n_lists).
        palette: Colours.
    """
    pairs = pd.MultiIndex.from_product([names, names], names=["list", "other"])
    table = pd.DataFrame({"shared": np.asarray(shared).ravel()}, index=pairs).reset_index()
    length = int(table["shared"].max())
    apart = table[table["list"] != table["other"]]
    least = apart.loc[apart["shared"].idxmin()]
    finding = f"“{least['list']}” and “{least['other']}” share {least['shared']:,} of {length:,} terms, the fewest."
    fills = [palette.shade(0.15 + 0.85 * n / length) for n in table["shared"]]
    drawn = table.assign(fill=fills, ink=[palette.ink_on(fill) for fill in fills])
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
    chart = frame(squares + text, palette, height=2 * row_height(palette) * len(order), title=finding)
    return Drawing(chart, finding, finding, table)


@in_any_palette
def terms_left(minima: ArrayLike, left: ArrayLike, chosen: int, palette: Palette) -> Drawing:
    """Number of terms kept by each minimum document frequency, on logarithmic axes, with the chosen minimum marked."""
    table = pd.DataFrame({"minimum": np.asarray(minima), "terms": np.asarray(left)})
    drawn = table[table["terms"] > 0]
    finding = f"All terms occur in one {TEXT}."
    if len(drawn) >= 2 and drawn["minimum"].iloc[0] == 1:
        gone = 1 - drawn["terms"].iloc[1] / drawn["terms"].iloc[0]
        finding = f"{percent(gone)} of the terms occur in fewer than {drawn['minimum'].iloc[1]:,} {TEXTS}."
    powers = alt.Axis(
        labelExpr=SHORT_NUMBER_LABEL, values=[10**power for power in range(8)], labelOverlap="greedy", labelSeparation=6
    )
    x = alt.X("minimum:Q", scale=alt.Scale(type="log"), title=f"{TEXTS}, at least (log.)", axis=powers)
    y = alt.Y("terms:Q", scale=alt.Scale(type="log"), title="terms left (log.)", axis=powers)
    tooltip = [alt.Tooltip("minimum:Q", format=","), alt.Tooltip("terms:Q", format=",")]
    curve = alt.Chart(drawn).mark_line(color=palette.curve).encode(x=x, y=y, tooltip=tooltip)
    at = pd.DataFrame({"minimum": [min(max(chosen, 1), int(drawn["minimum"].max()))]})
    rule = alt.Chart(at).mark_rule(color=palette.text, strokeDash=[5, 4], size=2).encode(x=x)
    # the chart takes a third of the page width
    chart = frame(curve + rule, palette, height=230, title=finding)
    return Drawing(chart, finding, f"{finding} The dashed line marks the chosen minimum, {chosen:,}.", table)


@in_any_palette
def column_growth(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Columns by the length of word groups, split into those that occur once and those that occur more often.

    `table` has columns `groups` (a name), `terms` and `once` (how many of them occur once).
    """
    first, last = table.iloc[0], table.iloc[-1]
    finding = (
        f"Word groups {last['groups']} make {decimal(last['terms'] / first['terms'])} times the columns of single "
        f"words; {percent(last['once'] / last['terms'], 0)} of them occur once."
    )
    more = table.assign(part="more often", n=table["terms"] - table["once"], place=0)
    drawn = pd.concat([more, table.assign(part="once", n=table["once"], place=1)])[["groups", "part", "n", "place"]]
    y = alt.Y("groups:N", sort=list(table["groups"]), title="word groups")
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.62})
        .encode(
            x=alt.X(
                "n:Q",
                title="terms (columns)",
                scale=alt.Scale(domain=[0, 1.4 * float(table["terms"].max())], nice=False),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=5, tickMinStep=1),
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
    counts = zip(table["terms"], table["once"], strict=True)
    ends = alt.Chart(table.assign(label=[f"{terms:,}, {percent(once / terms, 0)} once" for terms, once in counts]))
    labels = ends.mark_text(align="left", dx=6, color=palette.text).encode(x="terms:Q", y=y, text="label:N")
    note = "Left part: terms that occur more often. Right part: terms that occur once."
    chart = frame(bars + labels, palette, height=2 * row_height(palette) * len(table), title=finding, note=note)
    return Drawing(chart, finding, finding, table)


@in_any_palette
def unknown_shares(table: pd.DataFrame, palette: Palette, of: str) -> Drawing:
    """Share of unknown tokens or types (`of`) by class: training as circles, validation as squares.

    `table` has columns `split`, `class`, `share`; the last class is all articles together.
    """
    by_split = {split: part.iloc[-1]["share"] for split, part in table.groupby("split")}
    shares = " and ".join(f"{percent(share)} of {split}" for split, share in by_split.items())
    finding = f"Outside the vocabulary: {shares} {of}."
    order, note = list(dict.fromkeys(table["class"])), None
    if len(order) > MOST_CLASSES:
        *classes, all_articles = order
        largest = table.groupby("class")["share"].max().loc[classes]
        most = set(largest.sort_values(ascending=False, kind="stable").index[:LARGEST])
        order = [*(name for name in classes if name in most), all_articles]
        note = f"The {LARGEST} of {len(classes)} classes with the largest shares; the table has all."
    drawn = table[table["class"].isin(order)]
    splits, shapes = ("training", "validation"), ("circle", "square")
    colour, shape = colour_and_shape("split", splits, (palette.ghost, palette.curve), shapes)
    marks = (
        alt.Chart(drawn.assign(row=positions(drawn["class"], order)))
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=alt.X(
                "share:Q",
                title=f"share of {of} outside the vocabulary",
                scale=alt.Scale(zero=True, nice=True, domainMin=0),
                axis=alt.Axis(
                    labelExpr=PERCENT_LABEL,
                    labelOverlap="greedy",
                    labelSeparation=8,
                ),
            ),
            y=name_rows("row", order, padding=9),  # a share of zero
            color=colour,
            shape=shape,
            tooltip=["class:N", "split:N", alt.Tooltip("share:Q", format=".2%")],
        )
    )
    chart = frame(marks, palette, height=round(1.4 * row_height(palette)) * len(order), title=finding, note=note)
    return Drawing(chart, finding, finding, table)
