"""The chart of a class's typical words."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from bowcore.names import short, shortened
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words
from charts.altair_parts import click_selection, frame
from charts.drawing import SHORT_NUMBER_LABEL, Drawing, in_any_palette, round_ticks, term_columns, term_rows
from charts.names import looked_up
from charts.palette import Palette


@in_any_palette
def typical_words(table: pd.DataFrame, palette: Palette, class_names: Sequence[str], name: str, most: float) -> Drawing:
    """Terms of one class by z, largest first, each with the number of articles inside and outside the class.

    Args:
        table: Columns `class`, `term`, `z`, `log_odds`, `documents`, `other_documents`; other classes are ignored.
        palette: Colours.
        class_names: Classes in corpus order.
        name: The class.
        most: The longest bar of all charts shown side by side.
    """
    kept = table[table["class"] == name].reset_index(drop=True)
    counts = zip(kept["documents"], kept["other_documents"], strict=True)
    drawn = kept[["class", "z", "log_odds", "documents", "other_documents"]].assign(
        **term_columns(kept["term"]), row=range(len(kept)), label=[f"{mine:,} : {others:,}" for mine, others in counts]
    )
    top = f"above all “{short(str(kept['term'][0]), 20)}”" if len(kept) else "no word stands out"
    called = class_in_words(shortened(class_names, 20)[list(class_names).index(name)])
    finding = f"{called}: {top}"
    labels = looked_up([short(str(term), 18) for term in kept["term"]])
    tooltip = [
        alt.Tooltip("word:N", title="term"),
        alt.Tooltip("z:Q", format=".1f"),
        alt.Tooltip("log_odds:Q", title="log-odds, shrunk", format=".2f"),
        alt.Tooltip("documents:Q", title=f"{TEXTS} of {called}", format=","),
        alt.Tooltip("other_documents:Q", title=f"other {TEXTS}", format=","),
    ]
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "z:Q",
            title="z of the log-odds",
            scale=alt.Scale(domain=[0, most * 1.45], nice=False),
            axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, values=round_ticks(most, -3)),
        ),
        y=alt.Y(**term_rows(labels)),
    )
    colour = alt.value(palette.class_colours(class_names, name)[name])
    bars = base.mark_bar(height={"band": 0.72}, cursor="pointer").encode(color=colour, tooltip=tooltip)
    bars = bars.add_params(click_selection())
    ends = base.mark_text(align="left", dx=5, color=palette.text).encode(text="label:N")
    height = (palette.font_size + 6) * max(len(drawn), 1)
    words = ", ".join(drawn["word"]) or "none"
    chart = frame(bars + ends, palette, height=height, title=finding)
    return Drawing(chart, finding, f"{finding}. Typical of {name}: {words}.", kept)
