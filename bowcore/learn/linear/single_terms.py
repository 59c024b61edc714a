"""Terms of a single article, folded into one column per article: the same linear model with fewer weights.

An L2 penalty does not change when columns are rotated. The terms that occur only in one article can be rotated so that
one column contains their common length and the others are empty; empty columns have weight 0. So the fit on the folded
matrix is exactly the fit on the whole one. On news a third of all words are such terms, and two thirds of all pairs of
words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.matrix.vocabulary import keep_columns

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Folded:
    """A matrix whose columns of one cell are folded into one column per row, without its empty columns.

    Attributes:
        matrix: float32, shape (n_rows, n_kept + n_folded).
        kept: Positions of the unchanged columns, shape (n_kept,).
        single: Positions of the columns of one cell, shape (n_single,).
        places: Column of `matrix` into which each of them is folded.
        shares: Share of each of them in the length of the folded cell; their squares sum to 1.
        n_columns: Number of columns before folding.
    """

    matrix: sparse.csr_matrix
    kept: NDArray[np.int64]
    single: NDArray[np.int64]
    places: NDArray[np.int64]
    shares: Floats
    n_columns: int

    @classmethod
    def of(cls, matrix: sparse.csr_matrix) -> Folded:
        """Fold a matrix."""
        n_rows, n_columns = matrix.shape
        occurrences = np.bincount(matrix.indices, minlength=n_columns)
        entries = np.flatnonzero(occurrences[matrix.indices] == 1)
        rows = np.searchsorted(matrix.indptr, entries, side="right") - 1
        values = matrix.data[entries].astype(np.float64)
        owners, numbers = np.unique(rows, return_inverse=True)
        lengths = np.sqrt(np.bincount(numbers, weights=values**2, minlength=len(owners)))
        kept = np.flatnonzero(occurrences > 1)
        folded = sparse.csr_matrix(
            (lengths.astype(np.float32), np.arange(len(owners)), np.searchsorted(owners, np.arange(n_rows + 1))),
            shape=(n_rows, len(owners)),
        )
        whole = sparse.hstack([keep_columns(matrix, kept).astype(np.float32), folded], format="csr")
        shares = np.divide(values, lengths[numbers], out=np.zeros_like(values), where=lengths[numbers] > 0)
        single = matrix.indices[entries].astype(np.int64)
        return cls(whole, kept, single, len(kept) + numbers, shares.astype(np.float32), n_columns)

    def fold(self, weights: Floats) -> Floats:
        """Nearest weights of the folded columns: from shape (n_columns, n) to (n_kept + n_folded, n)."""
        folded = np.zeros((self.matrix.shape[1], weights.shape[1]), np.float32)
        folded[: len(self.kept)] = weights[self.kept]
        np.add.at(folded, self.places, self.shares[:, None] * weights[self.single])
        return folded

    def unfold(self, weights: Floats) -> Floats:
        """Weights of the original columns, with the same products: from (n_kept + n_folded, n) to (n_columns, n)."""
        whole = np.zeros((self.n_columns, weights.shape[1]), np.float32)
        whole[self.kept] = weights[: len(self.kept)]
        whole[self.single] = self.shares[:, None] * weights[self.places]
        return whole
