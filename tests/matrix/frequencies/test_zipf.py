"""Ranks, shares and naive lines, by hand and against pandas and NumPy."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.errors import RecipeError
from bowcore.matrix.frequencies.zipf import Coverage, coverage, hapax_share, log_spaced_ranks, naive_line, rank_terms
from tests.small_corpora import SMALL_CORPORA

TERMS = pa.array(["apple", "bun", "cake", "dill", "egg"])
COUNTS = np.array([2, 5, 0, 1, 2])
IN_DOCUMENTS = np.array([2, 3, 0, 1, 1])
FREQUENCIES = st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any).map(np.array)


def test_five_terms_are_ranked_as_by_hand() -> None:
    table = rank_terms(TERMS, COUNTS, IN_DOCUMENTS)
    assert table.to_dict("list") == {
        "term": ["bun", "apple", "egg", "dill"],
        "rank": [1, 2, 3, 4],
        "count": [5, 2, 2, 1],
        "document_count": [3, 2, 1, 1],
        "share": [0.5, 0.2, 0.2, 0.1],
    }


@given(FREQUENCIES)
def test_ranks_equal_pandas_sorting(counts: np.ndarray) -> None:
    terms = [f"w{i:02d}" for i in range(len(counts))]
    table = rank_terms(pa.array(terms), counts, np.minimum(counts, 3))
    reference = pd.DataFrame({"term": terms, "count": counts}).query("count > 0")
    reference = reference.sort_values(["count", "term"], ascending=[False, True])
    assert table["term"].tolist() == reference["term"].tolist()
    assert table["share"].sum() == pytest.approx(1.0)
    ranks = reference["count"].rank(method="first", ascending=False)
    assert table["rank"].tolist() == ranks.astype(int).tolist()


def test_no_term_at_all_is_a_table_without_rows() -> None:
    nothing = np.array([], dtype=np.int64)
    assert rank_terms(pa.array([], pa.string()), nothing, nothing).empty
    assert hapax_share(nothing) == 0.0
    assert coverage(nothing, (0.5,)) == (Coverage(0.5, 0, 0),)


def test_the_hapax_share_counts_only_terms_that_occur() -> None:
    assert hapax_share(np.array([1, 1, 0, 0, 7, 2])) == 2 / 4


def test_coverage_takes_as_few_terms_as_will_do() -> None:
    half, nine_tenths, nearly_all = coverage(COUNTS)
    assert half == Coverage(0.5, 1, 5)
    assert nine_tenths == Coverage(0.9, 3, 9)
    assert nearly_all == Coverage(0.99, 4, 10)


@given(FREQUENCIES, st.integers(1, 100))
def test_coverage_is_reached_and_not_by_one_term_fewer(counts: np.ndarray, percent: int) -> None:
    (found,) = coverage(counts, (percent / 100,))
    falling = sorted(counts.tolist(), reverse=True)
    total = sum(falling)
    assert sum(falling[: found.n_terms]) == found.n_tokens
    assert 100 * found.n_tokens >= percent * total
    assert 100 * sum(falling[: found.n_terms - 1]) < percent * total


@given(st.integers(0, 200_000), st.integers(2, 400))
def test_ranks_for_a_logarithmic_axis_rise_from_the_first_to_the_last(n: int, k: int) -> None:
    ranks = log_spaced_ranks(n, k)
    assert len(ranks) <= max(k, 0)
    assert np.all(np.diff(ranks) > 0)
    if n:
        assert (ranks[0], ranks[-1]) == (1, n)


def test_few_ranks_are_all_kept() -> None:
    assert log_spaced_ranks(400).tolist() == list(range(1, 401))


def test_the_four_hundred_ranks_of_a_large_vocabulary_are_dense_at_its_head() -> None:
    ranks = log_spaced_ranks(59_544)
    assert 300 < len(ranks) <= 400
    assert ranks[:20].tolist() == list(range(1, 21))
    assert np.diff(ranks)[-1] > 1_000


def test_a_pure_power_law_gives_back_its_exponent() -> None:
    line = naive_line(np.array([7_200, 3_600, 2_400, 1_800, 1_440, 1_200]))
    assert line.exponent == pytest.approx(1.0)
    assert 10**line.intercept == pytest.approx(7_200)
    assert (line.first_rank, line.last_rank) == (1, 6)


@given(
    st.lists(st.integers(1, 10_000), min_size=6, max_size=200).map(lambda c: np.array(sorted(c, reverse=True))),
    st.integers(1, 4),
    st.integers(6, 300),
)
def test_the_line_equals_numpys_polyfit(counts: np.ndarray, first: int, last: int) -> None:
    line = naive_line(counts, first, last)
    end = min(last, len(counts))
    x, y = np.log10(np.arange(first, end + 1)), np.log10(counts[first - 1 : end])
    assert (line.slope, line.intercept) == pytest.approx(tuple(np.polyfit(x, y, 1)), abs=1e-8)
    assert line.last_rank == end


def test_other_ranks_give_another_slope() -> None:
    # a flat head and a steep tail, as in running text
    counts = np.array([100, 90, 80, 70, 20, 10, 5, 2, 1, 1])
    assert naive_line(counts, 1, 4).exponent < 0.3 < 2.0 < naive_line(counts, 4, 10).exponent


@pytest.mark.parametrize(("first", "last"), [(1, 1), (10, None), (11, 20), (0, 5)])
def test_a_line_through_fewer_than_two_ranks_is_refused(first: int, last: int | None) -> None:
    with pytest.raises(RecipeError, match="fewer than 2 of the 10 terms"):
        naive_line(np.arange(10, 0, -1), first, last)


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_are_ranked_and_covered_as_counters_say(name: str) -> None:
    texts, _, _ = SMALL_CORPORA[name]()
    words = Counter(" ".join(texts).split())
    terms = sorted(words)
    counts = np.array([words[term] for term in terms])
    holding = np.array([sum(term in text.split() for text in texts) for term in terms])
    table = rank_terms(pa.array(terms), counts, holding)
    assert table["count"].tolist() == [n for _, n in words.most_common()]
    assert dict(zip(table["term"], table["count"], strict=True)) == words
    assert hapax_share(counts) == sum(n == 1 for n in words.values()) / len(words)
    for found in coverage(counts):
        falling = table["count"].tolist()
        assert sum(falling[: found.n_terms]) >= found.share * words.total() - 1e-6
        assert sum(falling[: found.n_terms - 1]) < found.share * words.total()
