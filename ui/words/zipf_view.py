"""Zipf's law on the words page: the fit of the sizes on the left, the naive lines through the ranks on the right."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.matrix.frequencies.goodness_of_fit import N_SAMPLES, REJECTED_BELOW, GoodnessOfFit
from bowcore.matrix.frequencies.tail_shapes import CERTAIN, Comparison
from bowcore.matrix.frequencies.zipf import NaiveLine, naive_line
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, p_value, points
from bowcore.tasks.resample_power_law import KIND, goodness_key, read_goodness, request_goodness
from charts.frequency import rank_frequency
from charts.sizes import exponent_by_least_count, tail_fit
from ui.job_panel import job_panel
from ui.reading.clickable_words import word_chart
from ui.reading.contexts_dialog import Mask
from ui.reading.tables import dataframe, metric_row, palette, show
from ui.state import faults
from ui.texts import plain, sentence
from ui.words import word_counts
from ui.words.word_counts import TailFit

FIRST_RANKS = 1000


def zipf_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """Maximum likelihood on the sizes, next to straight lines through the ranks."""
    ranked = word_counts.ranked(answer)
    counts, n = ranked["count"].to_numpy(), answer.matrix.vocabulary.n_documents
    try:
        whole, first = naive_line(counts), naive_line(counts, last_rank=FIRST_RANKS)
    except RecipeError as error:
        st.info(sentence(str(error)))
        return
    fit = word_counts.tail(answer)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("The sizes, fitted by likelihood")
        if isinstance(fit, str):
            st.info(plain(fit))
        else:
            ghost = None if before is None else word_counts.sizes(before)
            sizes, examples = word_counts.sizes(answer), word_counts.examples(answer)
            goodness = None
            with faults.leaving_out():
                goodness = read_goodness(goodness_key(answer.recipe, answer.corpus.digest))
            drawing = tail_fit(
                sizes, fit.power_law, examples, palette(), shapes=fit.shapes, goodness=goodness, ghost=ghost
            )
            word_chart(drawing, answer, "tail", only=only)
            st.caption(
                f"Counted in {n:,} training {TEXTS}. Click a dot to read a word of its count in context. {_how(fit)} "
                f"{word_counts.limits_in_words(answer)}"
            )
            _goodness(answer, goodness)
    with right:
        st.subheader("The ranks, by a naive line")
        word_chart(rank_frequency(ranked, palette(), lines=(whole, first)), answer, "naive", only=only)
        st.caption(f"Counted in {n:,} training {TEXTS}. {_lesson(whole, first)}")
    if isinstance(fit, str):
        return
    left, right = st.columns(2, gap="medium")
    with left:
        show(exponent_by_least_count(fit.power_law, palette()), "exponents")
    with right:
        st.subheader("Would another shape do?")
        dataframe(_shape_table(fit.shapes), hide_index=True)
        st.caption(
            "On the same tail, by Vuong's likelihood ratio: above 0 the power law is likelier, and p is the chance of "
            "such a ratio if both were equally close. The truncated power law includes the power law as a special case "
            "and is never less likely; its p is that of so large a gain by chance (half of chi-squared's with 1 degree "
            "of freedom, since a cut-off cannot be negative)."
        )
        st.markdown(_relation(fit, whole))


def _goodness(answer: Answer, known: GoodnessOfFit | None) -> None:
    """The test of the fit, or the button that starts it."""
    key = goodness_key(answer.recipe, answer.corpus.digest)
    request = partial(request_goodness, answer.recipe, answer.corpus.digest)
    found = known or job_panel(KIND, key, request, _invite, partial(read_goodness, key), primary=False)
    if found is None:
        return
    st.caption(
        f"**Goodness of fit.** {found.n_farther:,} of {found.n_samples:,} samples drawn from this power law are at "
        f"least as far from their own fit, each with a least count of its own: p {p_value(found.p)}. Below "
        f"{REJECTED_BELOW}, the power law is ruled out (Clauset, Shalizi and Newman 2009, section 4.1). A large p "
        "does not prove it, above all for a tail of few terms."
    )


def _invite() -> str:
    st.caption(
        f"Does the power law fit? The best of all power laws may fit badly. {N_SAMPLES:,} samples drawn from it show "
        "how far a true power law would be from its fit. That takes one to some minutes."
    )
    return "Test the fit"


def metrics(answer: Answer) -> None:
    """Exponent, least count, distance, and the corresponding rank slope."""
    fit = word_counts.tail(answer)
    if isinstance(fit, str):
        return
    law, (low, high) = fit.power_law.best, fit.power_law.interval
    row = metric_row()
    row.metric("Exponent of the sizes", f"{decimal(law.exponent, 2)} ({decimal(low, 2)}–{decimal(high, 2)})")
    least = fit.power_law.x_min_interval
    row.metric("Least count of the tail", f"{law.x_min:,} ({least[0]:,}–{least[1]:,})")
    row.metric(
        "KS distance",
        decimal(law.distance, 3),
        help="Kolmogorov–Smirnov: the largest gap between the found and the fitted share of terms up to a count.",
    )
    row.metric(
        "Rank slope it implies",
        f"{decimal(law.rank_exponent, 2)} ({decimal(1 / (high - 1), 2)}–{decimal(1 / (low - 1), 2)})",
    )


def _shape_table(shapes: tuple[Comparison, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "power law against": [shape.shape for shape in shapes],
            "log ratio": [points(shape.log_ratio) for shape in shapes],
            "p": [p_value(shape.p) for shape in shapes],
            "fits better": [_better(shape) for shape in shapes],
        }
    )


def _better(shape: Comparison) -> str:
    if shape.p >= CERTAIN:
        return "cannot tell"
    return "power law" if shape.log_ratio > 0 else "this shape"


def _lesson(whole: NaiveLine, first: NaiveLine) -> str:
    return (
        f"The lesson: least squares through all {whole.last_rank:,} ranks gives {decimal(whole.exponent, 2)}, through "
        f"ranks {first.first_rank:,}–{first.last_rank:,} it gives {decimal(first.exponent, 2)}. Every rank has equal "
        "weight, so thousands of rare words determine the first line; and ranks come from the counts themselves, so "
        "neither line has a valid interval. Click a dot to read its word in context."
    )


def _relation(fit: TailFit, whole: NaiveLine) -> str:
    """The relation between exponents of ranks and of sizes, with the numbers of this page."""
    law = fit.power_law.best
    return (
        "**Two exponents, one law.** If counts fall with rank as 1/rankˢ, sizes fall as 1/countᵅ with "
        f"{_equal('α', '1 + 1/s')}: {_equal('s', '1')} is {_equal('α', '2')}. The fitted "
        f"{_equal('α', decimal(law.exponent, 2))} is {_equal('s', decimal(law.rank_exponent, 2))}; the naive "
        f"{_equal('s', decimal(whole.exponent, 2))} would be "
        f"{_equal('α', decimal(1 + 1 / max(whole.exponent, 1e-9), 2))}. Cleaning changes the counts, and with them "
        "the fitted law."
    )


def _equal(name: str, value: str) -> str:
    """An equation that is never broken across lines."""
    return f"{name} = {value}".replace(" ", "\N{NO-BREAK SPACE}")


def _how(fit: TailFit) -> str:
    law = fit.power_law
    return (
        "Discrete power law, exponent by maximum likelihood, least count by the smallest distance of "
        f"{len(law.tried):,} that leave 50 terms (Clauset, Shalizi and Newman 2009). The interval is the middle "
        f"95 % of {law.n_resamples:,} resamples of the terms, with the least count chosen in each. Terms are not drawn "
        "independently of each other, so it is a lower bound of the uncertainty."
    )
