"""Mistakes one by one or pair by pair, where a matrix of all classes would be unreadable."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bowcore.names import in_order, shortened
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, counted, percent
from charts.confusion import CARD_LIMIT, SELECTION
from charts.drawing import (
    SHORT_NUMBER_LABEL,
    Drawing,
    in_any_palette,
    nominal,
    quantity,
    round_ticks,
    row_height,
    specification,
)
from charts.names import looked_up, positions
from charts.palette import Palette

N_BARS = 15


@in_any_palette
def largest_confusions(table: pd.DataFrame, palette: Palette, class_names: Sequence[str]) -> Drawing:
    """The most frequent mistakes as bars, for more classes than a matrix can show; a click selects as in the matrix.

    Args:
        table: Columns `actual`, `predicted`, `n`, with at least one mistake.
        palette: Colours.
        class_names: Classes in corpus order.
    """
    mistakes = table[(table["actual"] != table["predicted"]) & (table["n"] > 0)]
    mistakes = mistakes.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)
    drawn = mistakes.head(N_BARS)
    sides = {"row": positions(drawn["actual"], class_names), "column": positions(drawn["predicted"], class_names)}
    drawn = drawn.assign(**sides, place=range(len(drawn)))
    n_mistakes = int(mistakes["n"].sum())
    finding = (
        f"{counted(len(drawn), 'pair')} of classes, true and predicted, of {len(mistakes):,} "
        f"{'holds' if len(drawn) == 1 else 'hold'} {percent(drawn['n'].sum() / n_mistakes)} of {n_mistakes:,} mistakes."
    )
    names = shortened(class_names, CARD_LIMIT)
    labels = looked_up(
        [in_order(f"{names[row]} → {names[column]}") for row, column in zip(*sides.values(), strict=True)]
    )
    whole = {"labelExpr": labels, "labelLimit": 0, "labelOverlap": False, "ticks": False, "domain": False}
    y = {"field": "place", "type": "ordinal", "sort": None, "title": None, "axis": whole}
    most = int(drawn["n"].max())
    axis = {"labelExpr": SHORT_NUMBER_LABEL, "values": round_ticks(most)}
    x = quantity("n", title=f"{TEXTS}", axis=axis, scale={"domain": [0, most * 1.15], "nice": False})
    tooltip = [
        nominal("actual", title="true class"),
        nominal("predicted", title="predicted"),
        quantity("n", title=f"{TEXTS}", format=","),
    ]
    select = {"name": SELECTION, "select": {"type": "point", "fields": ["row", "column"], "toggle": False}}
    bar = {"type": "bar", "height": {"band": 0.72}, "cursor": "pointer", "color": palette.curve}
    ends = {"type": "text", "align": "left", "dx": 5, "color": palette.text}
    view = {
        "layer": [
            {"name": "bars", "mark": bar, "encoding": {"x": x, "y": y, "tooltip": tooltip}},
            {"mark": ends, "encoding": {"x": x, "y": y, "text": quantity("n", format=",")}},
        ],
        "params": [select | {"views": ["bars"]}],
    }
    height, note = row_height(palette) * len(drawn), f"True class → predicted class. Click a bar to read its {TEXTS}."
    chart = specification(view, drawn, palette, height=height, title=finding, note=note)
    listed = ", ".join(
        f"{class_in_words(row.actual)} predicted as {class_in_words(row.predicted)} {row.n:,}"
        for row in drawn.itertuples()
    )
    return Drawing(chart, finding, f"{finding} {listed}.", mistakes)
