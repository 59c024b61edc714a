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
from charts.drawing import ROWS, SHORT_NUMBER_LABEL, Drawing, class_scale, filled, frame, row_height, term_rows
from charts.frequency import click_selection
from charts.palette import Palette
from charts.wording import short

ROOMY = 0.62  # of the axis: a bar this long fits a class name in a card 250 px wide


def words_that_decide(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    top: int = 5,
    chosen: str | None = None,
    measure: str = "log-odds",
    compact: bool = False,
) -> Drawing:
    """The terms with the largest weight for each class, as bars from 0 labelled by class. A click selects a bar's term.

    Args:
        table: Columns `term`, `class`, `weight`.
        palette: Colours.
        class_names: Classes in corpus order.
        top: Terms per class.
        chosen: Show only this class; if there are more classes than colours, the default is the first.
        measure: Title of the axis.
        compact: For a card about 250 px wide: no title, no axis, and few enough terms per class to stay readable.
    """
    shown = [chosen] if chosen is not None and chosen in class_names else list(class_names)
    if len(shown) > len(palette.classes):
        shown = shown[:1]
    if compact:
        top = max(1, min(top, 10 // len(shown)))
    ranked = table[table["class"].isin(shown)].sort_values("weight", ascending=False, kind="stable")
    kept = ranked.groupby("class", sort=False).head(top)
    kept = kept.assign(place=kept["class"].map({name: i for i, name in enumerate(shown)}))
    kept = kept.sort_values(["place", "weight"], ascending=[True, False], kind="stable").reset_index(drop=True)
    drawn = kept[["term", "class", "weight"]]
    finding = _finding(kept, shown, measure)
    colours = palette.class_colours(class_names, chosen or shown[0])
    most = max(float(drawn["weight"].max()), 0.0) if len(drawn) else 1.0
    # the class name is inside its first bar, or beside it if the bar may be too short
    first, roomy = ~drawn["class"].duplicated(), drawn["weight"] > ROOMY * (most or 1.0)
    rows = drawn.assign(
        row=[f"{row:04d}{short(str(term), 14 if compact else 24)}" for row, term in enumerate(drawn["term"])],
        named=np.where(first & roomy, "inside", np.where(first, "beside", "")),
        ink=[palette.ink_on(colours[name]) for name in drawn["class"]],
    )
    height = 160 if compact else (palette.font_size + 6) * max(len(drawn), 1)
    template = _bars_by_class(palette, tuple(class_names), chosen or shown[0], measure, compact, height)
    chart = filled(template, rows, None if compact else finding)
    words = (f"{name}: {', '.join(kept.loc[kept['class'] == name, 'term'].astype(str))}" for name in shown)
    return Drawing(chart, finding, f"{finding} {'; '.join(words)}.", drawn)


@lru_cache(maxsize=32)
def _bars_by_class(
    palette: Palette, class_names: tuple[str, ...], chosen: str, measure: str, compact: bool, height: int
) -> dict[str, Any]:
    """Class-labelled bars without rows: `row` is a four-digit position followed by the term."""
    data = alt.NamedData(ROWS)
    y = term_rows("slice(datum.label, 4)")
    axis, title = None if compact else alt.Axis(tickCount=5), f"{measure} (bars from 0)"
    tooltip = ["term:N", "class:N", alt.Tooltip("weight:Q", title=measure, format=".2f")]
    bars = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.72}, cursor="pointer")
        .encode(
            x=alt.X("weight:Q", title=title, scale=alt.Scale(nice=False, zero=True), axis=axis),
            y=y,
            color=alt.Color("class:N", scale=class_scale(palette, class_names, chosen), legend=None),
            tooltip=tooltip,
        )
        .add_params(click_selection())
    )
    inside = (
        alt.Chart(data)
        .transform_filter("datum.named === 'inside'")
        .mark_text(align="left", dx=6, fontWeight=600, cursor="pointer")
        .encode(x=alt.datum(0), y=y, text="class:N", color=alt.Color("ink:N", scale=None, legend=None), tooltip=tooltip)
    )
    beside = (
        alt.Chart(data)
        .transform_filter("datum.named === 'beside'")
        .mark_text(align="left", dx=6, fontWeight=600, color=palette.text)
        .encode(x=alt.X("weight:Q"), y=y, text="class:N")
    )
    whole: dict[str, Any] = frame(bars + inside + beside, palette, height=height).to_dict(validate=False)
    return whole


def term_changes(table: pd.DataFrame, palette: Palette, *, top: int = 8, of: str = "occurrences") -> Drawing:
    """Terms that a change of the recipe removed (orange, left) or added (blue, right), clickable.

    Args:
        table: Columns `term`, `change`: occurrences after minus occurrences before.
        palette: Colours.
        top: Largest number of terms per side.
        of: Name of what `change` counts.
    """
    gone = table[table["change"] < 0].sort_values("change", kind="stable")
    come = table[table["change"] > 0].sort_values("change", ascending=False, kind="stable")
    finding = f"{len(gone):,} terms lose {of}, {len(come):,} gain"
    shown = pd.concat([come.head(top), gone.head(top).iloc[::-1]]).reset_index(drop=True)
    if len(shown):
        largest = shown.loc[shown["change"].abs().idxmax()]
        finding += f"; the largest change: “{short(str(largest['term']))}” {signed(int(largest['change']))}"
    finding += "."
    drawn = shown[["term", "change"]].assign(
        row=range(len(shown)),
        label=[signed(int(change)) for change in shown["change"]],
        went=["gains" if change > 0 else "loses" for change in shown["change"]],
    )
    labels = json.dumps([short(str(term)) for term in drawn["term"]])
    y = term_rows(f"{labels}[datum.value]")
    lowest, highest = (
        (min(float(drawn["change"].min()), 0), max(float(drawn["change"].max()), 0)) if len(drawn) else (0, 1)
    )
    room = 0.35 * (highest - lowest)  # for the number after the longest bar
    ends = [lowest - room if len(gone) else 0, highest + room]
    x = alt.X(
        "change:Q",
        title=f"change of {of}",
        scale=alt.Scale(domain=ends, nice=False, zero=True),
        axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=4, tickMinStep=1),
    )
    tooltip = ["term:N", "went:N", alt.Tooltip("label:N", title="change")]
    more, _, fewer = palette.diverging
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.72}, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "went:N",
                title=None,
                scale=alt.Scale(domain=["loses", "gains"], range=[fewer, more]),
                legend=alt.Legend(symbolType="square", symbolStrokeWidth=0),
            ),
            tooltip=tooltip,
        )
    )
    text = bars.encode(x=x, y=y, text="label:N", color=alt.value(palette.text))
    bars = bars.add_params(click_selection())
    right = text.transform_filter(alt.datum.change > 0).mark_text(align="left", dx=5)
    left = text.transform_filter(alt.datum.change < 0).mark_text(align="right", dx=-5)
    chart = frame(bars + right + left, palette, height=row_height(palette) * max(len(drawn), 1), title=finding)
    listed = ", ".join(f"{short(str(t))} {label}" for t, label in zip(drawn["term"], drawn["label"], strict=True))
    return Drawing(chart, finding, f"{finding} {listed}." if listed else finding, drawn.drop(columns="row"))


def _finding(kept: pd.DataFrame, shown: Sequence[str], measure: str) -> str:
    if kept.empty:
        return "No term has a weight yet."
    strongest = kept.loc[kept["weight"].idxmax()]
    term, name, weight = short(str(strongest["term"])), strongest["class"], float(strongest["weight"])
    if len(shown) == 1:
        return f"“{term}” speaks most strongly for {name} ({measure} {decimal(weight, 2)})."
    return f"“{term}” speaks most strongly of all, for {name} ({measure} {decimal(weight, 2)})."
