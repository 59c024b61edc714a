"""The words page's views: each draws its own charts, and only the chosen one is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.matrix.frequencies import zipf
from bowcore.names import shortened
from bowcore.nouns import TEXTS, called
from bowcore.numbers import class_in_words, decimal, percent, raised
from bowcore.trace.contexts import first_contexts
from charts.frequency import count_bands, coverage_curve, linear_bars, rank_frequency
from charts.growth import growth_curve
from charts.sizes import size_distribution
from ui.reading.clickable_words import word_chart, word_table, words_behind
from ui.reading.contexts_dialog import Mask
from ui.reading.tables import choose_view, in_percent, metric_row, palette, show
from ui.shell import slices
from ui.state import open_view, widgets
from ui.texts import plain
from ui.words import word_counts
from ui.words.typical_view import typical_view
from ui.words.zipf_view import zipf_view

PAGE = 100
AXES = ("Log–log", "Linear (tutorial)")
NUMBER = st.column_config.NumberColumn(format="localized")


def metrics(answer: Answer) -> None:
    """Terms, tokens, words seen once, words that make up most of the text: for all terms in the charts below."""
    vocabulary, frequency = answer.matrix.vocabulary, word_counts.known_frequency(answer)
    covered = zipf.coverage(frequency)
    limited = bool(word_counts.limits_in_words(answer))
    columns = f"without {plain(vocabulary.unknown)}" if vocabulary.unknown else "columns"
    row = metric_row()
    row.metric(f"Terms ({columns})", f"{vocabulary.n_known:,}")
    row.metric("Training tokens kept" if limited else "Training tokens", f"{int(frequency.sum()):,}")
    row.metric("Terms seen once", percent(zipf.hapax_share(frequency)))
    row.metric(f"Terms for 90 % of the {'kept ' if limited else ''}text", f"{covered[1].n_terms:,}")


def rank_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """Counts over ranks, with the most frequent terms."""
    left, right = st.columns([3, 2], gap="medium")
    ranked = word_counts.ranked(answer, only)
    with left:
        if choose_view(AXES, "words_axes", "Axes") == AXES[0]:
            # a slice is not compared with the previous recipe, whose curve covers all articles
            ghost = None if before is None or only is not None else word_counts.ranked(before)
            word_chart(rank_frequency(ranked, palette(), ghost=ghost), answer, "frequency", only=only)
        else:
            word_chart(linear_bars(ranked, palette()), answer, "frequency_linear", only=only)
        _rests_on(answer, "Click a dot or a bar to read its word in context.", only)
    with right:
        _short_table(answer, ranked, only)


def size_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """How many terms occur how often."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        ghost = None if before is None else word_counts.sizes(before)
        drawing = size_distribution(word_counts.sizes(answer), word_counts.examples(answer), palette(), ghost=ghost)
        word_chart(drawing, answer, "sizes", only=only)
        _rests_on(answer, "Each dot is a count; click it to read one of its words in context.")
    with right:
        _short_table(answer, word_counts.ranked(answer), only)


def rare_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """How few words make up most of the text, and how many occur once."""
    counts = word_counts.ranked(answer)["count"].to_numpy()
    ghost = None if before is None else word_counts.ranked(before)["count"].to_numpy()
    left, right = st.columns(2, gap="medium")
    with left:
        show(coverage_curve(counts, palette(), ghost=ghost), "coverage")
    with right:
        show(count_bands(counts, palette()), "bands")
    _rests_on(answer, "")


def growth_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """New words as more is read."""
    left, right = st.columns([3, 2], gap="medium")
    grown, line = word_counts.growth(answer), word_counts.heaps(answer)
    fitted = None if isinstance(line, str) else line
    with left:
        ghost = None if before is None else word_counts.growth(before)
        show(growth_curve(grown, palette(), line=fitted, ghost=ghost), "growth")
        _rests_on(answer, "")
    with right:
        if fitted is None:
            st.info(plain(str(line)))
            return
        columns = st.columns(2)
        columns[0].metric("Heaps exponent", decimal(fitted.exponent, 2))
        columns[1].metric("Constant", decimal(fitted.constant))
        st.markdown(
            f"Heaps' law: terms = {decimal(fitted.constant)} × tokens{raised(fitted.exponent)}. At the rate of the "
            f"last half, twice the text would have {percent(2**fitted.last_exponent - 1, 0)} more words."
        )
        bends = fitted.first_exponent - fitted.last_exponent > 0.03
        st.caption(
            "A straight line by least squares on logarithms of the points. They are not independent, so it has no "
            f"honest interval, and it {'hides a bend' if bends else 'fits both halves alike'}: "
            f"{decimal(fitted.first_exponent, 2)} over the first half of the points, "
            f"{decimal(fitted.last_exponent, 2)} over the last."
        )
        if answer.recipe.vocabulary.vocabulary_size or answer.recipe.vocabulary.min_documents > 1:
            st.caption(
                "The vocabulary of this recipe is limited, so the curve must flatten: all its words become known."
            )


def list_view(answer: Answer, before: Answer | None, only: Mask) -> None:
    """The ranked terms with their rate in each class and the first article that contains them."""
    names = answer.split.class_names
    ranked = word_counts.every_ranked(answer, only)
    with st.container(horizontal=True, vertical_alignment="top"):
        wanted = _find("words_find_list")
        classes = range(-1, len(names))

        def called_class(label: int) -> str:
            return "all classes" if label < 0 else class_in_words(names[label])

        order, bound = widgets.carried("words_order", classes, -1, format_func=called_class)
        order = st.selectbox("Most frequent in", classes, classes.index(order), format_func=called_class, **bound)
        rate, bound = widgets.carried("words_rate", (PER_1000, SHARE), PER_1000)
        rate = st.segmented_control(
            "In each class", (PER_1000, SHARE), required=True, default=rate, format_func=called, **bound
        )
    open_view.settle("words_view", find=wanted, order=order, share=rate == SHARE)
    rates = class_rates(answer, rate, only)
    found = _containing(ranked, wanted)
    positions = _positions(answer, found, only)
    if order >= 0:
        by_rate = np.argsort(-rates[order, positions], kind="stable")
        found, positions = found.iloc[by_rate], positions[by_rate]
    if not len(found):
        _nothing_found()
        return
    page = rates_table(answer, found.head(PAGE), rates[:, positions[:PAGE]], rate)
    page["first example"] = _first_examples(answer, page["term"], positions[:PAGE], only)
    config: dict[str, Any] = dict.fromkeys(("rank", "count", "articles"), NUMBER)
    by_class, labels = [f"{name} {UNITS[rate]}" for name in names], shortened(names)
    if rate == SHARE:
        page, shares = in_percent(page, by_class)
        config |= {column: shares[column] | {"label": label} for column, label in zip(by_class, labels, strict=True)}
    else:
        config |= {
            column: st.column_config.NumberColumn(f"{label} {UNITS[rate]}", format="%.2f")
            for column, label in zip(by_class, labels, strict=True)
        }
    config["first example"] = st.column_config.TextColumn(width=180)
    word_table(page, answer, "words_list", only=only, grows=True, column_config=config)
    n_training = len(slices.rows_of(answer, only, "training"))
    st.caption(
        f"{len(page):,} of {len(found):,} terms of {n_training:,} training {TEXTS}. "
        "The example is the term's first occurrence in them, with its neighbours. Click a row to read it in context."
    )
    words_behind(rates_table(answer, found, rates[:, positions], rate), answer, "ranked_terms", "Download", only=only)


PER_1000, SHARE = "per 1,000 tokens", "share of articles"
UNITS = {PER_1000: "‰", SHARE: "%"}

VIEWS: dict[str, Callable[[Answer, Answer | None, Mask], None]] = {
    "Rank curve": rank_view,
    "Sizes": size_view,
    "Zipf's law": zipf_view,
    "Rare words": rare_view,
    "Growth": growth_view,
    "Typical words": typical_view,
    "Word list": list_view,
}
"""Every view of the page, in this order."""
OF_A_SLICE = ("Rank curve", "Typical words", "Word list")


def draw(view: str, answer: Answer, before: Answer | None, only: Mask) -> None:
    """The chosen view, below a note on the effect of a chosen slice."""
    if only is not None and view not in OF_A_SLICE:
        slices.note_all_articles(answer, view)
    elif only is not None and not word_counts.known_frequency(answer, only).any():
        st.info(
            f"{slices.scope(answer, only, 'training')}, and no word to count. Words are counted in training {TEXTS} "
            "alone: choose another slice."
        )
        return
    elif only is not None:
        st.caption(
            f"**{slices.scope(answer, only, 'training')}**, counted alone below; the figures above are of all "
            f"{answer.matrix.vocabulary.n_documents:,}."
        )
    open_view.settle("words_view", before=None if before is None else before.recipe)
    VIEWS[view](answer, before, only)


def class_rates(answer: Answer, rate: str, only: Mask = None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Rate of every term in every class, (n_classes, n_terms): tokens in 1,000, or share of the class's articles."""
    counted = word_counts.by_class(answer, only)
    if rate == SHARE:
        return counted.documents / np.maximum(counted.n_documents, 1)[:, None]
    return counted.occurrences / np.maximum(counted.n_tokens, 1)[:, None] * 1000


def rates_table(answer: Answer, found: pd.DataFrame, rates: np.ndarray[Any, Any], rate: str) -> pd.DataFrame:
    """Terms with their counts and a column of rates for each class."""
    table = found.rename(columns={"document_count": "articles"}).drop(columns="share").reset_index(drop=True)
    by_class = pd.DataFrame(rates.T, columns=[f"{name} {UNITS[rate]}" for name in answer.split.class_names])
    return pd.concat([table, by_class], axis=1)


def _short_table(answer: Answer, ranked: pd.DataFrame, only: Mask) -> None:
    wanted = _find("words_find")
    open_view.settle("words_view", find=wanted)
    found = _containing(ranked, wanted)
    if not len(found):
        _nothing_found()
        return
    table = found.rename(columns={"document_count": "articles"}).drop(columns="share")
    config = dict.fromkeys(("rank", "count", "articles"), NUMBER)
    word_table(table.head(PAGE), answer, "words_table", only=only, grows=True, column_config=config)
    st.caption(
        f"The first {min(PAGE, len(table)):,} of {len(table):,} terms, most frequent first. "
        "Click a row to read it in context."
    )
    words_behind(table, answer, "ranked_terms", "Download", only=only)


def _find(name: str) -> str:
    wanted, bound = widgets.carried_text(name)
    st.text_input("Find a term", wanted, placeholder="part of a term", **bound)
    return wanted


def _containing(ranked: pd.DataFrame, wanted: str) -> pd.DataFrame:
    return ranked[ranked["term"].str.contains(wanted.strip(), regex=False)] if wanted.strip() else ranked


def _nothing_found() -> None:
    st.info("No term contains these letters under this recipe. Case matters when lower case is off.")


def _positions(answer: Answer, found: pd.DataFrame, only: Mask) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Columns of ranked terms: the ranked table is a stable sort of the vocabulary by frequency."""
    order = np.argsort(-word_counts.frequency(answer, only), kind="stable")
    positions: np.ndarray[Any, np.dtype[np.int64]] = order[found["rank"].to_numpy() - 1]
    return positions


def _first_examples(answer: Answer, terms: Sequence[str], positions: np.ndarray[Any, Any], only: Mask) -> list[str]:
    rows = answer.matrix.rows[word_counts.by_class(answer, only).first[positions]]
    reading, ngrams = answer.reading, answer.recipe.terms.ngrams
    return first_contexts(reading.texts, reading.units, answer.chain.result, terms, rows.tolist(), ngrams)


def _rests_on(answer: Answer, invitation: str, only: Mask = None) -> None:
    n_terms = np.count_nonzero(word_counts.known_frequency(answer, only))
    n_training = len(slices.rows_of(answer, only, "training"))
    st.caption(
        f"{n_terms:,} terms of {n_training:,} training {TEXTS} under this recipe. {invitation} "
        f"{word_counts.limits_in_words(answer)}"
    )
