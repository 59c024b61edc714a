"""One pass of the network over sparse rows: learning a batch, or evaluating a split."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.forward_back import backward_output, both_ways, forward
from bowcore.learn.kernels.input_gradients import InputGradients, by_bits
from bowcore.learn.kernels.rows import Floats, SparseRows, TouchedTerms
from bowcore.learn.network.network import Weights, log_softmax
from bowcore.learn.network.optimisers import DENSE, Optimiser

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
    weights: Weights, optimiser: Optimiser, rows: SparseRows, labels: NDArray[np.int32], workspace: Floats
) -> Evaluation:
    """Learn one batch and tell how it was answered before.

    Args:
        weights: Changed in place.
        optimiser: The one that owns `weights`.
        rows: The batch.
        labels: Its classes.
        workspace: Overwritten where gradients are told by rows; shape (n, hidden), n at least the length of the batch.
    """
    activations = workspace[: len(rows)]
    with np.errstate(**_DIVERGING):
        return _learn(weights, optimiser, rows, labels, activations)


def _learn(
    weights: Weights, optimiser: Optimiser, rows: SparseRows, labels: NDArray[np.int32], activations: Floats
) -> Evaluation:
    if by_bits(*weights.output_weights.shape):
        result, input_gradients, dense = _gradients_by_bits(weights, rows, labels)
    else:
        result, input_gradients, dense = _gradients_by_rows(weights, rows, labels, activations)
    optimiser.step(TouchedTerms.of(rows, weights.hidden_weights.shape[0]), input_gradients, dense)
    return result


def _gradients_by_bits(
    weights: Weights, rows: SparseRows, labels: NDArray[np.int32]
) -> tuple[Evaluation, InputGradients, dict[str, Floats]]:
    gradients = InputGradients.unfilled(len(rows), weights.output_weights)
    logits = np.empty((len(rows), weights.output_bias.size), weights.output_bias.dtype)
    dense = _empty_dense(weights)
    both_ways(
        rows.indptr, rows.indices, rows.data, weights.hidden_weights, weights.hidden_bias, weights.output_weights,
        weights.output_bias, gradients.directions, labels, logits, gradients.slopes, gradients.active,
        dense["output_weights"], dense["hidden_bias"],
    )  # fmt: skip
    of_bias = dense["output_bias"]
    of_bias[:-1] = gradients.slopes.sum(axis=0, dtype=np.float64)
    of_bias[-1] = -of_bias[:-1].sum()
    return _evaluation(logits, labels), gradients, dense


def _gradients_by_rows(
    weights: Weights, rows: SparseRows, labels: NDArray[np.int32], activations: Floats
) -> tuple[Evaluation, InputGradients, dict[str, Floats]]:
    result = _evaluation(_forward(weights, rows, activations), labels)
    slopes_exact = np.exp(result.log_probabilities)
    slopes_exact[np.arange(labels.size), labels] -= 1
    slopes, dense = (slopes_exact / labels.size).astype(activations.dtype), _empty_dense(weights)
    dense["output_bias"][:] = slopes.sum(axis=0)
    backward_output(slopes, weights.output_weights, activations, dense["output_weights"], dense["hidden_bias"])
    return result, InputGradients.of_rows(activations), dense


def _empty_dense(weights: Weights) -> dict[str, Floats]:
    return {name: np.empty_like(getattr(weights, name)) for name in DENSE}


def evaluate(weights: Weights, rows: SparseRows, labels: NDArray[np.int32], workspace: Floats) -> Evaluation:
    """Answer all rows, a workspace full at a time."""
    height = workspace.shape[0]
    blocks = [rows.between(first, min(first + height, len(rows))) for first in range(0, len(rows), height)]
    logits = np.concatenate([_forward(weights, block, workspace[: len(block)]) for block in blocks])
    with np.errstate(**_DIVERGING):
        return _evaluation(logits, labels)


def _forward(weights: Weights, rows: SparseRows, activations: Floats) -> NDArray[Any]:
    logits = np.empty((len(rows), weights.output_bias.size), activations.dtype)
    forward(
        rows.indptr, rows.indices, rows.data, weights.hidden_weights, weights.hidden_bias,
        weights.output_weights, weights.output_bias, activations, logits,
    )  # fmt: skip
    return logits


def _evaluation(logits: NDArray[Any], labels: NDArray[np.int32]) -> Evaluation:
    scores = log_softmax(logits)
    loss = -float(scores[np.arange(labels.size), labels].mean())
    return Evaluation(loss, float((scores.argmax(axis=1) == labels).mean()), scores)
