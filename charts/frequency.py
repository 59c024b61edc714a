"""Charts of term frequencies: on logarithmic axes, on linear ones, and cumulated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bowcore.matrix.frequencies.zipf import NaiveLine, log_spaced_ranks
from bowcore.numbers import MINUS, decimal, percent
from charts.drawing import LINE_WIDTH, SHORT_NUMBER_LABEL, WHOLE_PERCENT_LABEL, Drawing, frame, row_height
from charts.palette import Palette
from charts.wording import short

MOST_BARS = 800
BANDS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 100), (101, None))
SELECTION = "word"
"""Name of the selection, over the field `term`, of charts whose marks are clickable terms."""
LONGEST_TERM = 300  # characters of a term stored in a mark
DASHES = ([2, 3], [9, 4])
DOT = 26


def click_selection() -> alt.Parameter:
    """A selection that every click on a mark toggles, so that a second click on it is reported too."""
    return alt.selection_point(name=SELECTION, fields=["term"], on="click", toggle="true", clear=False)


def named(terms: Iterable[object]) -> dict[str, list[str]]:
    """Columns for marks that are terms: `term` for the selection, `word` for display."""
    told = [str(term) for term in terms]
    return {"term": [short(term, LONGEST_TERM) for term in told], "word": [short(term, 40) for term in told]}


def rank_frequency(
    ranks: ArrayLike,
    counts: ArrayLike,
    terms: ArrayLike,
    palette: Palette,
    *,
    ghost: tuple[ArrayLike, ArrayLike] | None = None,
    lines: Sequence[NaiveLine] = (),
) -> Drawing:
    """Counts over ranks on logarithmic axes, the previous recipe as a grey dashed ghost. A click selects a dot's term.

    Args:
        ranks: Ranks from 1, ascending.
        counts: Occurrences by rank, descending.
        terms: Terms by rank.
        palette: Colours.
        ghost: Ranks and counts of the previous recipe.
        lines: At most two straight lines, drawn over all ranks.
    """
    all_counts = np.asarray(counts, dtype=np.float64)
    kept = log_spaced_ranks(len(all_counts)) - 1
    drawn = pd.DataFrame(
        {
            "rank": np.asarray(ranks)[kept],
            "count": np.asarray(counts)[kept],
            **named(np.asarray(terms, dtype=object)[kept]),
        }
    )
    half = _terms_for(all_counts, 0.5)
    once = int((all_counts == 1).sum())
    n = len(all_counts)
    finding = f"{half:,} of {n:,} terms make up half of the text; {percent(once / max(n, 1))} occur only once."
    if len(lines) == 2:
        finding = (
            f"A straight line says {decimal(lines[0].exponent, 2)} or {decimal(lines[1].exponent, 2)}: it "
            "depends on the ranks."
        )
    scale = alt.Scale(type="log", nice=False, domainMin=0.8)
    x = alt.X(
        "rank:Q",
        title="rank (logarithmic)",
        scale=scale,
        axis=powers_of_ten(max(n, 0 if ghost is None else len(np.asarray(ghost[0])))),
    )
    top = max(float(all_counts.max()), 1.0 if ghost is None else float(np.max(ghost[1], initial=1)))
    heights = alt.Scale(type="log", nice=False, domain=[0.8, 2 * top])  # a line may start far above the first count
    y = alt.Y("count:Q", title="occurrences (logarithmic)", scale=heights, axis=powers_of_ten(top))
    tooltip = [
        alt.Tooltip("word:N", title="term"),
        alt.Tooltip("rank:Q", format=","),
        alt.Tooltip("count:Q", title="occurrences", format=","),
    ]
    notes = [f"{len(drawn):,} of {n:,} ranks drawn"] if len(drawn) < n else []
    chart = alt.layer()
    if ghost is not None:
        at = log_spaced_ranks(len(np.asarray(ghost[0]))) - 1
        before = pd.DataFrame({"rank": np.asarray(ghost[0])[at], "count": np.asarray(ghost[1])[at]})
        chart += (
            alt.Chart(before).mark_line(color=palette.ghost, strokeDash=[6, 5], strokeWidth=LINE_WIDTH).encode(x, y)
        )
        notes.append("grey dashes: previous recipe")
    chart += alt.Chart(drawn).mark_line(color=palette.curve, strokeWidth=LINE_WIDTH).encode(x, y)
    for line, dashes in zip(lines, DASHES, strict=False):
        ends = np.array([1.0, float(max(n, 2))])
        points = pd.DataFrame({"rank": ends, "count": 10 ** (line.intercept + line.slope * np.log10(ends))})
        straight = alt.Chart(points).mark_line(color=palette.text, strokeDash=dashes, strokeWidth=2, clip=True)
        chart += straight.encode(x, y)
        dash = "dotted" if dashes is DASHES[0] else "dashed"
        notes.append(f"{dash}: slope {MINUS}{decimal(line.exponent, 2)}, ranks {line.first_rank:,}–{line.last_rank:,}")
    dots = alt.Chart(drawn).mark_circle(color=palette.curve, size=DOT, opacity=1, cursor="pointer")
    chart += dots.encode(x, y, tooltip=tooltip).add_params(click_selection())
    note = " · ".join(notes) or None
    framed = frame(chart, palette, height=300, title=finding, note=note)
    return Drawing(framed, finding, f"{finding} {_most_frequent(drawn)}", drawn.drop(columns="word"))


def linear_bars(counts: ArrayLike, palette: Palette, *, terms: ArrayLike | None = None) -> Drawing:
    """Counts over ranks as bars on linear axes, to show how much they hide. A click selects a bar's term.

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
    drawn = drawn.assign(**named(names))
    low = int((values < 0.01 * values.max()).sum()) if n else 0
    finding = (
        f"Linear axes hide the words: {low:,} of {n:,} terms ({percent(low / max(n, 1))}) stay below "
        f"{percent(0.01, 0)} of the height."
    )
    note = None if group == 1 else f"{len(drawn):,} bars for {n:,} terms; each shows the first of {group:,} ranks"
    bars = (
        alt.Chart(drawn)
        .mark_rect(color=palette.curve, stroke=palette.curve, strokeWidth=1, cursor="pointer")
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
            tooltip=[
                alt.Tooltip("word:N", title="term"),
                alt.Tooltip("rank:Q", format=","),
                alt.Tooltip("count:Q", format=","),
            ],
        )
        .add_params(click_selection())
    )
    framed = frame(bars, palette, height=220, title=finding, note=note)
    return Drawing(framed, finding, finding, drawn.drop(columns="word"))


def coverage_curve(
    counts: ArrayLike,
    palette: Palette,
    *,
    marks: tuple[float, ...] = (0.5, 0.8, 0.95),
    ghost: ArrayLike | None = None,
) -> Drawing:
    """The share of all occurrences that the most frequent terms cover, the previous recipe as a grey dashed ghost.

    Args:
        counts: Occurrences by rank, descending.
        palette: Colours.
        marks: Shares whose number of terms is written at the curve.
        ghost: Occurrences by rank under the previous recipe.
    """
    values = np.asarray(counts, dtype=np.float64)
    n = len(values)
    covered = np.cumsum(values) / max(values.sum(), 1)
    drawn = _covered(values)
    needed = [_terms_for(values, share) for share in marks]
    marked = pd.DataFrame({"n_terms": needed, "covered": [float(covered[k - 1]) for k in needed]})
    marked["label"] = [f"{k:,} terms: {percent(share, 0)}" for k, share in zip(needed, marks, strict=True)]
    finding = f"{needed[0]:,} of {n:,} terms cover {percent(marks[0], 0)} of the text; " + " and ".join(
        f"{k:,} cover {percent(share, 0)}" for k, share in zip(needed[1:], marks[1:], strict=True)
    )
    finding += "."
    x = alt.X(
        "n_terms:Q",
        title="most frequent terms (logarithmic)",
        scale=alt.Scale(type="log", nice=False, domain=[1, max(n, 2)]),
        axis=powers_of_ten(n),
    )
    y = alt.Y(
        "covered:Q",
        title="share of the text",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(labelExpr=WHOLE_PERCENT_LABEL, tickCount=5),
    )
    tooltip = [alt.Tooltip("n_terms:Q", title="terms", format=","), alt.Tooltip("covered:Q", format=".1%")]
    line = alt.Chart(drawn).mark_line(color=palette.curve, strokeWidth=LINE_WIDTH).encode(x, y, tooltip=tooltip)
    points = alt.Chart(marked).mark_circle(color=palette.text, size=60, opacity=1).encode(x, y, tooltip=tooltip)
    told = alt.Chart(marked).encode(x, y, text="label:N")
    # a rim in the page's colour separates the words from a ghost behind them
    rim = told.mark_text(align="right", dx=-9, dy=-3, stroke=palette.background, strokeWidth=4, aria=False)
    labels = told.mark_text(align="right", dx=-9, dy=-3, color=palette.text)
    layers = line + rim + points + labels
    if ghost is not None:
        before = alt.Chart(_covered(np.asarray(ghost, dtype=np.float64)))
        dashed = before.mark_line(color=palette.ghost, strokeDash=[6, 5], strokeWidth=LINE_WIDTH, clip=True)
        layers = dashed.encode(x, y) + layers
    note = None if ghost is None else "grey dashes: previous recipe"
    chart = frame(layers, palette, height=280, title=finding, note=note)
    return Drawing(chart, finding, finding, drawn)


def count_bands(counts: ArrayLike, palette: Palette) -> Drawing:
    """How many terms occur once, twice, and so on, next to their share of the text.

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
    table["label"] = [f"{percent(share)} of the {of}" for share, of in zip(table["share"], table["of"], strict=True)]
    once = table.iloc[0]["share"], table.iloc[1]["share"]
    finding = f"{percent(once[0])} of the terms occur only once; together they are {percent(once[1])} of the text."
    order = list(dict.fromkeys(table["occurs"]))
    offset = alt.YOffset("of:N", sort=["terms", "text"])
    y = alt.Y("occurs:N", sort=order, title="a term occurs", axis=alt.Axis(labelOverlap=False, ticks=False))
    x = alt.X(
        "share:Q",
        title="share of the terms, and of the text",
        scale=alt.Scale(domain=[0, 1.5], nice=False),
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
                "of:N", scale=alt.Scale(domain=["terms", "text"], range=[palette.curve, palette.ghost]), legend=None
            ),
            tooltip=["occurs:N", "of:N", "label:N", alt.Tooltip("n:Q", format=",")],
        )
    )
    labels = bars.mark_text(align="left", dx=5).encode(text="label:N", color=alt.value(palette.text))
    chart = frame(bars + labels, palette, height=2 * row_height(palette) * len(order), title=finding)
    return Drawing(chart, finding, finding, table)


def powers_of_ten(most: float) -> alt.Axis:
    """One line and one label per power of ten: Vega would draw nine lines and label some of them."""
    powers = [10**power for power in range(len(str(int(max(most, 1)))))]
    return alt.Axis(values=powers, labelExpr=SHORT_NUMBER_LABEL, labelOverlap=False)


def _covered(values: NDArray[np.float64]) -> pd.DataFrame:
    covered = np.cumsum(values) / max(values.sum(), 1)
    ranks = log_spaced_ranks(len(values))
    return pd.DataFrame({"n_terms": ranks, "covered": covered[ranks - 1]})


def _terms_for(counts: NDArray[np.float64], share: float) -> int:
    """Number of most frequent terms needed to cover `share` of all occurrences."""
    if not len(counts):
        return 0
    # a cumulative sum may be a rounding error below the share, so allow half a count
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum() - 1e-9)) + 1


def _most_frequent(drawn: pd.DataFrame) -> str:
    top = [f"{term} ({count:,})" for term, count in zip(drawn["term"][:3], drawn["count"][:3], strict=True)]
    return f"Most frequent: {', '.join(top)}."
