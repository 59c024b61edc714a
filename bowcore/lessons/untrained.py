"""Why a column that is empty in training articles learns nothing: a network small enough to show every weight.

Linear, ReLU, linear, softmax, cross-entropy, RMSprop with PyTorch's defaults, all articles in one batch, in NumPy.
A weight's gradient is a sum over articles of the cell times a factor: if every cell is 0, so is the gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
ALPHA, EPSILON = 0.99, 1e-8  # torch.optim.RMSprop


@dataclass(frozen=True, slots=True)
class SmallTraining:
    """First-layer weights, (n_terms, hidden), before and after, and the loss before each step and after the last."""

    before: Floats
    after: Floats
    losses: Floats

    @property
    def moved(self) -> Floats:
        """Largest change of any weight of each term: (n_terms,)."""
        return np.asarray(np.abs(self.after - self.before).max(axis=1))


def train_small(
    counts: sparse.csr_matrix,
    labels: NDArray[np.int32],
    n_classes: int,
    hidden: int = 4,
    n_steps: int = 100,
    learning_rate: float = 0.01,
    seed: int = 0,
) -> SmallTraining:
    """Training on a handful of articles, (n_documents, n_terms): they are made dense, so keep them few."""
    generator = np.random.default_rng(seed)
    cells = counts.toarray().astype(np.float64)
    targets = np.eye(n_classes)[labels]
    shapes = ((cells.shape[1], hidden), (hidden,), (hidden, n_classes), (n_classes,))
    bounds = (cells.shape[1], cells.shape[1], hidden, hidden)
    weights = [generator.uniform(-(b**-0.5), b**-0.5, shape) for b, shape in zip(bounds, shapes, strict=True)]
    before, squares = weights[0].copy(), [np.zeros(shape) for shape in shapes]
    losses = []
    for _ in range(n_steps):
        loss, gradients = _gradients(cells, targets, weights)
        losses.append(loss)
        for weight, square, gradient in zip(weights, squares, gradients, strict=True):
            square *= ALPHA
            square += (1 - ALPHA) * gradient**2
            weight -= learning_rate * gradient / (np.sqrt(square) + EPSILON)
    losses.append(_gradients(cells, targets, weights)[0])
    return SmallTraining(before, weights[0], np.array(losses))


def _gradients(cells: Floats, targets: Floats, weights: list[Floats]) -> tuple[float, list[Floats]]:
    first, first_bias, second, second_bias = weights
    sums = cells @ first + first_bias
    units = np.maximum(sums, 0)
    scores = units @ second + second_bias
    scores = scores - scores.max(axis=1, keepdims=True)
    log_shares = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    error = (np.exp(log_shares) - targets) / len(cells)
    back = (error @ second.T) * (sums > 0)
    gradients = [cells.T @ back, back.sum(axis=0), units.T @ error, error.sum(axis=0)]
    return float(-(targets * log_shares).sum() / len(cells)), gradients
