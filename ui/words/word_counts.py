"""What the words page counts and fits, cached for all sessions under the recipe's key up to the vocabulary.

Only training articles are counted, and of a slice only those that are in it. The one column for all other words is no
word, and has no part in any of this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.matrix.frequencies.heaps import Growth, HeapsLine, fit_heaps, grow
from bowcore.matrix.frequencies.power_law import PowerLawFit, fit_power_law
from bowcore.matrix.frequencies.sizes import Sizes, count_sizes
from bowcore.matrix.frequencies.tail_shapes import Comparison, compare_shapes
from bowcore.matrix.frequencies.zipf import rank_terms
from bowcore.matrix.log_odds import compare_classes, count_by_class, typical_terms
from ui import answers
from ui.shell.slices import Mask, mask_key, rows_of

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ByClass:
    """Occurrences and articles of each term in each class's training articles, (n_classes, n_terms), and their sums.

    `first` is, for each term, the first of the recipe's training articles that holds it, and 0 where none does.
    """

    occurrences: Counts
    documents: Counts
    n_tokens: Counts
    n_documents: Counts
    first: Counts


@dataclass(frozen=True, slots=True)
class TailFit:
    """The power law of the sizes, and what else would fit."""

    power_law: PowerLawFit
    shapes: tuple[Comparison, ...]


def known_frequency(answer: Answer, only: Mask = None) -> Counts:
    """Occurrences of each term that has a column of its own."""
    return frequency(answer, only)[: answer.matrix.vocabulary.n_known]


def limits_in_words(answer: Answer) -> str:
    """What a limited vocabulary hides from every figure of the page; empty where it is not limited."""
    spec = answer.recipe.vocabulary
    if not spec.vocabulary_size and spec.min_documents == 1 and spec.max_document_share == 1:
        return ""
    return "Its limits leave terms out, rare ones above all, so shares and shapes are those of the terms that are left."


def sizes(answer: Answer) -> Sizes:
    """How many terms occur how often."""
    return _sizes(answer.key("vocabulary"), answer)


def frequency(answer: Answer, only: Mask = None) -> Counts:
    """Occurrences of each term, the column for all other words among them."""
    return answer.matrix.vocabulary.term_frequency if only is None else by_class(answer, only).occurrences.sum(axis=0)


def every_ranked(answer: Answer, only: Mask = None) -> pd.DataFrame:
    """All terms that occur, most frequent first, the column for all other words among them."""
    return (
        answers.ranked(answer)
        if only is None
        else _ranked_in(f"{answer.key('vocabulary')}:{mask_key(only)}", answer, only)
    )


def ranked(answer: Answer, only: Mask = None) -> pd.DataFrame:
    """The terms that have a column of their own, most frequent first, ranked among themselves."""
    terms, unknown = every_ranked(answer, only), answer.matrix.vocabulary.unknown
    if not unknown:
        return terms
    known = terms[terms["term"] != unknown].reset_index(drop=True)
    return known.assign(rank=np.arange(1, len(known) + 1), share=known["count"] / max(int(known["count"].sum()), 1))


def examples(answer: Answer) -> list[str]:
    """The first term, in alphabetical order, of each distinct count."""
    first = ranked(answer).drop_duplicates("count")
    return [str(term) for term in first.sort_values("count")["term"]]


def tail(answer: Answer) -> TailFit | str:
    """The power law's fit, or the reason why there is none."""
    return _tail(answer.key("vocabulary"), answer)


def growth(answer: Answer) -> Growth:
    """Distinct terms against tokens read."""
    return _growth(answer.key("vocabulary"), answer)


def heaps(answer: Answer) -> HeapsLine | str:
    """Heaps' law fitted to the growth, or the reason why it cannot be."""
    try:
        return fit_heaps(growth(answer))
    except RecipeError as error:
        return str(error)


def by_class(answer: Answer, only: Mask = None) -> ByClass:
    """Counts of terms by class."""
    return _by_class(f"{answer.key('vocabulary')}:{mask_key(only)}", answer, only)


def typical(answer: Answer, prior_tokens: int, k: int, only: Mask = None) -> pd.DataFrame | str:
    """The `k` most typical terms of each class, or the reason why there are none."""
    return _typical(f"{answer.key('vocabulary')}:{mask_key(only)}", prior_tokens, k, answer, only)


@st.cache_resource(max_entries=16, show_spinner=False)
def _sizes(key: str, _answer: Answer) -> Sizes:
    return count_sizes(known_frequency(_answer))


@st.cache_resource(max_entries=16, show_spinner="Fitting power laws to the counts and to 200 resamples of them, 1 s…")
def _tail(key: str, _answer: Answer) -> TailFit | str:
    counted = sizes(_answer)
    try:
        fit = fit_power_law(counted)
    except RecipeError as error:
        return str(error)
    return TailFit(fit, compare_shapes(counted, fit.best))


@st.cache_resource(max_entries=16, show_spinner="Reading the articles in 20 random orders…")
def _growth(key: str, _answer: Answer) -> Growth:
    train, vocabulary = _answer.matrix.counts.train, _answer.matrix.vocabulary
    return grow(train if vocabulary.n_known == vocabulary.n_terms else train[:, : vocabulary.n_known])


@st.cache_resource(max_entries=8, show_spinner=False)
def _by_class(key: str, _answer: Answer, _only: Mask) -> ByClass:
    counts = _answer.matrix.counts
    train, labels, n_classes = counts.train, counts.train_labels, counts.n_classes
    inside = rows_of(_answer, _only, "training")
    if _only is not None:
        train, labels = train[inside], labels[inside]
    presence = train.copy()
    presence.data = np.ones_like(presence.data)
    occurrences = count_by_class(train, labels, n_classes)
    documents = count_by_class(presence, labels, n_classes)
    first = np.zeros(train.shape[1], dtype=np.int64)
    rows = np.repeat(inside, np.diff(train.indptr))
    first[train.indices[::-1]] = rows[::-1]  # of equal targets the last one written stays
    n_documents = np.bincount(labels, minlength=n_classes).astype(np.int64)
    return ByClass(occurrences, documents, occurrences.sum(axis=1), n_documents, first)


@st.cache_resource(max_entries=4, show_spinner=False)
def _ranked_in(key: str, _answer: Answer, _only: Mask) -> pd.DataFrame:
    documents = by_class(_answer, _only).documents.sum(axis=0)
    return rank_terms(_answer.matrix.vocabulary.terms, frequency(_answer, _only), documents)


@st.cache_resource(max_entries=16, show_spinner=False)
def _typical(key: str, prior_tokens: int, k: int, _answer: Answer, _only: Mask) -> pd.DataFrame | str:
    counted, vocabulary = by_class(_answer, _only), _answer.matrix.vocabulary
    known = slice(0, vocabulary.n_known)
    occurrences, documents = counted.occurrences[:, known], counted.documents[:, known]
    try:
        odds = compare_classes(occurrences, prior_tokens)
    except RecipeError as error:
        return str(error)
    return typical_terms(vocabulary.known_terms, occurrences, documents, odds, _answer.split.class_names, k)
