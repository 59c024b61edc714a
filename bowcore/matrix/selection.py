"""Scores that rank terms, computed from the counts of training articles and, for two of them, their labels.

Every score uses training rows only and is finite. Equal terms get bit-equal scores, since each goes through the same
operations in the same order, so ties can be broken by term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError

Labels = NDArray[np.int32]


def term_frequency(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Occurrences of each term: (n_terms,)."""
    return np.bincount(train.indices, weights=train.data, minlength=train.shape[1]).astype(np.float64)


def document_frequency(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Number of articles that contain each term: (n_terms,)."""
    return np.bincount(train.indices, minlength=train.shape[1]).astype(np.float64)


def summed_tfidf(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Sum of each term's TF-IDF over articles, with scikit-learn's defaults: raw counts, smooth IDF, L2 rows.

    The recipe's own weighting comes after selection and cannot be used here: the columns would depend on a later
    stage. Rows are normalised over all terms within the limits.
    """
    idf = np.log((1 + train.shape[0]) / (1 + document_frequency(train, labels))) + 1.0
    cells = train.data * idf[train.indices]
    rows = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))
    lengths = np.sqrt(np.bincount(rows, weights=cells * cells, minlength=train.shape[0]))
    return np.bincount(train.indices, weights=cells / lengths[rows], minlength=train.shape[1]).astype(np.float64)


def chi_squared(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Chi-squared of counts by class: sum over classes of (observed - expected)² / expected.

    Expected is the term's frequency times the class's share of articles (scikit-learn 1.9,
    `feature_selection.chi2`, of counts). A term that occurs in no article scores 0.

    Raises:
        RecipeError: The cells are not counts.
    """
    _require_counts(train, "Chi-squared compares observed with expected counts")
    membership = _membership(labels)
    observed = np.asarray((membership @ train.astype(np.float64)).todense())
    shares = np.asarray(membership.sum(axis=1)) / train.shape[0]
    expected = shares.reshape(-1, 1) * observed.sum(axis=0)
    parts = np.divide((observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    return np.asarray(parts.sum(axis=0))


def mutual_information(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Mutual information of a term's presence and the class, in nats (Manning, Raghavan and Schütze 2008, 13.5.1).

    It only tests whether a cell is filled, so TF-IDF cannot mislead it as it does `value_information`.
    """
    membership = _membership(labels)
    presence = sparse.csr_matrix((np.ones(train.nnz), train.indices, train.indptr), shape=train.shape)
    present = np.asarray((membership @ presence).todense())
    in_class = np.asarray(membership.sum(axis=1)).reshape(-1, 1)
    n_documents = train.shape[0]
    information = np.zeros(train.shape[1])
    for table in (present, in_class - present):
        expected = in_class * table.sum(axis=0) / n_documents
        ratio = np.divide(table, expected, out=np.ones_like(expected), where=table > 0)
        information += (table * np.log(ratio)).sum(axis=0) / n_documents
    return np.maximum(information, 0.0)


def value_information(matrix: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Mutual information of a cell's value and the class, with each distinct value as its own category, in nats.

    This is what scikit-learn 1.9 computes for a sparse matrix (`mutual_info_classif` treats sparse columns as
    discrete). It is right for counts. With TF-IDF nearly every value is unique and identifies one article, so a term
    seems to separate classes because it separates articles. It is shown, not used for selection.
    """
    n_documents, n_terms = matrix.shape
    filled = matrix.data != 0
    columns, values = matrix.indices[filled].astype(np.int64), matrix.data[filled]
    classes = np.repeat(np.unique(labels, return_inverse=True)[1], np.diff(matrix.indptr))[filled]
    n_classes = int(classes.max(initial=0)) + 1
    order = np.lexsort((classes, values, columns))
    columns, values, classes = columns[order], values[order], classes[order]
    new_value = np.ones(len(columns), dtype=np.bool_)
    new_value[1:] = (columns[1:] != columns[:-1]) | (values[1:] != values[:-1])
    new_pair = new_value.copy()
    new_pair[1:] |= classes[1:] != classes[:-1]
    information = np.zeros(n_terms)
    for new, sign in ((new_pair, 1.0), (new_value, -1.0)):
        firsts = np.flatnonzero(new)
        sizes = np.diff(firsts, append=len(columns)).astype(np.float64)
        information += sign * np.bincount(columns[firsts], weights=_n_log_n(sizes), minlength=n_terms)
    present = np.bincount(columns * n_classes + classes, minlength=n_terms * n_classes).reshape(n_terms, n_classes)
    in_class = np.bincount(np.unique(labels, return_inverse=True)[1], minlength=n_classes)
    absent = in_class - present
    information += _n_log_n(absent).sum(axis=1) - _n_log_n(absent.sum(axis=1))
    information += _n_log_n(np.array([n_documents]))[0] - _n_log_n(in_class).sum()
    return np.asarray(np.maximum(information / n_documents, 0.0))


def _n_log_n(sizes: NDArray[np.number]) -> NDArray[np.float64]:
    numbers = sizes.astype(np.float64)
    return np.asarray(numbers * np.log(np.where(numbers > 0, numbers, 1.0)))


def _require_counts(matrix: sparse.csr_matrix, why: str) -> None:
    if matrix.data.dtype.kind not in "iu" and (matrix.data != np.floor(matrix.data)).any():
        broken = int((matrix.data != np.floor(matrix.data)).sum())
        raise RecipeError(
            f"{why}, and {broken:,} of {matrix.nnz:,} cells hold fractions. Give it counts, not TF-IDF.", "select_by"
        )
    if (matrix.data < 0).any():
        raise RecipeError(
            f"{why}, and {int((matrix.data < 0).sum()):,} cells are below 0. Give it counts.", "select_by"
        )


def _membership(labels: Labels) -> sparse.csr_matrix:
    """Class membership of the articles: (n_classes, n_documents). Classes without articles have no row."""
    classes, codes = np.unique(labels, return_inverse=True)
    ones = np.ones(len(labels))
    return sparse.csr_matrix((ones, (codes, np.arange(len(labels)))), shape=(len(classes), len(labels)))


SCORES: dict[str, Callable[[sparse.csr_matrix, Labels], NDArray[np.float64]]] = {
    "term-frequency": term_frequency,
    "document-frequency": document_frequency,
    "summed-tfidf": summed_tfidf,
    "chi-squared": chi_squared,
    "mutual-information": mutual_information,
}
"""Scores by their `select_by` names."""


def select_terms(
    train: sparse.csr_matrix, labels: Labels, columns: NDArray[np.int64], n_kept: int, select_by: str
) -> NDArray[np.int64]:
    """The `n_kept` of these columns with the highest scores, in ascending order; ties go to the first.

    Columns are sorted by term, so the first is alphabetically first. scikit-learn's `max_features` leaves ties to
    an unstable sort.
    """
    scores = SCORES[select_by](train, labels)
    best_first = np.argsort(-scores, kind="stable")
    return np.sort(columns[best_first[:n_kept]])


@dataclass(frozen=True, slots=True)
class Ranking:
    """The terms with the highest scores.

    Attributes:
        columns: The terms kept, best first, ties in column order: (n_kept,).
        scores: Their scores.
        n_tied: Number of terms, kept or not, whose score equals that of the last one kept.
        n_tied_kept: How many of these are kept: less than `n_tied` if the alphabet decided at the cut.
    """

    columns: NDArray[np.int64]
    scores: NDArray[np.float64]
    n_tied: int
    n_tied_kept: int


def rank_by(scores: NDArray[np.float64], n_kept: int) -> Ranking:
    """The `n_kept` terms with the highest scores, chosen as in `select_terms`, and the ties at the cut."""
    kept = np.argsort(-scores, kind="stable")[:n_kept]
    of_kept = scores[kept]
    last = of_kept[-1] if len(of_kept) else 0.0
    return Ranking(kept, of_kept, int((scores == last).sum()), int((of_kept == last).sum()))


def overlap(rankings: Sequence[Ranking], n_terms: int) -> NDArray[np.int64]:
    """Number of terms shared by each pair of lists: (n_lists, n_lists), each list's length on the diagonal."""
    held = _held(rankings, n_terms)
    shared: NDArray[np.int64] = np.asarray((held @ held.T).toarray(), dtype=np.int64)
    return shared


def unique_terms(rankings: Mapping[str, Ranking], n_terms: int) -> dict[str, NDArray[np.int64]]:
    """The terms of each list that no other list has, best first."""
    n_lists = np.asarray(_held(list(rankings.values()), n_terms).sum(axis=0)).ravel()
    return {name: ranking.columns[n_lists[ranking.columns] == 1] for name, ranking in rankings.items()}


def _held(rankings: Sequence[Ranking], n_terms: int) -> sparse.csr_matrix:
    """Which list contains which term: (n_lists, n_terms)."""
    lists = np.repeat(np.arange(len(rankings)), [len(ranking.columns) for ranking in rankings])
    columns = np.concatenate([ranking.columns for ranking in rankings])
    return sparse.csr_matrix((np.ones(len(columns), np.int64), (lists, columns)), shape=(len(rankings), n_terms))
