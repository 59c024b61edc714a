"""The chart of a class's typical words."""

from __future__ import annotations

import json
from collections.abc import Sequence

import altair as alt
import pandas as pd

from charts.drawing import SHORT_NUMBER_LABEL, Drawing, class_scale, frame, term_rows
from charts.frequency import click_selection, named
from charts.palette import Palette
from charts.wording import short


def typical_words(
    table: pd.DataFrame, palette: Palette, class_names: Sequence[str], name: str, *, most: float | None = None
) -> Drawing:
    """Terms of one class by z, largest first, each with the number of articles inside and outside the class.

    Args:
        table: Columns `class`, `term`, `z`, `log_odds`, `documents`, `other_documents`; other classes are ignored.
        palette: Colours.
        class_names: Classes in corpus order.
        name: The class.
        most: The longest bar of all charts shown side by side.
    """
    kept = table[table["class"] == name].reset_index(drop=True)
    drawn = kept[["class", "z", "log_odds", "documents", "other_documents"]].assign(**named(kept["term"]))
    drawn["row"] = range(len(drawn))
    drawn["label"] = [
        f"{mine:,} : {others:,}" for mine, others in zip(drawn["documents"], drawn["other_documents"], strict=True)
    ]
    top = f"above all “{short(str(kept['term'][0]), 20)}”" if len(kept) else "no word stands out"
    finding = f"{short(name, 20)}: {top}"
    labels = json.dumps([short(str(term), 18) for term in drawn["term"]])
    y = term_rows(f"{labels}[datum.value]")
    longest = max(most or 0.0, float(drawn["z"].max()) if len(drawn) else 0.0) or 1.0
    x = alt.X(
        "z:Q",
        title="z of the log-odds",
        scale=alt.Scale(domain=[0, longest * 1.45], nice=False),
        axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=4, values=_ticks(longest)),
    )
    tooltip = [
        alt.Tooltip("word:N", title="term"),
        alt.Tooltip("z:Q", format=".1f"),
        alt.Tooltip("log_odds:Q", title="log-odds, shrunk", format=".2f"),
        alt.Tooltip("documents:Q", title=f"articles of {short(name, 20)}", format=","),
        alt.Tooltip("other_documents:Q", title="other articles", format=","),
    ]
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.72}, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=alt.Color("class:N", scale=class_scale(palette, class_names, name), legend=None),
            tooltip=tooltip,
        )
        .add_params(click_selection())
    )
    ends = alt.Chart(drawn).mark_text(align="left", dx=5, color=palette.text).encode(x=x, y=y, text="label:N")
    height = (palette.font_size + 6) * max(len(drawn), 1)
    chart = frame(bars + ends, palette, height=height, title=finding)
    words = ", ".join(drawn["word"])
    return Drawing(chart, finding, f"{finding}. Typical of {name}: {words or 'none'}.", kept)


def _ticks(longest: float) -> list[float]:
    step = next(
        step
        for power in range(-3, 7)
        for step in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if longest / step <= 4
    )
    return [step * place for place in range(int(longest / step) + 1)]
