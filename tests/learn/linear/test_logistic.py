import dataclasses
import warnings

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from bowcore.errors import RecipeError
from bowcore.experiment.experiments import Experiments
from bowcore.learn.linear import logistic
from bowcore.learn.linear.logistic import Coefficients, fit_logistic
from bowcore.recipe.recipe import Recipe

FEW = Recipe().change(training_articles=400)  # scikit-learn takes seconds at this tolerance
RECIPES = {
    "counts": Recipe(),
    "TF-IDF": FEW.change(weighting="tfidf", sublinear_tf=True),
    "presence": FEW.change(weighting="binary", digits=False),
    "bigrams": FEW.change(ngrams=2, vocabulary_size=20_000),
}


def reference(features):
    """scikit-learn's model, fitted far beyond its usual tolerance."""
    model = LogisticRegression(solver="newton-cg", tol=1e-8, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at this tolerance its line search ends in rounding
        return model.fit(features.train.astype(np.float64), features.train_labels)


def objective(features, weights, intercepts):
    """The loss that scikit-learn minimises over three classes or more, in double precision."""
    logits = features.train.astype(np.float64) @ weights.astype(np.float64) + intercepts
    sums = np.logaddexp.reduce(logits, axis=1)
    right = logits[np.arange(len(logits)), features.train_labels]
    return (sums - right).sum() + (weights.astype(np.float64) ** 2).sum() / 2


@pytest.mark.parametrize("name", RECIPES)
def test_a_fit_predicts_as_scikit_learns_converged_model_does(name):
    features = Experiments().matrix(RECIPES[name]).features
    found, model = fit_logistic(features), reference(features)
    expected = model.predict(features.validation.astype(np.float64))
    assert found.converged
    assert (found.predictions == expected).mean() >= 0.999
    learned = found.coefficients
    least = objective(features, model.coef_.T, model.intercept_)
    assert objective(features, learned.weights, learned.intercepts) == pytest.approx(least, rel=1e-4)


def test_two_classes_are_predicted_as_by_scikit_learns_single_vector(make_features):
    features = make_features(n_train=80, n_validation=400, n_classes=2)
    found, model = fit_logistic(features, tolerance=1e-8), reference(features)
    np.testing.assert_array_equal(found.predictions, model.predict(features.validation))
    weights = found.coefficients.weights
    np.testing.assert_allclose(weights[:, 1] - weights[:, 0], model.coef_[0], atol=1e-3)


def test_twenty_articles_are_enough(make_features):
    features = make_features(n_train=20, n_validation=200, counts=False)
    found = fit_logistic(features)
    assert found.converged
    agreed = found.predictions == reference(features).predict(features.validation)
    assert agreed.mean() >= 0.99  # two of 200 may lie on a border


def test_a_start_changes_the_time_and_not_the_predictions(make_features):
    features = make_features(n_train=400, n_validation=400)
    cold = fit_logistic(features)
    other = fit_logistic(make_features(n_train=400, n_validation=400, seed=8)).coefficients
    near = fit_logistic(features, cold.coefficients)
    far = fit_logistic(features, other)
    assert near.n_steps == 0
    assert far.n_steps > 0
    np.testing.assert_allclose(far.coefficients.weights, cold.coefficients.weights, atol=0.05)
    for warm in (near, far):
        assert warm.converged
        assert (warm.predictions == cold.predictions).mean() >= 0.995


def test_a_start_is_carried_over_by_term():
    learned = Coefficients(
        pa.array(["cup", "goal"]),
        np.array([0, 1], np.int32),
        np.array([[1, 2], [3, 4]], np.float32),
        np.zeros(2, np.float32),
    )
    np.testing.assert_array_equal(learned.over(pa.array(["bank", "goal", "cup"])), [[0, 0], [3, 4], [1, 2]])


def test_a_start_of_other_classes_is_ignored(make_features):
    two = fit_logistic(make_features(n_classes=2)).coefficients
    features = make_features(n_classes=3)
    np.testing.assert_array_equal(fit_logistic(features, two).predictions, fit_logistic(features).predictions)


def test_the_same_features_give_the_same_bits(features):
    first, second = fit_logistic(features), fit_logistic(features)
    assert first.coefficients.weights.tobytes() == second.coefficients.weights.tobytes()
    assert not first.predictions.flags.writeable


def test_validation_labels_affect_only_the_accuracy(features):
    wrong = dataclasses.replace(features, validation_labels=(features.validation_labels + 1) % 3)
    first, second = fit_logistic(features), fit_logistic(wrong)
    np.testing.assert_array_equal(first.predictions, second.predictions)
    assert first.accuracy != second.accuracy


def test_a_single_class_is_always_predicted(features):
    found = fit_logistic(dataclasses.replace(features, train_labels=np.full(60, 1, np.int32)))
    assert (found.predictions == 1).all()
    assert found.converged
    assert found.note == "All training articles are class1: there is nothing to tell apart."


def test_a_fit_that_has_not_converged_says_so(features, monkeypatch):
    monkeypatch.setattr(logistic, "MAX_STEPS", 1)
    found = fit_logistic(features)
    assert not found.converged
    assert found.gap > logistic.TOLERANCE
    assert "has not converged after 1 Newton steps" in found.note


def test_a_fit_ends_when_it_should_stop(features):
    found = fit_logistic(features, should_stop=lambda: True)
    assert (found.stopped, found.converged, found.n_steps) == (True, False, 0)


def test_a_share_of_the_articles_is_named_in_the_note(make_features, monkeypatch):
    features = make_features(n_train=200, n_validation=300)
    work = features.train.nnz + logistic.TERM_WORK * features.n_terms
    monkeypatch.setattr(logistic, "MAX_WORK", work // 2)
    found = fit_logistic(features)
    assert found.n_train == pytest.approx(100, abs=1)
    assert f"fitted on a seeded share: {found.n_train} of 200 training articles" in found.note
    assert found.converged
    np.testing.assert_array_equal(found.predictions, fit_logistic(features).predictions)


def test_an_empty_split_is_refused(features):
    empty = dataclasses.replace(features, train=features.train[:0], train_labels=features.train_labels[:0])
    with pytest.raises(RecipeError, match="0 training articles"):
        fit_logistic(empty)
