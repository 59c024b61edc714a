"""Chart of the number of articles per class."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, percent
from charts.altair_parts import frame, name_rows
from charts.drawing import SHORT_NUMBER_LABEL, Drawing, class_scale, in_any_palette, round_ticks, row_height
from charts.names import MOST_CLASSES, positions
from charts.palette import Palette

SPLITS = ("training", "validation", "test")
SPLIT_OPACITY = (1.0, 0.6, 0.3)
LARGEST = 20  # classes drawn if there are more
LABEL_ROOM = 1.7
"""Axis length relative to the longest bar: leaves room for the numbers after the bars."""


@in_any_palette
def class_bars(
    table: pd.DataFrame, palette: Palette, class_names: Sequence[str], constant_guess: tuple[str, float]
) -> Drawing:
    """Articles by class, stacked by split, with a dashed line at the class that is always guessed.

    Args:
        table: Columns `class`, `split` (training, validation or test), `n`.
        palette: Colours.
        class_names: Classes in corpus order.
        constant_guess: The guessed class and the share of validation articles for which it is right.
    """
    totals = table.groupby("class")["n"].sum().reindex(list(class_names), fill_value=0)
    guess, right = constant_guess
    finding = f"Always guessing {class_in_words(guess)} is right for {percent(right)} of validation {TEXTS}."
    shown = list(class_names)
    if len(class_names) > MOST_CLASSES:
        shown = totals.sort_values(ascending=False, kind="stable").index[:LARGEST].tolist()
    labels = pd.DataFrame({"row": range(len(shown)), "n": totals[shown].to_numpy()})
    labels["label"] = [f"{n:,} · {percent(n / totals.sum())}" for n in labels["n"]]
    drawn = table[table["class"].isin(shown)]
    drawn = drawn.assign(place=[SPLITS.index(split) for split in drawn["split"]], row=positions(drawn["class"], shown))
    top = int(totals.max())
    axis_x = alt.X("n:Q", title=f"{TEXTS}", scale=alt.Scale(domain=[0, top * LABEL_ROOM], nice=False), stack="zero")
    axis_y = name_rows("row", shown)
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.75})
        .encode(
            x=axis_x.axis(alt.Axis(labelExpr=SHORT_NUMBER_LABEL, values=round_ticks(top))),
            y=axis_y,
            color=alt.Color("row:N", scale=class_scale(palette, shown), legend=None),
            opacity=alt.Opacity(
                "split:N",
                title=None,
                scale=alt.Scale(domain=list(SPLITS), range=list(SPLIT_OPACITY)),
                legend=alt.Legend(symbolType="square", symbolFillColor=palette.text, symbolStrokeWidth=0),
            ),
            order=alt.Order("place:Q"),
            tooltip=["class:N", "split:N", alt.Tooltip("n:Q", title=f"{TEXTS}", format=",")],
        )
    )
    ends = (
        alt.Chart(labels)
        .mark_text(align="right", color=palette.text)
        .encode(x=alt.value("width"), y=axis_y, text="label:N")
    )
    guessed = alt.Chart(pd.DataFrame({"n": [int(totals[guess])], "label": ["always guessed"]}))
    line = guessed.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted).encode(x="n:Q")
    # a longer label would extend beyond the left edge, and Vega would cut the title there
    left = int(totals[guess]) < top * LABEL_ROOM / 2
    line_label = guessed.mark_text(
        align="left" if left else "right", dx=4 if left else -4, y=-7, color=palette.muted
    ).encode(x="n:Q", text="label:N")
    height = (row_height(palette) + 6) * len(shown)
    note = f"On the right: {TEXTS} of all splits, and their share"
    if len(shown) < len(class_names):
        note = f"The {len(shown)} largest of {len(class_names)} classes, all in the table. {note}"
    chart = frame(bars + line + line_label + ends, palette, height=height, title=finding, note=note)
    counts = ", ".join(f"{name} {int(totals[name]):,}" for name in class_names)
    return Drawing(chart, finding, f"{finding} {TEXTS:A} by class: {counts}.", table)
