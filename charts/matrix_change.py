"""The signed difference of two confusion matrices on the same articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bowcore.names import LIMIT, shortened
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, signed
from charts.drawing import Drawing, in_any_palette, nominal, quantity, short_names, specification
from charts.names import MOST_CLASSES, looked_up
from charts.palette import Palette

SQUARE = 8
"""Classes that are drawn of more than can be read."""
MOST_GROWING = 10  # classes up to which a row has its full height


@in_any_palette
def matrix_change(change: NDArray[np.int64], palette: Palette, class_names: Sequence[str], unit: str) -> Drawing:
    """How many more articles each cell has: rows are true classes, columns predictions; 0 is a dot.

    Args:
        change: Signed counts, (n_classes, n_classes); every row adds up to 0.
        palette: Colours; more is the one end of its diverging colours, fewer the other.
        class_names: Classes in corpus order.
        unit: What is counted, in the plural.
    """
    n = len(class_names)
    kept = np.arange(n)
    note = f"rows: true class; {unit}"
    if n > MOST_CLASSES:
        moved = np.abs(change).sum(axis=0) + np.abs(change).sum(axis=1)
        kept = np.sort(np.argsort(-moved, kind="stable")[:SQUARE])
        note = f"the {SQUARE} of {n} classes with the most changes; {note}"
    cells = pd.DataFrame(
        {
            "actual": np.repeat(np.asarray(class_names, dtype=object), n),
            "predicted": np.tile(np.asarray(class_names, dtype=object), n),
            "change": change.ravel(),
        }
    )
    drawn = cells.assign(row=np.repeat(np.arange(n), n), column=np.tile(np.arange(n), n))
    drawn = drawn[drawn["row"].isin(kept) & drawn["column"].isin(kept)]
    most = max(int(np.abs(change).max()), 1)
    # the square root keeps a change of one visible next to large ones
    shade = np.sign(drawn["change"]) * np.sqrt(np.abs(drawn["change"]) / most)
    fills = [palette.between(float(value)) for value in shade]
    drawn = drawn.assign(
        text=[signed(int(value)) if value else "·" for value in drawn["change"]],
        fill=fills,
        ink=[palette.ink_on(fill) for fill in fills],
    )
    finding = _finding(change, class_names)
    size = 30 if len(kept) <= 5 else 28 if len(kept) <= MOST_GROWING else 22
    view = _view(palette, list(class_names), kept.tolist(), f"{TEXTS}")
    chart = specification(view, drawn, palette, height=size * len(kept), title=finding, note=note)
    return Drawing(chart, finding, f"{finding} Difference of two confusion matrices.", cells)


def _finding(change: NDArray[np.int64], class_names: Sequence[str]) -> str:
    if not change.any():
        return "No cell changed."
    row, column = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    number = signed(int(change[row, column]))
    name = class_in_words(class_names[int(row)])
    if row == column:
        return f"{number} {name} right."
    return f"{number} {name} predicted as {class_in_words(class_names[int(column)])}."


def _view(palette: Palette, names: list[str], kept: list[int], unit: str) -> dict[str, Any]:
    codes = [short_names(names)[name] for name in names]
    columns = codes if all(len(code) <= 4 for code in codes) else [f"{place + 1}" for place in range(len(names))]
    rows = shortened(names, 16 if len(kept) > 5 else LIMIT)
    if columns != codes:
        rows = [f"{number} · {row}" for number, row in zip(columns, rows, strict=True)]

    def side(field: str, title: str | None, labels: list[str], **axis: Any) -> dict[str, Any]:
        style = {"labelExpr": looked_up(labels), "labelOverlap": False, "labelLimit": 0, "ticks": False}
        scale = {"domain": kept, "paddingInner": 0.04, "paddingOuter": 0.02}
        drawn = {"axis": style | {"domain": False} | axis, "scale": scale, "title": title}
        return {"field": field, "type": "ordinal", "sort": None, **drawn}

    place = {
        "x": side("column", "predicted", columns, orient="bottom", labelAngle=0),
        "y": side("row", None, rows),
        "tooltip": [
            nominal("actual", title="true class"),
            nominal("predicted", title="predicted"),
            quantity("change", title=f"change in {unit}", format="+d"),
        ],
    }
    right = {"test": "datum.row === datum.column", "value": palette.text}
    cells = {
        "mark": {"type": "rect"},
        "encoding": {
            **place,
            "color": nominal("fill", scale=None, legend=None),
            "stroke": {"condition": right, "value": palette.grid},
            "strokeWidth": {"condition": right | {"value": 1.5}, "value": 0.5},
        },
    }
    numbers = {
        "mark": {"type": "text", "baseline": "middle"},
        "encoding": {**place, "text": nominal("text"), "color": nominal("ink", scale=None, legend=None)},
    }
    return {"layer": [cells, numbers]}
