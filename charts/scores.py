"""Charts of scores with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from bowcore.numbers import interval, percent
from charts.drawing import LINE_WIDTH, WHOLE_PERCENT_LABEL, Drawing, class_scale, frame, row_height
from charts.palette import Palette

MEASURES = ("recall", "precision", "F1")
SHAPES = ("circle", "square", "diamond")
END_ROOM = 16  # px on each side of the first and the last value, for half of the label below it


def score_interval(
    models: pd.DataFrame,
    palette: Palette,
    *,
    baseline: tuple[str, float] | None = None,
    unit: str = "validation articles",
) -> Drawing:
    """Accuracy of each model as a dot with whiskers; the baseline is a labelled dashed line. No winner is marked.

    Args:
        models: Columns `name`, `accuracy`, `low`, `high` (shares from 0 to 1, the ends of the interval), `n` (number
            of articles).
        palette: Colours.
        baseline: Name and accuracy, such as `("always guessing sport", 0.23)`.
        unit: What is counted.
    """
    n = int(models["n"].max()) if len(models) else 0
    finding = _score_finding(models, n, unit, baseline)
    guess = baseline[1] if baseline is not None else 0.0
    drawn = models.assign(
        label=[
            f"{percent(a)} ({interval(lo, hi)}\N{NO-BREAK SPACE}%)"
            for a, lo, hi in models[["accuracy", "low", "high"]].to_numpy()
        ],
        # behind the whiskers and the baseline: in front, a low model's label would cross the line
        clear=models["high"].clip(lower=guess),
    )
    names = list(models["name"])
    lowest = min([*models["low"], *([baseline[1]] if baseline else [])], default=0.0)
    start = max(0.0, lowest - 0.05)
    scale = alt.Scale(domain=[start, 1.0], nice=False, zero=False)
    x = alt.X(
        "accuracy:Q",
        title=f"{unit} right",
        scale=scale,
        axis=alt.Axis(labelExpr=WHOLE_PERCENT_LABEL, tickCount=5, labelOverlap="greedy", labelSeparation=10),
    )
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelOverlap=False, labelLimit=170, ticks=False))
    base = alt.Chart(drawn).encode(
        y=y,
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("label:N", title="accuracy"), alt.Tooltip("n:Q", title=unit)],
    )
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH, color=palette.curve).encode(
        x=alt.X("low:Q", title=f"{unit} right", scale=scale), x2="high:Q"
    )
    ends = [base.mark_tick(thickness=2, size=14, color=palette.curve).encode(x=f"{end}:Q") for end in ("low", "high")]
    dots = base.mark_point(filled=True, shape="square", size=110, opacity=1, color=palette.curve).encode(x=x)
    middle = (start + 1) / 2
    high = base.transform_filter(alt.datum.high > middle).mark_text(
        align="right", baseline="bottom", dy=-8, color=palette.text
    )
    low = base.transform_filter(alt.datum.high <= middle).mark_text(align="left", dx=8, color=palette.text)
    chart = whiskers + ends[0] + ends[1] + dots + high.encode(x="high:Q", text="label:N")
    chart += low.encode(x="clear:Q", text="label:N")
    if baseline is not None:
        at = pd.DataFrame({"accuracy": [baseline[1]], "label": [f"{baseline[0]} {percent(baseline[1])}"]})
        left = baseline[1] < (start + 1) / 2
        chart += alt.Chart(at).mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted).encode(x="accuracy:Q")
        chart += (
            alt.Chart(at)
            .mark_text(align="left" if left else "right", dx=5 if left else -5, y=-7, color=palette.muted)
            .encode(x="accuracy:Q", text="label:N")
        )
    height = 2 * row_height(palette) * max(len(models), 1)
    scores = "; ".join(f"{name} {label}" for name, label in zip(names, drawn["label"], strict=True))
    framed = frame(chart, palette, height=height, title=finding, note="Squares: accuracy · whiskers: its 95 % interval")
    return Drawing(framed, finding, f"{finding} {scores}.", models)


def per_class_scores(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    chosen: str | None = None,
) -> Drawing:
    """Recall, precision and F1 of each class as dots with whiskers.

    Args:
        table: Columns `class`, `measure` (recall, precision or F1), `value`, `low`, `high` as shares from 0 to 1;
            `low` and `high` may be missing.
        palette: Colours.
        class_names: Classes in corpus order.
        chosen: The class to colour when there are more classes than colours.
    """
    known = table[table["value"].notna()]
    finding = "No class has a score yet."
    if len(known):
        worst = known.loc[known["value"].idxmin()]
        finding = f"Lowest score: {worst['measure']} of {worst['class']}, {percent(float(worst['value']))}"
        if pd.notna(worst["low"]):
            finding += f" ({interval(float(worst['low']), float(worst['high']))}\N{NO-BREAK SPACE}%)"
        finding += "."
    measures = [measure for measure in MEASURES if measure in set(table["measure"])]
    start = max(0.0, float(known[["value", "low"]].min().min()) - 0.03) if len(known) else 0.0
    # room after the last tick: moved inwards, its 100 % would overlap the label before it and be dropped
    scale = alt.Scale(domain=[start, 1.0], nice=False, zero=False, padding=END_ROOM)
    axis = alt.Axis(
        labelExpr=WHOLE_PERCENT_LABEL, tickCount=5, labelOverlap="greedy", labelSeparation=4, labelFlush=False
    )
    base = alt.Chart(known).encode(
        y=alt.Y("class:N", sort=list(class_names), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=150)),
        yOffset=alt.YOffset("measure:N", sort=measures),
        color=alt.Color("class:N", scale=class_scale(palette, class_names, chosen), legend=None),
        tooltip=[
            "class:N",
            "measure:N",
            *(alt.Tooltip(f"{column}:Q", format=".1%") for column in ("value", "low", "high")),
        ],
    )
    whiskers = base.mark_rule(strokeWidth=LINE_WIDTH).encode(
        x=alt.X("low:Q", title="share", scale=scale, axis=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=100, opacity=1).encode(
        x=alt.X("value:Q", title="share", scale=scale, axis=axis),
        shape=alt.Shape(
            "measure:N",
            title=None,
            sort=measures,
            scale=alt.Scale(domain=measures, range=list(SHAPES[: len(measures)])),
            legend=alt.Legend(symbolFillColor=palette.text, symbolStrokeWidth=0),
        ),
    )
    height = (12 * max(len(measures), 1) + 12) * len(class_names)
    note = "Whiskers: 95 % interval"
    chart = frame(whiskers + dots, palette, height=height, title=finding, note=note, characters=43)
    return Drawing(chart, finding, finding, table)


def _score_finding(models: pd.DataFrame, n: int, unit: str, baseline: tuple[str, float] | None) -> str:
    if models.empty:
        return "No model has a score yet."
    low, high = float(models["accuracy"].min()), float(models["accuracy"].max())
    if len(models) == 1:
        row = models.iloc[0]
        name = str(row["name"])
        sentence = f"{name[:1].upper()}{name[1:]} has {percent(high)} of {n:,} {unit} right "
        sentence += f"({interval(row['low'], row['high'])}\N{NO-BREAK SPACE}%)"
    else:
        sentence = f"{len(models)} models have {percent(low)} to {percent(high)} of {n:,} {unit} right"
    return f"{sentence}; {baseline[0]}, {percent(baseline[1])}." if baseline else f"{sentence}."
