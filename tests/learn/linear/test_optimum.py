"""Logistic regression of five recipes on BBC News against the minimum of its loss, found by SciPy to 1e-9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, special

from bowcore.experiment.experiments import Experiments
from bowcore.learn.linear.baselines import run_baselines
from bowcore.matrix.features import Features
from bowcore.recipe.presets import preset

RECIPES: dict[str, dict[str, Any]] = {
    "recommended": {},
    "TF-IDF without norm": {"sublinear_tf": False, "norm": "none"},
    "counts": {"weighting": "count"},
    "present or not": {"weighting": "binary"},
    "word groups of two": {"ngrams": 2, "min_documents": 3},
}


def minimise(features: Features) -> NDArray[np.int64]:
    """Predicted classes at the minimum of the summed cross-entropy plus half the squared weights."""
    train, targets = features.train.astype(np.float64), np.eye(features.n_classes)[features.train_labels]
    shape = (features.n_terms, features.n_classes)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, intercepts = flat[: -shape[1]].reshape(shape), flat[-shape[1] :]
        scores = train @ weights + intercepts
        errors = special.softmax(scores, axis=1) - targets
        value = float((special.logsumexp(scores, axis=1) - (scores * targets).sum(axis=1)).sum())
        gradient = np.concatenate([(train.T @ errors + weights).ravel(), errors.sum(axis=0)])
        return value + 0.5 * float((weights**2).sum()), gradient

    options = {"maxiter": 20_000, "maxfun": 40_000, "ftol": 0.0, "gtol": 1e-6, "maxcor": 30}
    found = optimize.minimize(
        loss, np.zeros(shape[0] * shape[1] + shape[1]), jac=True, method="L-BFGS-B", options=options
    )
    value, gradient = loss(found.x)
    assert (gradient**2).sum() < 1e-9 * value
    weights, intercepts = found.x[: -shape[1]].reshape(shape), found.x[-shape[1] :]
    predicted: NDArray[np.int64] = (features.validation @ weights + intercepts).argmax(axis=1)
    return predicted


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_the_playground_and_the_training_page_have_the_accuracy_of_the_optimum(name: str) -> None:
    recipe = preset("recommended").change(**RECIPES[name])
    experiments = Experiments()
    features = experiments.answer(recipe).matrix.features
    right = int((minimise(features) == features.validation_labels).sum())
    on_playground = experiments.fit(recipe)
    (in_training,) = [model for model in run_baselines(features) if model.name == "logistic regression"]
    assert [round(accuracy * 334) for accuracy in (on_playground.accuracy, in_training.validation_accuracy)] == [
        right
    ] * 2
    if name == "TF-IDF without norm":
        assert right == 326
