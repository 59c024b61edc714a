"""The words behind a network's prediction, by gradient times input: exact only where the network is linear."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from bowcore.judge.explanation import Explanation
from bowcore.learn.network.network import Weights, logits


def explain_network(
    weights: Weights, row: sparse.csr_matrix, chosen_class: int | None = None, other_class: int | None = None
) -> Explanation:
    """The explanation of one document, a CSR row of shape (1, n_terms).

    The network is linear as long as the same hidden units stay above 0; there its logits' difference equals
    `prior + contributions.sum()`. Removing a word may switch units, so the contributions do not answer "what if this
    word were missing" (gradient times input; Shrikumar, Greenside and Kundaje 2016).
    """
    if row.shape[0] != 1:
        raise ValueError(f"explain_network takes one document at a time, not {row.shape[0]}.")
    ranked = np.argsort(-logits(weights, row)[0], kind="stable")
    chosen = int(ranked[0]) if chosen_class is None else chosen_class
    other = int(ranked[ranked != chosen][0]) if other_class is None else other_class
    if chosen == other:
        raise ValueError(f"Class {chosen} cannot be compared with itself.")
    columns, values = row.indices.astype(np.int64), row.data.astype(np.float64)
    of_terms = weights.hidden_weights[columns].astype(np.float64)
    before = values @ of_terms + weights.hidden_bias
    margin = (weights.output_weights[chosen] - weights.output_weights[other]).astype(np.float64)
    active = np.where(before > 0, margin, 0.0)
    contributions = values * (of_terms @ active)
    prior = float(weights.hidden_bias @ active + weights.output_bias[chosen] - weights.output_bias[other])
    order = np.argsort(-np.abs(contributions), kind="stable")
    return Explanation(chosen, other, prior, columns[order], values[order], contributions[order])
