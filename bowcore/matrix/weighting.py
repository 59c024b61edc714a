"""Cell values: presence, counts, TF-IDF. The IDF is learned from training articles only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import WeightingSpec

_BLOCK = 2_048  # articles at a time: what is made on the way stays in the processor's cache


def weight(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    """Turn counts, (n_documents, n_terms), into the recipe's cell values: int32, or float64 for TF-IDF."""
    return WEIGHTINGS[spec.weighting](matrix, vocabulary, spec)


def inverse_document_frequency(vocabulary: Vocabulary, smooth: bool) -> NDArray[np.float64]:
    """IDF of each term: ln((1 + n) / (1 + df)) + 1, without the inner ones when not smoothed.

    The final +1 keeps a term of every article at weight 1 instead of 0 (scikit-learn 1.9, `TfidfTransformer`). A column
    that no training article fills, as `<UNK>` can be, weighs without smoothing like one of a single article.
    """
    added = 1 if smooth else 0
    ratio = (vocabulary.n_documents + added) / np.maximum(vocabulary.document_frequency + added, 1)
    return np.log(ratio) + 1.0


def _presence(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    return _with_data(matrix, np.ones(matrix.nnz, dtype=np.int32))


def _counts(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    return matrix


def _tfidf(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    # a few hundred different counts fill millions of cells
    frequency = np.arange(matrix.data.max(initial=1) + 1, dtype=np.float64)
    if spec.sublinear_tf:
        frequency[1:] = np.log(frequency[1:]) + 1.0
    idf = inverse_document_frequency(vocabulary, spec.smooth_idf) if spec.use_idf else None
    data = np.empty(matrix.nnz)
    for first in range(0, matrix.shape[0], _BLOCK):
        indptr = matrix.indptr[first : first + _BLOCK + 1]
        cells = slice(indptr[0], indptr[-1])
        block = frequency[matrix.data[cells]]
        if idf is not None:
            block *= idf[matrix.indices[cells]]
        if spec.norm != "none":
            lengths = NORMS[spec.norm](block, indptr - indptr[0])
            block /= np.repeat(np.where(lengths == 0.0, 1.0, lengths), np.diff(indptr))
        data[cells] = block
    return _with_data(matrix, data)


def _row_sums(data: NDArray[np.float64], indptr: NDArray[np.integer]) -> NDArray[np.float64]:
    sums = np.zeros(len(indptr) - 1)
    filled = np.flatnonzero(np.diff(indptr))
    if len(filled):
        sums[filled] = np.add.reduceat(data, indptr[filled])
    return sums


def _with_data(matrix: sparse.csr_matrix, data: NDArray[np.generic]) -> sparse.csr_matrix:
    weighted = sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape, copy=False)
    weighted.has_sorted_indices = True
    return weighted


NORMS: dict[str, Callable[[NDArray[np.float64], NDArray[np.integer]], NDArray[np.float64]]] = {
    "l1": lambda data, indptr: _row_sums(np.abs(data), indptr),
    "l2": lambda data, indptr: np.sqrt(_row_sums(np.square(data), indptr)),
}
"""Row lengths by the name of the norm."""

WEIGHTINGS: dict[str, Callable[[sparse.csr_matrix, Vocabulary, WeightingSpec], sparse.csr_matrix]] = {
    "binary": _presence,
    "count": _counts,
    "tfidf": _tfidf,
}
"""Cell values by the name that the recipe uses."""
