"""The power law of counts: against brute force, the powerlaw package, and samples whose exponent is known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import optimize, special

from bowcore.errors import RecipeError
from bowcore.matrix.frequencies.power_law import MIN_TAIL, PowerLaw, fit_power_law, maximise_likelihood
from bowcore.matrix.frequencies.sizes import count_sizes
from tests.small_corpora import SMALL_CORPORA

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its imports deprecate each other
    import powerlaw


def sample(exponent: float, n: int, seed: int, x_min: int = 1) -> np.ndarray:
    """Counts from NumPy's own zeta distribution, those below `x_min` thrown away and drawn again."""
    generator = np.random.default_rng(seed)
    found = generator.zipf(exponent, 20 * n * x_min) if x_min > 1 else generator.zipf(exponent, n)
    return found[found >= x_min][:n]


def brute_exponent(counts: np.ndarray) -> float:
    logs, least = np.log(counts).sum(), counts.min()
    found = optimize.minimize_scalar(
        lambda a: len(counts) * np.log(special.zeta(a, least)) + a * logs, bounds=(1.001, 20), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    return float(found.x)


def brute_distance(counts: np.ndarray, exponent: float) -> float:
    whole = np.arange(counts.min(), counts.max() + 1)
    found = np.searchsorted(np.sort(counts), whole, side="right") / len(counts)
    fitted = 1 - special.zeta(exponent, whole + 1.0) / special.zeta(exponent, float(counts.min()))
    return float(np.abs(found - fitted).max())


mixed = np.concatenate([np.repeat(np.arange(1, 10), 30), sample(2.3, 400, 5, 10)])
mixed = mixed[mixed < 50_000]


def test_every_least_count_has_the_exponent_and_the_distance_of_brute_force() -> None:
    tried = fit_power_law(count_sizes(mixed), 2).tried
    expected = sorted(x for x in set(mixed.tolist()) if (mixed >= x).sum() >= MIN_TAIL)
    assert tried["x_min"].tolist() == expected
    for x_min, n_tail, exponent, distance in tried.itertuples(index=False):
        tail = mixed[mixed >= x_min]
        assert n_tail == len(tail)
        assert exponent == pytest.approx(brute_exponent(tail), abs=1e-5)
        assert distance == pytest.approx(brute_distance(tail, exponent), abs=1e-9)


def test_the_least_count_is_where_the_distance_is_smallest() -> None:
    fit = fit_power_law(count_sizes(mixed), 2)
    assert fit.best.distance == fit.tried["distance"].min()
    row = fit.tried.set_index("x_min").loc[fit.best.x_min]
    assert (row["exponent"], row["n_tail"]) == (fit.best.exponent, fit.best.n_tail)
    assert 8 <= fit.best.x_min <= 16  # below 10 the counts were drawn evenly


def test_the_exponent_is_that_of_the_powerlaw_package() -> None:
    best = fit_power_law(count_sizes(mixed), 2).best
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = powerlaw.Fit(mixed, discrete=True, xmin=best.x_min, verbose=False)
    assert best.exponent == pytest.approx(theirs.power_law.alpha, abs=5e-3)  # their search stops early
    # theirs looks at the counts alone, ours at every whole number between them too
    assert best.distance >= theirs.power_law.D - 2e-3


@pytest.mark.parametrize(("exponent", "x_min"), [(1.6, 1), (2.0, 1), (2.0, 30), (3.5, 4)])
def test_the_likelihood_has_its_maximum_at_the_exponent_of_the_sample(exponent: float, x_min: int) -> None:
    counts = sample(exponent, 5_000, 1, x_min).astype(float)
    mean_log = np.array([[np.log(counts).mean()]])
    found = maximise_likelihood(mean_log, np.array([float(x_min)]))[0, 0]
    assert found == pytest.approx(exponent, abs=0.08 * (exponent - 1))


@pytest.mark.parametrize("n", [150, 1000])
def test_the_interval_of_the_exponent_covers_that_of_most_samples(n: int) -> None:
    covered = narrow = 0
    for seed in range(30):
        low, high = fit_power_law(count_sizes(sample(2.2, n, 2000 + seed)), 40, seed).interval
        covered += low <= 2.2 <= high
        narrow += abs((low + high) / 2 - 2.2) <= (high - low) / 8
    assert covered >= 25, "three standard errors of 30 draws below 95 %"
    assert narrow < 25, "a quarter of the width covers less"


@pytest.mark.slow
def test_the_interval_covers_the_exponent_of_about_95_samples_of_100() -> None:
    covered = 0
    for seed in range(100):
        fit = fit_power_law(count_sizes(sample(2.0, 2000, 1000 + seed)), 100, seed)
        covered += fit.interval[0] <= 2.0 <= fit.interval[1]
    assert 88 <= covered <= 100


def test_the_interval_narrows_with_more_terms_and_holds_the_estimate() -> None:
    few, many = (fit_power_law(count_sizes(sample(2.0, n, 3)), 60) for n in (500, 8000))
    assert few.interval[0] < few.best.exponent < few.interval[1]
    assert many.interval[1] - many.interval[0] < 0.6 * (few.interval[1] - few.interval[0])


def test_the_same_seed_draws_the_same_resamples() -> None:
    sizes = count_sizes(mixed)
    assert fit_power_law(sizes, 20, 4).interval == fit_power_law(sizes, 20, 4).interval
    assert fit_power_law(sizes, 20, 4).interval != fit_power_law(sizes, 20, 5).interval


def test_a_rank_slope_of_one_goes_with_an_exponent_of_two() -> None:
    assert PowerLaw(2.0, 1, 100, 0.1).rank_exponent == 1.0
    assert PowerLaw(1.5, 1, 100, 0.1).rank_exponent == 2.0


def test_the_tail_begins_whole_and_falls_as_the_sums_do() -> None:
    tail = PowerLaw(2.0, 2, 100, 0.1).tail(np.array([2, 3, 40]))
    everything = np.pi**2 / 6 - 1
    assert tail[:2] == pytest.approx([1.0, (everything - 1 / 4) / everything])
    assert tail[2] == pytest.approx(float(special.zeta(2.0, 40)) / everything)


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_a_small_corpus_has_too_few_terms_for_a_tail_and_says_how_many(name: str) -> None:
    texts, _, _ = SMALL_CORPORA[name]()
    _, counts = np.unique(" ".join(texts).split(), return_counts=True)
    if len(counts) >= MIN_TAIL:
        assert fit_power_law(count_sizes(counts), 5).best.n_tail >= MIN_TAIL
        return
    with pytest.raises(RecipeError, match=rf"needs at least 50 terms .* here {len(counts)} terms"):
        fit_power_law(count_sizes(counts), 5)


def test_terms_that_all_occur_once_have_no_shape() -> None:
    with pytest.raises(RecipeError, match="two different counts"):
        fit_power_law(count_sizes(np.ones(500, dtype=np.int64)))


def test_a_count_far_above_the_others_does_no_harm() -> None:
    counts = np.array([*[1] * 60, 10**9])
    best = fit_power_law(count_sizes(counts), 20).best
    assert (best.x_min, best.n_tail) == (1, 61)
    assert best.exponent == pytest.approx(brute_exponent(counts), abs=1e-5)


def test_resamples_that_no_exponent_fits_have_no_part_in_the_interval() -> None:
    counts = np.repeat([1, 2, 3], [1000, 60, 1])
    fit = fit_power_law(count_sizes(counts))
    assert fit.interval == pytest.approx((4.35, 10.73), abs=0.02)
    # without the one term that occurs three times, the tail from 2 on has one count, and the one from 1 on is chosen
    assert fit.x_min_interval == (1, 2)
    # a tail from 100 on without the one term at 101 has no exponent, and no other tail steps in
    few = fit_power_law(count_sizes(np.repeat([2, 3], [60, 1])))
    assert few.interval[1] < 19
    assert 80 < few.n_resamples < 170  # about 1 - 1/e of 200 draw that term


def test_a_tail_too_steep_for_any_exponent_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"these 51 terms fall too steeply .* 20 or more.* Keep more terms"):
        fit_power_law(count_sizes(np.repeat([100, 101], [50, 1])))


def test_least_counts_beyond_the_search_are_not_among_the_tried() -> None:
    counts = np.concatenate([sample(2.0, 400, 2), np.repeat([5000, 5001], [60, 1])])
    counts = counts[counts <= 5001]
    assert (counts >= 5000).sum() >= MIN_TAIL
    tried = fit_power_law(count_sizes(counts), 2).tried
    assert 5000 not in tried["x_min"].tolist()
    assert np.isfinite(tried["distance"]).all()
    assert tried["exponent"].max() < 20 - 1e-6
    assert tried.index.tolist() == list(range(len(tried)))
