"""One pass of the network over sparse rows: learning a batch, or evaluating a split. It runs the compiled kernels."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.learn.kernels.batch import Floats, Gradients, SparseRows, TouchedTerms
from bowcore.learn.kernels.loops import forward, learn_batch, threads_for
from bowcore.learn.network.network import Weights, log_softmax
from bowcore.learn.network.optimisers import OPTIMISERS, Optimiser

# The caller checks the loss of a diverging training; a warning for each operation would say no more.
_DIVERGING: Any = {"over": "ignore", "invalid": "ignore"}
_warming = threading.Lock()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean loss, accuracy, and log probabilities of shape (n_documents, n_classes)."""

    loss: float
    accuracy: float
    log_probabilities: NDArray[np.float64]


def learn(
    weights: Weights,
    optimiser: Optimiser,
    rows: SparseRows,
    labels: NDArray[np.int32],
    gradients: Gradients,
    units: Floats | None = None,
) -> Evaluation:
    """Learn one batch and evaluate it as it was before.

    Args:
        weights: Changed in place.
        optimiser: Made for `weights`.
        rows: The batch.
        labels: Its classes.
        gradients: Overwritten; with room for the batch.
        units: Factors of the hidden units of each row, (n_documents, hidden); None if no unit is dropped.
    """
    if units is None:
        units = np.empty((0, 0), weights.hidden_bias.dtype)
    work = rows.data.size * weights.hidden_bias.size
    if optimiser.moves_all:
        work += weights.hidden_weights.size
    with np.errstate(**_DIVERGING), threads_for(work):
        learn_batch(rows, labels, weights, gradients, units)
        result = _evaluation(gradients.logits[: labels.size], labels)
        optimiser.step(TouchedTerms.of(rows, weights.hidden_weights.shape[0]), gradients)
    return result


def evaluate(weights: Weights, rows: SparseRows, labels: NDArray[np.int32]) -> Evaluation:
    """Predict all rows and compare with their classes."""
    logits = np.empty((rows.n_rows, weights.output_bias.size), weights.output_bias.dtype)
    forward(rows, weights, logits)
    with np.errstate(**_DIVERGING):
        return _evaluation(logits, labels)


def _evaluation(logits: NDArray[Any], labels: NDArray[np.int32]) -> Evaluation:
    scores = log_softmax(logits)
    loss = -float(scores[np.arange(labels.size), labels].mean())
    return Evaluation(loss, float((scores.argmax(axis=1) == labels).mean()), scores)


def warm_kernels() -> None:
    """Compile every kernel, or load it from numba's cache on disk, once in a process; other threads wait meanwhile.

    Two threads must not compute at once: numba's threading layer without OpenMP and TBB ends the process then.
    """
    with _warming:
        _run_all()


@cache
def _run_all(kind: type[np.floating[Any]] = np.float32) -> None:
    """Run every kernel on numbers of one dtype, by default that of trainings."""
    rows = SparseRows.of(sparse.csr_matrix(np.eye(3)), kind)
    weights = Weights(*(np.ones(shape, kind) for shape in ((3, 2), (2,), (2, 2), (2,))))
    gradients = Gradients.empty(rows.n_rows, weights)
    forward(rows, weights, gradients.logits)
    for optimiser in OPTIMISERS.values():
        learn(weights, optimiser(weights, 0.001), rows, np.zeros(3, np.int32), gradients)
