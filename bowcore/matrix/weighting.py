"""Cell values: presence, counts, TF-IDF, each with its arithmetic. The IDF is learned from training articles only.

A weighting is a row of `WEIGHTINGS` here, and its option in `bowcore.recipe.specs` for the screens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.nouns import TEXT
from bowcore.numbers import decimal
from bowcore.recipe.specs import WeightingSpec

MOST_PARTS = 6
"""Cells of a row that are written out under the root; a long article has hundreds."""

_BLOCK = 2_048  # articles at a time: intermediate results stay in the processor's cache


@dataclass(frozen=True, slots=True)
class CellStep:
    """One line of a cell's arithmetic: its name, the numbers, and the result."""

    name: str
    formula: str
    result: float


ABSENT = CellStep("count", "no occurrence here", 0.0)
"""The arithmetic of an empty cell."""


def weight(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    """The recipe's cell values from counts, (n_documents, n_terms): int32, or float64 for TF-IDF."""
    return WEIGHTINGS[spec.weighting].cells(matrix, vocabulary, spec)


def cell_steps(row: sparse.csr_matrix, at: int, vocabulary: Vocabulary, spec: WeightingSpec) -> tuple[CellStep, ...]:
    """The arithmetic of the filled cell at index `at` of a row of raw counts, CSR of shape (1, n_terms)."""
    return WEIGHTINGS[spec.weighting].steps(row, at, vocabulary, spec)


def inverse_document_frequency(vocabulary: Vocabulary, smooth: bool) -> NDArray[np.float64]:
    """IDF of each term: ln((1 + n) / (1 + df)) + 1, without the inner ones if not smoothed.

    The final +1 gives a term of every article weight 1 instead of 0 (scikit-learn 1.9, `TfidfTransformer`). Without
    smoothing, a column that is empty in training articles, as `<UNK>` can be, is weighted like one of a single article.
    """
    added = 1 if smooth else 0
    ratio = (vocabulary.n_documents + added) / np.maximum(vocabulary.document_frequency + added, 1)
    return np.log(ratio) + 1.0


def _presence(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    return _with_data(matrix, np.ones(matrix.nnz, dtype=np.int32))


def _counts(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    return matrix


def _tfidf(matrix: sparse.csr_matrix, vocabulary: Vocabulary, spec: WeightingSpec) -> sparse.csr_matrix:
    # only a few hundred different counts occur in millions of cells
    frequency = np.arange(matrix.data.max(initial=1) + 1, dtype=np.float64)
    if spec.sublinear_tf:
        frequency[1:] = np.log(frequency[1:]) + 1.0
    idf = inverse_document_frequency(vocabulary, spec.smooth_idf) if spec.use_idf else None
    data = np.empty(matrix.nnz)
    for first in range(0, matrix.shape[0], _BLOCK):
        indptr = matrix.indptr[first : first + _BLOCK + 1]
        cells = slice(indptr[0], indptr[-1])
        counts = matrix.data[cells]
        block = np.ones(len(counts)) if idf is None else idf[matrix.indices[cells]]
        several = np.flatnonzero(counts != 1)  # of a term that occurs once the frequency is 1
        block[several] *= frequency[counts[several]]
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


def _count_steps(row: sparse.csr_matrix, at: int, vocabulary: Vocabulary, spec: WeightingSpec) -> tuple[CellStep, ...]:
    return (_counted(int(row.data[at])),)


def _presence_steps(
    row: sparse.csr_matrix, at: int, vocabulary: Vocabulary, spec: WeightingSpec
) -> tuple[CellStep, ...]:
    count = int(row.data[at])
    return (_counted(count), CellStep("present", f"{count:,} is more than 0", 1.0))


def _tfidf_steps(row: sparse.csr_matrix, at: int, vocabulary: Vocabulary, spec: WeightingSpec) -> tuple[CellStep, ...]:
    count, column = int(row.data[at]), int(row.indices[at])
    steps = [_counted(count)]
    tf = float(count)
    if spec.sublinear_tf:
        tf = float(np.log(count)) + 1.0
        steps.append(CellStep("tf", f"1 + ln {count:,}", tf))
    idf = 1.0
    if spec.use_idf:
        idf = float(inverse_document_frequency(vocabulary, spec.smooth_idf)[column])
        n, df = vocabulary.n_documents, int(vocabulary.document_frequency[column])
        inner = f"(1 + {n:,}) / (1 + {df:,})" if spec.smooth_idf else f"{n:,} / {max(df, 1):,}"
        steps.append(CellStep("idf", f"ln({inner}) + 1", idf))
        steps.append(CellStep("tf × idf", f"{number(tf)} × {number(idf)}", tf * idf))
    if spec.norm != "none":
        parts = _tfidf(row, vocabulary, replace(spec, norm="none")).data
        length = float(NORMS[spec.norm](parts, np.array([0, len(parts)]))[0])
        steps.append(CellStep(f"row length ({spec.norm.upper()})", _LENGTHS[spec.norm](parts, at), length))
        steps.append(CellStep("cell", f"{number(tf * idf)} / {number(length)}", tf * idf / length if length else 0.0))
    return tuple(steps)


def _counted(count: int) -> CellStep:
    return CellStep("count", f"occurrences in this {TEXT}", float(count))


def _squares(parts: NDArray[np.float64], at: int) -> str:
    return f"√({' + '.join(f'{number(part)}²' for part in _written(parts, at))}{_rest(parts)})"


def _sums(parts: NDArray[np.float64], at: int) -> str:
    return f"{' + '.join(number(part) for part in _written(parts, at))}{_rest(parts)}"


def _written(parts: NDArray[np.float64], at: int) -> list[float]:
    """This cell's part first, then those of the other cells in column order."""
    return [float(parts[at]), *np.delete(parts, at)[: MOST_PARTS - 1].tolist()]


def _rest(parts: NDArray[np.float64]) -> str:
    left = len(parts) - MOST_PARTS
    return f" + … {left:,} more" if left > 0 else ""


def number(value: float) -> str:
    """Up to four decimals, none for an integer: `2`, `1.4055`.

    >>> number(2.0), number(1.405465108), number(0.00001234)
    ('2', '1.4055', '1.234e-05')
    """
    if value == int(value):
        return f"{int(value):,}"
    return decimal(value, 4) if abs(value) >= 0.001 else f"{value:.4g}"


NORMS: dict[str, Callable[[NDArray[np.float64], NDArray[np.integer]], NDArray[np.float64]]] = {
    "l1": lambda data, indptr: _row_sums(np.abs(data), indptr),
    "l2": lambda data, indptr: np.sqrt(_row_sums(np.square(data), indptr)),
}
"""Row lengths by the name of the norm."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Implementation of a weighting.

    Attributes:
        cells: Converts counts, (n_documents, n_terms), into cell values.
        steps: The arithmetic of one filled cell, from its row of counts and its index in the row.
    """

    cells: Callable[[sparse.csr_matrix, Vocabulary, WeightingSpec], sparse.csr_matrix]
    steps: Callable[[sparse.csr_matrix, int, Vocabulary, WeightingSpec], tuple[CellStep, ...]]


WEIGHTINGS: dict[str, Weighting] = {
    "binary": Weighting(_presence, _presence_steps),
    "count": Weighting(_counts, _count_steps),
    "tfidf": Weighting(_tfidf, _tfidf_steps),
}
"""Implementations of the weightings, by their names in the recipe."""

_LENGTHS = {"l2": _squares, "l1": _sums}
"""Notation of a row's length, by the name of the norm."""
