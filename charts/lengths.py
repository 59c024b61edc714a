"""How long the articles are, by class and by split; a drag over the bars picks lengths."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from charts.drawing import SHORT_NUMBER_LABEL, Drawing, class_scale, frame
from charts.palette import Palette
from charts.wording import short

PICKED = "lengths"
"""Name of the selection that a drag makes: `low`, the first and the last length."""

FADED = 0.35


def bin_lengths(lengths: pd.DataFrame, n_bins: int = 30) -> pd.DataFrame:
    """Count articles by class, and by split where one is named, in bins that grow by a constant factor.

    Args:
        lengths: Columns `class`, `length` and perhaps `split`.
        n_bins: At most so many bins.

    Returns:
        Columns `class`, perhaps `split`, `low`, `high`, `n`: articles with `low <= length < high`, whole words. Empty
        articles lie in 0.5 to 1, since a logarithmic axis has no 0.
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
    height: int = 100,
) -> Drawing:
    """Lengths of articles on a logarithmic axis, stacked by class, the median marked: low, for the page's whole width.

    Where both splits are there, bars are training articles, and squares say how high they would be if training
    articles were as long as validation articles. Dragging over the bars selects lengths, under the name `PICKED`.

    Args:
        lengths: Columns `class`, `length` and perhaps `split`, one row an article.
        palette: Colours.
        class_names: Classes in corpus order.
        chosen: The class to colour when there are more classes than colours.
        unit: What lengths are counted in.
        height: Of the plot, in px.
    """
    median = float(lengths["length"].median())
    medians = lengths.groupby("class")["length"].median()
    longest = str(medians.idxmax())
    finding = f"Half of {len(lengths):,} articles have at most {median:,.0f} {unit}" + (
        f"; {longest} is longest, median {medians[longest]:,.0f}." if len(medians) > 1 else "."
    )
    binned = bin_lengths(lengths)
    sizes = lengths["split"].value_counts() if "split" in lengths else pd.Series(dtype=np.int64)
    both = {"training", "validation"} <= set(sizes.index)
    drawn = binned[binned["split"] == "training"] if both else binned
    starts = _stacked(drawn, class_names)
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
    axis_y = alt.Y("start:Q", title="articles", scale=alt.Scale(zero=True)).axis(labelExpr=SHORT_NUMBER_LABEL)
    legend = alt.Legend(title=None, orient="right", symbolType="square", symbolStrokeWidth=0)
    bars = (
        alt.Chart(starts)
        .mark_rect(stroke=palette.background, strokeWidth=0.5)
        .encode(
            x=axis_x,
            x2="high:Q",
            y=axis_y,
            y2="end:Q",
            color=alt.Color(
                "class:N",
                scale=class_scale(palette, class_names, chosen),
                legend=legend if len(class_names) <= len(palette.classes) else None,
            ),
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
    mark = pd.DataFrame({"low": [max(median, 0.5)], "label": [f"median {median:,.0f}"]})
    line = alt.Chart(mark).mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.text).encode(x="low:Q")
    label = (
        alt.Chart(mark)
        .mark_text(align="left", baseline="bottom", dx=4, y=-2, color=palette.text)
        .encode(x="low:Q", text="label:N")
    )
    layers = bars + line + label
    if both:
        layers = layers + _squares(binned, sizes, palette)
    chart = frame(layers, palette, height=height).properties(title=alt.TitleParams(text=finding, limit=2000))
    by_class = ", ".join(f"{short(n)} {medians[n]:,.0f}" for n in class_names if n in medians)
    return Drawing(chart, finding, f"{finding} Medians by class: {by_class}.", binned)


def _stacked(binned: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """The bins with where each class's part begins and ends."""
    counted = binned.groupby(["class", "low", "high"], sort=False, as_index=False)["n"].sum()
    place = counted["class"].map({name: i for i, name in enumerate(class_names)})
    starts = counted.assign(place=place).sort_values(["low", "place"])
    end = starts.groupby("low")["n"].cumsum()
    return starts.assign(start=end - starts["n"], end=end)


def _squares(binned: pd.DataFrame, sizes: pd.Series, palette: Palette) -> alt.Chart:
    """Validation articles of each bin, scaled to as many as there are training articles."""
    counted = binned[binned["split"] == "validation"].groupby(["low", "high"], as_index=False)["n"].sum()
    counted["middle"] = np.sqrt(counted["low"] * counted["high"])
    counted["scaled"] = counted["n"] * float(sizes["training"] / sizes["validation"])
    squares: alt.Chart = (
        alt.Chart(counted)
        .mark_point(shape="square", filled=True, size=28, opacity=1, color=palette.text, stroke=palette.background)
        .encode(
            x="middle:Q",
            y="scaled:Q",
            tooltip=[
                alt.Tooltip("low:Q", title="from"),
                alt.Tooltip("high:Q", title="to below"),
                alt.Tooltip("n:Q", title="validation articles", format=","),
            ],
        )
    )
    return squares
