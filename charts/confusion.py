"""The confusion matrix. Rows are true classes, columns predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from bowcore.names import LIMIT, shortened
from bowcore.nouns import TEXTS, VALIDATION_TEXTS, Word
from bowcore.numbers import class_in_words, counted, decimal, percent
from charts.drawing import (
    Drawing,
    in_any_palette,
    nominal,
    quantity,
    short_names,
    specification,
)
from charts.names import MOST_CLASSES, looked_up
from charts.palette import Palette

Mode = Literal["counts", "recall", "precision", "soft"]
SELECTION = "cell"
READABLE_CLASSES = 8  # with more rows, 12 px text does not fit in a card
CODE_LENGTH = 4  # letters that fit in a column of a card
"""With more, a matrix of all classes is a smear: some are drawn, and the largest confusions as bars."""
SQUARE = 8  # classes whose numbers fit next to each other in a third of the page
MOST_GROWING = 12  # classes up to which the matrix grows with the window
MOST_ZEROS = 12  # classes up to which empty cells are written
CARD_LIMIT = 16  # characters of a row's name in a card


@in_any_palette
def confusion_matrix(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    mode: Mode = "counts",
    compact: bool = False,
    unit: str | Word = VALIDATION_TEXTS,
    order: Sequence[int] | None = None,
) -> Drawing:
    """Articles by true and predicted class.

    A click on a cell selects it under the name `cell`: `row` and `column`, positions of the true and the predicted
    class.

    Args:
        table: Columns `actual`, `predicted`, `n`; missing pairs count 0. For the mode `soft` also `soft`, a number of
            articles with a fraction.
        palette: Colours.
        class_names: Classes in corpus order.
        mode: What a cell shows: articles, their share of the true class, their share of the predicted class, or the
            articles split by probability.
        compact: For a card about 250 px wide: no title, columns named by their first letters.
        unit: What is counted.
        order: Positions of all classes in the order to draw them; None for corpus order.

    Returns:
        A drawing whose table has every pair, with columns `actual`, `predicted`, `n`, `recall`, `precision`
        (shares of the row and of the column; missing if a row or a column is empty).
    """
    pairs = pd.MultiIndex.from_product([list(class_names)] * 2, names=["actual", "predicted"])
    summed = table.groupby(["actual", "predicted"])[["n", "soft"] if mode == "soft" else ["n"]].sum()
    cells = summed.reindex(pairs, fill_value=0).astype({"n": int}).reset_index()
    by_row, by_column = (cells.groupby(side)["n"].transform("sum") for side in ("actual", "predicted"))
    cells["recall"] = (cells["n"] / by_row).where(by_row > 0)
    cells["precision"] = (cells["n"] / by_column).where(by_column > 0)
    place = np.arange(len(class_names))
    kept = place.tolist() if order is None else list(order)
    note = ""
    if len(class_names) > MOST_CLASSES:
        kept = _most_confused(cells, len(class_names))
        note = f"The {SQUARE} of {len(class_names)} classes with the most mistakes. "
    drawn = cells.assign(row=np.repeat(place, len(place)), column=np.tile(place, len(place)))
    # of 500 classes a quarter of a million cells, of which 64 are drawn
    drawn = drawn[drawn["row"].isin(kept) & drawn["column"].isin(kept)]
    if mode == "counts":
        weight = drawn["n"] / max(int(cells["n"].max()), 1)
        text = [f"{n:,}" for n in drawn["n"]]
    elif mode == "soft":
        weight = drawn["soft"] / max(float(cells["soft"].max()), 1e-9)
        digits = 1 if cells["soft"].max() < 1_000 and not MOST_ZEROS < len(class_names) <= MOST_CLASSES else 0
        # a cell that rounds to 0 shows none: nearly every cell has a trace of probability
        text = [decimal(n, digits) if n >= 0.5 * 10**-digits else "0" for n in drawn["soft"]]
    else:
        weight = drawn[mode].fillna(0.0)
        digits = 1 if len(class_names) <= 6 and not compact else 0
        text = ["–" if np.isnan(share) else f"{share * 100:.{digits}f}" for share in drawn[mode]]
    # the square root keeps single mistakes visible next to a diagonal a hundred times larger
    # a soft matrix has probability everywhere: there the root would make all cells alike
    fills = [palette.shade(share) for share in (weight if mode == "soft" else np.sqrt(weight))]
    drawn = drawn.assign(
        described=[
            f"predicted class: {cell.predicted}; true class: {cell.actual}; {unit}: {cell.n:,}"
            for cell in drawn.itertuples()
        ],
        text=text,
        fill=fills,
        ink=[palette.ink_on(fill) for fill in fills],
    )
    mistakes = cells[(cells["actual"] != cells["predicted"]) & (cells["n"] > 0)]
    mistakes = mistakes.sort_values("n", ascending=False, kind="stable")
    unit = f"{unit}"
    finding = _finding(cells, mistakes, mode, unit)
    shown = {
        "counts": unit,
        "recall": "% of the true class (recall)",
        "precision": "% of the predicted class (precision)",
        "soft": f"{unit}, each split over the classes by its probabilities",
    }[mode]
    note = f"{note}Cells: {shown}. Outlined: right."
    if len(kept) > MOST_ZEROS:
        drawn.loc[drawn["text"] == "0", "text"] = ""
    n = len(kept)
    chart = specification(
        _matrix(palette, list(class_names), kept, unit, compact=compact, soft=mode == "soft"),
        drawn,
        palette,
        height=None if compact or n <= MOST_GROWING else 24 * n,
        title=None if compact else finding,
        note=note,
    )
    top = ", ".join(
        f"{class_in_words(row.actual)} predicted as {class_in_words(row.predicted)} {row.n:,}"
        for row in mistakes.head(3).itertuples()
    )
    commonest = f"Commonest mistakes: {top}." if top else "No mistakes."
    return Drawing(chart, finding, f"{finding} Confusion matrix, rows true, columns predicted. {commonest}", cells)


def _most_confused(cells: pd.DataFrame, n_classes: int) -> list[int]:
    """Positions of the classes with the most mistakes, in corpus order: articles of it missed, and others called it."""
    counts = cells["n"].to_numpy().reshape(n_classes, n_classes)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    kept: list[int] = np.sort(np.argsort(-wrong, kind="stable")[:SQUARE]).tolist()
    return kept


def _matrix(
    palette: Palette, names: list[str], kept: list[int], unit: str, *, compact: bool, soft: bool
) -> dict[str, Any]:
    written = not compact or len(kept) <= READABLE_CLASSES

    def side(field: str, title: str | None, label: str, **axis: Any) -> dict[str, Any]:
        style = {"labelFontSize": palette.font_size - compact, "labelOverlap": False, "labels": written}
        axis |= style | {"labelExpr": label, "ticks": False, "domain": False}
        scale = {"domain": kept, "paddingInner": 0.04, "paddingOuter": 0.02}
        return {"field": field, "type": "ordinal", "sort": None, "title": title, "scale": scale, "axis": axis}

    # a card's plot may be narrower than the title, which then extends below the row names
    at_end = {"titleAnchor": "end"} if compact else {}
    columns = _column_label(names, len(kept), palette.font_size, CARD_LIMIT if compact else LIMIT)
    place = {
        "x": side(
            "column",
            "rows true, columns predicted" if compact else "predicted class",
            columns,
            labelAngle=0,
            labelLimit=0,
            orient="bottom",
            **at_end,
        ),
        "y": side("row", None if compact else "true class", looked_up(_row_labels(names, compact)), labelLimit=0),
        "tooltip": [
            nominal("actual", title="true class"),
            nominal("predicted", title="predicted"),
            quantity("n", title=unit, format=","),
            *([quantity("soft", title="split by probability", format=",.2f")] if soft else []),
            quantity("recall", title="of the true class", format=".1%"),
            quantity("precision", title="of the predicted class", format=".1%"),
        ],
    }
    right = "datum.row === datum.column"
    clicked = {"param": SELECTION, "empty": False, "value": 4}
    cells = {
        "name": "cells",
        "mark": {"type": "rect", "cursor": "pointer"},
        "encoding": {
            **place,
            "description": nominal("described"),
            "color": nominal("fill", scale=None, legend=None),
            "stroke": {"condition": {"test": right, "value": palette.text}, "value": palette.ghost},
            "strokeWidth": {"condition": [clicked, {"test": right, "value": 1.5}], "value": 0.25},
        },
    }
    select = {"type": "point", "fields": ["row", "column"], "toggle": False}
    if not written:
        return cells | {"params": [{"name": SELECTION, "select": select}]}
    numbers = {
        "mark": {"type": "text", "baseline": "middle", "cursor": "pointer"},
        "encoding": {**place, "text": nominal("text"), "color": nominal("ink", scale=None, legend=None)},
    }
    return {"layer": [cells, numbers], "params": [{"name": SELECTION, "select": select, "views": ["cells"]}]}


def _codes(names: list[str]) -> list[str]:
    """Labels of narrow columns: first letters, or numbers if more than four letters are needed to distinguish them."""
    letters = [short_names(names)[name] for name in names]
    if all(len(code) <= CODE_LENGTH for code in letters):
        return letters
    return [str(position) for position in range(1, len(names) + 1)]


def _row_labels(names: list[str], compact: bool) -> list[str]:
    """The names, preceded by their numbers if columns are numbered."""
    labels = shortened(names, CARD_LIMIT if compact or len(names) > MOST_CLASSES else LIMIT)
    return [
        f"{code} · {label}" if code.isdecimal() and code != name else label
        for code, label, name in zip(_codes(names), labels, names, strict=True)
    ]


def _column_label(names: list[str], n_columns: int, font_size: int, limit: int) -> str:
    """A Vega expression: full names if the columns are wide enough, otherwise codes for all."""
    codes, labels = looked_up(_codes(names)), shortened(names, limit)
    needed = max(map(len, labels), default=0) * font_size * 0.56 + 6
    return f"width / {max(n_columns, 1)} > {needed:.0f} ? {looked_up(labels)} : {codes}"


def _finding(cells: pd.DataFrame, mistakes: pd.DataFrame, mode: Mode, unit: str) -> str:
    diagonal = cells[cells["actual"] == cells["predicted"]]
    total, right = int(cells["n"].sum()), int(diagonal["n"].sum())
    if mode == "soft" and total:
        return _soft_finding(cells, diagonal, unit)
    if mode == "counts" or diagonal[mode].isna().all():
        sentence = f"{right:,} of {total:,} {unit} right"
        if mistakes.empty:
            return f"{sentence}, no mistakes."
        return f"{sentence}; {_commonest(mistakes)}."
    known = diagonal.dropna(subset=[mode])
    lowest = known[known[mode] == known[mode].min()]
    first = lowest.iloc[0]
    name, n, share = class_in_words(first["actual"]), first["n"], percent(first[mode])
    measure = "Recall" if mode == "recall" else "Precision"
    if len(lowest) == len(known) > 1:
        return f"{measure} is {share} for every class{'' if len(known) == len(diagonal) else ' that is predicted'}."
    if len(lowest) > 1:
        return (
            f"{measure} is lowest for {name} and {counted(len(lowest) - 1, 'other class', 'other classes')}: {share}."
        )
    of = int(cells.loc[cells["actual" if mode == "recall" else "predicted"] == first["actual"], "n"].sum())
    if mode == "recall":
        return f"Recall is lowest for {name}: {n:,} of its {of:,} {TEXTS} found ({share})."
    return f"Precision is lowest for {name}: {n:,} of {of:,} {TEXTS} predicted as it right ({share})."


def _commonest(mistakes: pd.DataFrame) -> str:
    """The largest cell beside the diagonal, or all that are equally large; the largest come first."""
    tied = mistakes[mistakes["n"] == mistakes["n"].iloc[0]]
    if len(tied) > 2:
        return f"commonest mistakes: {tied['n'].iloc[0]:,} each of {len(tied):,} pairs of classes"
    pairs = [
        f"{n:,} {class_in_words(actual)} predicted as {class_in_words(predicted)}"
        for actual, predicted, n in tied[["actual", "predicted", "n"]].itertuples(index=False)
    ]
    return f"commonest mistake{'s' if len(pairs) > 1 else ''}: {' and '.join(pairs)}"


def _soft_finding(cells: pd.DataFrame, diagonal: pd.DataFrame, unit: str) -> str:
    others = cells[cells["actual"] != cells["predicted"]]
    top = others.loc[others["soft"].idxmax()]
    given, total = diagonal["soft"].sum(), cells["n"].sum()
    return (
        f"True classes get {decimal(given)} of the probability of {total:,} {unit} ({percent(given / total)}); most of "
        f"the rest: {decimal(top['soft'])} of {class_in_words(top['actual'])} to {class_in_words(top['predicted'])}."
    )
