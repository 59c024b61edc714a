"""Multinomial logistic regression, fast enough to follow every change of a recipe; on one thread, without scikit-learn.

The model is `sklearn.linear_model.LogisticRegression()`: L2 penalty, C = 1, intercepts without penalty. The method is
Newton's with conjugate gradients and a diagonal preconditioner (Lin, Weng and Keerthi 2008, "Trust region Newton method
for logistic regression", section 2; preconditioner: Hsia, Chiang and Lin 2018). `docs/decisions/0012-probe.md` has the
measurements.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import sample_documents
from bowcore.errors import RecipeError
from bowcore.learn.single_terms import Folded
from bowcore.matrix.features import Features

TOLERANCE = 5e-5
"""The fit ends when its loss lies within this share of the least possible one, by `_Fit.measure`."""
MOST_STEPS = 60
"""Newton steps; news needs 3 to 20."""
MOST_PRODUCTS = 100  # conjugate gradients within one step
MOST_WORK = 20_000_000
"""Filled training cells plus TERM_WORK a column that are fitted whole; of more, a seeded share of the articles is.
AG News with word groups of three is 18 million; models of unequal shares cannot be compared."""
TERM_WORK = 6  # a column costs as much as this many filled cells: its weights pass through every step's sums
SHARE_SEED = 0
_CERTAIN = 0.02  # the surest articles that together hold this share of all doubt say little about curvature
_SHARP = 0.1  # a search along a line ends where the slope is this share of that at its start

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What a fit learned: float32, `weights` of shape (n_terms, n_fitted), `intercepts` of shape (n_fitted,).

    `classes` are the fitted classes, positions in the corpus's class names: those that training articles have.
    """

    terms: pa.StringArray
    classes: NDArray[np.int32]
    weights: Floats
    intercepts: Floats

    def over(self, terms: pa.StringArray) -> Floats:
        """The weights for another vocabulary, 0 for terms that were unknown: (n_terms, n_fitted)."""
        known = pc.index_in(terms, self.terms)
        found = pc.is_valid(known).to_numpy(zero_copy_only=False)
        weights = np.zeros((len(terms), self.weights.shape[1]), np.float32)
        weights[found] = self.weights[known.drop_null().to_numpy(zero_copy_only=False)]
        return weights


@dataclass(frozen=True, slots=True)
class Probe:
    """Logistic regression, fitted on the training articles and asked about the validation articles.

    Attributes:
        predictions: Read-only int32, shape (n_validation,).
        accuracy: Share of validation articles right, 0 to 1.
        gap: The loss lies at most this share above the least possible one.
        converged: Whether `gap` is within the tolerance.
        stopped: Whether somebody asked to stop; then it has not converged.
        n_train: Articles that were fitted.
        n_steps: Newton steps.
        seconds: Fitting and predicting.
        note: One sentence on how it was fitted.
        coefficients: What was learned.
    """

    predictions: NDArray[np.int32]
    accuracy: float
    gap: float
    converged: bool
    stopped: bool
    n_train: int
    n_steps: int
    seconds: float
    note: str
    coefficients: Coefficients


def fit_probe(
    features: Features,
    start: Coefficients | None = None,
    *,
    tolerance: float = TOLERANCE,
    should_stop: Callable[[], bool] = lambda: False,
) -> Probe:
    """Fit logistic regression and ask it about the validation articles.

    Args:
        features: Training and validation articles.
        start: Coefficients to start from; the result is the same within `tolerance`, and comes sooner.
        tolerance: See `TOLERANCE`.
        should_stop: Asked before every Newton step.

    Raises:
        RecipeError: A split has no articles.
    """
    for name, labels in (("training", features.train_labels), ("validation", features.validation_labels)):
        if labels.size == 0:
            raise RecipeError(f"There are 0 {name} articles; a probe needs at least 1.", "training_articles")
    began = perf_counter()
    rows = _rows(features)
    whole = len(rows) == features.train.shape[0]
    train = features.train if whole else features.train[rows]
    folded = Folded.of(train)
    classes, targets = np.unique(features.train_labels[rows], return_inverse=True)
    classes = classes.astype(np.int32)
    fit = _Fit(folded.matrix, targets, len(classes))
    if start is not None and np.array_equal(start.classes, classes):
        fit.begin_at(folded.fold(start.over(features.terms)), start.intercepts)
    stopped = False
    while len(classes) > 1 and fit.n_steps < MOST_STEPS and fit.measure() > tolerance and not stopped:
        stopped = should_stop()
        if not stopped:
            fit.step(tolerance)
    weights = folded.unfold(fit.weights)
    scores = features.validation.astype(np.float32) @ weights + fit.intercepts
    predictions = classes[scores.argmax(axis=1)]
    predictions.flags.writeable = False
    converged = fit.gap <= tolerance
    return Probe(
        predictions=predictions,
        accuracy=float((predictions == features.validation_labels).mean()),
        gap=fit.gap,
        converged=converged,
        stopped=stopped,
        n_train=len(rows),
        n_steps=fit.n_steps,
        seconds=perf_counter() - began,
        note=_note(features, fit, len(rows), converged),
        coefficients=Coefficients(features.terms, classes, weights, fit.intercepts),
    )


def _rows(features: Features) -> NDArray[np.int64]:
    n_train = features.train.shape[0]
    work = features.train.nnz + TERM_WORK * features.n_terms
    if work <= MOST_WORK:
        return np.arange(n_train)
    n_kept = max(features.n_classes, n_train * MOST_WORK // work)
    return sample_documents(features.train_labels, n_kept, SHARE_SEED)


def _note(features: Features, fit: _Fit, n_fitted: int, converged: bool) -> str:
    if fit.n_classes == 1:
        name = features.class_names[int(features.train_labels[0])]
        return f"All training articles are {name}: there is nothing to tell apart."
    end = "converged after" if converged else "has not converged after"
    note = f"L2 penalty, C = 1; {end} {fit.n_steps} Newton steps"
    n_train = features.train.shape[0]
    if n_fitted < n_train:
        note += f", fitted on a seeded share: {n_fitted:,} of {n_train:,} training articles"
    return f"{note}."


class _Fit:
    """The state of a fit. `logits` are those of the training articles, (n_documents, n_classes), kept up to date."""

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
        self.loss, self.probabilities = self._loss(self.logits)
        self.gradient, self.slopes, self.curvature, self.bends = self._derivatives()
        self.n_steps, self.gap = 0, 0.0 if n_classes == 1 else math.inf

    def begin_at(self, weights: Floats, intercepts: Floats) -> None:
        self.weights, self.intercepts = weights, intercepts
        self.logits = self.columns @ weights + intercepts
        self.loss, self.probabilities = self._loss(self.logits)
        self.gradient, self.slopes, self.curvature, self.bends = self._derivatives()

    def measure(self) -> float:
        """By how much the objective may lie above its least value, as a share of it.

        The penalty makes the objective strongly convex: |gradient|² / (2 penalty) bounds the distance, and equals the
        duality gap where the intercepts, which carry no penalty, are at their best. Every step brings them there but
        for rounding; what is left adds what Newton's step promises.
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
        self.loss, self.probabilities = self._loss(self.logits)
        self.gradient, self.slopes, self.curvature, self.bends = self._derivatives()
        self.n_steps += 1

    def _settle_intercepts(self) -> None:
        """Bring the intercepts nearer their best for these weights: without it `measure` was 4 times too low once."""
        _, shares = self._loss(self.logits)
        sums = shares.sum(axis=0, dtype=np.float64)
        bend = np.diag(sums) - (shares.T @ shares).astype(np.float64)
        missing = sums - np.bincount(self.targets, minlength=self.n_classes)
        # all intercepts may rise together without any effect: least squares picks the change that leaves their sum
        change = np.linalg.lstsq(bend, -missing, rcond=1e-6)[0].astype(np.float32)
        if np.abs(change).max() < 1:  # Newton's step is only safe near the best
            self.intercepts = self.intercepts + change
            self.logits = self.logits + change

    def _loss(self, logits: Floats) -> tuple[float, Floats]:
        highest = logits.max(axis=1, keepdims=True)
        powers = np.exp(logits - highest)
        sums = powers.sum(axis=1, keepdims=True)
        losses = np.log(sums[:, 0]) + highest[:, 0] - logits[self.every, self.targets]
        return float(losses.sum(dtype=np.float64)), powers / sums

    def _derivatives(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Gradient and diagonal of the Hessian: of the weights, of the intercepts."""
        errors = self.probabilities.copy()
        errors[self.every, self.targets] -= 1
        spread = self.probabilities * (1 - self.probabilities)
        penalty = np.float32(self.penalty)
        gradient = self.rows.T @ errors + penalty * self.weights
        return (
            gradient,
            errors.sum(axis=0, dtype=np.float64).astype(np.float32),
            self.squares @ spread + penalty,
            spread.sum(axis=0) + np.float32(1e-6),
        )

    def _doubtful(self) -> tuple[sparse.csc_matrix, sparse.csc_matrix, Floats]:
        """The articles that give the loss its curvature: half of them, often. The gradient always has all."""
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
        # far from the end a rough direction is enough, near it a good one pays
        roughness = min(0.5, math.sqrt(size / 2 / objective))
        gained = 0.0
        for number in range(1, MOST_PRODUCTS + 1):
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
        """How far to go: where the slope along the direction is almost 0, by Newton's method kept in a bracket."""
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
                # Newton's method alone can jump to and fro between two points for ever
                following = (low + high) / 2
            jump, length = abs(following - length), following
        return np.float32(length)


def _dot(left: Floats, right: Floats) -> float:
    return float(np.vdot(left, right))
