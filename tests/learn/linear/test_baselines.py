import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid

from bowcore.errors import RecipeError
from bowcore.learn.linear import baselines
from bowcore.learn.linear.baselines import run_baselines
from tests.joined import joined


def by_name(features):
    return {baseline.name: baseline for baseline in run_baselines(features)}


def test_every_baseline_answers_as_scikit_learns_model_does(make_features):
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


def test_majority_means_the_largest_class_of_the_training_articles(features):
    labels = np.array([1] * 35 + [0] * 25, np.int32)
    validation_labels = np.array([0] * 29 + [1], np.int32)
    changed = dataclasses.replace(features, train_labels=labels, validation_labels=validation_labels)
    majority = by_name(changed)["majority"]
    assert (majority.validation_predictions == 1).all()
    assert majority.validation_accuracy == pytest.approx(1 / 30)
    assert majority.note == joined("Always says class1, 58.3 % of the training articles.")


def test_logistic_regression_that_has_not_converged_says_so(features, monkeypatch):
    monkeypatch.setattr(baselines, "LOGISTIC_ITERATIONS", 1)
    found = by_name(features)["logistic regression"]
    assert not found.converged
    assert "has not converged after 1 iterations" in found.note


def test_a_class_missing_from_training_is_never_answered(features):
    labels = np.where(features.train_labels == 2, 0, features.train_labels).astype(np.int32)
    for baseline in run_baselines(dataclasses.replace(features, train_labels=labels)):
        assert 2 not in baseline.validation_predictions, baseline.name


def test_one_class_alone_is_answered_by_all(features):
    only = dataclasses.replace(features, train_labels=np.full(60, 1, np.int32))
    for baseline in run_baselines(only):
        assert (baseline.validation_predictions == 1).all(), baseline.name


def test_an_empty_split_is_refused(features):
    empty = dataclasses.replace(
        features, validation=features.validation[:0], validation_labels=features.validation_labels[:0]
    )
    with pytest.raises(RecipeError, match="0 validation articles"):
        run_baselines(empty)
