"""The confusion matrix, and the signed difference of two. Rows are true classes, columns predictions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from bowcore.numbers import percent, signed
from charts.drawing import ROWS, AltairChart, Drawing, filled, frame
from charts.palette import Palette
from charts.wording import short_names

Mode = Literal["counts", "recall", "precision"]
SELECTION = "cell"
READABLE_CLASSES = 8  # more rows than this have no room for 12 px text in a card
CHARACTERS = 43  # of a line of the title: the matrix has less than half of the page
CODE_LENGTH = 4  # letters that fit a column of a card
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
    """Articles by true and predicted class. Clicks on a cell select it under the name `cell`.

    Args:
        table: Columns `actual`, `predicted`, `n`; pairs that are left out count 0.
        palette: Colours.
        class_names: Classes in corpus order.
        mode: What a cell shows: articles, their share of the true class, or their share of the predicted class.
        compact: For a card about 250 px wide: no title, columns named by their first letters.
        unit: What is counted.

    Returns:
        A drawing whose table has every pair, with columns `actual`, `predicted`, `n`, `recall`, `precision`
        (shares of the row and of the column; missing where a row or a column is empty).
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
    # The square root keeps single mistakes visible beside a diagonal that is a hundred times larger
    fills = [palette.shade(share) for share in np.sqrt(weight)]
    drawn = cells.assign(text=text, fill=fills, ink=[palette.ink_on(fill) for fill in fills])
    counted = {"counts": unit, "recall": "% of the true class (recall)", "precision": "% of calls (precision)"}[mode]
    told = (("n:Q", unit, ","), ("recall:Q", "of the true class", ".1%"), ("precision:Q", "of the calls", ".1%"))
    template = _template(palette, tuple(class_names), told, compact)
    note = None if compact else f"Cells: {counted}. Outlined: right."
    chart = filled(template, drawn, None if compact else finding, note, CHARACTERS)
    alt_text = f"{finding} Confusion matrix, rows true, columns predicted. {_mistakes(cells)}"
    return Drawing(chart, finding, alt_text, cells)


def difference_matrix(
    before: pd.DataFrame,
    after: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    names: tuple[str, str] = ("A", "B"),
    unit: str = "validation articles",
) -> Drawing:
    """The second confusion matrix less the first, signs printed: blue is more, orange fewer.

    Args:
        before: Columns `actual`, `predicted`, `n`.
        after: The same for the same articles.
        palette: Colours; the white (or background) middle of the diverging ramp is no change.
        class_names: Classes in corpus order.
        names: What the two matrices are called.
        unit: What is counted.
    """
    cells = _every_pair(before, class_names).rename(columns={"n": "before"})
    cells["after"] = _every_pair(after, class_names)["n"]
    cells["difference"] = cells["after"] - cells["before"]
    most = max(int(cells["difference"].abs().max()), 1)
    fills = [palette.signed_shade(-n / most) for n in cells["difference"]]
    drawn = cells.assign(
        text=[signed(int(n)) for n in cells["difference"]],
        fill=fills,
        ink=[palette.ink_on(fill) for fill in fills],
    )
    right = int(cells.loc[cells["actual"] == cells["predicted"], "difference"].sum())
    finding = f"{names[1]} has {_more(right)} {unit} right than {names[0]}"
    if right == 0:
        finding = f"{names[1]} has as many {unit} right as {names[0]}"
    mistakes = cells[cells["actual"] != cells["predicted"]]
    changed = mistakes.loc[mistakes["difference"].abs().sort_values(kind="stable", ascending=False).index]
    if len(changed) and changed.iloc[0]["difference"]:
        top = changed.iloc[0]
        finding += f"; largest change: {top['actual']} called {top['predicted']} {signed(int(top['difference']))}"
    finding += "."
    told = (("before:Q", names[0], ","), ("after:Q", names[1], ","), ("text:N", "difference", ""))
    note = f"{names[1]} − {names[0]}, {unit}. Blue: more. Orange: fewer. Outlined: right."
    chart = filled(_template(palette, tuple(class_names), told, False), drawn, finding, note)
    return Drawing(chart, finding, f"{finding} Signed matrix, rows true, columns predicted.", cells)


def _every_pair(table: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    pairs = pd.MultiIndex.from_product([list(class_names)] * 2, names=["actual", "predicted"])
    counts = table.groupby(["actual", "predicted"])["n"].sum()
    return counts.reindex(pairs, fill_value=0).astype(int).reset_index()


@lru_cache(maxsize=32)
def _template(
    palette: Palette, class_names: tuple[str, ...], told: tuple[tuple[str, str, str], ...], compact: bool
) -> dict[str, Any]:
    """The matrix without its cells and its title; `told` are field, title and number format of a cell's tooltip."""
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
            # a card's plot may be narrower than the title, which then reaches below the names of the rows
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
    """What a narrow column is called: first letters, or a number where it takes more than four to tell names apart."""
    letters = short_names(names)
    if all(len(code) <= CODE_LENGTH for code in letters.values()):
        return letters
    return {name: str(position) for position, name in enumerate(names, start=1)}


def _row_label(names: list[str]) -> str:
    """A Vega expression: the name, after its number where columns are numbered."""
    codes = _codes(names)
    labels = {name: f"{code} · {name}" if code.isdecimal() else name for name, code in codes.items()}
    return f"{json.dumps(labels)}[datum.label]"


def _column_label(names: list[str], font_size: int, *, always_short: bool) -> str:
    """A Vega expression: whole names where the columns are wide enough, else all of them as codes."""
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


def _more(number: int) -> str:
    return f"{number:,} more" if number > 0 else f"{-number:,} fewer"
