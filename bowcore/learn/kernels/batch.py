"""Arguments of the compiled kernels: named tuples of arrays, which numba supports.

Numba compiles a kernel for each combination of types, so dtypes are fixed and arrays are writable and C-ordered.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from bowcore.learn.network.network import Weights

Floats = NDArray[Any]
"""float32 in training, float64 in tests of the arithmetic."""
Integers = NDArray[np.integer[Any]]

N_CHUNKS = 64  # shares of equal work into which touched rows are divided, for any number of threads
ROW_OVERHEAD = 8  # updating a row costs about as much as adding this many rows to its gradient


class SparseRows(NamedTuple):
    """Rows of a CSR matrix."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: Floats

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, dtype: DTypeLike) -> SparseRows:
        """Copy a CSR matrix, whose own arrays may be read-only."""
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(dtype))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
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


class TouchedTerms(NamedTuple):
    """The entries of a batch grouped by term, for the terms that occur in it.

    Attributes:
        terms: Positions of the terms, ascending, shape (n_touched,).
        starts: Offsets of each term's entries in `documents` and `values`, shape (n_touched + 1,).
        documents: Row in the batch of each entry.
        values: Cell value of each entry.
        chunks: Offsets in `terms` of shares of about equal work, shape (N_CHUNKS + 1,).
    """

    terms: NDArray[np.int64]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    values: Floats
    chunks: NDArray[np.int64]

    @classmethod
    def of(cls, rows: SparseRows, n_terms: int) -> TouchedTerms:
        """Group the entries of `rows` by term."""
        matrix = sparse.csr_matrix((rows.data, rows.indices, rows.indptr), shape=(rows.n_rows, n_terms)).tocsc()
        terms = np.flatnonzero(np.diff(matrix.indptr))
        starts = np.append(matrix.indptr[terms], matrix.indptr[-1]).astype(np.int64)
        work = starts + ROW_OVERHEAD * np.arange(starts.size)
        chunks = np.searchsorted(work, np.linspace(0, work[-1], N_CHUNKS + 1)).astype(np.int64)
        documents = matrix.indices.astype(np.int32, copy=False)
        return cls(terms, starts, documents, matrix.data, chunks)


class Gradients(NamedTuple):
    """Gradients of a batch's loss, except those of the first layer's weights; filled by `learn_batch`.

    Attributes:
        logits: Shape (batch_size, n_classes).
        slopes: Gradients at the logits, same shape.
        hidden: Gradients at the hidden layer's input, shape (batch_size, hidden).
        hidden_bias: Shape (hidden,).
        output_weights: Shape (n_classes, hidden).
        output_bias: Shape (n_classes,).
    """

    logits: Floats
    slopes: Floats
    hidden: Floats
    hidden_bias: Floats
    output_weights: Floats
    output_bias: Floats

    @classmethod
    def empty(cls, batch_size: int, weights: Weights) -> Gradients:
        """Empty arrays for batches of at most `batch_size` documents."""
        dtype, (n_classes, hidden) = weights.hidden_bias.dtype, weights.output_weights.shape
        logits = np.empty((batch_size, n_classes), dtype)
        layers = (np.empty_like(values) for values in weights[1:])
        return cls(logits, np.empty_like(logits), np.empty((batch_size, hidden), dtype), *layers)
