"""Charts of term frequencies: on logarithmic axes, on linear ones, and cumulated."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bowcore.matrix.frequencies.zipf import NaiveLine, log_spaced_ranks
from bowcore.numbers import MINUS, decimal, percent
from charts.altair_parts import click_selection, frame, powers_of_ten, previous_line
from charts.drawing import DOT, PERCENT_LABEL, SHORT_NUMBER_LABEL, Drawing, in_any_palette, term_columns
from charts.palette import Palette

MOST_BARS = 800
BANDS = {
    "once": (1, 1),
    "twice": (2, 2),
    "3–5": (3, 5),
    "6–10": (6, 10),
    "11–100": (11, 100),
    "over 100": (101, np.inf),
}
MARKS = (0.5, 0.9, 0.99)  # shares of the text whose number of terms is written at the curve
DASHES = ([2, 3], [9, 4])


@in_any_palette
def rank_frequency(
    ranked: pd.DataFrame, palette: Palette, *, ghost: pd.DataFrame | None = None, lines: Sequence[NaiveLine] = ()
) -> Drawing:
    """Counts over ranks on logarithmic axes, the previous recipe as a grey dashed ghost. A click selects a dot's term.

    Args:
        ranked: Columns `rank` (from 1), `count` (descending) and `term`, one row per term; at least one.
        palette: Colours.
        ghost: Columns `rank` and `count` of the previous recipe.
        lines: At most two straight lines, drawn over all ranks.
    """
    n, counts = len(ranked), ranked["count"].to_numpy(dtype=np.float64)
    drawn = ranked[["rank", "count", "term"]].iloc[log_spaced_ranks(n) - 1]
    drawn = drawn.assign(**term_columns(drawn["term"]))
    half, once = _terms_for(counts, 0.5), float((counts == 1).mean())
    finding = f"{half:,} of {n:,} terms make up half of the text; {percent(once)} occur only once."
    if len(lines) == 2:
        finding = (
            f"A straight line says {decimal(lines[0].exponent, 2)} or {decimal(lines[1].exponent, 2)}: it "
            "depends on the ranks."
        )
    both = [ranked] if ghost is None else [ranked, ghost]
    widths = alt.Scale(type="log", nice=False, domainMin=0.8)
    x = alt.X("rank:Q", title="rank (logarithmic)", scale=widths, axis=powers_of_ten(max(map(len, both))))
    top = max(float(table["count"].max()) for table in both)
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
        before = ghost[["rank", "count"]].iloc[log_spaced_ranks(len(ghost)) - 1]
        chart += previous_line(before, palette).encode(x, y)
        notes.append("grey dashes: previous recipe")
    chart += alt.Chart(drawn).mark_line(color=palette.curve).encode(x, y)
    for line, dashes, name in zip(lines, DASHES, ("dotted", "dashed"), strict=False):
        ends = np.array([1.0, float(max(n, 2))])
        points = pd.DataFrame({"rank": ends, "count": 10 ** (line.intercept + line.slope * np.log10(ends))})
        straight = alt.Chart(points).mark_line(color=palette.text, strokeDash=dashes, strokeWidth=2, clip=True)
        chart += straight.encode(x, y)
        notes.append(f"{name}: slope {MINUS}{decimal(line.exponent, 2)}, ranks {line.first_rank:,}–{line.last_rank:,}")
    dots = alt.Chart(drawn).mark_circle(color=palette.curve, size=DOT, opacity=1, cursor="pointer")
    chart += dots.encode(x, y, tooltip=tooltip).add_params(click_selection())
    framed = frame(chart, palette, height=None, title=finding, note=" · ".join(notes) or None)
    top_terms = (f"{term} ({count:,})" for term, count in zip(drawn["term"][:3], drawn["count"][:3], strict=True))
    alt_text = f"{finding} Most frequent: {', '.join(top_terms)}."
    return Drawing(framed, finding, alt_text, drawn.drop(columns="word"))


@in_any_palette
def linear_bars(ranked: pd.DataFrame, palette: Palette) -> Drawing:
    """Counts over ranks as bars on linear axes, to show how much they hide. A click selects a bar's term.

    Args:
        ranked: Columns `count` (descending) and `term`, one row per term; at least one.
        palette: Colours.
    """
    n, values = len(ranked), ranked["count"].to_numpy()
    group = -(-n // MOST_BARS)
    first = np.arange(0, n, group)
    drawn = pd.DataFrame({"rank": first + 1, "next": np.minimum(first + group, n) + 1, "count": values[first]})
    drawn = drawn.assign(**term_columns(ranked["term"].iloc[first]))
    low = int((values < 0.01 * values.max()).sum())
    finding = (
        f"Linear axes hide the words: {low:,} of {n:,} terms ({percent(low / n)}) stay below "
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
                scale=alt.Scale(nice=False, domain=[1, n + 1]),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, grid=False, tickCount=6, tickMinStep=1),
            ),
            x2="next:Q",
            y=alt.Y(
                "count:Q",
                title="occurrences (linear)",
                scale=alt.Scale(zero=True),
                axis=alt.Axis(labelExpr=SHORT_NUMBER_LABEL, tickMinStep=1),
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


@in_any_palette
def coverage_curve(counts: ArrayLike, palette: Palette, *, ghost: ArrayLike | None = None) -> Drawing:
    """The share of all occurrences that the most frequent terms cover, the previous recipe as a grey dashed ghost.

    Args:
        counts: Occurrences by rank, descending.
        palette: Colours.
        ghost: Occurrences by rank under the previous recipe.
    """
    values = np.asarray(counts, dtype=np.float64)
    n, drawn = len(values), _covered(values)
    needed = {share: _terms_for(values, share) for share in MARKS}
    (half, n_half), *others = needed.items()
    finding = f"{n_half:,} of {n:,} terms cover {percent(half, 0)} of the text; " + " and ".join(
        f"{k:,} cover {percent(share, 0)}" for share, k in others
    )
    finding += "."
    marked = pd.DataFrame(
        {
            "n_terms": needed.values(),
            "covered": np.cumsum(values)[[k - 1 for k in needed.values()]] / values.sum(),
            "label": [f"{k:,} terms: {percent(share, 0)}" for share, k in needed.items()],
        }
    )
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
        axis=alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5),
    )
    tooltip = [alt.Tooltip("n_terms:Q", title="terms", format=","), alt.Tooltip("covered:Q", format=".1%")]
    line = alt.Chart(drawn).mark_line(color=palette.curve).encode(x, y, tooltip=tooltip)
    marks = alt.Chart(marked).encode(x, y)
    points = marks.mark_circle(color=palette.text, size=60, opacity=1).encode(tooltip=tooltip)
    text = marks.encode(text="label:N")
    # a rim in the page's colour separates the words from a ghost behind them
    rim = text.mark_text(align="right", dx=-9, dy=-3, stroke=palette.background, strokeWidth=4, aria=False)
    chart = line + rim + points + text.mark_text(align="right", dx=-9, dy=-3, color=palette.text)
    if ghost is not None:
        chart = previous_line(_covered(np.asarray(ghost, dtype=np.float64)), palette).encode(x, y) + chart
    note = None if ghost is None else "grey dashes: previous recipe"
    return Drawing(frame(chart, palette, height=None, title=finding, note=note), finding, finding, drawn)


@in_any_palette
def count_bands(counts: ArrayLike, palette: Palette) -> Drawing:
    """How many terms occur once, twice, and so on, next to their share of the text.

    Args:
        counts: Occurrences by term, any order.
        palette: Colours.
    """
    values = np.asarray(counts)
    rows = []
    for occurs, (low, high) in BANDS.items():
        inside = values[(values >= low) & (values <= high)]
        for of, n, whole in (("terms", len(inside), len(values)), ("text", int(inside.sum()), values.sum())):
            share = n / whole
            label = f"{percent(share)} of the {of}"
            rows.append({"occurs": occurs, "of": of, "share": share, "n": n, "label": label})
    table = pd.DataFrame(rows)
    of_terms, of_text = table["share"].iloc[:2]
    finding = f"{percent(of_terms)} of the terms occur only once; together they are {percent(of_text)} of the text."
    offset = alt.YOffset("of:N", sort=["terms", "text"])
    y = alt.Y("occurs:N", sort=list(BANDS), title="a term occurs", axis=alt.Axis(labelOverlap=False, ticks=False))
    x = alt.X(
        "share:Q",
        title="share of the terms, and of the text",
        scale=alt.Scale(domain=[0, 1.5], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_LABEL, values=[0, 0.25, 0.5, 0.75, 1]),
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
    chart = frame(bars + labels, palette, height=None, title=finding)
    return Drawing(chart, finding, finding, table)


def _covered(values: NDArray[np.float64]) -> pd.DataFrame:
    covered = np.cumsum(values) / values.sum()
    ranks = log_spaced_ranks(len(values))
    return pd.DataFrame({"n_terms": ranks, "covered": covered[ranks - 1]})


def _terms_for(counts: NDArray[np.float64], share: float) -> int:
    """Number of most frequent terms needed to cover `share` of all occurrences."""
    # a cumulative sum may be a rounding error below the share, so allow half a count
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum() - 1e-9)) + 1
