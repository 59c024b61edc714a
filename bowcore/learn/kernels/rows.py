"""Rows of a sparse matrix as the compiled kernels take them, and a batch's entries grouped by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

Floats = NDArray[Any]
"""float32 in training, float64 where a test wants to see the arithmetic without its rounding."""
Integers = NDArray[np.integer[Any]]

N_CHUNKS = 64  # shares of equal work into which the touched rows are cut, however many threads there are
ROW_OVERHEAD = 8  # updating a row costs about as much as adding this many rows to its gradient


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows of a CSR matrix as the kernels take them: own, writable arrays of fixed types.

    Numba compiles once more for read-only arrays, so shared ones are copied.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: Floats

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, dtype: DTypeLike) -> SparseRows:
        """Copy a CSR matrix."""
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(dtype))

    def __len__(self) -> int:
        return self.indptr.size - 1

    def between(self, first: int, last: int) -> SparseRows:
        """Rows from `first` to before `last`, sharing indices and data."""
        low, high = self.indptr[first], self.indptr[last]
        return SparseRows(self.indptr[first : last + 1] - low, self.indices[low:high], self.data[low:high])

    def take(self, rows: Integers) -> SparseRows:
        """The given rows, in the given order."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.arange(indptr[-1]) + np.repeat(self.indptr[rows] - indptr[:-1], lengths)
        return SparseRows(indptr, self.indices[entries], self.data[entries])


@dataclass(frozen=True, slots=True)
class TouchedTerms:
    """The entries of a batch grouped by term, for the terms that occur in it.

    Attributes:
        terms: Positions of the terms, ascending, shape (n_touched,).
        starts: Where each term's entries begin in `documents` and `values`, shape (n_touched + 1,).
        documents: Row in the batch of each entry.
        values: Cell value of each entry.
        chunks: Positions in `terms` where shares of about equal work begin, shape (N_CHUNKS + 1,).
    """

    terms: NDArray[np.int64]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    values: Floats
    chunks: NDArray[np.int64]

    @classmethod
    def of(cls, rows: SparseRows, n_terms: int) -> TouchedTerms:
        """Group the entries of `rows` by term."""
        matrix = sparse.csr_matrix((rows.data, rows.indices, rows.indptr), shape=(len(rows), n_terms)).tocsc()
        terms = np.flatnonzero(np.diff(matrix.indptr))
        starts = np.append(matrix.indptr[terms], matrix.indptr[-1]).astype(np.int64)
        work = starts + ROW_OVERHEAD * np.arange(starts.size)
        chunks = np.searchsorted(work, np.linspace(0, work[-1], N_CHUNKS + 1)).astype(np.int64)
        documents = matrix.indices.astype(np.int32, copy=False)
        return cls(terms, starts, documents, matrix.data, chunks)
