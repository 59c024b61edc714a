import dataclasses
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid

from bowcore.errors import RecipeError
from bowcore.experiment.experiments import Experiments
from bowcore.learn.linear import logistic
from bowcore.learn.linear.baselines import BASELINES, ON_COUNTS, run_baselines
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.recipe.recipe import Recipe
from tests.joined import joined


def by_name(features):
    return {baseline.name: baseline for baseline in run_baselines(features)}


def test_every_baseline_predicts_as_scikit_learns_model_does(make_features):
    features = make_features(n_train=150, n_validation=80)
    found = by_name(features)
    dense, labels = features.train.toarray(), features.train_labels
    references = {
        "nearest centroid": NearestCentroid(),
        "multinomial naive Bayes": MultinomialNB(),
        "logistic regression": LogisticRegression(solver="lbfgs", tol=1e-8, max_iter=10_000),
    }
    for name, model in references.items():
        expected = model.fit(dense, labels).predict(features.validation.toarray())
        np.testing.assert_array_equal(found[name].validation_predictions, expected, err_msg=name)
        assert found[name].validation_accuracy == pytest.approx((expected == features.validation_labels).mean())
        assert found[name].converged
        assert not found[name].validation_predictions.flags.writeable
    assert list(found) == ["majority", *references]


def test_on_tfidf_naive_bayes_says_what_it_smooths_and_stands_next_to_naive_bayes_on_counts():
    matrix = Experiments().matrix(Recipe().change(weighting="tfidf"))
    features, counts = matrix.features, matrix.counts
    found = {baseline.name: baseline for baseline in run_baselines(features, counts=counts)}
    assert list(found) == [*BASELINES, ON_COUNTS]
    for name, cells in (("multinomial naive Bayes", features), (ON_COUNTS, counts)):
        expected = MultinomialNB().fit(cells.train, cells.train_labels).predict(cells.validation)
        np.testing.assert_array_equal(found[name].validation_predictions, expected)
    smoothed = MultinomialNB().fit(features.train, features.train_labels).feature_count_.sum(axis=0)
    assert not np.array_equal(smoothed, smoothed.round()), "sums of TF-IDF values are no counts"
    assert found["multinomial naive Bayes"].note == (
        "One is added to the sum of every term's cells in every class, which are TF-IDF values: it is made for counts, "
        "see naive Bayes on counts."
    )
    assert found[ON_COUNTS].note == "One is added to the sum of every term's cells in every class."


def test_the_majority_is_the_largest_class_of_the_training_articles(features):
    labels = np.array([1] * 35 + [0] * 25, np.int32)
    validation_labels = np.array([0] * 29 + [1], np.int32)
    changed = dataclasses.replace(features, train_labels=labels, validation_labels=validation_labels)
    majority = by_name(changed)["majority"]
    assert (majority.validation_predictions == 1).all()
    assert majority.validation_accuracy == pytest.approx(1 / 30)
    assert majority.note == joined("Always says class1, 58.3 % of the training articles.")


def test_logistic_regression_is_the_fit_that_follows_every_change_of_a_recipe(features):
    found, fit = by_name(features)["logistic regression"], fit_logistic(features)
    np.testing.assert_array_equal(found.validation_predictions, fit.predictions)
    assert (found.note, found.converged) == (fit.note, True)


def test_logistic_regression_that_has_not_converged_says_so(features, monkeypatch):
    monkeypatch.setattr(logistic, "MAX_STEPS", 1)
    found = by_name(features)["logistic regression"]
    assert not found.converged
    assert "has not converged after 1 Newton steps" in found.note


@pytest.mark.slow
def test_logistic_regression_predicts_news_as_scikit_learns_exact_fit_does():
    """TF-IDF without row norms is badly conditioned: a loose fit gets two more articles right, by chance."""
    recipe = Recipe().change(weighting="tfidf", norm="none")
    features = Experiments().matrix(recipe).features
    model = LogisticRegression(solver="newton-cg", tol=1e-8, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at this tolerance its line search ends in rounding
        model.fit(features.train.astype(np.float64), features.train_labels)
    expected = model.predict(features.validation.astype(np.float64))
    found = by_name(features)["logistic regression"]
    assert (found.validation_predictions != expected).sum() <= 1
    assert found.validation_accuracy == pytest.approx((expected == features.validation_labels).mean())


@pytest.mark.parametrize("n_asked", [0, 2, 3, 4])
def test_a_stop_leaves_the_models_that_are_done(features, n_asked):
    asked = iter(range(n_asked + 1))
    found = run_baselines(features, lambda: next(asked) == n_asked)
    assert [baseline.name for baseline in found] == list(BASELINES)[: min(n_asked, 3)]


def test_a_class_missing_from_training_is_never_predicted(features):
    labels = np.where(features.train_labels == 2, 0, features.train_labels).astype(np.int32)
    for baseline in run_baselines(dataclasses.replace(features, train_labels=labels)):
        assert 2 not in baseline.validation_predictions, baseline.name


def test_a_single_class_is_predicted_by_all(features):
    only = dataclasses.replace(features, train_labels=np.full(60, 1, np.int32))
    for baseline in run_baselines(only):
        assert (baseline.validation_predictions == 1).all(), baseline.name


def test_an_empty_split_is_refused(features):
    empty = dataclasses.replace(
        features, validation=features.validation[:0], validation_labels=features.validation_labels[:0]
    )
    with pytest.raises(RecipeError, match="0 validation articles"):
        run_baselines(empty)
