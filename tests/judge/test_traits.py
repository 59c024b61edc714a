"""Traits and slices counted by hand, and the size of the ranked tests by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binomtest

from bowcore.judge.comparison import MIN_ARTICLES, accuracy_gap, paired_interval
from bowcore.judge.scores import Share
from bowcore.judge.traits import find_traits, list_slices, rank_slices, shortest, word_masks


def test_a_trait_is_counted_in_both_directions() -> None:
    wrong = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    short = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    (found,) = find_traits(wrong, {"short": short})
    assert (found.of_errors.n_right, found.of_errors.n_documents) == (3, 4)
    assert (found.of_right.n_right, found.of_right.n_documents) == (1, 6)
    assert (found.within.n_right, found.within.n_documents) == (3, 4)
    assert (found.without.n_right, found.without.n_documents) == (1, 6)
    assert found.gap == accuracy_gap(Share.of(3, 4), Share.of(1, 6))


def test_no_error_and_no_article_with_a_trait_are_undefined_shares() -> None:
    (found,) = find_traits(np.zeros(5, bool), {"none": np.zeros(5, bool)})
    assert np.isnan(found.of_errors.value) and np.isnan(found.within.value) and found.without.value == 0


def test_the_shortest_quarter_has_at_most_as_many_words_as_it_says() -> None:
    mask, most = shortest(np.array([9, 1, 5, 7, 3, 8, 2, 6]))
    assert most == 2 and mask.tolist() == [False, True, False, False, False, False, True, False]
    assert shortest(np.array([], int))[1] == 0


def test_slices_are_ranked_by_the_change_that_is_certain_and_small_ones_are_left_out() -> None:
    n = 400
    labels, before, after = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
    before[:60] = 1  # fixed
    after[300:302] = 1  # broken, in a slice too small to say
    masks = {
        "all": np.ones(n, bool),
        "mostly fixed": np.arange(n) < 80,
        "untouched": (np.arange(n) >= 100) & (np.arange(n) < 200),
        "small": (np.arange(n) >= 290) & (np.arange(n) < 290 + MIN_ARTICLES - 1),
    }
    table = rank_slices(labels, before, after, masks)
    assert table["slice"].tolist() == ["mostly fixed", "all", "untouched"]
    assert table["difference"].tolist() == pytest.approx([75.0, 100 * 58 / n, 0.0])
    assert table["n_fixed"].tolist() == [60, 60, 0] and table["n_broken"].tolist() == [0, 2, 0]
    assert table["detectable"].tolist() == [True, True, False]
    assert table["p_value"][1] == pytest.approx(min(1, 3 * binomtest(2, 62).pvalue))
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()


def test_the_list_passes_over_large_slices_and_those_much_like_one_above_and_corrects_for_them_too() -> None:
    n, at = 400, np.arange(400)
    labels, before, after = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
    before[:60] = 1  # fixed
    masks = {
        "fixed": at < 60,
        "nearly the same": (at < 60) | (at >= 360),  # 60 of 100 shared
        "half of it": (at < 60) | (at >= 340),  # 60 of 120 shared
        "less than half": (at < 59) | (at >= 340),  # 59 of 120 shared
        "half of all": at < 200,
        "over half": at < 201,
        "apart": (at >= 100) & (at < 200),
        "as elsewhere": at % 10 == 0,
    }
    ranked = rank_slices(labels, before, after, masks)
    listed = list_slices(ranked, masks, 3)
    assert listed.table["slice"].tolist() == ["fixed", "less than half", "half of all"]
    assert (listed.n_large, listed.n_same, listed.n_alike) == (0, 0, 2), "what is ranked below the last is not counted"
    assert listed.table["elsewhere"].tolist() == pytest.approx([0.0, 100 / 281, 0.0])
    everything = list_slices(ranked, masks, 12)
    assert everything.table["slice"].tolist() == ["fixed", "less than half", "half of all"]
    # apart has half of what half of all has; the tenth of all articles has 6 of 40 fixed, the others 54 of 360
    assert (everything.n_large, everything.n_same, everything.n_alike) == (1, 1, 3)
    fixed = listed.table.iloc[0]
    assert fixed["p_value"] == pytest.approx(8 * binomtest(60, 60).pvalue), "all eight were looked at"
    assert (fixed["low"] / 100, fixed["high"] / 100) == pytest.approx(paired_interval(60, 0, 60, 1 - 0.05 / 8))


def test_an_interval_of_one_slice_in_twenty_is_wide_enough_for_all() -> None:
    """Any of them misses the truth in at most 5 % of the draws, and one not widened would in most of them."""
    rng, n, n_missed, n_narrow = np.random.default_rng(3), 400, 0, 0
    masks = {str(place): rng.random(n) < 0.3 for place in range(20)}
    for _ in range(60):
        right = rng.random((2, n)) < np.array([[0.8], [0.85]])
        table = rank_slices(np.ones(n, int), *right.astype(int), masks)
        n_missed += bool(((table["low"] > 5) | (table["high"] < 5)).any())
        for row in table.itertuples():
            low, high = paired_interval(row.n_fixed, row.n_broken, row.n)
            if not 100 * low <= 5 <= 100 * high:
                n_narrow += 1
                break
    assert n_missed <= 8, "5 % of 60 are 3, and three standard errors are 5"
    assert n_narrow > 15


@pytest.mark.slow
def test_without_a_difference_of_the_models_a_slice_is_rarely_called_different() -> None:
    rng, n_called, n = np.random.default_rng(8), 0, 300
    masks = {str(place): rng.random(n) < 0.3 for place in range(20)}
    labels = np.zeros(n, int)
    for _ in range(120):
        before, after = (rng.random(n) < 0.2).astype(int), (rng.random(n) < 0.2).astype(int)
        n_called += bool(rank_slices(labels, before, after, masks)["detectable"].any())
    assert n_called <= 12, "at most 5 % of 120, with three standard errors"


def test_words_of_enough_articles_become_masks_the_most_widespread_first() -> None:
    counts = sparse.csr_matrix([[1, 0, 2, 1], [1, 0, 0, 1], [1, 3, 0, 1], [0, 0, 1, 1]])
    found = word_masks(counts, ["a", "b", "c", "d"], least=1, most=2)
    assert list(found) == ["a", "c"] and found["c"].tolist() == [True, False, False, True]
