"""Multinomial logistic regression, fast enough to follow every change of a recipe; on one thread, without scikit-learn.

The model is `sklearn.linear_model.LogisticRegression()`: L2 penalty, C = 1, intercepts without penalty. The method is
Newton's, in `bowcore/learn/linear/newton.py`. `docs/decisions/0012-logistic-regression.md` has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse, special

from bowcore.corpus.draws import sample_documents
from bowcore.errors import RecipeError
from bowcore.learn.linear.newton import Floats, NewtonFit
from bowcore.learn.linear.single_terms import Folded
from bowcore.matrix.features import Features
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words

TOLERANCE = 5e-5
"""The fit ends when its loss is within this share of the lowest possible one, by `NewtonFit.measure`."""
MAX_STEPS = 60
"""Newton steps; news needs 3 to 20."""
MAX_WORK = 20_000_000
"""Most filled training cells, plus TERM_WORK per column, for a fit on all articles; above it, a seeded share is fitted.
AG News with word groups of three is 18 million; models of unequal shares cannot be compared."""
TERM_WORK = 6  # a column costs as much as this many filled cells: every step sums over its weights
SHARE_SEED = 0


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Learned coefficients: float32, `weights` of shape (n_terms, n_fitted), `intercepts` of shape (n_fitted,).

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

    def scores(self, rows: sparse.csr_matrix) -> Floats:
        """Logits of articles over these terms: (n_documents, n_fitted)."""
        scores: Floats = rows.astype(np.float32) @ self.weights + self.intercepts
        return scores

    def probabilities(self, rows: sparse.csr_matrix, n_classes: int) -> NDArray[np.float64]:
        """Probability of every class, 0 for one without training articles: (n_documents, n_classes)."""
        probabilities = np.zeros((rows.shape[0], n_classes))
        probabilities[:, self.classes] = special.softmax(self.scores(rows).astype(np.float64), axis=1)
        return probabilities


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """Logistic regression, fitted on the training articles and evaluated on the validation articles.

    `predictions` are read-only int32, (n_validation,). The loss is at most the share `gap` above the lowest possible;
    `converged` says whether that is within the tolerance. `n_train` articles were fitted on, in `n_steps` Newton steps.
    `seconds` include fitting and predicting; `note` is one sentence on the fit.
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


def fit_logistic(
    features: Features,
    start: Coefficients | None = None,
    *,
    tolerance: float = TOLERANCE,
    should_stop: Callable[[], bool] = lambda: False,
) -> LogisticFit:
    """Fit logistic regression and evaluate it on the validation articles.

    Args:
        features: Training and validation articles.
        start: Coefficients to start from, for speed; the result is the same within `tolerance`.
        tolerance: See `TOLERANCE`.
        should_stop: Called before every Newton step.

    Raises:
        RecipeError: A split has no articles.
    """
    for name, labels in (("training", features.train_labels), ("validation", features.validation_labels)):
        if labels.size == 0:
            raise RecipeError(f"There are 0 {name} {TEXTS}; logistic regression needs at least 1.", "training_articles")
    began = perf_counter()
    rows = _rows(features)
    whole = len(rows) == features.train.shape[0]
    train = features.train if whole else features.train[rows]
    folded = Folded.of(train)
    classes, targets = np.unique(features.train_labels[rows], return_inverse=True)
    classes = classes.astype(np.int32)
    fit = NewtonFit(folded.matrix, targets, len(classes))
    if start is not None and np.array_equal(start.classes, classes):
        fit.begin_at(folded.fold(start.over(features.terms)), start.intercepts)
    stopped = False
    while len(classes) > 1 and fit.n_steps < MAX_STEPS and fit.measure() > tolerance and not stopped:
        stopped = should_stop()
        if not stopped:
            fit.step(tolerance)
    coefficients = Coefficients(features.terms, classes, folded.unfold(fit.weights), fit.intercepts)
    predictions = classes[coefficients.scores(features.validation).argmax(axis=1)]
    predictions.flags.writeable = False
    converged = fit.gap <= tolerance
    return LogisticFit(
        predictions=predictions,
        accuracy=float((predictions == features.validation_labels).mean()),
        gap=fit.gap,
        converged=converged,
        stopped=stopped,
        n_train=len(rows),
        n_steps=fit.n_steps,
        seconds=perf_counter() - began,
        note=_note(features, fit, len(rows), converged),
        coefficients=coefficients,
    )


def _rows(features: Features) -> NDArray[np.int64]:
    n_train = features.train.shape[0]
    work = features.train.nnz + TERM_WORK * features.n_terms
    if work <= MAX_WORK:
        return np.arange(n_train)
    n_kept = max(features.n_classes, n_train * MAX_WORK // work)
    return sample_documents(features.train_labels, n_kept, SHARE_SEED)


def _note(features: Features, fit: NewtonFit, n_fitted: int, converged: bool) -> str:
    if fit.n_classes == 1:
        name = class_in_words(features.class_names[int(features.train_labels[0])])
        return f"All training {TEXTS} are {name}: there is nothing to tell apart."
    end = "converged after" if converged else "has not converged after"
    note = f"L2 penalty, C = 1; {end} {fit.n_steps} Newton steps"
    n_train = features.train.shape[0]
    if n_fitted < n_train:
        note += f", fitted on a seeded share: {n_fitted:,} of {n_train:,} training {TEXTS}"
    return f"{note}."
