"""What simple models reach on the same features, so that a network's accuracy has something beside it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.features import Features
from bowcore.numbers import percent

LOGISTIC_ITERATIONS = 200


@dataclass(frozen=True, slots=True)
class Baseline:
    """One simple model, fitted on the training articles and asked about the validation articles.

    Attributes:
        name: As shown to people.
        validation_accuracy: Share right, 0 to 1.
        validation_predictions: Read-only int32, shape (n_validation,).
        seconds: Fitting and predicting.
        converged: Whether fitting came to its end; always true of models that are fitted in one pass.
        note: One sentence on how it was fitted.
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


def run_baselines(features: Features) -> tuple[Baseline, ...]:
    """Fit and ask every model of `BASELINES`, in its order. Imports scikit-learn.

    Raises:
        RecipeError: A split has no articles.
    """
    for name, labels in (("training", features.train_labels), ("validation", features.validation_labels)):
        if labels.size == 0:
            raise RecipeError(f"There are 0 {name} articles; a baseline needs at least 1.", "training_articles")
    return tuple(_run(name, model, features) for name, model in BASELINES.items())


def _run(name: str, model: Callable[[Features], _Answer], features: Features) -> Baseline:
    began = perf_counter()
    answer = model(features)
    seconds = perf_counter() - began
    answer.predictions.flags.writeable = False
    accuracy = float((answer.predictions == features.validation_labels).mean())
    return Baseline(name, accuracy, answer.predictions, seconds, answer.converged, answer.note)


def _constant(features: Features, label: int) -> NDArray[np.int32]:
    return np.full(features.validation.shape[0], label, dtype=np.int32)


def _majority(features: Features) -> _Answer:
    sizes = np.bincount(features.train_labels, minlength=features.n_classes)
    largest = int(sizes.argmax())
    share = sizes[largest] / sizes.sum()
    note = f"Always says {features.class_names[largest]}, {percent(share)} of the training articles."
    return _Answer(_constant(features, largest), note)


def _nearest_centroid(features: Features) -> _Answer:
    # By sparse sums: scikit-learn's NearestCentroid subtracts the centroids from every row, which makes a dense array
    # of the whole corpus.
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


def _naive_bayes(features: Features) -> _Answer:
    model = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    return _Answer(model.predict(features.validation), "One added to the count of every term in every class.")


def _logistic_regression(features: Features) -> _Answer:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if np.unique(features.train_labels).size < 2:
        return _only_class(features)
    # Newton's method with conjugate gradients needed 11 iterations and 2.9 s on 51,993 news items with 47,878 terms,
    # where L-BFGS needed 200 and 8.8 s for the same accuracy.
    model = LogisticRegression(solver="newton-cg", max_iter=LOGISTIC_ITERATIONS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(features.train.astype(np.float64), features.train_labels)
    for warning in caught:
        if not issubclass(warning.category, ConvergenceWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    iterations = int(np.max(model.n_iter_))
    converged = iterations < LOGISTIC_ITERATIONS and not any(
        issubclass(warning.category, ConvergenceWarning) for warning in caught
    )
    end = "converged after" if converged else "has not converged after"
    predictions = model.predict(features.validation.astype(np.float64)).astype(np.int32)
    return _Answer(predictions, f"L2 penalty, C = 1; {end} {iterations:,} iterations.", converged)


def _only_class(features: Features) -> _Answer:
    label = int(features.train_labels[0])
    note = f"All training articles are {features.class_names[label]}: there is nothing to tell apart."
    return _Answer(_constant(features, label), note)


BASELINES: dict[str, Callable[[Features], _Answer]] = {
    "majority": _majority,
    "nearest centroid": _nearest_centroid,
    "multinomial naive Bayes": _naive_bayes,
    "logistic regression": _logistic_regression,
}
"""Models by the name shown to people, simplest first."""
