"""Paired comparison: by hand, against SciPy and published figures, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bowcore.judge.comparison import (
    PairedChange,
    accuracy_gap,
    describe_change,
    mcnemar_p_value,
    paired_change,
    paired_interval,
)
from bowcore.judge.scores import Share

LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
BEFORE = np.array([0, 0, 1, 1, 1, 0, 0, 2, 2, 1])
AFTER = np.array([0, 0, 0, 1, 2, 1, 1, 2, 2, 1])


def changed_by(n: int, n_fixed: int, n_broken: int) -> PairedChange:
    """The change between two models of two classes, right about everything else both times."""
    labels = np.zeros(n, dtype=np.int32)
    before, after = labels.copy(), labels.copy()
    before[:n_fixed] = 1
    after[n_fixed : n_fixed + n_broken] = 1
    return paired_change(labels, before, after)


def test_fixed_broken_and_changed_articles_are_counted_as_by_hand() -> None:
    change = paired_change(LABELS, BEFORE, AFTER)
    assert (change.n_documents, change.n_fixed, change.n_broken, change.n_changed_label) == (10, 2, 1, 4)
    assert change.difference == pytest.approx(10.0)
    assert not change.detectable


def test_the_interval_is_the_one_published_for_the_stem_cell_example() -> None:
    # Fagerland, Lydersen and Laake (2014): 1 and 7 discordant pairs of 21, Wald with Bonett-Price adjustment
    assert paired_interval(1, 7, 21) == pytest.approx((-0.508, -0.013), abs=5e-4)


def test_without_any_changed_article_the_interval_is_not_a_point() -> None:
    low, high = paired_interval(0, 0, 334)
    assert low == -high
    assert 100 * high == pytest.approx(0.825, abs=5e-4)  # 1.96 × sqrt(2 / 336 / 336)


@pytest.mark.parametrize(("n_fixed", "n_broken", "n"), [(3, 2, 4), (-1, 0, 4), (0, 0, 0)])
def test_impossible_counts_are_refused(n_fixed: int, n_broken: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        paired_interval(n_fixed, n_broken, n)


def test_predictions_for_other_articles_are_refused() -> None:
    with pytest.raises(ValueError, match="not of the same articles"):
        paired_change(LABELS, BEFORE[:5], AFTER)


@pytest.mark.parametrize(
    ("n", "fixed", "broken"),
    [
        (334, 0.0, 0.0),
        (334, 0.003, 0.0),
        (334, 0.003, 0.003),
        (334, 0.012, 0.003),
        (334, 0.05, 0.03),
        (334, 0.2, 0.1),
        (60, 0.02, 0.01),
        (60, 0.3, 0.05),
        (12_000, 0.0005, 0.0002),
        (12_000, 0.02, 0.02),
    ],
)
def test_the_interval_covers_the_true_difference(n: int, fixed: float, broken: float) -> None:
    rng = np.random.default_rng(20_240_519)
    drawn = rng.multinomial(n, [fixed, broken, 1 - fixed - broken], size=2_000)[:, :2]
    ends = np.array([paired_interval(int(f), int(b), n) for f, b in drawn])
    covered = np.mean((ends[:, 0] <= fixed - broken) & (fixed - broken <= ends[:, 1]))
    assert covered >= 0.93


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_p_value_equals_scipys_exact_binomial_test(n_fixed: int, n_broken: int) -> None:
    reference = 1.0 if n_fixed + n_broken == 0 else binomtest(n_fixed, n_fixed + n_broken).pvalue
    assert mcnemar_p_value(n_fixed, n_broken) == pytest.approx(reference, rel=1e-9)


def test_four_articles_all_one_way_are_no_detectable_change() -> None:
    change = changed_by(12_000, n_fixed=4, n_broken=0)
    assert change.p_value == pytest.approx(0.125)
    assert not change.detectable


@pytest.mark.parametrize("n", [56, 334, 12_000])
def test_interval_and_exact_test_differ_only_for_p_values_a_little_above_five_percent(n: int) -> None:
    for n_changed in range(min(n, 60) + 1):
        for n_fixed in range(n_changed + 1):
            low, high = paired_interval(n_fixed, n_changed - n_fixed, n)
            p_value = mcnemar_p_value(n_fixed, n_changed - n_fixed)
            if p_value < 0.05:
                assert low > 0 or high < 0
            if low > 0 or high < 0:
                assert p_value < 0.072


def test_a_change_whose_exact_test_has_p_above_five_percent_is_not_detectable() -> None:
    change = changed_by(5_777, n_fixed=17, n_broken=7)
    assert change.low > 0 and binomtest(17, 24).pvalue == pytest.approx(change.p_value) == pytest.approx(
        0.064, abs=5e-4
    )
    assert not change.detectable and change.verdict == "no detectable change"


def test_six_articles_are_too_few_to_compare_whatever_they_show() -> None:
    sentence = describe_change(changed_by(6, n_fixed=6, n_broken=0))
    assert sentence.endswith("(6 fixed, 0 broken): too few articles to compare (at least 30)")
    assert not changed_by(29, n_fixed=29, n_broken=0).detectable
    assert changed_by(30, n_fixed=20, n_broken=0).detectable


def test_an_end_of_the_interval_is_not_rounded_to_nothing() -> None:
    change = changed_by(5_777, n_fixed=18, n_broken=6)
    # by hand: 19 and 7 of 5,779, so 0.2076 ± 1.96 × sqrt((26 / 5779 - 0.002076²) / 5779) points
    assert (change.in_points, change.ends) == ("+0.21", "+0.03 to +0.38")
    assert change.detectable


@pytest.mark.slow
@pytest.mark.parametrize("n", [6, 20, 29, 30, 56, 100, 334, 1_000, 5_777])
@pytest.mark.parametrize("changed", [0.01, 0.03, 0.1, 0.3])
def test_of_two_equally_good_models_at_most_one_pair_in_twenty_differs_detectably(n: int, changed: float) -> None:
    rng = np.random.default_rng(13)
    drawn, times = np.unique(
        rng.multinomial(n, [changed / 2, changed / 2, 1 - changed], size=20_000)[:, :2], axis=0, return_counts=True
    )
    detectable = np.array([changed_by(n, int(fixed), int(broken)).detectable for fixed, broken in drawn])
    size = times[detectable].sum() / times.sum()
    assert size <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 20_000)
    assert n >= 30 or size == 0


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 1000))
def test_swapping_the_two_models_negates_the_interval(n_fixed: int, n_broken: int, others: int) -> None:
    n = n_fixed + n_broken + others
    there, back = changed_by(n, n_fixed, n_broken), changed_by(n, n_broken, n_fixed)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.difference == -back.difference
    assert there.p_value == back.p_value
    assert there.detectable == back.detectable
    assert there.low <= there.difference <= there.high


def test_the_sentence_names_articles_fixed_and_broken() -> None:
    sentence = describe_change(changed_by(334, 2, 1), "validation articles")
    assert sentence == "3 of 334 validation articles changed label (2 fixed, 1 broken): no detectable change"


def test_the_sentence_counts_labels_that_changed_from_wrong_to_wrong() -> None:
    sentence = describe_change(paired_change(LABELS, BEFORE, AFTER))
    assert sentence == (
        "4 of 10 articles changed label (2 fixed, 1 broken, 1 wrong both times): "
        "too few articles to compare (at least 30)"
    )


def test_the_sentence_of_no_changed_label_has_no_empty_brackets() -> None:
    assert describe_change(changed_by(334, 0, 0)) == "0 of 334 articles changed label: no detectable change"


def test_the_sentence_of_a_detectable_change_gives_points_and_interval() -> None:
    sentence = describe_change(changed_by(1_000, 5, 35))
    # by hand: 6 and 36 of 1,002, so -2.994 ± 1.96 × sqrt((42 / 1002 - 0.02994²) / 1002) points
    assert sentence == (
        "40 of 1,000 articles changed label (5 fixed, 35 broken): "
        "−3.0 points (95\N{NO-BREAK SPACE}% interval −4.2 to −1.7)"
    )


def test_the_interval_of_a_gap_is_newcombes_own_example() -> None:
    # Newcombe (1998), table II, case a: 56/70 against 48/80, method 10: 0.0524 to 0.3339
    gap = accuracy_gap(Share.of(56, 70), Share.of(48, 80))
    assert gap.difference == pytest.approx(20.0)
    assert (gap.low, gap.high) == (pytest.approx(5.24, abs=0.005), pytest.approx(33.39, abs=0.005))
    assert gap.detectable


def test_the_tutorials_gap_is_just_not_detectable_at_95_percent() -> None:
    gap = accuracy_gap(Share.of(11_092, 12_000), Share.of(6_979, 7_600))
    assert gap.difference == pytest.approx(0.604, abs=0.01)
    assert not gap.detectable


def test_the_interval_of_a_gap_covers_the_truth_in_about_95_of_100_draws() -> None:
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        first, second = generator.binomial(334, 0.96), generator.binomial(500, 0.94)
        gap = accuracy_gap(Share.of(int(first), 334), Share.of(int(second), 500))
        covered += gap.low <= 2.0 <= gap.high
    assert 930 <= covered <= 985
