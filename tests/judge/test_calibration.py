"""Calibration against scikit-learn's curve and a count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from bowcore.judge.calibration import calibrate
from bowcore.judge.scores import wilson_interval


def test_bins_are_scikit_learns_curve_of_being_right() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.full(4, 0.5), 500)
    labels = rng.integers(0, 4, 500)
    found = calibrate(labels, probabilities)
    right, mean = calibration_curve(probabilities.argmax(axis=1) == labels, probabilities.max(axis=1), n_bins=10)
    assert [item.mean for item in found.bins] == pytest.approx(mean.tolist())
    assert [item.right.value for item in found.bins] == pytest.approx(right.tolist())
    assert found.n_documents == 500
    for item in found.bins:
        assert (item.right.low, item.right.high) == wilson_interval(item.right.n_right, item.right.n_documents)


def test_empty_bins_are_absent_and_the_error_is_as_counted_by_hand() -> None:
    probabilities = np.array([[0.95, 0.05], [0.91, 0.09], [0.4, 0.6], [0.45, 0.55]])
    found = calibrate(np.array([0, 1, 1, 0]), probabilities)
    assert [(round(item.start, 1), round(item.end, 1)) for item in found.bins] == [(0.5, 0.6), (0.9, 1.0)]
    # means 0.575 and 0.93, half of each bin right
    assert found.error == pytest.approx(0.5 * 0.075 + 0.5 * 0.43)
    assert found.too_sure == pytest.approx(found.error)
    assert found.table()["n_documents"].tolist() == [2, 2] and found.n_bins == 10


def test_certainty_is_in_the_last_bin_and_without_articles_there_is_none() -> None:
    found = calibrate(np.array([0]), np.array([[1.0, 0.0]]))
    assert found.bins[0].end == 1.0 and found.error == 0
    assert calibrate(np.array([], int), np.empty((0, 3))).bins == ()
    assert np.isnan(calibrate(np.array([], int), np.empty((0, 3))).error)


def test_probabilities_that_are_true_are_covered_by_the_intervals_of_the_bins() -> None:
    rng, hits, tried = np.random.default_rng(4), 0, 0
    for _ in range(60):
        probabilities = rng.dirichlet(np.full(3, 0.7), 300)
        labels = np.array([rng.choice(3, p=row) for row in probabilities[:60]])
        bins = calibrate(labels, probabilities[:60]).bins
        hits, tried = hits + sum(item.covered for item in bins), tried + len(bins)
    assert 0.91 <= hits / tried <= 0.99
