"""Traits and slices counted by hand, and the size of the ranked tests by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binomtest

from bowcore.judge.comparison import MIN_ARTICLES, accuracy_gap
from bowcore.judge.scores import Share
from bowcore.judge.traits import find_traits, rank_slices, shortest, word_masks


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
