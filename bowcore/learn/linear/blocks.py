"""Linear models of blocks, and their vote: a linear SVM, logistic regression, multinomial naive Bayes.

Every model ends as one matrix of weights, so a prediction is exactly the sum of what each column adds. The SVM is
`sklearn.svm.LinearSVC`: squared hinge loss, one class against the others, L2 penalty. Logistic regression is fitted by
Newton's method. Weights of naive Bayes are log probabilities of columns, of which the cells count as fractions of a
term. Several models vote with the mean of their probabilities; those of an SVM are the softmax of `MARGIN` times its
margins, which ranks classes as the margins do and is no calibration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from bowcore.errors import RecipeError
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.learn.linear.newton import NewtonFit
from bowcore.matrix.blocks import FittedBlocks
from bowcore.nouns import TEXTS
from bowcore.recipe.blocks import Model

MARGIN = 3.0
SVM_TOLERANCE, SVM_STEPS = 0.02, 300  # LIBLINEAR's; smaller ones change fewer predictions than another fold does
LOGISTIC_TOLERANCE, LOGISTIC_STEPS = 1e-3, 60
SEED = 0  # of the order in which LIBLINEAR visits the texts

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A fitted model: scores of classes are linear in the cells of its columns.

    Attributes:
        model: What was asked for.
        weights: (n_columns, n_classes): 0 for the columns of blocks that it does not read; float32, of stacked models
            float64.
        intercepts: (n_classes,), of the same type: minus infinity for a class without training articles.
        seconds: Time of the fit.
    """

    model: Model
    weights: Floats
    intercepts: Floats
    seconds: float

    def scores(self, cells: sparse.csr_matrix) -> Floats:
        """Scores of texts by class: (n_texts, n_classes)."""
        scores: Floats = cells @ self.weights + self.intercepts
        return scores

    def probabilities(self, cells: sparse.csr_matrix) -> NDArray[np.float64]:
        """The model's vote: (n_texts, n_classes), every row sums to 1."""
        factor = MARGIN if self.model.kind == "svm" else 1.0
        votes: NDArray[np.float64] = special.softmax(factor * self.scores(cells).astype(np.float64), axis=1)
        return votes


@dataclass(frozen=True, slots=True, eq=False)
class BlocksModel:
    """A recipe's fitted blocks and the models of their columns, which vote."""

    blocks: FittedBlocks
    models: tuple[LinearModel, ...]

    def votes(self, cells: sparse.csr_matrix) -> NDArray[np.float64]:
        """Mean votes for texts: (n_texts, n_classes), every row sums to 1."""
        return vote(self.models, cells)


def vote(models: tuple[LinearModel, ...], cells: sparse.csr_matrix) -> NDArray[np.float64]:
    """Mean probabilities of the models: (n_texts, n_classes)."""
    votes: NDArray[np.float64] = np.mean([model.probabilities(cells) for model in models], axis=0)
    return votes


def fit_models(
    models: tuple[Model, ...],
    fitted: FittedBlocks,
    cells: sparse.csr_matrix,
    labels: NDArray[np.int32],
    n_classes: int,
    *,
    announce: Callable[[Model], bool] = lambda model: True,
) -> tuple[LinearModel, ...]:
    """Fit every model on the training cells; `announce` is called before each, and ends the fits if it returns false.

    Raises:
        RecipeError: There are no training articles.
    """
    if not len(labels):
        raise RecipeError(f"There are 0 training {TEXTS}; a model of blocks needs at least 1.", "training_articles")
    classes, targets = np.unique(labels, return_inverse=True)
    found = []
    for model in models:
        if not announce(model):
            break
        began = perf_counter()
        columns = fitted.columns_of(model.on)
        some = cells if len(columns) == cells.shape[1] else cells[:, columns]
        few, intercepts = _FITS[model.kind](some, targets, len(classes), model.c)
        weights = np.zeros((cells.shape[1], n_classes), np.float32)
        weights[np.ix_(columns, classes)] = few
        whole = np.full(n_classes, -np.inf, np.float32)
        whole[classes] = intercepts
        found.append(LinearModel(model, weights, whole, perf_counter() - began))
    return tuple(found)


def contributions(model: LinearModel, fitted: FittedBlocks, cells: sparse.csr_matrix) -> NDArray[np.float64]:
    """What each block adds to the scores of texts: (n_texts, n_blocks, n_classes); with the intercepts, the scores."""
    starts = fitted.starts
    parts = [
        cells[:, first:last].astype(np.float64) @ model.weights[first:last].astype(np.float64)
        for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]
    return np.stack(parts, axis=1)


def _fit_svm(
    cells: sparse.csr_matrix, targets: NDArray[np.int64], n_classes: int, c: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    if n_classes == 1:
        return np.zeros((cells.shape[1], 1)), np.zeros(1)
    from sklearn.svm import LinearSVC  # imported here to keep it out of pages

    fit = LinearSVC(C=c, dual=True, tol=SVM_TOLERANCE, max_iter=SVM_STEPS, random_state=SEED).fit(cells, targets)
    weights, intercepts = fit.coef_.T, fit.intercept_
    if n_classes == 2:  # scikit-learn fits one vector, of the second class against the first
        return np.hstack([-weights, weights]), np.concatenate([-intercepts, intercepts])
    return weights, intercepts


def _fit_logistic(
    cells: sparse.csr_matrix, targets: NDArray[np.int64], n_classes: int, c: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    # cells that are √C times as large need weights that are √C times as small: the same model at C = 1
    root = np.float32(np.sqrt(c))
    fit = NewtonFit(cells * root, targets, n_classes)
    while n_classes > 1 and fit.n_steps < LOGISTIC_STEPS and fit.measure() > LOGISTIC_TOLERANCE:
        fit.step(LOGISTIC_TOLERANCE)
    return fit.weights * root, fit.intercepts


def _fit_bayes(
    cells: sparse.csr_matrix, targets: NDArray[np.int64], n_classes: int, alpha: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    fit = fit_naive_bayes(cells, targets, n_classes, alpha)
    return fit.term_log_probability.T, fit.class_log_prior


_FITS = {"svm": _fit_svm, "logistic": _fit_logistic, "bayes": _fit_bayes}
"""Fits by the kind of the model."""
