"""The gap between validation and test accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from bowcore.judge.gap import accuracy_gap
from bowcore.judge.scores import Share


def test_the_interval_is_newcombes_own_example() -> None:
    # Newcombe (1998), table II, case a: 56/70 against 48/80, method 10: 0.0524 to 0.3339
    gap = accuracy_gap(Share.of(56, 70), Share.of(48, 80))
    assert gap.difference == pytest.approx(20.0)
    assert (gap.low, gap.high) == (pytest.approx(5.24, abs=0.005), pytest.approx(33.39, abs=0.005))
    assert gap.detectable


def test_the_tutorials_gap_is_just_not_detectable_at_95_percent() -> None:
    gap = accuracy_gap(Share.of(11_092, 12_000), Share.of(6_979, 7_600))
    assert gap.difference == pytest.approx(0.604, abs=0.01)
    assert not gap.detectable


def test_the_interval_covers_the_truth_in_about_95_of_100_draws() -> None:
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        first, second = generator.binomial(334, 0.96), generator.binomial(500, 0.94)
        gap = accuracy_gap(Share.of(int(first), 334), Share.of(int(second), 500))
        covered += gap.low <= 2.0 <= gap.high
    assert 930 <= covered <= 985
