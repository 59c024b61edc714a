"""Lengths of the articles by class and split; dragging over the bars selects lengths."""

from __future__ import annotations

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from bowcore.numbers import decimal
from charts.drawing import SHORT_NUMBER_LABEL, Drawing, frame
from charts.palette import Palette
from charts.wording import short

PICKED = "lengths"
"""Name of the selection made by dragging: `low`, the first and the last length."""

FADED = 0.35
ROW_FILLED = 0.86  # of a row's height: its tallest bar
EVERY_CLASS = "all classes"


def bin_lengths(lengths: pd.DataFrame, n_bins: int = 30) -> pd.DataFrame:
    """Articles by class, and by split if there is one, in bins that grow by a constant factor.

    Args:
        lengths: Columns `class`, `length` and perhaps `split`.
        n_bins: Largest number of bins.

    Returns:
        Columns `class`, perhaps `split`, `low`, `high`, `n`: articles with `low <= length < high`, in whole words.
        Empty articles are in the bin from 0.5 to 1, since a logarithmic axis has no 0.
    """
    by = [name for name in ("class", "split") if name in lengths]
    values = lengths["length"].to_numpy()
    if not len(values):
        return pd.DataFrame({name: [] for name in (*by, "low", "high", "n")})
    most = int(values.max()) + 1
    edges = np.unique(np.round(np.geomspace(max(int(values.min()), 1), max(most, 2), n_bins + 1)))
    if values.min() < 1:
        edges = np.concatenate([[0.5], edges])
    parts = []
    for names, group in lengths.groupby(by, sort=False):
        n, _ = np.histogram(np.maximum(group["length"].to_numpy(), 0.5), edges)
        named = dict(zip(by, names, strict=True))
        parts.append(pd.DataFrame({**named, "low": edges[:-1], "high": edges[1:], "n": n}))
    binned = pd.concat(parts, ignore_index=True)
    return binned[binned["n"] > 0].reset_index(drop=True)


def length_histogram(
    lengths: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    chosen: str | None = None,
    unit: str = "words",
    row_height: int = 30,
) -> Drawing:
    """Lengths of articles on a logarithmic axis, one row per class with its median, for the full page width.

    All rows share one scale, so rows compare. With both splits, bars are training articles and squares are validation
    articles, scaled to the number of training articles. Dragging over the bars selects lengths, under the name
    `PICKED`. If there are more classes than colours, they share one row.

    Args:
        lengths: Columns `class`, `length` and perhaps `split`, one row per article.
        palette: Colours.
        class_names: Classes in corpus order.
        chosen: The class to colour if there are more classes than colours.
        unit: Unit of the lengths.
        row_height: Height of one class, in px.
    """
    median = float(lengths["length"].median())
    medians = lengths.groupby("class")["length"].median()
    longest = str(medians.idxmax())
    finding = f"Half of {len(lengths):,} articles have at most {decimal(median, 0)} {unit}" + (
        f"; {longest} is longest, median {decimal(medians[longest], 0)}." if len(medians) > 1 else "."
    )
    binned = bin_lengths(lengths)
    sizes = lengths["split"].value_counts() if "split" in lengths else pd.Series(dtype=np.int64)
    both = {"training", "validation"} <= set(sizes.index)
    rows = [name for name in class_names if name in medians]
    if len(rows) > len(palette.classes):
        rows = [EVERY_CLASS]
        counted = binned.assign(**{"class": EVERY_CLASS})
        medians = pd.Series({EVERY_CLASS: median})
        colours = {EVERY_CLASS: palette.ghost}
    else:
        counted, colours = binned, palette.class_colours(class_names, chosen)
    bars_of = counted[counted["split"] == "training"] if both else counted
    bars_of = bars_of.groupby(["class", "low", "high"], sort=False, as_index=False)["n"].sum()
    squares_of = _scaled(counted, sizes) if both else None
    most = max(float(bars_of["n"].max()), 0.0 if squares_of is None else float(squares_of["scaled"].max()))
    foot = {name: float(len(rows) - 1 - place) for place, name in enumerate(rows)}

    def placed(table: pd.DataFrame, of: str) -> pd.DataFrame:
        base = table["class"].map(foot)
        return table.assign(base=base, end=base + ROW_FILLED * table[of] / most)

    brush = alt.selection_interval(name=PICKED, encodings=["x"])
    axis_x = alt.X(
        "low:Q",
        title=f"{unit} in an article (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[float(binned["low"].min()), float(binned["high"].max())]),
        axis=alt.Axis(
            values=[digit * 10**power for power in range(6) for digit in (1, 2, 5)],
            labelExpr=SHORT_NUMBER_LABEL,
            grid=False,
            labelOverlap=False,
        ),
    )
    labels = {f"{foot[name] + ROW_FILLED / 2:.2f}": short(name) for name in rows}
    heights = alt.Scale(domain=[0, len(rows)], nice=False)
    names = alt.Axis(
        values=[foot[name] + ROW_FILLED / 2 for name in rows],
        labelExpr=f"{json.dumps(labels)}[format(datum.value, '.2f')]",
        labelOverlap=False,
        labelLimit=0,
        grid=False,
        ticks=False,
        domain=False,
    )
    axis_y = alt.Y("base:Q", title=None, scale=heights, axis=names)
    # a separate axis would bring back the label overlap that drops every other name
    top = alt.Y("end:Q", title=None, scale=heights, axis=names)
    fills = alt.Scale(domain=rows, range=[colours[name] for name in rows])
    bars = (
        alt.Chart(placed(bars_of, "n"))
        .mark_rect(stroke=palette.background, strokeWidth=0.5)
        .encode(
            x=axis_x,
            x2="high:Q",
            y=axis_y,
            y2="end:Q",
            color=alt.Color("class:N", scale=fills, legend=None),
            opacity=alt.condition(brush, alt.value(1.0), alt.value(FADED)),
            tooltip=[
                "class:N",
                alt.Tooltip("low:Q", title=f"from ({unit})"),
                alt.Tooltip("high:Q", title="to below"),
                alt.Tooltip("n:Q", title="articles", format=","),
            ],
        )
        .add_params(brush)
    )
    of_class = pd.DataFrame({"class": rows, "low": [max(float(medians[name]), 0.5) for name in rows]})
    of_class["base"] = of_class["class"].map(foot)
    of_class["end"] = of_class["base"] + ROW_FILLED
    of_class["label"] = [f"median {decimal(medians[name], 0)}" for name in rows]
    marks = alt.Chart(of_class)
    half = marks.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.text).encode(x="low:Q", y=axis_y, y2="end:Q")
    told = marks.mark_text(align="right", baseline="top", color=palette.text).encode(
        x=alt.value("width"), y=top, text="label:N"
    )
    foots = marks.mark_rule(strokeWidth=1, color=palette.grid).encode(y=axis_y)
    layers = bars + half + told + foots
    if squares_of is not None:
        layers = layers + _squares(placed(squares_of, "scaled"), top, palette)
    note = f"Tallest bar: {int(bars_of['n'].max()):,} articles · dashed: the median of the class"
    if both:
        note += " · squares: validation articles, scaled to as many"
    height = max(2 * row_height, row_height * len(rows))
    words = alt.TitleParams(text=finding, limit=2000, subtitle=[note])
    chart = frame(layers, palette, height=height).properties(title=words)
    by_class = ", ".join(f"{short(n)} {decimal(medians[n], 0)}" for n in rows)
    return Drawing(chart, finding, f"{finding} Medians by class: {by_class}.", binned)


def _scaled(counted: pd.DataFrame, sizes: pd.Series) -> pd.DataFrame:
    """Validation articles of each bin, scaled to the number of training articles."""
    validation = counted[counted["split"] == "validation"]
    found = validation.groupby(["class", "low", "high"], sort=False, as_index=False)["n"].sum()
    middle = np.sqrt(found["low"] * found["high"])
    return found.assign(middle=middle, scaled=found["n"] * float(sizes["training"] / sizes["validation"]))


def _squares(scaled: pd.DataFrame, top: alt.Y, palette: Palette) -> alt.Chart:
    squares: alt.Chart = (
        alt.Chart(scaled)
        .mark_point(shape="square", filled=True, size=18, opacity=1, color=palette.text, stroke=palette.background)
        .encode(
            x="middle:Q",
            y=top,
            tooltip=[
                "class:N",
                alt.Tooltip("low:Q", title="from"),
                alt.Tooltip("high:Q", title="to below"),
                alt.Tooltip("n:Q", title="validation articles", format=","),
            ],
        )
    )
    return squares
