"""The confusion matrix, and the signed difference of two. Rows are true classes, columns predictions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from bowcore.numbers import percent
from charts.drawing import ROWS, AltairChart, Drawing, filled, frame
from charts.palette import Palette
from charts.wording import short_names

Mode = Literal["counts", "recall", "precision"]
SELECTION = "cell"
READABLE_CLASSES = 8  # with more rows, 12 px text does not fit in a card
CHARACTERS = 43  # per line of the title: the matrix has less than half of the page
CODE_LENGTH = 4  # letters that fit in a column of a card
PLOT_HEIGHT = {False: 300, True: 150}


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
    cells = _every_pair(table, class_names)
    by_row, by_column = (cells.groupby(side)["n"].transform("sum") for side in ("actual", "predicted"))
    cells["recall"] = (cells["n"] / by_row).where(by_row > 0)
    cells["precision"] = (cells["n"] / by_column).where(by_column > 0)
    finding = _finding(cells, mode, unit)
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
    counted = {"counts": unit, "recall": "% of the true class (recall)", "precision": "% of calls (precision)"}[mode]
    told = (("n:Q", unit, ","), ("recall:Q", "of the true class", ".1%"), ("precision:Q", "of the calls", ".1%"))
    template = _template(palette, tuple(class_names), told, compact)
    note = None if compact else f"Cells: {counted}. Outlined: right."
    chart = filled(template, drawn, None if compact else finding, note, CHARACTERS)
    alt_text = f"{finding} Confusion matrix, rows true, columns predicted. {_mistakes(cells)}"
    return Drawing(chart, finding, alt_text, cells)


def _every_pair(table: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    pairs = pd.MultiIndex.from_product([list(class_names)] * 2, names=["actual", "predicted"])
    counts = table.groupby(["actual", "predicted"])["n"].sum()
    return counts.reindex(pairs, fill_value=0).astype(int).reset_index()


@lru_cache(maxsize=32)
def _template(
    palette: Palette, class_names: tuple[str, ...], told: tuple[tuple[str, str, str], ...], compact: bool
) -> dict[str, Any]:
    """The matrix without its cells and its title; `told` gives field, title and number format of a cell's tooltip."""
    chart = _matrix(palette, list(class_names), told, compact=compact)
    whole: dict[str, Any] = frame(chart, palette, height=_height(class_names, compact)).to_dict(validate=False)
    return whole


def _matrix(
    palette: Palette, names: list[str], told: tuple[tuple[str, str, str], ...], *, compact: bool
) -> AltairChart:
    drawn = alt.NamedData(ROWS)
    tooltip = [alt.Tooltip("actual:N", title="true class"), alt.Tooltip("predicted:N", title="predicted")]
    tooltip += [alt.Tooltip(field, title=title, format=form or alt.Undefined) for field, title, form in told]
    written = not compact or len(names) <= READABLE_CLASSES
    size = palette.font_size - compact
    y = alt.Y(
        "actual:N",
        sort=names,
        title="true class" if not compact else None,
        scale=alt.Scale(paddingInner=0.04, paddingOuter=0.02),
        axis=alt.Axis(
            labels=written,
            labelFontSize=size,
            ticks=False,
            domain=False,
            labelOverlap=False,
            labelLimit=150,
            labelExpr=_row_label(names),
        ),
    )
    x = alt.X(
        "predicted:N",
        sort=names,
        title="predicted class" if not compact else "rows true, columns predicted",
        scale=alt.Scale(paddingInner=0.04, paddingOuter=0.02),
        axis=alt.Axis(
            labels=written,
            labelFontSize=size,
            # a card's plot may be narrower than the title, which then extends below the row names
            titleAnchor="end" if compact else alt.Undefined,
            ticks=False,
            domain=False,
            labelOverlap=False,
            labelAngle=0,
            labelLimit=0,
            labelExpr=_column_label(names, palette.font_size, always_short=compact),
            orient="bottom",
        ),
    )
    right = alt.datum.actual == alt.datum.predicted
    cell = alt.selection_point(name=SELECTION, fields=["actual", "predicted"], toggle=False)
    rects: alt.Chart = (
        alt.Chart(drawn)
        .mark_rect(cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=alt.Color("fill:N", scale=None, legend=None),
            stroke=alt.when(right).then(alt.value(palette.text)).otherwise(alt.value(palette.ghost)),
            strokeWidth=alt.when(cell, empty=False)
            .then(alt.value(4))
            .when(right)
            .then(alt.value(1.5))
            .otherwise(alt.value(0.25)),
            tooltip=tooltip,
        )
        .add_params(cell)
    )
    if not written:
        return rects
    texts: alt.Chart = (
        alt.Chart(drawn)
        .mark_text(baseline="middle", cursor="pointer")
        .encode(x=x, y=y, text="text:N", color=alt.Color("ink:N", scale=None, legend=None), tooltip=tooltip)
    )
    return alt.LayerChart(layer=[rects, texts])


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


def _height(class_names: Sequence[str], compact: bool) -> int:
    return (
        PLOT_HEIGHT[compact]
        if compact
        else max(200, min(PLOT_HEIGHT[compact], 52 * len(class_names)), 24 * len(class_names))
    )


def _finding(cells: pd.DataFrame, mode: Mode, unit: str) -> str:
    diagonal = cells[cells["actual"] == cells["predicted"]]
    total, right = int(cells["n"].sum()), int(diagonal["n"].sum())
    if mode == "counts" or diagonal[mode].isna().all():
        sentence = f"{right:,} of {total:,} {unit} right"
        mistakes = cells[(cells["actual"] != cells["predicted"]) & (cells["n"] > 0)]
        if mistakes.empty:
            return f"{sentence}, no mistakes."
        top = mistakes.loc[mistakes["n"].idxmax()]
        return f"{sentence}; commonest mistake: {int(top['n']):,} {top['actual']} called {top['predicted']}."
    lowest = diagonal.loc[diagonal[mode].idxmin()]
    name, n = lowest["actual"], int(lowest["n"])
    if mode == "recall":
        of = int(cells.loc[cells["actual"] == name, "n"].sum())
        return f"Recall is lowest for {name}: {n:,} of its {of:,} articles found ({percent(lowest['recall'])})."
    of = int(cells.loc[cells["predicted"] == name, "n"].sum())
    return f"Precision is lowest for {name}: {n:,} of {of:,} calls right ({percent(lowest['precision'])})."


def _mistakes(cells: pd.DataFrame) -> str:
    wrong = cells[(cells["actual"] != cells["predicted"]) & (cells["n"] > 0)].sort_values(
        "n", ascending=False, kind="stable"
    )
    top = [f"{a} called {p} {n:,}" for a, p, n in zip(wrong["actual"], wrong["predicted"], wrong["n"], strict=True)][:3]
    return f"Commonest mistakes: {', '.join(top)}." if top else "No mistakes."
