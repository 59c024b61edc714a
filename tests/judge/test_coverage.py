"""Coverage of intervals and size of tests, summed over every count that can be drawn: nothing here depends on chance.

Where the counts are too many to sum over, the tests next to each estimator simulate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bowcore.judge.comparison import MIN_ARTICLES, accuracy_gap, mcnemar_p_value, paired_change, paired_interval
from bowcore.judge.factorial import contrast
from bowcore.judge.learning_curve import mean_error
from bowcore.judge.scores import ClassScores, Share, exact_interval, wilson_interval

Floats = NDArray[np.float64]
Ends = tuple[float, float]
SHARES = np.linspace(0.01, 0.99, 99)
TIES = 1e-9  # an end that equals the truth covers it, whatever it is rounded to


def of_counts(interval: Callable[[int, int], Ends], n: int, truths: Floats = SHARES) -> Floats:
    """Chance that an interval of `n` articles contains each true share."""
    ends = np.array([interval(n_right, n) for n_right in range(n + 1)])
    chances = stats.binom.pmf(np.arange(n + 1), n, truths[:, None])
    inside = (ends[:, 0] <= truths[:, None] + TIES) & (truths[:, None] <= ends[:, 1] + TIES)
    return np.asarray((chances * inside).sum(axis=1))


def trinomial(n: int, first: float, second: float) -> tuple[NDArray[np.int64], Floats]:
    """Every pair of counts of two kinds among `n`, (n_pairs, 2), and its chance."""
    pairs = np.array([(one, other) for one in range(n + 1) for other in range(n + 1 - one)])
    chances = stats.multinomial.pmf(
        np.column_stack([pairs, n - pairs.sum(axis=1)]), n, [first, second, 1 - first - second]
    )
    return pairs, np.asarray(chances)


def halved(interval: Callable[..., Ends]) -> Callable[..., Ends]:
    """An interval of half the width: what a wrong standard error would give."""

    def narrow(*arguments: int) -> Ends:
        low, high = interval(*arguments)
        return low + (high - low) / 4, high - (high - low) / 4

    return narrow


@pytest.mark.parametrize("n", [1, 5, 10, 30, 100, 334])
def test_wilsons_interval_covers_95_percent_on_average_and_never_much_less(n: int) -> None:
    covered = of_counts(wilson_interval, n)
    assert 0.94 < covered.mean() < 0.97
    # the least is where one article more or less decides, as Newcombe (1998) found for shares near 0 and 1
    assert covered.min() > (0.85 if n > 1 else 0.79)
    assert of_counts(halved(wilson_interval), n).mean() < 0.85


@pytest.mark.parametrize("n", [1, 5, 10, 30, 100, 334])
def test_the_exact_interval_covers_at_least_95_percent_of_every_share(n: int) -> None:
    assert of_counts(exact_interval, n).min() >= 0.95
    assert of_counts(halved(exact_interval), n).min() < 0.95


@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("changed", [0.02, 0.1, 0.3, 0.8])
@pytest.mark.parametrize("tilt", [0.5, 0.7, 0.95])
def test_the_interval_of_a_pair_covers_at_small_counts(n: int, changed: float, tilt: float) -> None:
    fixed, broken = changed * tilt, changed * (1 - tilt)
    pairs, chances = trinomial(n, fixed, broken)

    def covered(interval: Callable[..., Ends]) -> float:
        ends = np.array([interval(int(one), int(other), n) for one, other in pairs])
        inside = (ends[:, 0] <= fixed - broken + TIES) & (fixed - broken <= ends[:, 1] + TIES)
        return float(chances @ inside)

    assert covered(paired_interval) > 0.93
    if n * changed > 10:
        assert covered(paired_interval) < 0.98
        assert covered(halved(paired_interval)) < 0.75


def test_mcnemars_test_keeps_its_level_at_every_number_of_changed_articles() -> None:
    sizes = []
    for n_changed in range(101):
        p_values = np.array([mcnemar_p_value(fixed, n_changed - fixed) for fixed in range(n_changed + 1)])
        sizes.append(float(stats.binom.pmf(np.arange(n_changed + 1), n_changed, 0.5) @ (p_values < 0.05)))
    assert max(sizes) <= 0.05
    assert sizes[:6] == [0.0] * 6, "five articles or fewer never differ: even all one way has p 0.06"
    assert min(sizes[30:]) > 0.02, "and it is not so careful as to find nothing"


@lru_cache
def verdicts(n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each pair of `trinomial`: whether the change is detectable, and whether the test of a switch rejects."""
    found, tested = [], []
    for fixed, broken in trinomial(n, 0.1, 0.1)[0]:
        values = np.repeat([1.0, -1.0, 0.0], [fixed, broken, n - fixed - broken])
        change = paired_change(np.ones(n, int), (values <= 0).astype(int), (values >= 0).astype(int))
        assert (change.n_fixed, change.n_broken) == (fixed, broken)
        found.append(change.detectable)
        tested.append(contrast(values).p_value < 0.05)
    return np.array(found), np.array(tested)


@pytest.mark.parametrize("n", [6, 10, 29, 30, 80])
@pytest.mark.parametrize("changed", [0.02, 0.1, 0.3, 0.9])
def test_two_equally_good_models_rarely_differ_detectably(n: int, changed: float) -> None:
    _, chances = trinomial(n, changed / 2, changed / 2)
    found, tested = verdicts(n)
    assert chances @ found <= 0.05
    assert n >= MIN_ARTICLES or not found.any()
    # the test of a switch's effect is for means over settings too, and so not exact
    if n >= MIN_ARTICLES:
        assert chances @ tested <= 0.055


@pytest.mark.parametrize(("n", "m"), [(10, 10), (30, 10), (30, 30), (100, 334)])
@pytest.mark.parametrize(("first", "second"), [(0.5, 0.5), (0.9, 0.9), (0.96, 0.9), (0.99, 0.99)])
def test_the_interval_of_a_gap_covers_and_its_verdict_keeps_its_level(
    n: int, m: int, first: float, second: float
) -> None:
    ours, theirs = ([Share.of(n_right, size) for n_right in range(size + 1)] for size in (n, m))
    chances = np.outer(stats.binom.pmf(np.arange(n + 1), n, first), stats.binom.pmf(np.arange(m + 1), m, second))
    gaps = [[accuracy_gap(one, other) for other in theirs] for one in ours]
    truth = 100 * (first - second)
    inside = np.array([[gap.low - TIES <= truth <= gap.high + TIES for gap in row] for row in gaps])
    assert 0.93 < (chances * inside).sum() < 1
    if first == second:
        detectable = np.array([[gap.detectable for gap in row] for row in gaps])
        assert (chances * detectable).sum() < 0.065
        assert min(n, m) >= MIN_ARTICLES or not detectable.any()


@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize(("found", "mistaken"), [(0.3, 0.1), (0.1, 0.1), (0.05, 0.01), (0.5, 0.02)])
def test_the_interval_of_a_classs_f1_covers_at_small_counts(n: int, found: float, mistaken: float) -> None:
    """`found` articles of the class among all, and `mistaken` ones that are of the class or predicted as it."""
    truth = 2 * found / (2 * found + mistaken)
    pairs, chances = trinomial(n, found, mistaken)
    ends = []
    for right, wrong in pairs:
        recall, precision = (
            Share.of(int(right), int(right + wrong // 2)),
            Share.of(int(right), int(right + -(-wrong // 2))),
        )
        ends.append(ClassScores("a", recall, precision, np.nan).f1_interval)
    low, high = np.array(ends).T
    known = ~np.isnan(low)
    covered = chances[known] @ ((low <= truth) & (truth <= high))[known] / chances[known].sum()
    # a class of one or two articles has Wilson's interval of one or two
    assert covered > (0.93 if n * (found + mistaken) > 5 else 0.83)


@pytest.mark.parametrize("n", [10, 30, 100, 334])
def test_the_error_of_a_learning_curve_with_one_draw_is_covered_at_small_counts(n: int) -> None:
    def ends(n_wrong: int, of: int) -> Ends:
        estimate = mean_error((np.arange(of) < n_wrong)[None, :])
        return estimate.low, estimate.high

    covered = of_counts(ends, n)
    assert covered.mean() > 0.94
    assert covered.min() > 0.85
