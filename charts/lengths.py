"""Lengths of the articles by class and split; dragging over the bars selects lengths."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from bowcore.names import short, shortened
from bowcore.nouns import A_TEXT, TEXTS
from bowcore.numbers import class_in_words, counted, decimal
from charts.altair_parts import frame
from charts.drawing import SHORT_NUMBER_LABEL, Drawing, in_any_palette
from charts.names import looked_up
from charts.palette import Palette

PICKED = "lengths"
"""Name of the selection made by dragging: `low`, the first and the last length."""

N_BINS = 30
ROW_HEIGHT = 30  # px
ROW_FILLED = 0.86  # of a row's height: its tallest bar
FADED = 0.35
EVERY_CLASS = "all classes"


def bin_lengths(lengths: pd.DataFrame) -> pd.DataFrame:
    """Articles by class and split, in bins that grow by a constant factor.

    Args:
        lengths: Columns `class`, `split`, `length`; at least one row.

    Returns:
        Columns `class`, `split`, `low`, `high`, `n`: articles with `low <= length < high`, in whole words.
        Empty articles are in the bin from 0.5 to 1, since a logarithmic axis has no 0.
    """
    least, most = int(lengths["length"].min()), int(lengths["length"].max()) + 1
    edges = np.unique(np.round(np.geomspace(max(least, 1), max(most, 2), N_BINS + 1)))
    if least < 1:
        edges = np.concatenate([[0.5], edges])
    parts = []
    for (name, split), group in lengths.groupby(["class", "split"], sort=False):
        n, _ = np.histogram(np.maximum(group["length"].to_numpy(), 0.5), edges)
        parts.append(pd.DataFrame({"class": name, "split": split, "low": edges[:-1], "high": edges[1:], "n": n}))
    binned = pd.concat(parts, ignore_index=True)
    return binned[binned["n"] > 0].reset_index(drop=True)


@in_any_palette
def length_histogram(
    lengths: pd.DataFrame, palette: Palette, class_names: Sequence[str], *, chosen: str | None = None
) -> Drawing:
    """Lengths of articles on a logarithmic axis, one row per class with its median, for the full page width.

    All rows share one scale, so rows compare. With both splits, bars are training articles and squares are validation
    articles, scaled to the number of training articles. Dragging over the bars selects lengths, under the name
    `PICKED`. If there are more classes than colours, they share one row.

    Args:
        lengths: Columns `class`, `split`, `length`, one row per article, in words; at least one.
        palette: Colours.
        class_names: Classes in corpus order.
        chosen: The class to colour if there are more classes than colours.
    """
    median = float(lengths["length"].median())
    medians = lengths.groupby("class")["length"].median()
    finding = f"Half of {len(lengths):,} {TEXTS} have at most {decimal(median, 0)} words{_longest(medians)}."
    binned = of_rows = bin_lengths(lengths)
    sizes = lengths["split"].value_counts()
    rows, colours = [name for name in class_names if name in medians], palette.class_colours(class_names, chosen)
    if len(rows) > len(palette.classes):
        rows, colours = [EVERY_CLASS], {EVERY_CLASS: palette.ghost}
        of_rows, medians = binned.assign(**{"class": EVERY_CLASS}), pd.Series({EVERY_CLASS: median})
    of_row = of_rows.groupby(["class", "split", "low", "high"], sort=False, as_index=False)["n"].sum()
    split_of_bars = "training" if len(sizes) == 2 else sizes.index[0]
    in_bars, in_squares = of_row[of_row["split"] == split_of_bars], of_row[of_row["split"] != split_of_bars]
    scaled = in_squares["n"] * (sizes[split_of_bars] / sizes.get("validation", 1))
    most = max(float(in_bars["n"].max()), float(scaled.max()) if len(scaled) else 0.0)
    foot = {name: float(len(rows) - 1 - place) for place, name in enumerate(rows)}

    def placed(table: pd.DataFrame, heights: pd.Series) -> pd.DataFrame:
        base = table["class"].map(foot)
        fill = [colours[name] for name in table["class"]]
        return table.assign(base=base, end=base + ROW_FILLED * heights / most, fill=fill)

    brush = alt.selection_interval(name=PICKED, encodings=["x"])
    axis_x = alt.X(
        "low:Q",
        title=f"words in {A_TEXT} (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[float(binned["low"].min()), float(binned["high"].max())]),
        axis=alt.Axis(
            values=[digit * 10**power for power in range(6) for digit in (1, 2, 5)],
            labelExpr=SHORT_NUMBER_LABEL,
            grid=False,
            labelOverlap=False,
        ),
    )
    labels = shortened(rows)[::-1]  # from the lowest row up
    names = alt.Axis(
        values=[foot[name] + ROW_FILLED / 2 for name in rows],
        labelExpr=looked_up(labels, "floor(datum.value)"),
        labelOverlap=False,
        labelLimit=0,
        grid=False,
        ticks=False,
        domain=False,
    )
    # both with this axis: a separate one would bring back the label overlap that drops every other name
    bottom, top = (
        alt.Y(f"{end}:Q", title=None, scale=alt.Scale(domain=[0, len(rows)], nice=False), axis=names)
        for end in ("base", "end")
    )
    ends = [alt.Tooltip("low:Q", title="from (words)"), alt.Tooltip("high:Q", title="to below")]
    bars = (
        alt.Chart(placed(in_bars, in_bars["n"]))
        .mark_rect(stroke=palette.background, strokeWidth=0.5)
        .encode(
            x=axis_x,
            x2="high:Q",
            y=bottom,
            y2="end:Q",
            color=alt.Color("fill:N", scale=None, legend=None),
            opacity=alt.condition(brush, alt.value(1.0), alt.value(FADED)),
            tooltip=["class:N", *ends, alt.Tooltip("n:Q", title=f"{TEXTS}", format=",")],
        )
        .add_params(brush)
    )
    of_class = pd.DataFrame({"class": rows, "low": [max(float(medians[name]), 0.5) for name in rows]})
    of_class["base"] = of_class["class"].map(foot)
    of_class["end"] = of_class["base"] + ROW_FILLED
    of_class["label"] = [f"median {decimal(medians[name], 0)}" for name in rows]
    marks = alt.Chart(of_class)
    half = marks.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.text)
    label = marks.mark_text(align="right", baseline="top", color=palette.text)
    ground = marks.mark_rule(strokeWidth=1, color=palette.grid)
    layers = [
        bars,
        half.encode(x="low:Q", y=bottom, y2="end:Q"),
        label.encode(x=alt.value("width"), y=top, text="label:N"),
        ground.encode(y=bottom),
    ]
    note = f"Tallest bar: {int(in_bars['n'].max()):,} {TEXTS} · dashed: the median of the class"
    if len(in_squares):
        middle = np.sqrt(in_squares["low"] * in_squares["high"])
        squares = alt.Chart(placed(in_squares, scaled).assign(middle=middle, scaled=scaled)).mark_point(
            shape="square", filled=True, size=18, opacity=1, color=palette.text, stroke=palette.background
        )
        n_articles = alt.Tooltip("n:Q", title=f"validation {TEXTS}", format=",")
        layers.append(squares.encode(x="middle:Q", y=top, tooltip=["class:N", *ends, n_articles]))
        note += f" · squares: validation {TEXTS}, scaled to as many"
    height = ROW_HEIGHT * max(2, len(rows))
    chart = alt.LayerChart(layer=layers)
    framed = frame(chart, palette, height=height, title=finding, note=note)
    by_class = ", ".join(f"{short(n)} {decimal(medians[n], 0)}" for n in rows)
    return Drawing(framed, finding, f"{finding} Medians by class: {by_class}.", binned)


def _longest(medians: pd.Series) -> str:
    """The class of the longest texts, as the end of a sentence; classes may share the place."""
    longest = medians[medians == medians.max()]
    if len(medians) == 1:
        return ""
    if len(longest) == len(medians):
        return ", in every class"
    name, value = class_in_words(str(longest.index[0])), decimal(longest.iloc[0], 0)
    if len(longest) == 1:
        return f"; {name} is longest, median {value}"
    return f"; {name} and {counted(len(longest) - 1, 'other class', 'other classes')} are longest, median {value}"
