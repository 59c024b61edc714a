"""Shapes of tails: their sums against mpmath, their fits and comparisons against the powerlaw package."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest
from scipy import stats

from bowcore.matrix.frequencies.power_law import PowerLaw, fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.tail_shapes import Comparison, compare_shapes, cut_off_sum
from tests.matrix.frequencies.test_power_law import brute_exponent, sample

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its imports deprecate each other
    import powerlaw


def compared(counts: np.ndarray, x_min: int = 1) -> dict[str, Comparison]:
    tail = counts[counts >= x_min]
    law = PowerLaw(brute_exponent(tail), int(tail.min()), len(tail), 0.0)
    return {found.shape: found for found in compare_shapes(count_sizes(counts), law)}


@pytest.mark.parametrize(
    ("exponent", "rate", "x_min"),
    [(2.0, 1e-4, 1), (1.5, 1e-6, 56), (0.5, 1e-3, 10), (2.2, 1e-9, 474), (3.0, 0.5, 1), (1.02, 1e-5, 3), (0.3, 0.2, 5)],
)
def test_the_sum_of_a_cut_off_power_law_is_lerchs(exponent: float, rate: float, x_min: int) -> None:
    with mpmath.workdps(25):
        lerch = mpmath.lerchphi(mpmath.exp(-mpmath.mpf(rate)), exponent, x_min)
        expected = float(mpmath.exp(-mpmath.mpf(rate) * x_min) * lerch)
    assert cut_off_sum(exponent, rate, x_min) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("x_min", [1, 5])
def test_ratios_and_probabilities_are_those_of_the_powerlaw_package(x_min: int) -> None:
    counts = np.round(np.random.default_rng(7).lognormal(1.5, 1.6, 1500)).astype(np.int64)
    counts = counts[counts > 0]
    ours = compared(counts, x_min)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = powerlaw.Fit(counts, discrete=True, xmin=x_min, verbose=False)
        for shape in ("lognormal", "exponential"):
            ratio, p = theirs.distribution_compare("power_law", shape)
            assert ours[shape].log_ratio == pytest.approx(ratio, rel=2e-3, abs=0.05)
            assert ours[shape].p == pytest.approx(p, rel=0.1, abs=1e-3)


def test_a_sample_of_each_shape_is_told_from_a_power_law() -> None:
    generator = np.random.default_rng(2)
    geometric = compared(generator.geometric(0.2, 2000))["exponential"]
    assert (geometric.verdict, geometric.log_ratio < 0) == ("the exponential fits better", True)
    assert geometric.parameters["rate"] == pytest.approx(-np.log(0.8), abs=0.02)
    rounded = np.round(generator.lognormal(3.0, 0.8, 3000)).astype(np.int64)
    lognormal = compared(rounded[rounded > 0])["lognormal"]
    assert lognormal.verdict == "the lognormal fits better"
    assert lognormal.parameters["mean of the logarithm"] == pytest.approx(3.0, abs=0.1)
    assert lognormal.parameters["its deviation"] == pytest.approx(0.8, abs=0.1)
    # thinned with probability e^(-0.01 k), a power law becomes a truncated one
    law = sample(1.6, 20_000, 9)
    cut = compared(law[generator.random(len(law)) < np.exp(-0.01 * law)])["truncated power law"]
    assert cut.verdict == "the truncated power law fits better"
    assert cut.parameters["exponent"] == pytest.approx(1.6, abs=0.05)
    assert cut.parameters["rate"] == pytest.approx(0.01, rel=0.25)


def test_a_power_law_beats_the_exponential_and_is_not_beaten() -> None:
    counts = sample(2.2, 3000, 4)
    found = compared(counts)
    assert found["exponential"].verdict == "the power law fits better"
    assert found["lognormal"].verdict != "the lognormal fits better"
    assert found["truncated power law"].verdict == "cannot be told apart"


def called_better(n: int, n_times: int, seed: int) -> dict[str, float]:
    """How often each other shape is said to fit better, of samples of a power law."""
    found = dict.fromkeys(("lognormal", "exponential", "truncated power law"), 0.0)
    for number in range(n_times):
        for shape, one in compared(sample(2.2, n, seed + number)).items():
            found[shape] += (one.verdict == f"the {shape} fits better") / n_times
    return found


def test_another_shape_is_seldom_said_to_fit_a_power_law_better() -> None:
    for shape, share in called_better(150, 20, 500).items():
        assert share <= 0.2, (shape, "5 %, and three standard errors of 20 draws")


@pytest.mark.slow
@pytest.mark.parametrize("n", [60, 300, 2000])
def test_tests_of_shapes_keep_their_level(n: int) -> None:
    for shape, share in called_better(n, 150, 9000).items():
        assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150), shape


def test_the_nested_shape_is_never_less_likely_and_is_judged_by_half_of_chi_squared() -> None:
    for seed in range(5):
        found = compared(sample(2.0, 400, seed))["truncated power law"]
        assert found.nested
        assert found.log_ratio <= 0
        half = stats.chi2.sf(-2 * found.log_ratio, 1) / 2
        assert found.p == (pytest.approx(half) if found.log_ratio else 1.0)


def test_the_comparison_looks_at_the_tail_alone() -> None:
    counts = sample(2.0, 3000, 8)
    law = fit_power_law(count_sizes(counts), 2).best
    noise = np.full(5000, max(law.x_min - 1, 0))
    with_body = count_sizes(np.concatenate([counts[counts >= law.x_min], noise]))
    assert compare_shapes(with_body, law) == compare_shapes(count_sizes(counts), law)


def test_a_rate_that_leaves_nothing_of_a_sum_is_tried_without_a_warning() -> None:
    counts = 1000 + np.random.default_rng(0).geometric(0.3, 80)
    law = PowerLaw(15.0, int(counts.min()), len(counts), 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {comparison.shape: comparison for comparison in compare_shapes(count_sizes(counts), law)}
    assert np.isfinite(found["truncated power law"].log_ratio)
