"""Effects of switches: by least squares, by hand, and by simulation of coverage and size."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from bowcore.judge.comparison import paired_change
from bowcore.judge.factorial import against_none, combinations, contrast, effects, holm

SWITCHES = ("a", "b", "c")


def drawn(n: int, rng: np.random.Generator, gain: float = 0.0, joint: float = 0.0, n_seeds: int = 1):
    """Right or wrong under each combination: hard articles are hard under all; `gain` for a, `joint` for a with b."""
    hardness = rng.random(n)
    return {
        on: hardness[None, :] + rng.normal(0, 0.03, (n_seeds, n)) < 0.8 + gain * on[0] + joint * (on[0] and on[1])
        for on in combinations(3)
    }


def test_effects_are_the_coefficients_of_the_saturated_regression():
    right = drawn(400, np.random.default_rng(1), gain=0.05, joint=0.08)
    signs = np.array([[1 if on else -1 for on in one] for one in combinations(3)])
    columns = [
        np.prod(signs[:, list(places)], axis=1) for n in range(4) for places in itertools.combinations(range(3), n)
    ]
    y = np.array([right[one].mean() for one in combinations(3)])
    coefficients = np.linalg.lstsq(np.array(columns).T, y, rcond=None)[0]
    found = effects(right, SWITCHES)
    assert [one.switches for one in found] == [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")]
    scale = [200, 200, 200, 400, 400, 400]  # from -1 to +1 is two units, and so for each of two switches
    np.testing.assert_allclose([one.difference for one in found], scale * coefficients[1:7], atol=1e-9)


def test_the_effect_of_one_switch_alone_is_the_paired_change():
    rng = np.random.default_rng(2)
    before, after = rng.random((2, 300)) < 0.8
    (effect,) = effects({(False,): before[None], (True,): after[None]}, ("a",))
    pair = paired_change(np.ones(300, int), before.astype(int), after.astype(int))
    assert (effect.difference, effect.low, effect.high) == pytest.approx((pair.difference, pair.low, pair.high))
    (gap,) = against_none({(False,): before[None], (True,): after[None]})
    assert (gap.difference, gap.low) == pytest.approx((pair.difference, pair.low)) and gap.combination == (True,)


def test_holm_is_what_statsmodels_documents():
    """The example of statsmodels' `multipletests(method="holm")`, worked out by hand."""
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9]
    assert holm(p_values) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.9])
    assert holm([0.6, 0.7]) == [1.0, 1.0] and holm([]) == []


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
def test_holm_finds_nothing_where_there_is_nothing_in_95_of_100_families(shared):
    rng, n_found, plain = np.random.default_rng(9), 0, 0
    for _ in range(600):
        z = np.sqrt(shared) * rng.normal() + np.sqrt(1 - shared) * rng.normal(size=15)
        p_values = 2 * stats.norm.sf(np.abs(z))
        n_found += min(holm(p_values.tolist())) < 0.05
        plain += p_values.min() < 0.05
    assert n_found <= 46, "5 % of 600 are 30, and three standard errors are 16"
    assert plain > 60 or shared > 0.9


def test_the_standard_error_of_many_changes_is_the_bootstraps():
    rng = np.random.default_rng(3)
    values = rng.choice([-1, -0.5, 0, 0.5, 1], 2000, p=[0.05, 0.1, 0.65, 0.1, 0.1])
    found = contrast(values)
    half = (found.high - found.low) / 2
    sample = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=1500, random_state=rng)
    assert half == pytest.approx(100 * np.diff(sample.confidence_interval)[0] / 2, rel=0.06)
    assert found.low < found.difference < found.high


def test_without_a_change_the_interval_is_that_of_no_flips_and_nothing_is_detectable():
    found = contrast(np.zeros(334))
    pair = paired_change(np.ones(334, int), np.ones(334, int), np.ones(334, int))
    assert (found.difference, found.low, found.high) == pytest.approx((0, pair.low, pair.high))
    assert found.p_value == 1.0
    assert not effects({(False,): np.zeros((1, 20), bool), (True,): np.ones((1, 20), bool)}, ("a",))[0].detectable


def test_seeds_that_disagree_widen_an_interval():
    right = drawn(500, np.random.default_rng(4), gain=0.02, n_seeds=3)
    right[(True, False, False)][0] = False
    several = effects(right, SWITCHES)[0]
    alone = effects({on: values.mean(axis=0, keepdims=True) for on, values in right.items()}, SWITCHES)[0]
    assert several.difference == pytest.approx(alone.difference)
    assert several.high - several.low > alone.high - alone.low


def covered(rng: np.random.Generator, n: int, share: tuple[float, float], n_pairs: int, n_times: int):
    """Share of intervals that hold the truth, and of tests below 0.05; gains have `n_pairs` sizes."""
    fixed, broken = share
    truth = 100 * (fixed - broken) * (n_pairs + 1) / 2 / n_pairs
    hits = rejected = 0
    for _ in range(n_times):
        chance, size = rng.random(n), rng.integers(1, n_pairs + 1, n) / n_pairs
        found = contrast(np.where(chance < fixed, size, np.where(chance < fixed + broken, -size, 0.0)))
        hits += found.low - 1e-9 <= truth <= found.high + 1e-9
        rejected += found.p_value < 0.05
    return hits / n_times, rejected / n_times


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 100, 334, 2000])
@pytest.mark.parametrize("share", [(0.005, 0.005), (0.02, 0.01), (0.05, 0.05), (0.15, 0.1)])
@pytest.mark.parametrize("n_pairs", [1, 16])
def test_intervals_cover_and_tests_keep_their_level_at_small_counts_too(n, share, n_pairs):
    hits, rejected = covered(np.random.default_rng(n), n, share, n_pairs, 1500)
    assert hits > 0.935
    if share[0] == share[1]:
        assert rejected < 0.065
    if n * sum(share) > 60:  # many changes: near the nominal value, not only above it
        assert hits < 0.97


def test_an_interval_covers_where_some_articles_change():
    hits, rejected = covered(np.random.default_rng(0), 334, (0.03, 0.03), 8, 300)
    assert hits > 0.92 and rejected < 0.08
