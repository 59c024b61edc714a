"""Newton's method for multinomial logistic regression with an L2 penalty; NumPy and SciPy alone, on one thread.

Directions by conjugate gradients with a diagonal preconditioner, then a search along each (Lin, Weng and Keerthi 2008,
"Trust region Newton method for logistic regression", section 2; preconditioner: Hsia, Chiang and Lin 2018).
`docs/decisions/0012-logistic-regression.md` has the measurements.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MAX_PRODUCTS = 100  # conjugate gradients within one step
_CERTAIN = 0.02  # the most certain articles, with together this share of all doubt, say little about the curvature
_SHARP = 0.1  # a line search ends where the slope is this share of the slope at its start

Floats = NDArray[np.float32]


class NewtonFit:
    """The state of a fit: `weights` float32 (n_terms, n_classes), `intercepts` (n_classes,).

    `logits` are those of the training articles, (n_documents, n_classes), kept up to date. `gap` is infinite until
    `measure` is called.
    """

    def __init__(self, train: sparse.csr_matrix, targets: NDArray[np.integer], n_classes: int) -> None:
        self.n_classes = n_classes
        # scikit-learn gives two classes one vector of weights; two opposite halves of it cost half the penalty.
        self.penalty = 2.0 if n_classes == 2 else 1.0
        self.targets = targets
        self.every = np.arange(len(targets))
        data = train.data.astype(np.float32)
        self.rows = sparse.csr_matrix((data, train.indices, train.indptr), shape=train.shape)
        # SciPy multiplies a CSC matrix with narrow dense ones in 2.4 ms where CSR takes 4.4 ms (1.6 million entries,
        # 4 columns): it does not add to the same output row again and again. So both products are kept as CSC.
        self.columns = self.rows.tocsc()
        self.squares = sparse.csr_matrix((data**2, train.indices, train.indptr), shape=train.shape).T
        shares = np.bincount(targets, minlength=n_classes) / len(targets)
        self.weights: Floats = np.zeros((train.shape[1], n_classes), np.float32)
        self.intercepts: Floats = np.log(shares).astype(np.float32)
        self.logits: Floats = np.tile(self.intercepts, (len(targets), 1))
        self._evaluate()
        self.n_steps, self.gap = 0, 0.0 if n_classes == 1 else math.inf

    def begin_at(self, weights: Floats, intercepts: Floats) -> None:
        """Continue from these coefficients."""
        self.weights, self.intercepts = weights, intercepts
        self.logits = self.columns @ weights + intercepts
        self._evaluate()

    def measure(self) -> float:
        """Upper bound of the distance of the objective from its minimum, as a share of the objective.

        The penalty makes the objective strongly convex: |gradient|² / (2 penalty) bounds the distance, and equals the
        duality gap where the intercepts, which have no penalty, are optimal. Every step makes them so except for
        rounding; the rest is added as the gain that Newton's step predicts.
        """
        objective = self.loss + self.penalty / 2 * _dot(self.weights, self.weights)
        bound = _dot(self.gradient, self.gradient) / self.penalty + float((self.slopes**2 / self.bends).sum())
        self.gap = bound / 2 / objective
        return self.gap

    def step(self, tolerance: float) -> None:
        """One Newton step: a direction by conjugate gradients, then a search along it."""
        objective = self.loss + self.penalty / 2 * _dot(self.weights, self.weights)
        direction, shift = self._direction(objective, tolerance)
        along = self.columns @ direction + shift
        length = self._search(direction, shift, along)
        self.weights = self.weights + length * direction
        self.intercepts = self.intercepts + length * shift
        self.logits = self.logits + length * along
        self._settle_intercepts()
        self._evaluate()
        self.n_steps += 1

    def _settle_intercepts(self) -> None:
        """Move the intercepts to their optimum for these weights: without it `measure` was once 4 times too low."""
        _, shares = self._loss(self.logits)
        sums = shares.sum(axis=0, dtype=np.float64)
        bend = np.diag(sums) - (shares.T @ shares).astype(np.float64)
        missing = sums - np.bincount(self.targets, minlength=self.n_classes)
        # adding one number to all intercepts has no effect: least squares picks the change that keeps their sum
        change = np.linalg.lstsq(bend, -missing, rcond=1e-6)[0].astype(np.float32)
        if np.abs(change).max() < 1:  # Newton's step is only safe near the optimum
            self.intercepts = self.intercepts + change
            self.logits = self.logits + change

    def _loss(self, logits: Floats) -> tuple[float, Floats]:
        highest = logits.max(axis=1, keepdims=True)
        powers = np.exp(logits - highest)
        sums = powers.sum(axis=1, keepdims=True)
        losses = np.log(sums[:, 0]) + highest[:, 0] - logits[self.every, self.targets]
        return float(losses.sum(dtype=np.float64)), powers / sums

    def _evaluate(self) -> None:
        """Loss and probabilities; gradient and diagonal of the Hessian, of the weights and of the intercepts."""
        self.loss, self.probabilities = self._loss(self.logits)
        errors = self.probabilities.copy()
        errors[self.every, self.targets] -= 1
        spread = self.probabilities * (1 - self.probabilities)
        penalty = np.float32(self.penalty)
        self.gradient: Floats = self.rows.T @ errors + penalty * self.weights
        self.slopes: Floats = errors.sum(axis=0, dtype=np.float64).astype(np.float32)
        self.curvature: Floats = self.squares @ spread + penalty
        self.bends: Floats = spread.sum(axis=0) + np.float32(1e-6)

    def _doubtful(self) -> tuple[sparse.csc_matrix, sparse.csc_matrix, Floats]:
        """The articles that matter for the curvature of the loss, often half of them. The gradient uses all."""
        doubt = 1 - self.probabilities.max(axis=1)
        surest_first = np.argsort(doubt, kind="stable")
        held = np.cumsum(doubt[surest_first], dtype=np.float64)
        kept = np.sort(surest_first[np.searchsorted(held, _CERTAIN * held[-1]) :])
        if len(kept) > 0.7 * len(doubt):  # cutting the matrix costs as much as 8 products
            return self.columns, self.rows.T, self.probabilities
        rows = self.rows[kept]
        return rows.tocsc(), rows.T, self.probabilities[kept]

    def _direction(self, objective: float, tolerance: float) -> tuple[Floats, Floats]:
        columns, transposed, shares = self._doubtful()
        penalty = np.float32(self.penalty)
        direction, shift = np.zeros_like(self.weights), np.zeros_like(self.intercepts)
        residual, remainder = -self.gradient, -self.slopes
        scaled, scaled_shift = residual / self.curvature, remainder / self.bends
        search, search_shift = scaled.copy(), scaled_shift.copy()
        size = _dot(residual, scaled) + _dot(remainder, scaled_shift)
        # a rough direction is enough far from the optimum, not near it
        roughness = min(0.5, math.sqrt(size / 2 / objective))
        gained = 0.0
        for number in range(1, MAX_PRODUCTS + 1):
            moved = columns @ search + search_shift
            moved = shares * (moved - np.einsum("ij,ij->i", shares, moved)[:, None])
            bent, bent_shift = transposed @ moved + penalty * search, moved.sum(axis=0)
            length = size / (_dot(search, bent) + _dot(search_shift, bent_shift))
            direction += np.float32(length) * search
            shift += np.float32(length) * search_shift
            residual -= np.float32(length) * bent
            remainder -= np.float32(length) * bent_shift
            gain = length * size / 2
            gained += gain
            left = (_dot(residual, residual) / self.penalty + float((remainder**2 / self.bends).sum())) / 2
            if number * gain <= roughness * gained or left <= tolerance * objective / 2:
                break
            scaled, scaled_shift = residual / self.curvature, remainder / self.bends
            before, size = size, _dot(residual, scaled) + _dot(remainder, scaled_shift)
            search = scaled + np.float32(size / before) * search
            search_shift = scaled_shift + np.float32(size / before) * search_shift
        return direction, shift

    def _search(self, direction: Floats, shift: Floats, along: Floats) -> np.float32:
        """Step length at which the slope along the direction is almost 0, by Newton's method within a bracket."""
        first = _dot(self.gradient, direction) + _dot(self.slopes, shift)
        across, square = _dot(self.weights, direction), _dot(direction, direction)
        wanted = float(along[self.every, self.targets].sum(dtype=np.float64))
        low, high, length, jump = 0.0, math.inf, 1.0, math.inf
        for _ in range(40):
            length = float(np.float32(length))
            _, shares = self._loss(self.logits + np.float32(length) * along)
            means = np.einsum("ij,ij->i", shares, along)
            slope = float(means.sum(dtype=np.float64)) - wanted + self.penalty * (across + length * square)
            if abs(slope) <= _SHARP * abs(first):
                break
            bend = float((np.einsum("ij,ij,ij->i", shares, along, along) - means * means).sum(dtype=np.float64))
            following = length - slope / (bend + self.penalty * square)
            low, high = (low, length) if slope > 0 else (length, high)
            if high == math.inf:
                following = min(max(following, 1.2 * length), 4 * length)
            elif not (low < following < high and abs(following - length) < jump / 2):
                # Newton's method alone can alternate between two points forever
                following = (low + high) / 2
            jump, length = abs(following - length), following
        return np.float32(length)


def _dot(left: Floats, right: Floats) -> float:
    return float(np.vdot(left, right))
