"""The confusion matrix. Rows are true classes, columns predictions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from bowcore.numbers import percent
from charts.drawing import Drawing, nominal, quantity, short_names, specification
from charts.palette import Palette

Mode = Literal["counts", "recall", "precision"]
SELECTION = "cell"
READABLE_CLASSES = 8  # with more rows, 12 px text does not fit in a card
CHARACTERS = 43  # per line of the title: the matrix has less than half of the page
CODE_LENGTH = 4  # letters that fit in a column of a card


def confusion_matrix(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    mode: Mode = "counts",
    compact: bool = False,
    unit: str = "validation articles",
) -> Drawing:
    """Articles by true and predicted class. A click on a cell selects it under the name `cell`.

    Args:
        table: Columns `actual`, `predicted`, `n`; missing pairs count 0.
        palette: Colours.
        class_names: Classes in corpus order.
        mode: What a cell shows: articles, their share of the true class, or their share of the predicted class.
        compact: For a card about 250 px wide: no title, columns named by their first letters.
        unit: What is counted.

    Returns:
        A drawing whose table has every pair, with columns `actual`, `predicted`, `n`, `recall`, `precision`
        (shares of the row and of the column; missing if a row or a column is empty).
    """
    pairs = pd.MultiIndex.from_product([list(class_names)] * 2, names=["actual", "predicted"])
    counts = table.groupby(["actual", "predicted"])["n"].sum()
    cells = counts.reindex(pairs, fill_value=0).astype(int).reset_index()
    by_row, by_column = (cells.groupby(side)["n"].transform("sum") for side in ("actual", "predicted"))
    cells["recall"] = (cells["n"] / by_row).where(by_row > 0)
    cells["precision"] = (cells["n"] / by_column).where(by_column > 0)
    if mode == "counts":
        weight = cells["n"] / max(int(cells["n"].max()), 1)
        text = [f"{n:,}" for n in cells["n"]]
    else:
        weight = cells[mode].fillna(0.0)
        digits = 1 if len(class_names) <= 6 and not compact else 0
        text = ["–" if np.isnan(share) else f"{share * 100:.{digits}f}" for share in cells[mode]]
    # the square root keeps single mistakes visible next to a diagonal a hundred times larger
    fills = [palette.shade(share) for share in np.sqrt(weight)]
    drawn = cells.assign(text=text, fill=fills, ink=[palette.ink_on(fill) for fill in fills])
    mistakes = cells[(cells["actual"] != cells["predicted"]) & (cells["n"] > 0)]
    mistakes = mistakes.sort_values("n", ascending=False, kind="stable")
    finding = _finding(cells, mistakes, mode, unit)
    shown = {"counts": unit, "recall": "% of the true class (recall)", "precision": "% of calls (precision)"}[mode]
    n = len(class_names)
    chart = specification(
        _matrix(palette, list(class_names), unit, compact=compact),
        drawn,
        palette,
        height=150 if compact else max(200, min(300, 52 * n), 24 * n),
        title=None if compact else finding,
        note=f"Cells: {shown}. Outlined: right.",
        characters=CHARACTERS,
    )
    top = ", ".join(f"{row.actual} called {row.predicted} {row.n:,}" for row in mistakes.head(3).itertuples())
    commonest = f"Commonest mistakes: {top}." if top else "No mistakes."
    return Drawing(chart, finding, f"{finding} Confusion matrix, rows true, columns predicted. {commonest}", cells)


def _matrix(palette: Palette, names: list[str], unit: str, *, compact: bool) -> dict[str, Any]:
    written = not compact or len(names) <= READABLE_CLASSES

    def side(field: str, title: str | None, label: str, **axis: Any) -> dict[str, Any]:
        style = {"labelFontSize": palette.font_size - compact, "labelOverlap": False, "labels": written}
        axis |= style | {"labelExpr": label, "ticks": False, "domain": False}
        return nominal(field, sort=names, title=title, scale={"paddingInner": 0.04, "paddingOuter": 0.02}, axis=axis)

    # a card's plot may be narrower than the title, which then extends below the row names
    at_end = {"titleAnchor": "end"} if compact else {}
    columns = _column_label(names, palette.font_size, always_short=compact)
    place = {
        "x": side(
            "predicted",
            "rows true, columns predicted" if compact else "predicted class",
            columns,
            labelAngle=0,
            labelLimit=0,
            orient="bottom",
            **at_end,
        ),
        "y": side("actual", None if compact else "true class", _row_label(names), labelLimit=150),
        "tooltip": [
            nominal("actual", title="true class"),
            nominal("predicted", title="predicted"),
            quantity("n", title=unit, format=","),
            quantity("recall", title="of the true class", format=".1%"),
            quantity("precision", title="of the calls", format=".1%"),
        ],
    }
    right = "datum.actual === datum.predicted"
    clicked = {"param": SELECTION, "empty": False, "value": 4}
    cells = {
        "name": "cells",
        "mark": {"type": "rect", "cursor": "pointer"},
        "encoding": {
            **place,
            "color": nominal("fill", scale=None, legend=None),
            "stroke": {"condition": {"test": right, "value": palette.text}, "value": palette.ghost},
            "strokeWidth": {"condition": [clicked, {"test": right, "value": 1.5}], "value": 0.25},
        },
    }
    select = {"type": "point", "fields": ["actual", "predicted"], "toggle": False}
    if not written:
        return cells | {"params": [{"name": SELECTION, "select": select}]}
    numbers = {
        "mark": {"type": "text", "baseline": "middle", "cursor": "pointer"},
        "encoding": {**place, "text": nominal("text"), "color": nominal("ink", scale=None, legend=None)},
    }
    return {"layer": [cells, numbers], "params": [{"name": SELECTION, "select": select, "views": ["cells"]}]}


def _codes(names: list[str]) -> dict[str, str]:
    """Labels of narrow columns: first letters, or numbers if more than four letters are needed to distinguish them."""
    letters = short_names(names)
    if all(len(code) <= CODE_LENGTH for code in letters.values()):
        return letters
    return {name: str(position) for position, name in enumerate(names, start=1)}


def _row_label(names: list[str]) -> str:
    """A Vega expression: the name, preceded by its number if columns are numbered."""
    codes = _codes(names)
    labels = {name: f"{code} · {name}" if code.isdecimal() else name for name, code in codes.items()}
    return f"{json.dumps(labels)}[datum.label]"


def _column_label(names: list[str], font_size: int, *, always_short: bool) -> str:
    """A Vega expression: full names if the columns are wide enough, otherwise codes for all."""
    codes = json.dumps(_codes(names))
    if always_short:
        return f"{codes}[datum.label]"
    needed = max((len(name) for name in names), default=0) * font_size * 0.56 + 6
    return f"width / {max(len(names), 1)} > {needed:.0f} ? datum.label : {codes}[datum.label]"


def _finding(cells: pd.DataFrame, mistakes: pd.DataFrame, mode: Mode, unit: str) -> str:
    diagonal = cells[cells["actual"] == cells["predicted"]]
    total, right = int(cells["n"].sum()), int(diagonal["n"].sum())
    if mode == "counts" or diagonal[mode].isna().all():
        sentence = f"{right:,} of {total:,} {unit} right"
        if mistakes.empty:
            return f"{sentence}, no mistakes."
        top = mistakes.iloc[0]
        return f"{sentence}; commonest mistake: {top['n']:,} {top['actual']} called {top['predicted']}."
    lowest = diagonal.loc[diagonal[mode].idxmin()]
    name, n, share = lowest["actual"], lowest["n"], percent(lowest[mode])
    side = "actual" if mode == "recall" else "predicted"
    of = int(cells.loc[cells[side] == name, "n"].sum())
    if mode == "recall":
        return f"Recall is lowest for {name}: {n:,} of its {of:,} articles found ({share})."
    return f"Precision is lowest for {name}: {n:,} of {of:,} calls right ({share})."
