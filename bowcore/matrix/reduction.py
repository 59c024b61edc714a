"""A few columns computed from many: LSA, the SVD of the sparse matrix, and PCA, which subtracts the mean first.

PCA needs no dense matrix either: the mean is subtracted within each product with a vector, not from the cells.
Both are fitted on training rows; validation rows are projected.

Source: Deerwester, Dumais, Furnas, Landauer and Harshman (1990), Indexing by Latent Semantic Analysis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, svds

from bowcore.errors import RecipeError
from bowcore.nouns import TEXTS

Method = Literal["lsa", "pca"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reduction:
    """A fitted reduction.

    Attributes:
        components: One direction per row, unit length, (n_components, n_terms). Signs follow scikit-learn: the largest
            loading of a component is positive.
        explained: Share of the training rows' total variance in each component's coordinates.
        singular_values: Singular values of the matrix itself (LSA) or of the centred one (PCA).
        mean_share: Share of the summed squares of the training cells due to the mean row alone: PCA subtracts it, LSA
            does not.
        toward_mean: Absolute cosine of the angle between the first component and the mean row.
    """

    components: Floats
    explained: Floats
    singular_values: Floats
    mean: Floats
    mean_share: float
    toward_mean: float

    def project(self, matrix: sparse.csr_matrix) -> Floats:
        """Coordinates of rows along the components, (n_rows, n_components)."""
        return np.asarray(matrix @ self.components.T - self.mean @ self.components.T)


def most_components(train: sparse.csr_matrix) -> int:
    """The largest number of components for a matrix: one less than its smaller side."""
    rows, columns = train.shape
    return int(min(rows, columns)) - 1


def reduce_terms(
    train: sparse.csr_matrix,
    method: Method,
    n_components: int,
    seed: int = 0,
    on_product: Callable[[int], None] = lambda n_products: None,
) -> Reduction:
    """LSA or PCA fitted to training rows, (n_documents, n_terms), by Lanczos iterations on sparse products (ARPACK).

    Args:
        train: Cell values of the training articles.
        method: `lsa` uses the matrix as it is, `pca` subtracts the mean of every column.
        n_components: Number of directions.
        seed: Seed of the iterations' start vector; it changes results by rounding only.
        on_product: Called with the number of products so far; an exception that it raises ends the fit.

    Raises:
        RecipeError: The matrix has too few rows or terms for that many components, or all rows are equal.
    """
    limit = most_components(train)
    if not 1 <= n_components <= limit:
        raise RecipeError(
            f"{n_components:,} components need more than {n_components:,} {TEXTS} and terms; there are "
            f"{train.shape[0]:,} and {train.shape[1]:,}. Ask for at most {max(limit, 0):,}."
        )
    matrix = train.astype(np.float64)
    n_documents = matrix.shape[0]
    mean = np.asarray(matrix.mean(axis=0)).ravel()
    squares, squared_mean = float(matrix.data @ matrix.data), float(mean @ mean)
    if squares - n_documents * squared_mean <= 1e-9 * squares:
        raise RecipeError(
            f"All {n_documents:,} training {TEXTS} have the same cells, so there is nothing to reduce. Keep more "
            f"terms or {TEXTS}."
        )
    taken = mean if method == "pca" else np.zeros(len(mean))
    start = np.random.default_rng(seed).uniform(-1, 1, min(matrix.shape))
    _, lengths, directions = svds(_operator(matrix, taken, on_product), k=n_components, v0=start)
    best = np.argsort(-lengths, kind="stable")
    components = directions[best]
    largest = np.abs(components).argmax(axis=1)
    components *= np.where(components[np.arange(n_components), largest] < 0, -1.0, 1.0)[:, None]
    variances = (matrix @ components.T).var(axis=0)  # shifting all rows changes no variance
    return Reduction(
        components=components,
        explained=variances / (squares / n_documents - squared_mean),
        singular_values=lengths[best],
        mean=taken,
        mean_share=n_documents * squared_mean / squares,
        toward_mean=float(abs(components[0] @ mean) / max(squared_mean, np.finfo(np.float64).tiny) ** 0.5),
    )


def _operator(matrix: sparse.csr_matrix, mean: Floats, on_product: Callable[[int], None]) -> LinearOperator:
    """The matrix minus its mean row as a linear operator; zero cells are never stored."""
    transposed = matrix.T.tocsr()
    n_products = 0

    def across(vectors: Floats) -> Floats:
        nonlocal n_products
        n_products += 1
        on_product(n_products)
        return np.asarray(matrix @ vectors - mean @ vectors)

    def down(vectors: Floats) -> Floats:
        return np.asarray(transposed @ vectors - np.multiply.outer(mean, vectors.sum(axis=0)))

    return LinearOperator(
        matrix.shape, matvec=across, rmatvec=down, matmat=across, rmatmat=down, dtype=np.dtype(np.float64)
    )


def strongest_terms(components: Floats, n_terms: int) -> tuple[NDArray[np.int64], Floats]:
    """Columns and values of each component's largest absolute loadings: (n_components, n_terms) each."""
    n_terms = min(n_terms, components.shape[1])
    columns = np.argsort(-np.abs(components), axis=1, kind="stable")[:, :n_terms]
    return columns, np.take_along_axis(components, columns, axis=1)
