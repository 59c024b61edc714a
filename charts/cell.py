"""Charts of one cell of the confusion matrix: the words behind its articles, and how near they are to another class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bowcore.names import short, shortened
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, counted, decimal, percent, signed
from charts.drawing import (
    CLICK_PARAMETER,
    PERCENT_LABEL,
    SHORT_NUMBER_LABEL,
    Drawing,
    in_any_palette,
    nominal,
    quantity,
    row_height,
    specification,
    term_columns,
    term_rows,
)
from charts.names import looked_up
from charts.palette import Palette

MOST_TOWARDS, MOST_AWAY = 7, 4
ARTICLE = "article"
"""Name of the selection of a dot of `margin_strip`, over the field `position`."""
STRIP_HEIGHT = 84
MOST_DOTS = 1_000
_STEPS = 60  # places on the axis at which dots are stacked


@in_any_palette
def cell_words(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    cell: tuple[int, int],
    n_documents: int,
    *,
    unit: str = "log-odds",
) -> Drawing:
    """The terms that pushed a cell's articles most to one class and to the other; a click selects a bar's term.

    Args:
        table: Columns `term`, `contribution` (summed over the articles), `texts` (articles with the term), largest
            absolute contribution first; not empty.
        palette: Colours.
        class_names: Classes in corpus order.
        cell: Positions of the class that contributions above 0 favour, and of the other.
        n_documents: Articles of the cell.
        unit: What the contributions add up to: log-odds, or the margin of an SVM.
    """
    towards, away = (class_in_words(shortened(class_names, 24)[place]) for place in cell)
    up, down = table[table["contribution"] > 0].head(MOST_TOWARDS), table[table["contribution"] < 0].head(MOST_AWAY)
    drawn = pd.concat([up, down.iloc[::-1]]).reset_index(drop=True)
    labels = [f"{signed(row.contribution, 2)} in {row.texts:,}" for row in drawn.itertuples()]
    drawn = drawn.assign(**term_columns(drawn["term"]), row=range(len(drawn)), label=labels)
    drawn["favours"] = np.where(drawn["contribution"] > 0, towards, away)
    if len(up):
        top = up.iloc[0]
        finding = (
            f"“{short(str(top['term']), 30)}” pushed {top['texts']:,} of {counted(n_documents, f'{TEXT}', f'{TEXTS}')} "
            f"most to {towards}."
        )
    else:
        finding = f"No word of {counted(n_documents, f'{TEXT}', f'{TEXTS}')} speaks for {towards}."
    lowest = min(float(drawn["contribution"].min()), 0.0)
    highest = max(float(drawn["contribution"].max()), 0.0)
    room = 0.3 * max(highest - lowest, 1e-9)  # for the numbers after the bars
    colours = palette.class_colours(class_names)
    fills = [colours[class_names[place]] for place in cell]
    if fills[0] == fills[1]:
        fills = [palette.curve, palette.ghost]
    place = {
        "x": quantity(
            "contribution",
            title=f"← {away} · {unit}, summed · {towards} →",
            scale={"domain": [lowest - room if len(down) else 0, highest + room], "nice": False, "zero": True},
            axis={"labelExpr": SHORT_NUMBER_LABEL, "tickCount": 4},
        ),
        "y": term_rows(looked_up([short(str(term), 20) for term in drawn["term"]])),
        "tooltip": [
            nominal("word", title="term"),
            quantity("contribution", title=f"{unit}, summed", format="+.3f"),
            quantity("texts", title=f"{TEXTS} of the cell", format=","),
            nominal("favours", title="speaks for"),
        ],
    }
    fill = {"condition": {"test": "datum.contribution > 0", "value": fills[0]}, "value": fills[1]}
    bars = {
        "name": "bars",
        "mark": {"type": "bar", "height": {"band": 0.72}, "cursor": "pointer"},
        "encoding": place | {"color": fill},
    }
    texts = [
        {
            "transform": [{"filter": f"datum.contribution {side} 0"}],
            "mark": {"type": "text", "align": align, "dx": dx},
            "encoding": place | {"text": nominal("label"), "color": {"value": palette.text}},
        }
        for side, align, dx in ((">", "left", 5), ("<=", "right", -5))
    ]
    view = {"layer": [bars, *texts], "params": [CLICK_PARAMETER | {"views": ["bars"]}]}
    note = f"{unit.capitalize()} of {towards} against {away}, and in how many {TEXTS} of the cell."
    chart = specification(view, drawn, palette, height=row_height(palette) * len(drawn), title=finding, note=note)
    said = ", ".join(f"{word} {label}" for word, label in zip(drawn["word"], labels, strict=True))
    return Drawing(chart, finding, f"{finding} {said}.", table)


@in_any_palette
def margin_strip(
    table: pd.DataFrame,
    palette: Palette,
    near: float,
    against: str,
    *,
    right: bool = False,
    likelihood: str = "probability",
) -> Drawing:
    """How far each article of a cell is from the other class: one dot an article; a click selects its `position`.

    Args:
        table: Columns `position` (of the article), `number`, `margin` (likelihood of the predicted class minus that of
            the other one, from 0 to 1), `shown` (whether it is the open article); not empty.
        palette: Colours.
        near: Margin below which an article is near.
        against: The other class in words.
        right: Whether the articles are right.
        likelihood: What the model gives a class: a probability, or a vote.
    """
    n, n_near = len(table), int((table["margin"] < near).sum())
    kind = "only just right" if right else ("a near miss" if n_near == 1 else "near misses")
    verb = "is" if n_near == 1 else "are"
    points = decimal(100 * near, 0)
    finding = f"{n_near:,} of {counted(n, f'{TEXT}', f'{TEXTS}')} {verb} {kind}: less than {points} points apart."
    drawn = table.sort_values("margin", kind="stable").reset_index(drop=True)
    note = f"One mark for each {TEXT}; a click opens it."
    if n > MOST_DOTS:
        kept = np.unique(np.linspace(0, n - 1, MOST_DOTS).round().astype(int))
        drawn = drawn.iloc[kept].reset_index(drop=True)
        note = f"{len(drawn):,} of {n:,} {TEXTS}, evenly spread by margin; a click opens one."
    steps = (drawn["margin"] * _STEPS).round()
    nth = drawn.groupby(steps).cumcount()
    # stacked from the middle to both sides: 0, 1, -1, 2, -2
    drawn = drawn.assign(height=np.where(nth % 2 == 1, (nth + 1) // 2, -(nth // 2)))
    most = max(int(drawn["height"].abs().max()), 3)
    x = quantity(
        "margin",
        title=f"{likelihood} of the predicted class minus that of {against}",
        scale={"domain": [0, 1], "nice": False},
        axis={"labelExpr": PERCENT_LABEL, "tickCount": 5},
    )
    y = quantity("height", axis=None, scale={"domain": [-most - 1, most + 1], "nice": False})
    size = 70 if most < 8 else 26 if most < 20 else 9
    zone = {
        "mark": {"type": "rect", "color": palette.curve, "opacity": 0.12},
        "encoding": {"x": {"datum": 0, "type": "quantitative"}, "x2": {"datum": near}},
        "data": {"values": [{}]},
    }
    dots = {
        "name": "dots",
        "mark": {"type": "point", "filled": True, "opacity": 0.9, "cursor": "pointer"},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"condition": {"test": "datum.shown", "value": palette.classes[1]}, "value": palette.curve},
            "shape": {"condition": {"test": "datum.shown", "value": "diamond"}, "value": "circle"},
            "size": {"condition": {"test": "datum.shown", "value": 150}, "value": size},
            "tooltip": [quantity("number", title=f"validation {TEXT}"), quantity("margin", format=".1%")],
        },
    }
    select = {"name": ARTICLE, "select": {"type": "point", "fields": ["position"], "toggle": False}, "views": ["dots"]}
    view = {"layer": [zone, dots], "params": [select]}
    chart = specification(view, drawn, palette, height=STRIP_HEIGHT, title=finding, note=note)
    middle = percent(float(table["margin"].median()), 0)
    return Drawing(chart, finding, f"{finding} The median margin is {middle}.", table.drop(columns="shown"))
