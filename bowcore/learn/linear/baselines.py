"""Simple models on the same features, to compare a network's accuracy with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.features import Features
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, percent


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simple model, fitted on the training articles and evaluated on the validation articles.

    `validation_predictions` are read-only int32, (n_validation,); `seconds` include fitting and predicting. A model
    that is fitted in one pass has always `converged`. `note` is one sentence on the fit.
    """

    name: str
    validation_accuracy: float
    validation_predictions: NDArray[np.int32]
    seconds: float
    converged: bool
    note: str


@dataclass(frozen=True, slots=True)
class _Answer:
    predictions: NDArray[np.int32]
    note: str
    converged: bool = True
    stopped: bool = False


_Model = Callable[[Features, Callable[[], bool]], _Answer]


def run_baselines(
    features: Features, should_stop: Callable[[], bool] = lambda: False, counts: Features | None = None
) -> tuple[Baseline, ...]:
    """Fit and evaluate every model of `BASELINES`, in order, until `should_stop` returns true.

    Args:
        features: Training and validation articles.
        should_stop: Called before every model and within long fits.
        counts: Counts of the same terms in the same articles, where the cells of `features` are no counts: naive Bayes
            is fitted on both.

    Raises:
        RecipeError: A split has no articles.
    """
    for name, labels in (("training", features.train_labels), ("validation", features.validation_labels)):
        if labels.size == 0:
            raise RecipeError(f"There are 0 {name} {TEXTS}; a baseline needs at least 1.", "training_articles")
    found: list[Baseline] = []
    for name, model in models(counts is not None).items():
        began = perf_counter()
        cells = counts if counts is not None and name == ON_COUNTS else features
        answer = None if should_stop() else model(cells, should_stop)
        if answer is None or answer.stopped:
            break
        answer.predictions.flags.writeable = False
        accuracy = float((answer.predictions == features.validation_labels).mean())
        seconds = perf_counter() - began
        found.append(Baseline(name, accuracy, answer.predictions, seconds, answer.converged, answer.note))
    return tuple(found)


def _majority(features: Features, should_stop: Callable[[], bool]) -> _Answer:
    sizes = np.bincount(features.train_labels, minlength=features.n_classes)
    largest = int(sizes.argmax())
    share = sizes[largest] / sizes.sum()
    note = f"Always says {class_in_words(features.class_names[largest])}, {percent(share)} of the training {TEXTS}."
    return _Answer(np.full(features.validation.shape[0], largest, dtype=np.int32), note)


def _nearest_centroid(features: Features, should_stop: Callable[[], bool]) -> _Answer:
    # scikit-learn's NearestCentroid subtracts the centroids from every row: a dense array of the whole corpus
    positions = features.train_labels.astype(np.int64)
    n_train = positions.size
    sizes = np.bincount(positions, minlength=features.n_classes)
    membership = sparse.csr_matrix(
        (1 / sizes[positions], (positions, np.arange(n_train))), shape=(features.n_classes, n_train)
    )
    centroids = (membership @ features.train).toarray()
    # The squared length of the row itself is the same for every class, so it is left out.
    distances = (centroids**2).sum(axis=1) - 2 * (features.validation @ centroids.T)
    distances[:, sizes == 0] = np.inf
    predictions = np.asarray(distances.argmin(axis=1), dtype=np.int32)
    return _Answer(predictions, "Euclidean distance to the mean row of each class.")


def _naive_bayes(features: Features, should_stop: Callable[[], bool]) -> _Answer:
    model = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    note = "One is added to the sum of every term's cells in every class"
    if features.train.dtype.kind == "f":
        note += f", which are TF-IDF values: it is made for counts, see {ON_COUNTS}"
    return _Answer(model.predict(features.validation), f"{note}.")


def _logistic_regression(features: Features, should_stop: Callable[[], bool]) -> _Answer:
    fit = fit_logistic(features, should_stop=should_stop)
    return _Answer(fit.predictions, fit.note, fit.converged, fit.stopped)


BASELINES: dict[str, _Model] = {
    "majority": _majority,
    "nearest centroid": _nearest_centroid,
    "multinomial naive Bayes": _naive_bayes,
    "logistic regression": _logistic_regression,
}
"""Models by the name shown on the page, simplest first."""

ON_COUNTS = "naive Bayes on counts"
"""Fitted too where cells are TF-IDF values, which naive Bayes smooths as if they were counts."""


def models(on_counts: bool) -> dict[str, _Model]:
    """The models by name; with `on_counts` naive Bayes twice."""
    found = dict(BASELINES)
    if on_counts:
        found[ON_COUNTS] = _naive_bayes
    return found
