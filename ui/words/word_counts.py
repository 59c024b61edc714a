"""Counts and fits of the words page, cached for all sessions.

Only training articles are counted, and for a slice only those in it. The column for all other words is not a word and
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
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
from ui.answers import kept
from ui.reading.contexts_dialog import Mask
from ui.shell.slices import rows_of

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ByClass:
    """Occurrences and articles of each term in each class's training articles, (n_classes, n_terms), and their sums.

    `first` is, for each term, the first of the recipe's training articles that contains it, and 0 if none does.
    """

    occurrences: Counts
    documents: Counts
    n_tokens: Counts
    n_documents: Counts
    first: Counts


@dataclass(frozen=True, slots=True)
class TailFit:
    """The power law of the sizes, and the alternative shapes."""

    power_law: PowerLawFit
    shapes: tuple[Comparison, ...]


def known_frequency(answer: Answer, only: Mask = None) -> Counts:
    """Occurrences of each term that has a column of its own."""
    return frequency(answer, only)[: answer.matrix.vocabulary.n_known]


def limits_in_words(answer: Answer) -> str:
    """What a limited vocabulary hides from every figure of the page; empty if it is not limited."""
    spec = answer.recipe.vocabulary
    if not spec.vocabulary_size and spec.min_documents == 1 and spec.max_document_share == 1:
        return ""
    return "Its limits leave terms out, rare ones above all, so shares and shapes are those of the terms that are left."


@kept("vocabulary")
def sizes(answer: Answer) -> Sizes:
    """How many terms occur how often."""
    return count_sizes(known_frequency(answer))


def frequency(answer: Answer, only: Mask = None) -> Counts:
    """Occurrences of each term, including the column for all other words."""
    return answer.matrix.vocabulary.term_frequency if only is None else by_class(answer, only).occurrences.sum(axis=0)


@kept("vocabulary")
def every_ranked(answer: Answer, only: Mask = None) -> pd.DataFrame:
    """All terms that occur, most frequent first, including the column for all other words."""
    if only is None:
        return answers.ranked(answer)
    documents = by_class(answer, only).documents.sum(axis=0)
    return rank_terms(answer.matrix.vocabulary.terms, frequency(answer, only), documents)


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


@kept("vocabulary", "Fitting power laws to the counts and to 200 resamples of them, 1 s…")
def tail(answer: Answer) -> TailFit | str:
    """The power law's fit, or the reason why there is none."""
    counted = sizes(answer)
    try:
        fit = fit_power_law(counted)
    except RecipeError as error:
        return str(error)
    return TailFit(fit, compare_shapes(counted, fit.best))


@kept("vocabulary", "Reading the {TEXTS} in 20 random orders…")
def growth(answer: Answer) -> Growth:
    """Distinct terms against tokens read."""
    train, vocabulary = answer.matrix.counts.train, answer.matrix.vocabulary
    return grow(train if vocabulary.n_known == vocabulary.n_terms else train[:, : vocabulary.n_known])


def heaps(answer: Answer) -> HeapsLine | str:
    """Heaps' law fitted to the growth, or the reason why it cannot be."""
    try:
        return fit_heaps(growth(answer))
    except RecipeError as error:
        return str(error)


@kept("vocabulary")
def by_class(answer: Answer, only: Mask = None) -> ByClass:
    """Counts of terms by class."""
    counts = answer.matrix.counts
    train, labels, n_classes = counts.train, counts.train_labels, counts.n_classes
    inside = rows_of(answer, only, "training")
    if only is not None:
        train, labels = train[inside], labels[inside]
    presence = train.copy()
    presence.data = np.ones_like(presence.data)
    occurrences = count_by_class(train, labels, n_classes)
    documents = count_by_class(presence, labels, n_classes)
    first = np.zeros(train.shape[1], dtype=np.int64)
    rows = np.repeat(inside, np.diff(train.indptr))
    first[train.indices[::-1]] = rows[::-1]  # with duplicate indices the last assignment wins
    n_documents = np.bincount(labels, minlength=n_classes).astype(np.int64)
    return ByClass(occurrences, documents, occurrences.sum(axis=1), n_documents, first)


@kept("vocabulary")
def typical(answer: Answer, prior_tokens: int, k: int, only: Mask = None) -> pd.DataFrame | str:
    """The `k` most typical terms of each class, or the reason why there are none."""
    counted, vocabulary = by_class(answer, only), answer.matrix.vocabulary
    known = slice(0, vocabulary.n_known)
    occurrences, documents = counted.occurrences[:, known], counted.documents[:, known]
    try:
        odds = compare_classes(occurrences, prior_tokens)
    except RecipeError as error:
        return str(error)
    return typical_terms(vocabulary.known_terms, occurrences, documents, odds, answer.split.class_names, k)
