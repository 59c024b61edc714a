"""The effects of switches with their intervals, and a grid of their combinations: grey where nothing is detectable."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from bowcore.numbers import counted, percent, points_alike, signed
from charts.altair_parts import frame, name_rows
from charts.differences import SIGNED_LABEL
from charts.drawing import LINE_WIDTH, Drawing, in_any_palette, nominal, quantity, row_height, specification
from charts.names import looked_up
from charts.palette import Palette

LONGEST_EFFECT = 40  # letters of a row's name


@in_any_palette
def effect_intervals(table: pd.DataFrame, palette: Palette) -> Drawing:
    """Each effect as a square with whiskers: filled if it is detectable, grey and hollow if not; dashes at no change.

    Args:
        table: Columns `effect`, `difference`, `low`, `high` (percentage points), `detectable`; at least one row.
        palette: Colours.
    """
    rows = table.reset_index(drop=True)
    said = [points_alike(row.difference, row.low, row.high) for row in rows.itertuples()]
    labels = [
        f"{name}: {difference} points ({low} to {high}){'' if seen else ', no detectable change'}"
        for name, seen, (difference, low, high) in zip(rows["effect"], rows["detectable"], said, strict=True)
    ]
    found = rows[rows["detectable"]]
    finding = f"{counted(len(found), 'effect')} of {len(rows):,} {'is' if len(found) == 1 else 'are'} detectable."
    furthest = max(float(rows[["low", "high"]].abs().max().max()) * 1.1, 0.5)
    x: dict[str, Any] = {
        "title": "change of accuracy, in percentage points",
        "scale": alt.Scale(domain=[-furthest, furthest], nice=False),
        "axis": alt.Axis(labelExpr=SIGNED_LABEL, tickCount=5),
    }
    base = alt.Chart(rows.assign(label=labels, row=range(len(rows)))).encode(
        y=name_rows("row", rows["effect"].tolist(), LONGEST_EFFECT), tooltip=[alt.Tooltip("label:N", title="effect")]
    )
    colour = alt.when("datum.detectable").then(alt.value(palette.curve)).otherwise(alt.value(palette.ghost))
    fill = alt.when("datum.detectable").then(alt.value(palette.curve)).otherwise(alt.value(palette.background))
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH).encode(x=alt.X("low:Q", **x), x2="high:Q", color=colour)
    squares = base.mark_point(shape="square", size=90, opacity=1, strokeWidth=2)
    squares = squares.encode(x=alt.X("difference:Q", **x), stroke=colour, fill=fill)
    no_change = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted)
    chart = frame(
        alt.LayerChart(layer=[no_change.encode(x=alt.X("at:Q", **x)), whiskers, squares]),
        palette,
        height=(row_height(palette) + 2) * len(rows),
        title=finding,
        note="Filled: detectable after Holm's correction · hollow, grey: not · whiskers: 95 % interval",
    )
    return Drawing(chart, finding, f"{finding} {'; '.join(labels)}.", table)


@in_any_palette
def combination_grid(table: pd.DataFrame, palette: Palette, switches: Sequence[str]) -> Drawing:
    """Every combination's difference to the one without any switch, in percentage points; grey if not detectable.

    Args:
        table: Columns `on` (a tuple of switches), `accuracy` (0 to 1), `difference` (percentage points, missing for
            the one without any), `detectable`; combinations that are not done are missing rows.
        palette: Colours.
        switches: All switches, in their order; the first half makes the rows.
    """
    n_rows = len(switches) // 2
    sides = [list(_subsets(part)) for part in (switches[:n_rows], switches[n_rows:])]
    place = {
        tuple(sorted((*one, *other))): (row, column)
        for (row, one), (column, other) in itertools.product(*(enumerate(side) for side in sides))
    }
    where = [place[tuple(sorted(on))] for on in table["on"]]
    most = max(float(table["difference"].abs().max()), 0.1) if table["difference"].notna().any() else 1.0
    fills, texts = [], []
    for row in table.itertuples():
        missing = pd.isna(row.difference)
        fills.append(palette.between(row.difference / most) if row.detectable and not missing else palette.grid)
        texts.append(percent(row.accuracy) if missing else signed(row.difference, 1))
    names = [[" + ".join(one) or "none" for one in side] for side in sides]
    drawn = table.drop(columns="on").assign(
        row=[row for row, _ in where],
        column=[column for _, column in where],
        combination=[" + ".join(on) or "none" for on in table["on"]],
        fill=fills,
        ink=[palette.ink_on(fill) for fill in fills],
        text=texts,
    )
    n_seen = int(table["detectable"].sum())
    finding = (
        f"{n_seen:,} of {len(table) - 1:,} combinations {'differs' if n_seen == 1 else 'differ'} detectably from none."
        if len(table) == 2 ** len(switches)
        else f"{len(table):,} of {2 ** len(switches):,} combinations are done."
    )

    def side(field: str, labels: list[str], **axis: Any) -> dict[str, Any]:
        style = {"labelExpr": looked_up(labels), "labelOverlap": False, "ticks": False, "domain": False}
        scale = {"domain": list(range(len(labels))), "paddingInner": 0.05}
        return {"field": field, "type": "ordinal", "sort": None, "title": None, "scale": scale, "axis": style | axis}

    encoding = {
        "x": side("column", names[1], orient="bottom", labelAngle=-25, labelLimit=170),
        "y": side("row", names[0], labelLimit=220),
        "tooltip": [nominal("combination"), quantity("accuracy", format=".2%"), quantity("difference", format="+.2f")],
    }
    cells = {
        "mark": {"type": "rect"},
        "encoding": {
            **encoding,
            "color": nominal("fill", scale=None, legend=None),
            "stroke": {"condition": {"test": "datum.detectable", "value": palette.text}, "value": palette.ghost},
        },
    }
    numbers = {
        "mark": {"type": "text", "baseline": "middle"},
        "encoding": {**encoding, "text": nominal("text"), "color": nominal("ink", scale=None, legend=None)},
    }
    note = "points against none · grey: no detectable change after Holm's correction"
    if table["difference"].isna().all():
        note = "accuracy of each so far · what changes detectably is known after the last one"
    view = {"layer": [cells, numbers]}
    chart = specification(view, drawn, palette, height=30 * len(names[0]), title=finding, note=note)
    shown = table.assign(on=[" + ".join(on) or "none" for on in table["on"]])
    return Drawing(chart, finding, f"{finding} The table has every combination.", shown)


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Every choice of these names, from none to all."""
    return [tuple(itertools.compress(names, on)) for on in itertools.product((False, True), repeat=len(names))]
