"""Charts of the size distribution: how many terms occur how often, and the power law fitted to its tail."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from bowcore.matrix.frequencies.goodness_of_fit import GoodnessOfFit
from bowcore.matrix.frequencies.power_law import PowerLawFit
from bowcore.matrix.frequencies.sizes import Sizes
from bowcore.matrix.frequencies.tail_shapes import CERTAIN, Comparison
from bowcore.matrix.frequencies.zipf import log_spaced_ranks
from bowcore.numbers import decimal, p_value, percent, small_share
from charts.altair_parts import click_selection, colour_and_shape, frame, powers_of_ten, previous_line
from charts.drawing import DOT, PERCENT_LABEL, Drawing, in_any_palette, term_columns
from charts.palette import Palette

EXACT, BINNED, AT_LEAST = "exactly this often", "mean of a bin", "this often or more"


@in_any_palette
def size_distribution(
    sizes: Sizes, examples: Sequence[str], palette: Palette, *, ghost: Sizes | None = None
) -> Drawing:
    """Share of the terms with exactly each count, its mean in bins of doubling width, and the share from there on.

    Args:
        sizes: How many terms occur how often.
        examples: A term of each count, in the order of `sizes.counts`. A click on a dot selects it; a click on the
            mean of a bin selects the term of the bin's least count.
        palette: Colours.
        ghost: The sizes under the previous recipe.
    """
    table = sizes.table().assign(example=list(examples))
    few = table.iloc[log_spaced_ranks(len(table)) - 1]
    dots = few.assign(series=EXACT, share_text=few["share"].map(small_share), **term_columns(few["example"]))
    bins = sizes.bins()
    first = np.searchsorted(sizes.counts, bins["low"])  # bins are never empty, so their first count exists
    binned = bins[["share", "n_terms"]].assign(
        count=np.sqrt(bins["low"] * (bins["high"] - 1)),
        series=BINNED,
        share_text=bins["share"].map(small_share),
        range=[
            f"{low:,}–{high - 1:,}" if high - low > 1 else f"{low:,}"
            for low, high in zip(bins["low"], bins["high"], strict=True)
        ],
        **term_columns(examples[place] for place in first),
    )
    above = pd.DataFrame({"count": few["count"], "share": few["at_least"], "series": AT_LEAST})
    once = float(table.loc[table["count"] == 1, "share"].sum())
    often = float(table.loc[table["count"] >= 100, "share"].sum())
    finding = f"{percent(once)} of {sizes.n:,} terms occur once, {percent(often)} a hundred times or more."
    title = "share of terms that occur (log.)"
    x, y, chart = _axes_and_ghost(sizes, ghost, palette, "share", title, least=float(bins["share"].min()))
    # shapes too, so that the three can be distinguished without colours
    colour, shape = colour_and_shape(
        "series",
        (EXACT, BINNED, AT_LEAST),
        (palette.ghost, palette.curve, palette.classes[1]),
        ("circle", "square", "stroke"),
        alt.Legend(columns=3),
    )
    word, n_terms = alt.Tooltip("word:N", title="such as"), alt.Tooltip("n_terms:Q", title="terms", format=",")
    of_count = [
        word,
        alt.Tooltip("count:Q", title="occurs", format=","),
        n_terms,
        alt.Tooltip("share_text:N", title="share of terms"),
    ]
    of_bin = [
        word,
        alt.Tooltip("range:N", title="occurs"),
        n_terms,
        alt.Tooltip("share_text:N", title="share of terms, per count"),
    ]
    chart += alt.Chart(above).mark_line().encode(x, y, color=colour)
    chart += alt.Chart(binned).mark_line().encode(x, y, color=colour)
    # one selection receives clicks on every mark that has a term
    squares = alt.Chart(binned).mark_point(filled=True, size=40, opacity=1, cursor="pointer")
    chart += squares.encode(x, y, color=colour, shape=shape, tooltip=of_bin)
    marks = alt.Chart(dots).mark_point(filled=True, size=DOT + 10, opacity=0.85, cursor="pointer")
    chart += marks.encode(x, y, color=colour, shape=shape, tooltip=of_count).add_params(click_selection())
    notes = [f"{len(few):,} of {len(table):,} different counts drawn"] if len(few) < len(table) else []
    notes += ["grey dashes: this often or more, previous recipe"] if ghost is not None else []
    framed = frame(chart, palette, height=None, title=finding, note=" · ".join(notes) or None)
    return Drawing(framed, finding, f"{finding} Both axes are logarithmic.", table)


@in_any_palette
def tail_fit(
    sizes: Sizes,
    fit: PowerLawFit,
    examples: Sequence[str],
    palette: Palette,
    *,
    shapes: Sequence[Comparison] = (),
    goodness: GoodnessOfFit | None = None,
    ghost: Sizes | None = None,
) -> Drawing:
    """Share of the terms with at least each count, and the power law of its tail from the least count on.

    The title says that the power law fits only if its goodness of fit was tested and does not reject it.

    Args:
        sizes: How many terms occur how often.
        fit: The power law.
        examples: A term of each count, in the order of `sizes.counts`. A click on a dot selects it.
        palette: Colours.
        shapes: Other shapes compared with the power law on the same tail.
        goodness: Result of the test, once it is known.
        ghost: The sizes under the previous recipe.
    """
    table, law = sizes.table().assign(example=list(examples)), fit.best
    few = table.iloc[log_spaced_ranks(len(table)) - 1]
    dots = few.assign(share_text=few["at_least"].map(small_share), **term_columns(few["example"]))
    at = np.unique(np.geomspace(law.x_min, table["count"].max(), 60).round())
    fitted = pd.DataFrame({"count": at, "at_least": law.tail(at) * law.n_tail / sizes.n})
    finding = _verdict(fit, goodness, shapes)
    x, y, chart = _axes_and_ghost(sizes, ghost, palette, "at_least", "share that occur this often or more")
    tooltip = [
        alt.Tooltip("word:N", title="such as"),
        alt.Tooltip("count:Q", title="occurs", format=","),
        alt.Tooltip("share_text:N", title="share of terms, this often or more"),
    ]
    start = alt.Chart(pd.DataFrame({"count": [law.x_min], "label": [f"least count {law.x_min:,}"]})).encode(x=x)
    chart += start.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=palette.muted)
    label = start.mark_text(align="left", baseline="top", dx=6, color=palette.muted)
    chart += label.encode(y=alt.value(2), text="label:N")
    chart += alt.Chart(fitted).mark_line(color=palette.classes[1], clip=True).encode(x, y)
    # above the line, which overlaps the dots where it fits, so that the pointer reaches them
    found = alt.Chart(dots).mark_circle(color=palette.curve, size=DOT, opacity=1, cursor="pointer")
    chart += found.encode(x, y, tooltip=tooltip).add_params(click_selection())
    note = f"{percent(law.n_tail / sizes.n)} of {sizes.n:,} terms, {law.n_tail:,}, are the tail"
    framed = frame(chart, palette, height=300, title=finding, note=note)
    return Drawing(framed, finding, f"{finding} {note}.", table)


@in_any_palette
def exponent_by_least_count(fit: PowerLawFit, palette: Palette) -> Drawing:
    """The exponent for every least count that was tried, with the interval of the chosen one."""
    tried, law = fit.tried, fit.best
    few = tried.iloc[log_spaced_ranks(len(tried)) - 1]
    first = tried.iloc[0]
    steepest = tried.loc[tried["exponent"].idxmax()]
    finding = (
        f"Which words count as the tail decides the exponent: {decimal(first['exponent'], 2)} for all of them, up to "
        f"{decimal(steepest['exponent'], 2)} from {decimal(steepest['x_min'], 0)} occurrences on."
    )
    x = _count_axis("least count of the tail (logarithmic)", int(tried["x_min"].max()), "x_min")
    y = alt.Y("exponent:Q", title="exponent of the sizes", scale=alt.Scale(zero=False, nice=True))
    tooltip = [
        alt.Tooltip("x_min:Q", title="least count", format=","),
        alt.Tooltip("exponent:Q", format=".2f"),
        alt.Tooltip("distance:Q", title="KS distance", format=".3f"),
        alt.Tooltip("n_tail:Q", title="terms in the tail", format=","),
    ]
    low, high = fit.interval
    chosen = alt.Chart(pd.DataFrame([{"x_min": law.x_min, "exponent": law.exponent, "low": low, "high": high}]))
    line = alt.Chart(few).mark_line(color=palette.curve).encode(x, y)
    dots = alt.Chart(few).mark_circle(color=palette.curve, size=22, opacity=1).encode(x, y, tooltip=tooltip)
    whisker = chosen.mark_rule(color=palette.text, strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q")
    mark = chosen.mark_point(color=palette.text, filled=True, size=90).encode(x, y)
    note = f"whisker: the chosen least count {law.x_min:,}, interval of {fit.n_resamples:,} resamples"
    chart = frame(line + dots + whisker + mark, palette, height=200, title=finding, note=note)
    return Drawing(chart, finding, f"{finding} Chosen: {decimal(law.exponent, 2)} from {law.x_min:,}.", tried)


def _verdict(fit: PowerLawFit, goodness: GoodnessOfFit | None, shapes: Sequence[Comparison]) -> str:
    law, (low, high) = fit.best, fit.interval
    exponent = f"exponent {decimal(law.exponent, 2)} ({decimal(low, 2)}–{decimal(high, 2)})"
    best = f"The best-fitting power law has {exponent}, from {law.x_min:,} occurrences on"
    if goodness is None:
        return f"{best}{_rivals(shapes)}."
    p = p_value(goodness.p)
    if goodness.rejected:
        return f"{best}, but does not fit: p {p}."
    return f"From {law.x_min:,} occurrences on, a power law of {exponent} fits the tail, p {p}{_rivals(shapes)}."


def _rivals(shapes: Sequence[Comparison]) -> str:
    """The shapes that fit better than the power law, or else those that fit as well."""
    better = [_a(shape.shape) for shape in shapes if shape.p < CERTAIN and shape.log_ratio <= 0]
    equal = [_a(shape.shape) for shape in shapes if shape.p >= CERTAIN]
    named, how = (better, "better") if better else (equal, "as well")
    return f"; {' and '.join(named)} fit{'s' if len(named) == 1 else ''} {how}" if named else ""


def _a(shape: str) -> str:
    return f"{'an' if shape[0] in 'aeiou' else 'a'} {shape}"


def _axes_and_ghost(
    sizes: Sizes, ghost: Sizes | None, palette: Palette, field: str, title: str, least: float = 1.0
) -> tuple[alt.X, alt.Y, alt.LayerChart]:
    """Axes that hold the sizes of both recipes, and the previous recipe's share of terms with at least each count."""
    both = (sizes, ghost or sizes)
    x = _count_axis("occurrences of a term (logarithmic)", max(each.counts.max(initial=1) for each in both))
    y = _share_axis(min(least, *(1 / max(each.n, 1) for each in both)), field, title)
    if ghost is None:
        return x, y, alt.LayerChart()
    rows = ghost.table().iloc[log_spaced_ranks(len(ghost.counts)) - 1]
    curve = pd.DataFrame({"count": rows["count"], field: rows["at_least"]})
    return x, y, alt.LayerChart(layer=[previous_line(curve, palette).encode(x, y)])


def _count_axis(title: str, most: int, field: str = "count") -> alt.X:
    scale = alt.Scale(type="log", nice=False, domain=[0.8, max(most, 2) * 1.2])
    return alt.X(f"{field}:Q", title=title, scale=scale, axis=powers_of_ten(most))


def _share_axis(least: float, field: str, title: str) -> alt.Y:
    powers = [10.0**-power for power in range(int(np.ceil(-np.log10(max(least, 1e-12)))) + 1)]
    # below 1 %, percentages have too many zeros to be read
    label = f"datum.value > 0.009 ? {PERCENT_LABEL} : '1 in ' + format(1 / datum.value, '~s')"
    scale = alt.Scale(type="log", nice=False, domain=[max(least, 1e-12) * 0.7, 1.2])
    return alt.Y(
        f"{field}:Q",
        title=title,
        scale=scale,
        axis=alt.Axis(values=powers[:: 1 if len(powers) < 8 else 2], labelExpr=label),
    )
