"""Charts of single words: those that decide, and those that a change of the recipe removed or added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from bowcore.numbers import decimal, signed
from charts.drawing import (
    ROWS,
    SHORT_NUMBER_LABEL,
    Drawing,
    class_scale,
    click_selection,
    fill,
    frame,
    row_height,
    short,
    term_rows,
)
from charts.palette import Palette

ROOMY = 0.62  # of the axis: a bar this long fits a class name in a card 250 px wide
MOST_BARS = 8  # of terms that gain, and of terms that lose


def words_that_decide(table: pd.DataFrame, palette: Palette, class_names: Sequence[str]) -> Drawing:
    """The terms with the largest weight for each class, as bars labelled by class, for a card about 250 px wide.

    A click selects a bar's term. With more classes than colours only the first class of the table is drawn.

    Args:
        table: Columns `term`, `class`, `weight`, sorted by class in corpus order, then by descending weight; not empty.
        palette: Colours.
        class_names: Classes in corpus order.
    """
    shown = class_names if len(class_names) <= len(palette.classes) else table["class"].tolist()[:1]
    drawn = table.loc[table["class"].isin(shown), ["term", "class", "weight"]].reset_index(drop=True)
    strongest = drawn.loc[drawn["weight"].idxmax()]
    finding = (
        f"“{short(str(strongest['term']))}” has the largest log-odds, {decimal(float(strongest['weight']), 2)} for "
        f"{strongest['class']}."
    )
    colours = palette.class_colours(class_names, shown[0])
    # the class name is inside its first bar, or after it if the bar may be too short
    first, roomy = ~drawn["class"].duplicated(), drawn["weight"] > ROOMY * float(drawn["weight"].max())
    rows = drawn.assign(
        row=[f"{row:04d}{short(str(term), 14)}" for row, term in enumerate(drawn["term"])],
        named=np.where(first & roomy, "inside", np.where(first, "after", "")),
        ink=[palette.ink_on(colours[name]) for name in drawn["class"]],
    )
    words = (f"{name}: {', '.join(drawn.loc[drawn['class'] == name, 'term'].astype(str))}" for name in shown)
    chart = fill(_bars_by_class(palette, tuple(class_names), shown[0]), rows, None)
    return Drawing(chart, finding, f"{finding} {'; '.join(words)}.", drawn)


@lru_cache(maxsize=32)
def _bars_by_class(palette: Palette, class_names: tuple[str, ...], chosen: str) -> dict[str, Any]:
    """Class-labelled bars without rows: `row` is a four-digit position followed by the term."""
    data = alt.Chart(alt.NamedData(ROWS)).encode(y=term_rows("slice(datum.label, 4)"))
    tooltip = ["term:N", "class:N", alt.Tooltip("weight:Q", title="log-odds", format=".2f")]
    x = alt.X("weight:Q", title="log-odds (bars from 0)", scale=alt.Scale(nice=False, zero=True), axis=None)
    colour = alt.Color("class:N", scale=class_scale(palette, class_names, chosen), legend=None)
    bars = data.mark_bar(height={"band": 0.72}, cursor="pointer").encode(x=x, color=colour, tooltip=tooltip)
    inside = data.transform_filter("datum.named === 'inside'").mark_text(
        align="left", dx=6, fontWeight=600, cursor="pointer"
    )
    after = data.transform_filter("datum.named === 'after'").mark_text(
        align="left", dx=6, fontWeight=600, color=palette.text
    )
    ink = alt.Color("ink:N", scale=None, legend=None)
    chart = (
        bars.add_params(click_selection())
        + inside.encode(x=alt.datum(0), text="class:N", color=ink, tooltip=tooltip)
        + after.encode(x=alt.X("weight:Q"), text="class:N")
    )
    whole: dict[str, Any] = frame(chart, palette, height=160).to_dict(validate=False)
    return whole


def term_changes(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Terms that a change of the recipe removed (orange, left) or added (blue, right), clickable.

    Args:
        table: Columns `term`, `change`: occurrences after minus occurrences before, not all 0.
        palette: Colours.
    """
    losing = table[table["change"] < 0].sort_values("change", kind="stable")
    gaining = table[table["change"] > 0].sort_values("change", ascending=False, kind="stable")
    drawn = pd.concat([gaining.head(MOST_BARS), losing.head(MOST_BARS).iloc[::-1]])[["term", "change"]]
    drawn = drawn.reset_index(drop=True)
    drawn = drawn.assign(
        row=range(len(drawn)),
        label=[signed(int(change)) for change in drawn["change"]],
        went=np.where(drawn["change"] > 0, "gains", "loses"),
    )
    terms = [short(str(term)) for term in drawn["term"]]
    largest = int(drawn["change"].abs().idxmax())
    finding = (
        f"{len(losing):,} terms lose occurrences, {len(gaining):,} gain; the largest change: “{terms[largest]}” "
        f"{drawn['label'][largest]}."
    )
    lowest, highest = min(float(drawn["change"].min()), 0), max(float(drawn["change"].max()), 0)
    room = 0.35 * (highest - lowest)  # for the number after the longest bar
    ends = [lowest - room if len(losing) else 0, highest + room]
    more, _, fewer = palette.diverging
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "change:Q",
            title="change of occurrences",
            scale=alt.Scale(domain=ends, nice=False, zero=True),
            axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=4, tickMinStep=1),
        ),
        y=term_rows(f"{json.dumps(terms)}[datum.value]"),
        tooltip=["term:N", "went:N", alt.Tooltip("label:N", title="change")],
    )
    colour = alt.Color(
        "went:N",
        title=None,
        scale=alt.Scale(domain=["loses", "gains"], range=[fewer, more]),
        legend=alt.Legend(symbolType="square", symbolStrokeWidth=0),
    )
    bars = base.mark_bar(height={"band": 0.72}, cursor="pointer").encode(color=colour).add_params(click_selection())
    text = base.encode(text="label:N", color=alt.value(palette.text))
    right = text.transform_filter(alt.datum.change > 0).mark_text(align="left", dx=5)
    left = text.transform_filter(alt.datum.change < 0).mark_text(align="right", dx=-5)
    chart = frame(bars + right + left, palette, height=row_height(palette) * len(drawn), title=finding)
    changes = ", ".join(f"{term} {label}" for term, label in zip(terms, drawn["label"], strict=True))
    return Drawing(chart, finding, f"{finding} {changes}.", drawn.drop(columns="row"))
