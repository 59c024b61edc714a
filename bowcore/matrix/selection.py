"""Scores that rank terms, from the counts of training articles and, for two of them, their labels.

Every score looks at training rows only and is finite. Equal terms get bit-equal scores, as each goes through the same
operations in the same order, so ties can be broken by term.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Labels = NDArray[np.int32]


def term_frequency(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Occurrences of each term: (n_terms,)."""
    return np.bincount(train.indices, weights=train.data, minlength=train.shape[1]).astype(np.float64)


def document_frequency(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Articles that hold each term: (n_terms,)."""
    return np.bincount(train.indices, minlength=train.shape[1]).astype(np.float64)


def summed_tfidf(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Sum of each term's TF-IDF over articles, with scikit-learn's defaults: raw counts, smooth IDF, L2 rows.

    The recipe's own weighting comes after selection, so it cannot be used here: the columns would depend on a later
    stage. Rows are normalised over all terms that the limits allow.
    """
    idf = np.log((1 + train.shape[0]) / (1 + document_frequency(train, labels))) + 1.0
    cells = train.data * idf[train.indices]
    rows = np.repeat(np.arange(train.shape[0]), np.diff(train.indptr))
    lengths = np.sqrt(np.bincount(rows, weights=cells * cells, minlength=train.shape[0]))
    return np.bincount(train.indices, weights=cells / lengths[rows], minlength=train.shape[1]).astype(np.float64)


def chi_squared(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Chi-squared of counts by class: sum over classes of (observed - expected)² / expected.

    Expected is the term's frequency times the class's share of articles (scikit-learn 1.9,
    `feature_selection.chi2`, of counts). A term that no article holds scores 0.
    """
    membership = _membership(labels)
    observed = np.asarray((membership @ train.astype(np.float64)).todense())
    shares = np.asarray(membership.sum(axis=1)) / train.shape[0]
    expected = shares.reshape(-1, 1) * observed.sum(axis=0)
    parts = np.divide((observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    return np.asarray(parts.sum(axis=0))


def mutual_information(train: sparse.csr_matrix, labels: Labels) -> NDArray[np.float64]:
    """Mutual information of a term's presence and the class, in nats (Manning, Raghavan and Schütze 2008, 13.5.1)."""
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


def _membership(labels: Labels) -> sparse.csr_matrix:
    """Which article is of which class: (n_classes, n_documents). Classes without articles have no row."""
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
"""Scores by the names that `select_by` uses."""


def select_terms(
    train: sparse.csr_matrix, labels: Labels, columns: NDArray[np.int64], n_kept: int, select_by: str
) -> NDArray[np.int64]:
    """The `n_kept` of these columns with the highest scores, in ascending order; of equal ones the first.

    Columns are sorted by term, so the first is the first in the alphabet. scikit-learn's `max_features` leaves ties to
    an unstable sort.
    """
    scores = SCORES[select_by](train, labels)
    best_first = np.argsort(-scores, kind="stable")
    return np.sort(columns[best_first[:n_kept]])
