"""Stacked models against scikit-learn's logistic regression of the same margins, and as one linear model, exactly."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from bowcore.learn.linear.blocks import contributions, fit_models, vote
from bowcore.learn.linear.stacking import fit_stack, margins_of
from bowcore.recipe.blocks import Model
from tests.learn.linear.test_blocks import CELLS, FITTED, LABELS

MODELS = (Model("svm", 1), Model("logistic", 5, (1,)), Model("bayes", 0.1))
EVERY = np.arange(3)


def some_margins(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Margins of three models, the second better than the first, the third of noise alone."""
    generator = np.random.default_rng(5)
    labels = generator.integers(0, n_classes, 1500).astype(np.int32)
    margins = generator.normal(size=(1500, 3, n_classes))
    for model, strength in enumerate((0.7, 2.0, 0.0)):
        margins[np.arange(1500), model, labels] += strength
    return (margins - margins.mean(axis=2, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_the_fit_is_scikit_learns_logistic_regression_of_the_margins(n_classes: int) -> None:
    margins, labels = some_margins(n_classes)
    stack = fit_stack(margins, labels)
    scales = np.sqrt((margins.astype(float) ** 2).mean(axis=(0, 2)))
    np.testing.assert_allclose(stack.scales, scales, rtol=1e-6)
    cells = (margins / scales[:, None]).reshape(1500, -1)
    reference = LogisticRegression(C=1, tol=1e-10, max_iter=10_000).fit(cells, labels)
    np.testing.assert_allclose(softmax(stack.scores(margins), axis=1), reference.predict_proba(cells), atol=1e-3)


def test_the_weight_of_a_model_is_what_its_margin_adds_to_its_class_more_than_to_others() -> None:
    margins, labels = some_margins(3)
    stack = fit_stack(margins, labels)
    by_hand = [np.mean([own[at, at] - np.delete(own[at], at).mean() for at in EVERY]) for own in stack.weights]
    np.testing.assert_allclose(stack.weight_of_models, by_hand)
    first, second, noise = stack.weight_of_models
    assert second > first > 0.3 > abs(noise)


def test_stacked_models_are_one_linear_model_whose_columns_add_up_to_the_joined_margin() -> None:
    models = fit_models(MODELS, FITTED, CELLS, LABELS, 3)
    stack = fit_stack(np.stack([margins_of(model, CELLS, EVERY) for model in models], 1).astype(np.float32), LABELS)
    joined = stack.join(models)
    exact = CELLS.astype(np.float64)
    scores = [exact @ model.weights.astype(np.float64) + model.intercepts.astype(np.float64) for model in models]
    margins = np.stack([one - one.mean(axis=1, keepdims=True) for one in scores], axis=1)
    np.testing.assert_allclose(joined.scores(exact), stack.scores(margins), rtol=0, atol=1e-9)
    of_blocks = contributions(joined, FITTED, CELLS).sum(axis=1) + joined.intercepts
    np.testing.assert_allclose(of_blocks, joined.scores(exact), rtol=0, atol=1e-9)
    row = CELLS[7].toarray()[0].astype(float)
    of_columns = [row[column] * joined.weights[column] for column in np.flatnonzero(row)]
    np.testing.assert_allclose(
        np.sum(of_columns, axis=0) + joined.intercepts, joined.scores(exact)[7], rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(vote((joined,), CELLS), softmax(stack.scores(margins), axis=1), atol=1e-6)


def test_a_class_without_articles_is_never_the_answer_and_one_that_a_fold_lacks_has_the_lowest_margin() -> None:
    labels = np.where(LABELS == 2, 2, 0).astype(np.int32)
    models = fit_models(MODELS, FITTED, CELLS, labels, 3)
    present = np.array([0, 2])
    stack = fit_stack(np.stack([margins_of(model, CELLS, present) for model in models], 1).astype(np.float32), labels)
    votes = vote((stack.join(models),), CELLS)
    assert not votes[:, 1].any()
    assert (votes.argmax(axis=1) == labels).mean() > 0.9
    margins = margins_of(models[0], CELLS, EVERY)
    np.testing.assert_allclose(margins[:, 1], margins.min(axis=1))
    np.testing.assert_allclose(margins.sum(axis=1), 0, atol=1e-6)
