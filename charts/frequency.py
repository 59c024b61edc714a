"""Charts about how often terms occur: on logarithmic axes, on linear ones, and added up."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from charts.drawing import LINE_WIDTH, SHORT_NUMBER_LABEL, WHOLE_PERCENT_LABEL, Drawing, frame, row_height
from charts.palette import Palette
from charts.wording import percent, short

MOST_POINTS = 400
MOST_BARS = 800
BANDS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 100), (101, None))


def log_spaced(n: int, k: int = MOST_POINTS) -> NDArray[np.int64]:
    """At most `k` positions from 0 to `n - 1`, first and last included, evenly spaced on a logarithmic axis.

    >>> log_spaced(5).tolist()
    [0, 1, 2, 3, 4]
    """
    if n <= k:
        return np.arange(n)
    return np.unique(np.round(np.geomspace(1, n, k)).astype(np.int64)) - 1


def rank_frequency(
    ranks: ArrayLike,
    counts: ArrayLike,
    terms: ArrayLike,
    palette: Palette,
    *,
    ghost: tuple[ArrayLike, ArrayLike] | None = None,
    fit: tuple[float, float] | None = None,
) -> Drawing:
    """Counts over ranks on logarithmic axes, the recipe before as a grey dashed ghost.

    Args:
        ranks: Ranks from 1, ascending.
        counts: Occurrences by rank, descending.
        terms: Terms by rank.
        palette: Colours.
        ghost: Ranks and counts of the recipe before.
        fit: Slope and intercept of a straight line in base-10 logarithms, fitted by the caller to all ranks.
    """
    all_counts = np.asarray(counts, dtype=np.float64)
    kept = log_spaced(len(all_counts))
    drawn = pd.DataFrame(
        {
            "rank": np.asarray(ranks)[kept],
            "count": np.asarray(counts)[kept],
            "term": [short(str(term), 40) for term in np.asarray(terms, dtype=object)[kept]],
        }
    )
    half = _terms_for(all_counts, 0.5)
    once = int((all_counts == 1).sum())
    n = len(all_counts)
    finding = f"{half:,} of {n:,} terms make up half of the text; {percent(once / max(n, 1))} occur only once."
    scale = alt.Scale(type="log", nice=False, domainMin=0.8)
    x = alt.X("rank:Q", title="rank (logarithmic)", scale=scale, axis=_powers_of_ten(n))
    y = alt.Y("count:Q", title="occurrences (logarithmic)", scale=scale, axis=_powers_of_ten(all_counts.max()))
    tooltip = [
        alt.Tooltip("term:N", title="term"),
        alt.Tooltip("rank:Q", format=","),
        alt.Tooltip("count:Q", title="occurrences", format=","),
    ]
    notes = [f"{len(drawn):,} of {n:,} ranks drawn"] if len(drawn) < n else []
    chart = alt.layer()
    if ghost is not None:
        at = log_spaced(len(np.asarray(ghost[0])))
        before = pd.DataFrame({"rank": np.asarray(ghost[0])[at], "count": np.asarray(ghost[1])[at]})
        chart += (
            alt.Chart(before).mark_line(color=palette.ghost, strokeDash=[6, 5], strokeWidth=LINE_WIDTH).encode(x, y)
        )
        notes.append("grey dashes: the recipe before")
    chart += alt.Chart(drawn).mark_line(color=palette.curve, strokeWidth=LINE_WIDTH).encode(x, y)
    chart += alt.Chart(drawn).mark_circle(color=palette.curve, size=14, opacity=1).encode(x, y, tooltip=tooltip)
    if fit is not None:
        slope, intercept = fit
        ends = np.array([1.0, float(max(n, 2))])
        line = pd.DataFrame({"rank": ends, "count": 10 ** (intercept + slope * np.log10(ends))})
        straight = alt.Chart(line).mark_line(color=palette.text, strokeDash=[2, 3], strokeWidth=2, clip=True)
        chart += straight.encode(x, y)
        notes.insert(0, f"dotted: slope {slope:.2f}".replace("-", "−") + f", fitted to all {n:,} ranks")
    note = " · ".join(notes) or None
    framed = frame(chart, palette, height=300, title=finding, note=note)
    return Drawing(framed, finding, f"{finding} {_most_frequent(drawn)}", drawn)


def linear_bars(counts: ArrayLike, palette: Palette, *, terms: ArrayLike | None = None) -> Drawing:
    """Counts over ranks as bars on linear axes, to show how much they hide.

    Args:
        counts: Occurrences by rank, descending.
        palette: Colours.
        terms: Terms by rank, for the tooltip.
    """
    values = np.asarray(counts)
    n = len(values)
    group = max(1, -(-n // MOST_BARS))
    first = np.arange(0, n, group)
    drawn = pd.DataFrame({"rank": first + 1, "next": np.minimum(first + group, n) + 1, "count": values[first]})
    names = np.asarray(terms, dtype=object)[first] if terms is not None else [f"rank {rank:,}" for rank in first + 1]
    drawn["term"] = [short(str(name), 40) for name in names]
    low = int((values < 0.01 * values.max()).sum()) if n else 0
    finding = (
        f"Linear axes hide the words: {low:,} of {n:,} terms ({percent(low / max(n, 1))}) stay below 1 % of the height."
    )
    note = None if group == 1 else f"{len(drawn):,} bars for {n:,} terms; each shows the first of {group:,} ranks"
    bars = (
        alt.Chart(drawn)
        .mark_rect(color=palette.curve, stroke=palette.curve, strokeWidth=1)
        .encode(
            x=alt.X(
                "rank:Q",
                title="rank (linear)",
                scale=alt.Scale(nice=False, domain=[1, max(n, 1) + 1]),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, grid=False, tickCount=6),
            ),
            x2="next:Q",
            y=alt.Y(
                "count:Q",
                title="occurrences (linear)",
                scale=alt.Scale(zero=True),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL),
            ),
            y2=alt.datum(0),
            tooltip=["term:N", alt.Tooltip("rank:Q", format=","), alt.Tooltip("count:Q", format=",")],
        )
    )
    return Drawing(frame(bars, palette, height=220, title=finding, note=note), finding, finding, drawn)


def coverage_curve(counts: ArrayLike, palette: Palette, *, marks: tuple[float, ...] = (0.5, 0.8, 0.95)) -> Drawing:
    """The share of all occurrences that the most frequent terms cover.

    Args:
        counts: Occurrences by rank, descending.
        palette: Colours.
        marks: Shares for which the number of terms is written at the curve.
    """
    values = np.asarray(counts, dtype=np.float64)
    n = len(values)
    covered = np.cumsum(values) / max(values.sum(), 1)
    at = log_spaced(n)
    drawn = pd.DataFrame({"n_terms": at + 1, "covered": covered[at]})
    needed = [_terms_for(values, share) for share in marks]
    named = pd.DataFrame({"n_terms": needed, "covered": [float(covered[k - 1]) for k in needed]})
    named["label"] = [f"{k:,} terms: {percent(share, 0)}" for k, share in zip(needed, marks, strict=True)]
    finding = f"{needed[0]:,} of {n:,} terms cover {percent(marks[0], 0)} of the text; " + " and ".join(
        f"{k:,} cover {percent(share, 0)}" for k, share in zip(needed[1:], marks[1:], strict=True)
    )
    finding += "."
    x = alt.X(
        "n_terms:Q",
        title="most frequent terms (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[1, max(n, 2)]),
        axis=_powers_of_ten(n),
    )
    y = alt.Y(
        "covered:Q",
        title="share of the text",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(labelExpr=WHOLE_PERCENT_LABEL, tickCount=5),
    )
    tooltip = [alt.Tooltip("n_terms:Q", title="terms", format=","), alt.Tooltip("covered:Q", format=".1%")]
    line = alt.Chart(drawn).mark_line(color=palette.curve, strokeWidth=LINE_WIDTH).encode(x, y, tooltip=tooltip)
    points = alt.Chart(named).mark_circle(color=palette.text, size=60, opacity=1).encode(x, y, tooltip=tooltip)
    labels = alt.Chart(named).mark_text(align="right", dx=-9, dy=-3, color=palette.text).encode(x, y, text="label:N")
    chart = frame(line + points + labels, palette, height=240, title=finding)
    return Drawing(chart, finding, finding, drawn)


def count_bands(counts: ArrayLike, palette: Palette) -> Drawing:
    """How many terms occur once, twice, and so on, beside their share of the text.

    Args:
        counts: Occurrences by term, any order.
        palette: Colours.
    """
    values = np.asarray(counts)
    rows = []
    for low, high in BANDS:
        inside = values[(values >= low) & (values <= (high or np.inf))]
        label = "once" if high == 1 else "twice" if high == 2 else f"{low}–{high}" if high else f"over {low - 1}"
        share, weight = len(inside) / max(len(values), 1), float(inside.sum()) / max(float(values.sum()), 1.0)
        rows.append({"occurs": label, "of": "terms", "share": share, "n": len(inside)})
        rows.append({"occurs": label, "of": "text", "share": weight, "n": int(inside.sum())})
    table = pd.DataFrame(rows)
    table["label"] = [percent(share) for share in table["share"]]
    once = table.iloc[0]["share"], table.iloc[1]["share"]
    finding = f"{percent(once[0])} of the terms occur only once; together they are {percent(once[1])} of the text."
    order = list(dict.fromkeys(table["occurs"]))
    offset = alt.YOffset("of:N", sort=["terms", "text"])
    y = alt.Y("occurs:N", sort=order, title="a term occurs", axis=alt.Axis(labelOverlap=False, ticks=False))
    x = alt.X(
        "share:Q",
        title="share",
        scale=alt.Scale(domain=[0, 1.15], nice=False),
        axis=alt.Axis(labelExpr=WHOLE_PERCENT_LABEL, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    bars = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=x,
            y=y,
            yOffset=offset,
            color=alt.Color(
                "of:N",
                title="share of all",
                sort=["terms", "text"],
                scale=alt.Scale(domain=["terms", "text"], range=[palette.curve, palette.ghost]),
                legend=alt.Legend(symbolType="square", symbolStrokeWidth=0, titleOrient="left"),
            ),
            tooltip=["occurs:N", "of:N", "label:N", alt.Tooltip("n:Q", format=",")],
        )
    )
    labels = bars.mark_text(align="left", dx=5).encode(text="label:N", color=alt.value(palette.text))
    chart = frame(bars + labels, palette, height=2 * row_height(palette) * len(order), title=finding)
    return Drawing(chart, finding, finding, table)


def _powers_of_ten(most: float) -> alt.Axis:
    """One line and one label a power of ten: Vega would draw nine lines and label some of them."""
    powers = [10**power for power in range(len(str(int(max(most, 1)))))]
    return alt.Axis(values=powers, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)


def _terms_for(counts: NDArray[np.float64], share: float) -> int:
    """How many of the most frequent terms it takes to cover `share` of all occurrences."""
    if not len(counts):
        return 0
    # A cumulative sum may end a rounding error below the share asked for: half a count is no count
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum() - 1e-9)) + 1


def _most_frequent(drawn: pd.DataFrame) -> str:
    top = [f"{term} ({count:,})" for term, count in zip(drawn["term"][:3], drawn["count"][:3], strict=True)]
    return f"Most frequent: {', '.join(top)}."
