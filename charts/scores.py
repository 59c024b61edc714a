"""Charts of scores with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from bowcore.names import short
from bowcore.nouns import VALIDATION_TEXTS
from bowcore.numbers import class_in_words, counted, interval, percent
from charts.altair_parts import frame, name_rows, squares_with_whiskers
from charts.drawing import LINE_WIDTH, PERCENT_LABEL, Drawing, class_scale, in_any_palette, row_height
from charts.names import MOST_CLASSES, positions
from charts.palette import Palette

MEASURES = ("recall", "precision", "F1")
LOWEST = 12  # classes drawn if there are more
SHAPES = ("circle", "square", "diamond")
LONGEST_GUESS = 40  # letters: a longer label would leave no room for the axis
END_ROOM = 16  # px on each side of the first and the last value, for half of the label below it


@in_any_palette
def score_interval(models: pd.DataFrame, palette: Palette, baseline: tuple[str, float]) -> Drawing:
    """Accuracy of each model as a dot with whiskers; the baseline is a labelled dashed line. No winner is marked.

    Args:
        models: Columns `name`, `accuracy`, `low`, `high` (shares from 0 to 1, the ends of the interval), `n` (number
            of validation articles); at least one row.
        palette: Colours.
        baseline: Name and accuracy, such as `("always guessing sport", 0.23)`.
    """
    guess, right = baseline
    labels = [_label(row.accuracy, row.low, row.high) for row in models.itertuples()]
    # behind the whiskers and the baseline: in front, a low model's label would cross the line
    drawn = models.assign(label=labels, clear=models["high"].clip(lower=right), row=range(len(models)))
    # the axis is that of the models: from a baseline far below, they would all be at its end
    least, n_points = float(models["low"].min()), float(models["high"].max() - models["low"].min())
    start = max(0.0, min(least, right if right > least - n_points else least) - 0.02)
    off = right < start
    middle = (start + 1) / 2
    axis = alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5, labelOverlap="greedy", labelSeparation=10)
    base = alt.Chart(drawn).encode(
        y=name_rows("row", models["name"].tolist()),
        tooltip=["name:N", alt.Tooltip("label:N", title="accuracy"), alt.Tooltip("n:Q", title=f"{VALIDATION_TEXTS}")],
    )
    scale = alt.Scale(domain=[start, 1.0], nice=False, zero=False)
    squares = squares_with_whiskers(
        base, palette, "accuracy", title=f"{VALIDATION_TEXTS} right", scale=scale, axis=axis
    )
    text = base.encode(text="label:N", color=alt.value(palette.text))
    at_high, at_low = text.transform_filter(alt.datum.high > middle), text.transform_filter(alt.datum.high <= middle)
    texts = []
    # first a border in the colour of the page, which interrupts the dashed line where a label crosses it
    border: dict[str, Any] = {"stroke": palette.background, "strokeWidth": 5, "strokeJoin": "round"}
    for style in (border, {}):
        texts.append(at_high.mark_text(align="right", baseline="bottom", dy=-8, **style).encode(x="high:Q"))
        texts.append(at_low.mark_text(align="left", dx=8, **style).encode(x="clear:Q"))
    at = alt.Chart(pd.DataFrame({"accuracy": [right], "label": [f"{short(guess, LONGEST_GUESS)} {percent(right)}"]}))
    line = at.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted).encode(x="accuracy:Q")
    left = right < middle
    line_label = at.mark_text(align="left" if left else "right", dx=5 if left else -5, y=-7, color=palette.muted)
    baselines = [] if off else [line, line_label.encode(x="accuracy:Q", text="label:N")]
    chart = alt.LayerChart(layer=[*baselines, *texts, *squares])
    finding = _score_finding(models, labels) + f"; {guess}, {percent(right)}."
    note = "Squares: accuracy · whiskers: its 95 % interval"
    note += f" · the axis begins at {percent(start, 0)}, above {guess}" if off else ""
    framed = frame(chart, palette, height=2 * row_height(palette) * len(models), title=finding, note=note)
    scores = "; ".join(f"{name} {label}" for name, label in zip(models["name"], labels, strict=True))
    return Drawing(framed, finding, f"{finding} {scores}.", models)


@in_any_palette
def per_class_scores(table: pd.DataFrame, palette: Palette, class_names: Sequence[str]) -> Drawing:
    """Recall, precision and F1 of each class as dots with whiskers.

    Args:
        table: Columns `class`, `measure` (recall, precision or F1), `value`, `low`, `high` as shares from 0 to 1;
            `low` and `high` may be missing, but not every `value`.
        palette: Colours.
        class_names: Classes in corpus order.
    """
    known = table[table["value"].notna()]
    worst = known.loc[known["value"].idxmin()]
    value = percent(worst["value"]) if pd.isna(worst["low"]) else _label(worst["value"], worst["low"], worst["high"])
    n_others = int((known["value"] == worst["value"]).sum()) - 1
    finding = f"Lowest score: {worst['measure']} of {class_in_words(worst['class'])}, {value}" + (
        f"; {counted(n_others, 'other is', 'others are')} as low." if n_others else "."
    )
    # room after the last tick: moved inwards, its 100 % would overlap the label before it and be dropped
    start = max(0.0, float(known[["value", "low"]].min().min()) - 0.03)
    scale = alt.Scale(domain=[start, 1.0], nice=False, zero=False, padding=END_ROOM)
    axis = alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5, labelOverlap="greedy", labelSeparation=4, labelFlush=False)
    shares = [alt.Tooltip(f"{column}:Q", format=".1%") for column in ("value", "low", "high")]
    shown, note = list(class_names), "Whiskers: 95 % interval"
    if len(class_names) > MOST_CLASSES:
        by_f1 = known[known["measure"] == "F1"].sort_values("value", kind="stable")
        shown = by_f1["class"].head(LOWEST).tolist()
        note = f"The {len(shown)} of {len(class_names)} classes with the lowest F1, lowest first. {note}"
    drawn = known[known["class"].isin(shown)]
    base = alt.Chart(drawn.assign(row=positions(drawn["class"], shown))).encode(
        y=name_rows("row", shown),
        yOffset=alt.YOffset("measure:N", sort=list(MEASURES)),
        color=alt.Color("row:N", scale=class_scale(palette, shown), legend=None),
        tooltip=["class:N", "measure:N", *shares],
    )
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH).encode(
        x=alt.X("low:Q", title="share", scale=scale, axis=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(
        x=alt.X("value:Q", title="share", scale=scale, axis=axis),
        shape=alt.Shape(
            "measure:N",
            title=None,
            scale=alt.Scale(domain=list(MEASURES), range=list(SHAPES)),
            legend=alt.Legend(symbolFillColor=palette.text, symbolStrokeWidth=0),
        ),
    )
    height = 48 * len(shown)
    chart = frame(whiskers + dots, palette, height=height, title=finding, note=note)
    return Drawing(chart, finding, finding, table)


def _score_finding(models: pd.DataFrame, labels: list[str]) -> str:
    n, accuracy = int(models["n"].max()), models["accuracy"]
    if len(models) == 1:
        name = str(models["name"].iloc[0])
        return f"{name[:1].upper()}{name[1:]} has {labels[0]} of {n:,} {VALIDATION_TEXTS} right"
    ends = f"{percent(accuracy.min())} to {percent(accuracy.max())}"
    return f"{len(models)} models have {ends} of {n:,} {VALIDATION_TEXTS} right"


def _label(share: float, low: float, high: float) -> str:
    return f"{percent(share)} ({interval(low, high)}\N{NO-BREAK SPACE}%)"
