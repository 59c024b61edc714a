"""Goodness of fit of power laws: draws against SciPy's zeta function, p-values against samples of known laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from bowcore.matrix.frequencies.goodness_of_fit import GoodnessOfFit, draw_power_law, goodness_of_fit
from bowcore.matrix.frequencies.power_law import PowerLaw, best_power_law, fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from tests.matrix.frequencies.test_power_law import mixed, sample


def p_of(counts: np.ndarray, n_samples: int, seed: int = 0) -> float:
    sizes = count_sizes(counts)
    return goodness_of_fit(sizes, best_power_law(sizes), n_samples, seed).p


@pytest.mark.parametrize(("exponent", "x_min"), [(2.0, 1), (2.5, 7), (1.6, 40)])
def test_draws_have_the_probabilities_of_the_law(exponent: float, x_min: int) -> None:
    drawn = draw_power_law(PowerLaw(exponent, x_min, 0, 0.0), 50_000, np.random.default_rng(1))
    ends = x_min + np.array([1, 2, 3, 5, 10, 30, 100, 1000, 90_000, 200_000, 10**6])
    at_least = np.append(special.zeta(exponent, ends) / special.zeta(exponent, x_min), 0.0)
    expected = -np.diff(np.insert(at_least, 0, 1.0)) * len(drawn)
    found = np.histogram(drawn, [x_min, *ends, np.inf])[0]
    assert stats.chisquare(found, expected).pvalue > 0.001
    assert drawn.min() == x_min


def test_the_best_law_is_that_of_the_fit_with_intervals() -> None:
    sizes = count_sizes(mixed)
    assert best_power_law(sizes) == fit_power_law(sizes, 2).best


def test_the_same_seed_gives_the_same_p_and_every_sample_is_reported() -> None:
    sizes, done = count_sizes(mixed), list[int]()
    first = goodness_of_fit(sizes, best_power_law(sizes), 20, 3, done.append)
    assert done == list(range(20))
    assert first == goodness_of_fit(sizes, best_power_law(sizes), 20, 3)
    assert first.p == first.n_farther / first.n_samples


def test_a_law_is_rejected_below_a_tenth() -> None:
    assert GoodnessOfFit(100, 9).rejected
    assert not GoodnessOfFit(100, 10).rejected


def test_a_lognormal_is_rejected_and_a_power_law_is_not() -> None:
    lognormal = np.round(np.random.default_rng(2).lognormal(1.5, 1.0, 8_000)).astype(np.int64)
    # a lognormal's far tail may pass for a power law, so its body is tested: all counts from 1 on
    sizes = count_sizes(np.maximum(lognormal, 1))
    whole = fit_power_law(sizes, 2).tried.iloc[0]
    law = PowerLaw(float(whole["exponent"]), int(whole["x_min"]), int(whole["n_tail"]), float(whole["distance"]))
    assert goodness_of_fit(sizes, law, 50).p < 0.02
    assert p_of(sample(2.2, 3_000, 4), 50) > 0.1


def test_few_of_many_power_laws_are_rejected_at_small_counts_too() -> None:
    sizes = [count_sizes(sample(2.2, n, seed)) for seed in range(5) for n in (120, 300)]
    rejected = sum(goodness_of_fit(one, best_power_law(one), 20, 7).rejected for one in sizes)
    assert rejected <= 4, "a tenth of 10, and three standard errors"


@pytest.mark.slow
def test_p_values_of_power_laws_are_about_uniform() -> None:
    found = [p_of(sample(2.2, 1_500, seed), 60, seed) for seed in range(60)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
