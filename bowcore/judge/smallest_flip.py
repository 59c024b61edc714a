"""The fewest words without which a document gets another label: proven for linear models, searched for a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.network_words import Weigh, integrated_gradients
from bowcore.learn.network.network import Weights, logits

Floats = NDArray[np.float64]
Scores = Callable[[sparse.csr_matrix], NDArray[Any]]

MOST_REMOVED = 200
"""Most terms that are removed from a document."""
_CANDIDATES = 30  # terms tried at each step of the search in a network
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Flip:
    """Terms without which a document gets another label.

    Attributes:
        columns: Columns of the removed terms, the most important first.
        new_class: The label without them.
        at_least: No fewer terms can be enough; 0 if nothing is known.
    """

    columns: tuple[int, ...]
    new_class: int
    at_least: int

    @property
    def proven(self) -> bool:
        """Whether no smaller set of terms changes the label."""
        return self.at_least == len(self.columns)


def smallest_flip(
    counts: sparse.csr_matrix,
    weigh: Weigh,
    scores: Scores,
    weights: Floats,
    priors: Floats,
    *,
    norm: str,
) -> Flip | None:
    """The fewest terms of a document whose removal changes the label of a linear model; None if no removal does.

    Without normalised rows each removed term lowers the lead over another class by its own contribution, so the largest
    contributions are the fewest; so it is for rows divided by their sum (L1), with the prior divided among the terms.
    If rows are divided by their Euclidean length (L2), the sign of the lead is that of a sum over terms plus the prior
    times the length: the largest contributions are tried with exact predictions, and `at_least` is the
    smallest number that is enough if the length took its most favourable value.

    Args:
        counts: The document's counts, CSR of shape (1, n_terms).
        weigh: Cell values of rows of counts.
        scores: Scores of rows of cell values, (n_documents, n_classes).
        weights: Score that a cell value of 1 adds, (n_classes, n_terms).
        priors: Scores of an empty document, (n_classes,).
        norm: By what `weigh` divides a row: `l2`, `l1` or `none`.
    """
    row = weigh(counts)
    called = int(scores(row)[0].argmax())
    values = row.data.astype(np.float64)
    best: Flip | None = None
    least = row.nnz + 1
    for other in np.flatnonzero(np.isfinite(priors)):
        if other == called:
            continue
        gains = values * (weights[called, row.indices] - weights[other, row.indices])
        prior = float(priors[called] - priors[other])
        if norm == "l1":
            gains, prior = gains + prior * np.abs(values), 0.0
        least = min(least, _fewest(gains, prior, values**2 if norm == "l2" else None))
        order = np.argsort(-gains, kind="stable")[: MOST_REMOVED if best is None else len(best.columns) - 1]
        found = _first_flip(counts, weigh, scores, called, order)
        if found is not None:
            best = found
    if best is None:
        return None
    return Flip(best.columns, best.new_class, min(least, len(best.columns)))


def search_flip(weights: Weights, counts: sparse.csr_matrix, weigh: Weigh) -> Flip | None:
    """A small set of terms whose removal changes a network's label, by search: there may be a smaller one.

    At each step the term whose removal costs the label most is removed, out of those with the largest integrated
    gradients. In the end terms that are not needed are put back. None if the search finds no set.
    """
    values = logits(weights, weigh(counts))[0]
    called = int(values.argmax())
    removed: list[int] = []
    left = counts
    for _ in range(min(_STEPS, counts.nnz)):
        found = integrated_gradients(weights, weigh(left), called)
        tried = _without_each(left, found.columns[np.argsort(-found.contributions, kind="stable")][:_CANDIDATES])
        if not tried:
            return None
        scores = logits(weights, weigh(sparse.vstack([rest for _, rest in tried], format="csr"))).astype(np.float64)
        others = np.delete(scores, called, axis=1).max(axis=1)
        place = int((scores[:, called] - others).argmin())
        column, left = tried[place]
        removed.append(column)
        if scores[place, called] < others[place]:
            break
    else:
        return None
    for column in list(removed):
        fewer = [other for other in removed if other != column]
        if fewer and _label(weights, weigh, without(counts, fewer)) != called:
            removed = fewer
    return Flip(tuple(removed), _label(weights, weigh, without(counts, removed)), 1 if len(removed) == 1 else 0)


def without(counts: sparse.csr_matrix, columns: Sequence[int]) -> sparse.csr_matrix:
    """A CSR row of shape (1, n_terms) without the cells of some columns."""
    kept = ~np.isin(counts.indices, list(columns))
    data, indices = counts.data[kept], counts.indices[kept]
    return sparse.csr_matrix((data, indices, [0, len(data)]), shape=counts.shape)


def _fewest(gains: Floats, prior: float, squares: Floats | None) -> int:
    """A number of terms that a change of the lead needs at least."""
    left = gains.sum() - np.concatenate([[0.0], np.cumsum(np.sort(gains)[::-1])])
    length: Floats | float = 1.0
    if squares is not None:
        # a lead from the prior is smallest in a short row, a lag in a long one
        order = np.sort(squares)[::-1] if prior > 0 else np.sort(squares)
        length = np.sqrt(np.maximum(squares.sum() - np.concatenate([[0.0], np.cumsum(order)]), 0.0))
    enough = np.flatnonzero(left + prior * length <= 1e-9 * max(float(np.abs(gains).sum()), 1.0))
    return int(enough[0]) if len(enough) else len(gains) + 1


def _first_flip(
    counts: sparse.csr_matrix, weigh: Weigh, scores: Scores, called: int, order: NDArray[np.integer]
) -> Flip | None:
    """The shortest beginning of an order of cells without which the label changes."""
    if not len(order):
        return None
    place = np.full(counts.nnz, len(order))
    place[order] = np.arange(len(order))
    # row k lacks the cells 0 to k of the order
    kept = place[None, :] > np.arange(len(order))[:, None]
    ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    data, columns = np.tile(counts.data, (len(order), 1))[kept], np.tile(counts.indices, (len(order), 1))[kept]
    labels = scores(weigh(sparse.csr_matrix((data, columns, ends), shape=(len(order), counts.shape[1])))).argmax(axis=1)
    flipped = np.flatnonzero(labels != called)
    if not len(flipped):
        return None
    first = int(flipped[0])
    return Flip(tuple(counts.indices[order[: first + 1]].tolist()), int(labels[first]), 0)


def _without_each(counts: sparse.csr_matrix, columns: NDArray[np.integer]) -> list[tuple[int, sparse.csr_matrix]]:
    return [(int(column), without(counts, [int(column)])) for column in columns]


def _label(weights: Weights, weigh: Weigh, counts: sparse.csr_matrix) -> int:
    return int(logits(weights, weigh(counts))[0].argmax())
