"""One pass of the network over sparse rows: learning a batch, or evaluating a split."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.batch import Gradients, SparseRows, TouchedTerms
from bowcore.learn.kernels.loops import forward, learn_batch
from bowcore.learn.network.network import Weights, log_softmax
from bowcore.learn.network.optimisers import Optimiser

# A diverging training shows in its loss, which the caller checks; a warning for each operation would say no more.
_DIVERGING: Any = {"over": "ignore", "invalid": "ignore"}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean loss, share right, and log probabilities of shape (n_documents, n_classes)."""

    loss: float
    accuracy: float
    log_probabilities: NDArray[np.float64]

    @property
    def is_finite(self) -> bool:
        """Whether the loss is still a number."""
        return math.isfinite(self.loss)


def learn(
    weights: Weights, optimiser: Optimiser, rows: SparseRows, labels: NDArray[np.int32], gradients: Gradients
) -> Evaluation:
    """Learn one batch and evaluate it as it was before.

    Args:
        weights: Changed in place.
        optimiser: The one that owns `weights`.
        rows: The batch.
        labels: Its classes.
        gradients: Overwritten; with room for the batch.
    """
    with np.errstate(**_DIVERGING):
        learn_batch(rows, labels, weights, gradients)
        result = _evaluation(gradients.logits[: labels.size], labels)
        optimiser.step(TouchedTerms.of(rows, weights.hidden_weights.shape[0]), gradients)
    return result


def evaluate(weights: Weights, rows: SparseRows, labels: NDArray[np.int32]) -> Evaluation:
    """Answer all rows."""
    logits = np.empty((rows.n_rows, weights.output_bias.size), weights.output_bias.dtype)
    forward(rows, weights, logits)
    with np.errstate(**_DIVERGING):
        return _evaluation(logits, labels)


def _evaluation(logits: NDArray[Any], labels: NDArray[np.int32]) -> Evaluation:
    scores = log_softmax(logits)
    loss = -float(scores[np.arange(labels.size), labels].mean())
    return Evaluation(loss, float((scores.argmax(axis=1) == labels).mean()), scores)
