"""Stacking: a logistic regression of several models' margins, which decides how much each model counts.

The margins that it learns from are those of training texts in held-out folds, so that a model that knows its own
training texts by heart is not believed for it. A margin is a score less the mean of the text's scores; the margins of
each model are divided by their root mean square, so that weights of models compare. The joined score is linear in the
margins, and these in the cells: so the stacked models are one linear model, and what each column adds is exact.

Sources: Wolpert (1992), "Stacked generalization"; Ting and Witten (1999), "Issues in stacked generalization", whose
higher level is a linear model of each lower model's confidence in every class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.learn.linear.blocks import LinearModel
from bowcore.learn.linear.newton import NewtonFit
from bowcore.recipe.blocks import STACKED

C = STACKED.c
TOLERANCE, STEPS = 1e-6, 60


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """A fitted logistic regression of the margins of models.

    Attributes:
        classes: Positions of the classes with training texts.
        scales: Root mean square of each model's margins out of fold, (n_models,).
        weights: What a margin of that size for one class adds to the score of another: float64, (n_models,
            n_present_classes, n_present_classes), margins in rows.
        intercepts: float64, (n_present_classes,).
    """

    classes: NDArray[np.int64]
    scales: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    @property
    def n_models(self) -> int:
        """Number of models that it joins."""
        return len(self.scales)

    @property
    def weight_of_models(self) -> NDArray[np.float64]:
        """What a model's usual margin for a class adds to its score more than to the others', mean of classes."""
        n_classes = len(self.classes)
        own = np.trace(self.weights, axis1=1, axis2=2) / n_classes
        others = (self.weights.sum(axis=(1, 2)) - own * n_classes) / (n_classes * (n_classes - 1))
        return np.asarray(own - others)

    def scores(self, margins: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scores of texts for the present classes, from margins for them, (n_texts, n_models, n_present_classes)."""
        scaled = margins.astype(np.float64) / self.scales[:, None]
        return np.asarray(np.einsum("imj,mjk->ik", scaled, self.weights) + self.intercepts)

    def join(self, models: tuple[LinearModel, ...], seconds: float = 0.0) -> LinearModel:
        """The models as one: its scores of texts are those of their margins, but for rounding."""
        n_classes = len(models[0].intercepts)
        weights = np.zeros((len(models[0].weights), n_classes))
        intercepts = np.full(n_classes, -np.inf)
        joined = self.intercepts.copy()
        for model, scale, own in zip(models, self.scales, self.weights, strict=True):
            # the mean over classes is left out of the few weights of the stack, not of those of the many columns
            centred = (own - own.mean(axis=0)) / scale
            weights[:, self.classes] += model.weights[:, self.classes].astype(np.float64) @ centred
            joined += model.intercepts[self.classes].astype(np.float64) @ centred
        intercepts[self.classes] = joined
        return LinearModel(STACKED, weights, intercepts, seconds)


def margins_of(model: LinearModel, cells: sparse.csr_matrix, classes: NDArray[np.integer]) -> NDArray[np.float64]:
    """A model's margins for texts, (n_texts, n_classes): its scores less their mean over these classes.

    A class that it has not learned has the text's lowest score of all others.
    """
    scores = model.scores(cells)[:, classes].astype(np.float64)
    known = np.isfinite(model.intercepts[classes])
    scores[:, ~known] = scores[:, known].min(axis=1, keepdims=True)
    return np.asarray(scores - scores.mean(axis=1, keepdims=True))


def fit_stack(margins: NDArray[np.float32], labels: NDArray[np.int32]) -> Stack:
    """Fit a multinomial logistic regression, C = 1, on margins of texts in held-out folds.

    Args:
        margins: (n_texts, n_models, n_present_classes), as `margins_of` gives them.
        labels: Classes of the texts, (n_texts,); the present ones in order are those of the margins.
    """
    classes, targets = np.unique(labels, return_inverse=True)
    n_texts, n_models, n_classes = margins.shape
    scales = np.sqrt(np.square(margins, dtype=np.float64).mean(axis=(0, 2)))
    scales[scales == 0] = 1.0
    cells = sparse.csr_matrix((margins / scales[:, None].astype(np.float32)).reshape(n_texts, -1))
    fit = NewtonFit(cells * np.float32(np.sqrt(C)), targets, n_classes)
    while n_classes > 1 and fit.n_steps < STEPS and fit.measure() > TOLERANCE:
        fit.step(TOLERANCE)
    weights = fit.weights.astype(np.float64).reshape(n_models, n_classes, n_classes) * np.sqrt(C)
    return Stack(classes.astype(np.int64), scales, weights, fit.intercepts.astype(np.float64))
