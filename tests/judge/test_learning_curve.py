"""The power law of errors: by NumPy's weighted fit, and by simulation of coverage."""

from __future__ import annotations

import numpy as np
import pytest

from bowcore.judge.learning_curve import N_SIZES, fit_power_law, mean_error, sizes_of


def test_sizes_double_up_to_all_and_hold_every_class() -> None:
    assert sizes_of(51_993, 4) == (812, 1624, 3249, 6499, 12_998, 25_996, 51_993)
    assert sizes_of(100, 10) == (25, 50, 100)
    assert sizes_of(7, 5) == (7,)
    assert len(sizes_of(10**6, 500)) == N_SIZES


def draws_of(rng: np.random.Generator, errors: np.ndarray, n: int, spread: np.ndarray, shared: float = 0.7):
    """Three draws at each size: hard articles are hard for all, and draws differ by a share of their error."""
    hard = rng.random(n)
    return [
        np.array(
            [
                np.where(rng.random(n) < shared, hard, rng.random(n)) < error * np.exp(rng.normal(0, size))
                for _ in range(3)
            ]
        )
        for error, size in zip(errors, spread, strict=True)
    ]


def test_an_exact_law_is_found_and_continued() -> None:
    sizes = sizes_of(64_000, 4)
    n = 1_000_000
    wrong = [np.arange(n)[None, :] < round(n * 2.0 * size**-0.4) for size in sizes]
    law = fit_power_law(sizes, wrong)
    assert law is not None
    assert law.exponent.value == pytest.approx(0.4, abs=1e-3) and law.scale == pytest.approx(2.0, rel=0.01)
    assert law.doubled.value == pytest.approx(2.0 * 128_000**-0.4, rel=0.01)
    assert law.gain.value == pytest.approx(100 * 2.0 * (64_000**-0.4 - 128_000**-0.4), rel=0.01)
    assert law.errors == pytest.approx([2.0 * size**-0.4 for size in sizes], rel=0.01)


def test_the_slope_is_that_of_numpys_weighted_fit() -> None:
    rng = np.random.default_rng(1)
    sizes = sizes_of(6400, 4)
    wrong = draws_of(rng, np.array(sizes) ** -0.25, 4000, np.full(7, 1e-9), shared=0.0)
    law = fit_power_law(sizes, wrong)
    assert law is not None
    errors = np.array([(one.mean(axis=0).sum() + 0.5) / 4001 for one in wrong])
    weights = errors / np.sqrt([one.mean(axis=0).var(ddof=1) / 4000 for one in wrong])
    slope = np.polyfit(np.log(sizes), np.log(errors), 1, w=weights)[0]
    assert -law.exponent.value == pytest.approx(slope, abs=0.01)


def test_a_curve_that_flattens_is_said_to_bend() -> None:
    sizes = sizes_of(64_000, 4)
    n = 20_000
    flat = [np.arange(n)[None, :] < round(n * (0.08 + 2.0 * size**-0.5)) for size in sizes]
    law = fit_power_law(sizes, flat)
    assert law is not None and law.bends and law.bend.value > 0
    assert fit_power_law(sizes[:2], flat[:2]) is None


def test_no_errors_at_all_have_a_law_and_an_interval() -> None:
    sizes = (10, 20, 40, 80)
    law = fit_power_law(sizes, [np.zeros((3, 50), bool)] * 4)
    assert law is not None and law.exponent.low < 0 < law.exponent.high
    found = mean_error(np.zeros((3, 50), bool))
    assert found.value == found.low == 0 and found.high > 0.03


def covered(n: int, spread: float, n_times: int, seed: int) -> np.ndarray:
    """Share of times that the intervals of exponent, twice as many, gain and one mean hold the truth; and of bends."""
    rng, sizes = np.random.default_rng(seed), np.array(sizes_of(51_200, 4))
    a, b, hits = 0.7, 0.25, np.zeros(5)
    errors = a * sizes**-b
    twice = a * (2 * sizes[-1]) ** -b
    for _ in range(n_times):
        wrong = draws_of(rng, errors, n, spread / np.sqrt(sizes))
        law = fit_power_law(sizes.tolist(), wrong)
        assert law is not None
        truths = ((law.exponent, b), (law.doubled, twice), (law.gain, 100 * (errors[-1] - twice)))
        truths += ((mean_error(wrong[3]), errors[3]),)
        hits += [*(one.low <= truth <= one.high for one, truth in truths), law.bends]
    return hits / n_times


def test_intervals_of_a_usual_curve_cover() -> None:
    *shares, bends = covered(334, 0.5, 60, 1)
    assert min(shares) >= 0.85, "three standard errors of 60 draws below 95 %"
    assert bends <= 0.15


def test_a_mean_error_is_covered_at_small_counts_whatever_the_draws_differ_by() -> None:
    rng, hits, narrow = np.random.default_rng(5), np.zeros(3), np.zeros(3)
    for _ in range(200):
        for place, n in enumerate((10, 30, 100)):
            wrong = draws_of(rng, np.array([0.2]), n, np.array([0.2]))[0]
            found, truth = mean_error(wrong), 0.2 * np.exp(0.2**2 / 2)
            hits[place] += found.low <= truth <= found.high
            half = (found.high - found.low) / 4
            narrow[place] += abs((found.high + found.low) / 2 - truth) <= half
    assert (hits >= 180).all(), "three standard errors of 200 draws below 95 %"
    assert (narrow < 180).all(), "half of the width covers less"


@pytest.mark.slow
@pytest.mark.parametrize(("n", "spread"), [(100, 1.0), (334, 0.5), (334, 2.0), (5777, 0.5), (5777, 2.0)])
def test_intervals_cover_near_their_nominal_value(n: int, spread: float) -> None:
    *shares, bends = covered(n, spread, 400, n)
    assert min(shares) > 0.905
    assert bends < 0.1
