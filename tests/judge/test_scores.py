"""Scores, counted by hand and against scikit-learn and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from bowcore.judge.scores import (
    Accuracy,
    accuracy,
    accuracy_where_sure,
    majority_baseline,
    majority_class,
    score,
    wilson_interval,
)

NAMES = ("soup", "bread", "cheese")
LABELS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2], dtype=np.int32)
CALLED = np.array([0, 0, 0, 1, 2, 1, 1, 0, 0, 2, 2, 1], dtype=np.int32)


def test_a_dozen_articles_are_scored_as_counted_by_hand() -> None:
    scores = score(LABELS, CALLED, NAMES)
    assert (scores.accuracy.n_right, scores.accuracy.n_documents) == (7, 12)
    assert scores.accuracy.value == pytest.approx(7 / 12)
    soup, bread, cheese = scores.classes
    assert [item.name for item in scores.classes] == list(NAMES)
    assert (soup.recall.n_right, soup.recall.n_documents, soup.precision.n_documents) == (3, 5, 5)
    assert (bread.recall.value, bread.precision.value) == (2 / 4, 2 / 4)
    assert (cheese.recall.value, cheese.precision.value) == pytest.approx((2 / 3, 2 / 3))
    assert scores.macro_f1 == pytest.approx((6 / 10 + 4 / 8 + 4 / 6) / 3)
    assert soup.n_documents == 7  # five soups, and two breads called soup


@pytest.mark.parametrize(
    ("n_right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_one_printed_by_newcombe(n_right: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(n_right, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_equals_scipys_and_contains_the_share(counts: tuple[int, int]) -> None:
    n_right, n = counts
    low, high = wilson_interval(n_right, n)
    reference = binomtest(n_right, n).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-9)
    assert 0 <= low <= n_right / n <= high <= 1


@pytest.mark.parametrize(("n_right", "n"), [(3, 2), (-1, 2)])
def test_more_right_articles_than_articles_are_refused(n_right: int, n: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson_interval(n_right, n)


def test_a_class_never_predicted_has_no_precision_rather_than_a_precision_of_zero() -> None:
    scores = score(np.array([0, 0, 1, 2]), np.array([0, 0, 0, 2]), NAMES)
    bread = scores.classes[1]
    assert math.isnan(bread.precision.value)
    assert math.isnan(bread.precision.low)
    assert bread.recall.value == 0.0
    assert bread.f1 == 0.0


def test_a_class_without_articles_or_predictions_is_left_out_of_the_macro_average() -> None:
    scores = score(np.array([0, 0, 1]), np.array([0, 0, 1]), NAMES)
    assert math.isnan(scores.classes[2].f1)
    assert scores.macro_f1 == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60),
)
def test_scores_equal_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    scores = score(labels, predictions, ("a", "b", "c", "d"))
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predictions, labels=[0, 1, 2, 3], zero_division=np.nan
    )
    assert scores.accuracy.value == pytest.approx(accuracy_score(labels, predictions))
    np.testing.assert_allclose([item.precision.value for item in scores.classes], precision)
    np.testing.assert_allclose([item.recall.value for item in scores.classes], recall)
    np.testing.assert_allclose([item.f1 for item in scores.classes], f1)
    assert [item.recall.n_documents for item in scores.classes] == support.tolist()
    assert scores.macro_f1 == pytest.approx(np.nanmean(f1))


def test_the_table_has_three_measures_a_class_each_with_its_interval() -> None:
    table = score(LABELS, CALLED, NAMES).table()
    assert list(table.columns) == ["class", "measure", "value", "low", "high", "n_right", "n_documents"]
    assert table["measure"].tolist() == ["recall", "precision", "F1"] * 3
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    recall = table.iloc[0]
    assert (recall["low"], recall["high"]) == wilson_interval(3, 5)


def test_the_majority_is_that_of_the_training_articles_even_if_validation_has_another() -> None:
    training, validation = np.array([2, 2, 2, 0, 1]), np.array([0, 0, 0, 2])
    assert majority_class(training) == 2
    assert majority_baseline(training, validation) == Accuracy.of(1, 4)


def test_of_equally_large_classes_the_first_is_the_majority() -> None:
    assert majority_class(np.array([1, 2, 2, 1])) == 1


def test_accuracy_of_no_articles_is_undefined() -> None:
    nothing = accuracy(np.array([], dtype=np.int32), np.array([], dtype=np.int32))
    assert math.isnan(nothing.value)


def test_accuracy_where_sure_counts_only_articles_above_the_probability() -> None:
    probabilities = np.array([[0.9995, 0.0005], [0.0001, 0.9999], [0.4, 0.6], [0.999, 0.001]])
    assert accuracy_where_sure(np.array([0, 0, 1, 1]), probabilities, 0.999) == Accuracy.of(1, 2)
