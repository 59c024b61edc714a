"""Charts about classes: how many articles each has, and how long they are."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from charts.drawing import SHORT_NUMBER_LABEL, Drawing, class_scale, frame, row_height
from charts.palette import Palette
from charts.wording import percent, short

SPLITS = ("training", "validation", "test")
SPLIT_OPACITY = (1.0, 0.6, 0.3)


def class_bars(
    table: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    constant_guess: tuple[str, float] | None = None,
    chosen: str | None = None,
) -> Drawing:
    """Articles by class, stacked by split, with a dashed line at what always guessing one class would find.

    Args:
        table: Columns `class`, `split` (training, validation or test), `n`.
        palette: Colours.
        class_names: Classes in corpus order.
        constant_guess: The guessed class and the share of validation articles it gets right; by default the
            largest class and its share of all articles in `table`.
        chosen: The class to colour when there are more classes than colours.
    """
    totals = table.groupby("class")["n"].sum().reindex(list(class_names), fill_value=0)
    total = int(totals.sum())
    guess, right = constant_guess or (str(totals.idxmax()), float(totals.max()) / max(total, 1))
    of_what = "validation articles" if constant_guess else "articles"
    finding = f"Always guessing {guess} is right for {percent(right)} of {of_what}."
    labels = pd.DataFrame({"class": list(class_names), "n": totals.to_numpy()})
    labels["label"] = [f"{n:,} · {percent(n / max(total, 1))}" for n in labels["n"]]

    splits = [split for split in SPLITS if split in set(table["split"])]
    drawn = table.assign(place=[SPLITS.index(split) for split in table["split"]])
    top = max(int(totals.max()), 1)
    axis_x = alt.X("n:Q", title="articles", scale=alt.Scale(domain=[0, top * 1.5], nice=False), stack="zero")
    axis_y = alt.Y(
        "class:N", sort=list(class_names), title=None, axis=alt.Axis(labelOverlap=False, labelLimit=150, ticks=False)
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height={"band": 0.75})
        .encode(
            x=axis_x.axis(alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickCount=5, tickMinStep=1)),
            y=axis_y,
            color=alt.Color("class:N", scale=class_scale(palette, class_names, chosen), legend=None),
            opacity=alt.Opacity(
                "split:N",
                title=None,
                sort=splits,
                scale=alt.Scale(domain=splits, range=list(SPLIT_OPACITY[: len(splits)])),
                legend=alt.Legend(symbolType="square", symbolFillColor=palette.text, symbolStrokeWidth=0),
            ),
            order=alt.Order("place:Q"),
            tooltip=["class:N", "split:N", alt.Tooltip("n:Q", title="articles", format=",")],
        )
    )
    ends = (
        alt.Chart(labels)
        .mark_text(align="right", color=palette.text)
        .encode(x=alt.value("width"), y=axis_y, text="label:N")
    )
    guessed = alt.Chart(pd.DataFrame({"n": [int(totals[guess])], "label": [f"always guessing {guess}"]}))
    line = guessed.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted).encode(x="n:Q")
    line_label = guessed.mark_text(align="right", dx=-4, y=-7, color=palette.muted).encode(x="n:Q", text="label:N")
    height = (row_height(palette) + 6) * len(class_names)
    note = "At the right: articles of all splits, and their share"
    chart = frame(bars + line + line_label + ends, palette, height=height, title=finding, note=note)
    counts = ", ".join(f"{name} {int(totals[name]):,}" for name in class_names)
    return Drawing(chart, finding, f"{finding} Articles by class: {counts}.", table)


def bin_lengths(lengths: pd.DataFrame, n_bins: int = 30) -> pd.DataFrame:
    """Count articles by class in bins that grow by a constant factor, rounded to whole words.

    Args:
        lengths: Columns `class`, `length`.
        n_bins: At most so many bins.

    Returns:
        Columns `class`, `low`, `high`, `n`: articles with `low <= length < high`. Empty articles lie in 0.5 to 1,
        since a logarithmic axis has no 0.
    """
    values = lengths["length"].to_numpy()
    if not len(values):
        return pd.DataFrame({"class": [], "low": [], "high": [], "n": []})
    most = int(values.max()) + 1
    edges = np.unique(np.round(np.geomspace(max(int(values.min()), 1), max(most, 2), n_bins + 1)))
    if values.min() < 1:
        edges = np.concatenate([[0.5], edges])
    parts = []
    for name, group in lengths.groupby("class", sort=False):
        n, _ = np.histogram(np.maximum(group["length"].to_numpy(), 0.5), edges)
        parts.append(pd.DataFrame({"class": name, "low": edges[:-1], "high": edges[1:], "n": n}))
    binned = pd.concat(parts, ignore_index=True)
    return binned[binned["n"] > 0].reset_index(drop=True)


def length_histogram(
    lengths: pd.DataFrame,
    palette: Palette,
    class_names: Sequence[str],
    *,
    chosen: str | None = None,
    unit: str = "words",
) -> Drawing:
    """Lengths of articles on a logarithmic axis, stacked by class, the median marked.

    Args:
        lengths: Columns `class`, `length`, one row an article.
        palette: Colours.
        class_names: Classes in corpus order.
        chosen: The class to colour when there are more classes than colours.
        unit: What lengths are counted in.
    """
    median = float(lengths["length"].median())
    medians = lengths.groupby("class")["length"].median()
    longest = str(medians.idxmax())
    finding = (
        f"Half of {len(lengths):,} articles have at most {median:,.0f} {unit}; "
        f"{longest} is longest, median {medians[longest]:,.0f}."
    )
    binned = bin_lengths(lengths)
    binned = binned.assign(place=binned["class"].map({name: i for i, name in enumerate(class_names)}))
    starts = binned.sort_values(["low", "place"])
    starts["end"] = starts.groupby("low")["n"].cumsum()
    starts["start"] = starts["end"] - starts["n"]
    steps = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
    legend = alt.Legend(title=None, columns=3, symbolType="square", symbolStrokeWidth=0)
    bars = (
        alt.Chart(starts)
        .mark_rect(stroke=palette.background, strokeWidth=0.5)
        .encode(
            x=alt.X(
                "low:Q",
                title=f"{unit} in an article (logarithmic)",
                scale=alt.Scale(
                    type="log", nice=False, domain=[float(starts["low"].min()), float(starts["high"].max())]
                ),
                axis=alt.Axis(values=steps, labelExpr=SHORT_NUMBER_LABEL, grid=False, labelOverlap=False),
            ),
            x2="high:Q",
            y=alt.Y(
                "start:Q",
                title="articles in a bar",
                scale=alt.Scale(zero=True),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL),
            ),
            y2="end:Q",
            color=alt.Color(
                "class:N",
                scale=class_scale(palette, class_names, chosen),
                legend=legend if len(class_names) <= len(palette.classes) else None,
            ),
            tooltip=[
                "class:N",
                alt.Tooltip("low:Q", title=f"from ({unit})"),
                alt.Tooltip("high:Q", title="to below"),
                alt.Tooltip("n:Q", title="articles", format=","),
            ],
        )
    )
    mark = pd.DataFrame({"low": [max(median, 0.5)], "label": [f"median {median:,.0f}"]})
    line = alt.Chart(mark).mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.text).encode(x="low:Q")
    label = (
        alt.Chart(mark)
        .mark_text(align="left", baseline="bottom", dx=4, y=-2, color=palette.text)
        .encode(x="low:Q", text="label:N")
    )
    chart = frame(bars + line + label, palette, height=220, title=finding)
    by_class = ", ".join(f"{short(n)} {medians[n]:,.0f}" for n in class_names if n in medians)
    return Drawing(chart, finding, f"{finding} Medians by class: {by_class}.", binned.drop(columns="place"))
