"""Charts of single words: those that decide, and those that a change of the recipe removed or added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bowcore.names import short, shortened
from bowcore.numbers import class_in_words, decimal, signed
from charts.drawing import (
    CLICK_PARAMETER,
    SHORT_NUMBER_LABEL,
    Drawing,
    class_scale,
    in_any_palette,
    nominal,
    quantity,
    row_height,
    specification,
    term_rows,
)
from charts.names import looked_up, positions
from charts.palette import Palette

ROOMY = 0.62  # of the axis: a bar this long fits a class name in a card 250 px wide
LONGEST_NAME = 18  # characters of a class in its bar
MOST_BARS = 8  # of terms that gain, and of terms that lose


@in_any_palette
def words_that_decide(table: pd.DataFrame, palette: Palette, class_names: Sequence[str]) -> Drawing:
    """The terms with the largest weight for each class, as bars labelled by class, for a card about 250 px wide.

    A click selects a bar's term. With more classes than colours only the first class of the table is drawn.

    Args:
        table: Columns `term`, `class`, `weight`, sorted by class in corpus order, then by descending weight; not empty.
        palette: Colours.
        class_names: Classes in corpus order.
    """
    shown = class_names if len(class_names) <= len(palette.classes) else table["class"].tolist()[:1]
    drawn = table.loc[table["class"].isin(shown), ["term", "class", "weight"]].reset_index(drop=True)
    strongest = drawn.loc[drawn["weight"].idxmax()]
    finding = (
        f"“{short(str(strongest['term']))}” has the largest log-odds, {decimal(float(strongest['weight']), 2)} for "
        f"{class_in_words(strongest['class'])}."
    )
    colours = palette.class_colours(class_names, shown[0])
    short_of = dict(zip(shown, shortened(shown, LONGEST_NAME), strict=True))
    # the class name is inside its first bar, or after it if the bar may be too short
    first, roomy = ~drawn["class"].duplicated(), drawn["weight"] > ROOMY * float(drawn["weight"].max())
    rows = drawn.assign(
        row=range(len(drawn)),
        class_position=positions(drawn["class"], class_names),
        name=[short_of[name] for name in drawn["class"]],
        named=np.where(first & roomy, "inside", np.where(first, "after", "")),
        ink=[palette.ink_on(colours[name]) for name in drawn["class"]],
    )
    words = (f"{name}: {', '.join(drawn.loc[drawn['class'] == name, 'term'].astype(str))}" for name in shown)
    labels = looked_up([short(str(term), 14) for term in drawn["term"]])
    view = _bars_by_class(labels, class_scale(palette, class_names, shown[0]), palette.text)
    chart = specification(view, rows, palette, height=None)
    return Drawing(chart, finding, f"{finding} {'; '.join(words)}.", drawn)


def _bars_by_class(terms: str, scale: dict[str, list[Any]], ink: str) -> dict[str, Any]:
    """Class-labelled bars; `terms` is the expression of the rows' labels."""
    y = term_rows(terms)
    x = quantity("weight", title="log-odds (bars from 0)", scale={"nice": False, "zero": True}, axis=None)
    tooltip = [nominal("term"), nominal("class"), quantity("weight", title="log-odds", format=".2f")]
    label, name = {"type": "text", "align": "left", "dx": 6, "fontWeight": 600}, nominal("name")
    inked = nominal("ink", scale=None, legend=None)
    bars = {
        "name": "bars",
        "mark": {"type": "bar", "height": {"band": 0.72}, "cursor": "pointer"},
        "encoding": {"x": x, "y": y, "color": nominal("class_position", scale=scale, legend=None), "tooltip": tooltip},
    }
    inside = {
        "transform": [{"filter": "datum.named === 'inside'"}],
        "mark": label | {"cursor": "pointer"},
        "encoding": {"x": {"datum": 0}, "y": y, "text": name, "color": inked, "tooltip": tooltip},
    }
    after = {
        "transform": [{"filter": "datum.named === 'after'"}],
        "mark": label | {"color": ink},
        "encoding": {"x": quantity("weight"), "y": y, "text": name},
    }
    return {"layer": [bars, inside, after], "params": [CLICK_PARAMETER | {"views": ["bars"]}]}


@in_any_palette
def term_changes(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Terms that a change of the recipe removed (orange, left) or added (blue, right), clickable.

    Args:
        table: Columns `term`, `change`: occurrences after minus occurrences before, not all 0.
        palette: Colours.
    """
    losing = table[table["change"] < 0].sort_values("change", kind="stable")
    gaining = table[table["change"] > 0].sort_values("change", ascending=False, kind="stable")
    drawn = pd.concat([gaining.head(MOST_BARS), losing.head(MOST_BARS).iloc[::-1]])[["term", "change"]]
    drawn = drawn.reset_index(drop=True)
    drawn = drawn.assign(
        row=range(len(drawn)),
        label=[signed(int(change)) for change in drawn["change"]],
        went=np.where(drawn["change"] > 0, "gains", "loses"),
    )
    terms = [short(str(term)) for term in drawn["term"]]
    largest = int(drawn["change"].abs().idxmax())
    finding = (
        f"{len(losing):,} terms lose occurrences, {len(gaining):,} gain; the largest change: “{terms[largest]}” "
        f"{drawn['label'][largest]}."
    )
    lowest, highest = min(float(drawn["change"].min()), 0), max(float(drawn["change"].max()), 0)
    room = 0.35 * (highest - lowest)  # for the number after the longest bar
    ends = [lowest - room if len(losing) else 0, highest + room]
    more, _, fewer = palette.diverging
    place = {
        "x": quantity(
            "change",
            title="change of occurrences",
            scale={"domain": ends, "nice": False, "zero": True},
            axis={"labelExpr": SHORT_NUMBER_LABEL, "tickCount": 4, "tickMinStep": 1},
        ),
        "y": term_rows(looked_up(terms)),
        "tooltip": [nominal("term"), nominal("went"), nominal("label", title="change")],
    }
    colour = nominal(
        "went",
        title=None,
        scale={"domain": ["loses", "gains"], "range": [fewer, more]},
        legend={"symbolType": "square", "symbolStrokeWidth": 0},
    )
    bars = {
        "name": "bars",
        "mark": {"type": "bar", "height": {"band": 0.72}, "cursor": "pointer"},
        "encoding": place | {"color": colour},
    }
    texts = [
        {
            "transform": [{"filter": f"datum.change {side} 0"}],
            "mark": {"type": "text", "align": align, "dx": dx},
            "encoding": place | {"text": nominal("label"), "color": {"value": palette.text}},
        }
        for side, align, dx in ((">", "left", 5), ("<", "right", -5))
    ]
    view = {"layer": [bars, *texts], "params": [CLICK_PARAMETER | {"views": ["bars"]}]}
    chart = specification(view, drawn, palette, height=row_height(palette) * len(drawn), title=finding)
    changes = ", ".join(f"{term} {label}" for term, label in zip(terms, drawn["label"], strict=True))
    return Drawing(chart, finding, f"{finding} {changes}.", drawn.drop(columns="row"))
