"""The words behind a network's prediction: what is missing without each of them, and integrated gradients.

The two answer different questions, so they may disagree. Occlusion removes one word and predicts again. Integrated
gradients divide the whole difference from an empty text among the words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.explanation import Explanation, compared, make_explanation
from bowcore.learn.network.network import Weights, logits

_PORTION = 200
"""Copies of a document that are in memory at a time: a long text has thousands of terms, each copy all but one."""

Weigh = Callable[[sparse.csr_matrix], sparse.csr_matrix]
"""Cell values of rows of counts: with TF-IDF, the other cells change when a word is removed."""


def integrated_gradients(
    weights: Weights, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document by integrated gradients from an empty text; see `explain`.

    On the straight line from no word to the document each hidden unit begins and ends on one side of 0 or crosses it
    once, so the integral over the line has a closed form: nothing is sampled. `prior` is the difference of the logits
    of an empty text, and `prior + contributions.sum()` is exactly that of the document.

    Source: Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks", section 3.
    """
    chosen, other = compared(logits(weights, row), chosen_class, other_class)
    of_terms = weights.hidden_weights[row.indices].astype(np.float64)
    rise, bias = row.data.astype(np.float64) @ of_terms, weights.hidden_bias.astype(np.float64)
    margin = (weights.output_weights[chosen] - weights.output_weights[other]).astype(np.float64)
    prior = float(np.maximum(bias, 0.0) @ margin + weights.output_bias[chosen] - weights.output_bias[other])
    return make_explanation(chosen, other, prior, row, of_terms @ (margin * _active_share(rise, bias)))


def occlusion(
    weights: Weights,
    counts: sparse.csr_matrix,
    weigh: Weigh,
    chosen_class: int | None = None,
    other_class: int | None = None,
) -> Explanation:
    """The explanation of one document by leaving out each of its terms in turn; see `explain`.

    A contribution is the log-odds of the document minus those of the document without the term: exactly what the
    network would say. The contributions do not add up to the log-odds; `prior` is what is left over.

    Args:
        weights: The network.
        counts: The document's counts, a CSR row of shape (1, n_terms).
        weigh: Cell values of such rows.
        chosen_class: As in `explain`.
        other_class: As in `explain`.
    """
    row = weigh(counts)
    values = logits(weights, row)
    chosen, other = compared(values, chosen_class, other_class)
    odds = float(values[0, chosen]) - float(values[0, other])
    starts = range(0, max(counts.nnz, 1), _PORTION)
    parts = [logits(weights, weigh(leave_one_out(counts, start, start + _PORTION))) for start in starts]
    without = np.concatenate(parts).astype(np.float64)
    changes = odds - (without[:, chosen] - without[:, other])
    found = make_explanation(chosen, other, 0.0, row, _per_value(changes, row))
    return Explanation(chosen, other, odds - float(changes.sum()), found.columns, found.values, found.contributions)


def leave_one_out(counts: sparse.csr_matrix, start: int = 0, end: int | None = None) -> sparse.csr_matrix:
    """Copies of a CSR row of shape (1, n_terms), each without one of its filled cells: (n_filled, n_terms).

    With `start` and `end` those without the filled cells from one to before the other.
    """
    n = counts.nnz
    left_out = np.arange(n)[start:end]
    kept = np.arange(n) != left_out[:, None]
    columns, values = (np.broadcast_to(part, kept.shape)[kept] for part in (counts.indices, counts.data))
    ends = np.arange(len(left_out) + 1) * max(n - 1, 0)
    return sparse.csr_matrix((values, columns, ends), shape=(len(left_out), counts.shape[1]))


def disagreement(one: Explanation, other: Explanation) -> tuple[int, int]:
    """In how many of their terms two explanations have opposite signs, and of how many: without zeros of either."""
    first = dict(zip(one.columns.tolist(), np.sign(one.contributions).tolist(), strict=True))
    second = dict(zip(other.columns.tolist(), np.sign(other.contributions).tolist(), strict=True))
    pairs = [(first[column], second[column]) for column in first.keys() & second.keys()]
    signed = [(a, b) for a, b in pairs if a and b]
    return sum(a != b for a, b in signed), len(signed)


def _active_share(rise: NDArray[np.float64], bias: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the line from 0 to 1 on which `bias` plus that share of `rise` is above 0."""
    flat = rise == 0
    crossing = np.clip(np.divide(-bias, rise, out=np.zeros_like(rise), where=~flat), 0.0, 1.0)
    share: NDArray[np.float64] = np.where(rise > 0, 1.0 - crossing, crossing)
    share[flat] = (bias > 0)[flat]
    return share


def _per_value(changes: NDArray[Any], row: sparse.csr_matrix) -> NDArray[np.float64]:
    values = row.data.astype(np.float64)
    found: NDArray[np.float64] = np.divide(changes, values, out=np.zeros_like(values), where=values != 0)
    return found
