"""The size distribution, by hand and against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.matrix.frequencies.sizes import count_sizes
from tests.small_corpora import SMALL_CORPORA


def test_six_terms_have_three_sizes() -> None:
    sizes = count_sizes(np.array([5, 0, 1, 1, 5, 2, 1]))
    assert (sizes.counts.tolist(), sizes.n_terms.tolist(), sizes.n) == ([1, 2, 5], [3, 1, 2], 6)
    assert sizes.from_count(2).n_terms.tolist() == [1, 2]
    table = sizes.table()
    assert table["share"].tolist() == pytest.approx([3 / 6, 1 / 6, 2 / 6])
    assert table["at_least"].tolist() == pytest.approx([1, 3 / 6, 2 / 6])
    bins = sizes.bins()
    assert bins[["low", "high", "n_terms"]].to_numpy().tolist() == [[1, 2, 3], [2, 4, 1], [4, 8, 2]]
    assert bins["share"].tolist() == pytest.approx([3 / 6, 1 / 6 / 2, 2 / 6 / 4])


@given(st.lists(st.integers(0, 70_000), max_size=60).map(lambda counts: np.array(counts, dtype=np.int64)))
def test_any_counts_are_binned_and_added_up_as_in_plain_loops(counts: np.ndarray) -> None:
    sizes, present = count_sizes(counts), [count for count in counts.tolist() if count]
    for count, n_terms, share, at_least in sizes.table().itertuples(index=False):
        assert n_terms == present.count(count)
        assert share == pytest.approx(present.count(count) / len(present))
        assert at_least == pytest.approx(sum(other >= count for other in present) / len(present))
    bins = sizes.bins()
    assert bins["n_terms"].sum() == len(present)
    for low, high, n_terms, share in bins.itertuples(index=False):
        assert n_terms == sum(low <= count < high for count in present) > 0
        assert share == pytest.approx(n_terms / (high - low) / len(present))


def test_no_terms_have_no_sizes() -> None:
    sizes = count_sizes(np.zeros(4, dtype=np.int64))
    assert (sizes.n, len(sizes.table()), len(sizes.bins())) == (0, 0, 0)


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_have_as_many_terms_as_words(name: str) -> None:
    words = " ".join(SMALL_CORPORA[name]()[0]).split()
    _, counts = np.unique(words, return_counts=True)
    sizes = count_sizes(counts)
    assert sizes.n == len(set(words))
    assert int(sizes.counts @ sizes.n_terms) == len(words)
