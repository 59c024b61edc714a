"""Vocabulary growth: distinct terms against tokens read, for articles in random orders.

A term is new at the first of its articles, so each order needs one minimum per term and never builds a set.
Heaps' law: the number of terms grows as a power of the tokens (Heaps, "Information Retrieval", 1978, section 7.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.nouns import TEXTS

N_ORDERS = 20
N_POINTS = 40
FIRST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Growth:
    """The growth curve from 1 % to 100 % of the articles.

    Attributes:
        table: One row per point: `documents`, `tokens` and `terms` (means over the orders), `low` and `high` (fewest
            and the most terms of any order).
        n_orders: Number of random orders of the articles.
        n_new_at_end: New terms in the last tenth of the articles, on average.
    """

    table: pd.DataFrame
    n_orders: int
    n_new_at_end: float


@dataclass(frozen=True, slots=True)
class HeapsLine:
    """`terms` = `constant` · tokens^`exponent`, by least squares on the logarithms of the curve's points.

    `first_exponent` and `last_exponent` are fitted to the first and last half of the points alone: if they differ, the
    curve is not a power law and one exponent only summarises it.
    """

    exponent: float
    constant: float
    first_exponent: float
    last_exponent: float

    def terms(self, tokens: NDArray[np.float64]) -> NDArray[np.float64]:
        """Number of terms predicted by the line after each number of tokens."""
        expected: NDArray[np.float64] = self.constant * tokens**self.exponent
        return expected


def grow(counts: sparse.csr_matrix, n_orders: int = N_ORDERS, seed: int = 0, n_points: int = N_POINTS) -> Growth:
    """Distinct terms after each of at most `n_points` shares of the articles.

    Args:
        counts: Occurrences, (n_documents, n_terms).
        n_orders: Number of random orders of the articles.
        seed: Seed of the orders.
        n_points: Number of points, evenly spaced on a logarithmic axis.
    """
    n_documents = counts.shape[0]
    read = np.geomspace(max(1.0, FIRST_SHARE * n_documents), max(n_documents, 1), n_points)
    read = np.unique(np.round(read).astype(np.int64))[: max(n_documents, 1)]
    by_term = counts.tocsc()
    occurs = np.diff(by_term.indptr) > 0
    starts = by_term.indptr[:-1][occurs]  # reduceat allows no empty slices
    n_tokens = np.asarray(counts.sum(axis=1)).ravel()
    generator = np.random.default_rng(seed)
    terms = np.zeros((n_orders, n_documents + 1))
    tokens = np.zeros((n_orders, n_documents + 1))
    for order in range(n_orders):
        shuffled = generator.permutation(n_documents)
        place = np.empty(n_documents, dtype=np.int64)
        place[shuffled] = np.arange(n_documents)
        if len(starts):
            first = np.minimum.reduceat(place[by_term.indices], starts)
            terms[order, 1:] = np.cumsum(np.bincount(first, minlength=n_documents))
        tokens[order, 1:] = np.cumsum(n_tokens[shuffled])
    read = read[read <= n_documents]
    at = terms[:, read]
    table = pd.DataFrame(
        {
            "documents": read,
            "tokens": tokens[:, read].mean(axis=0),
            "terms": at.mean(axis=0),
            "low": at.min(axis=0).astype(np.int64),
            "high": at.max(axis=0).astype(np.int64),
        }
    )
    before_end = int(np.ceil(0.9 * n_documents))
    return Growth(table, n_orders, float((terms[:, -1] - terms[:, before_end]).mean()))


def fit_heaps(growth: Growth) -> HeapsLine:
    """Exponent and constant of the growth curve.

    Raises:
        RecipeError: The curve has fewer than 4 points.
    """
    table = growth.table[growth.table["terms"] > 0]
    if len(table) < 4:
        raise RecipeError(
            f"A growth curve needs at least 4 points; these {TEXTS} give {len(table)}. Read more of them."
        )
    x, y = np.log(table["tokens"].to_numpy()), np.log(table["terms"].to_numpy())
    half = len(x) // 2
    slope, intercept = _line(x, y)
    return HeapsLine(slope, float(np.exp(intercept)), _line(x[:half], y[:half])[0], _line(x[half:], y[half:])[0])


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    from_mean = x - x.mean()
    spread = float(from_mean @ from_mean)
    slope = float(from_mean @ y) / spread if spread else 0.0
    return slope, float(y.mean() - slope * x.mean())
