"""Vocabulary growth: by hand, and against sets that grow article by article."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.matrix.frequencies.heaps import Growth, fit_heaps, grow
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA


def counted(texts: list[str]) -> sparse.csr_matrix:
    words = sorted({word for text in texts for word in text.split()})
    rows = [[text.split().count(word) for word in words] for text in texts]
    return sparse.csr_matrix(np.array(rows, dtype=np.int32).reshape(len(texts), len(words)))


def by_sets(matrix: sparse.csr_matrix, n_orders: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct terms and tokens after every article of every order, counted with sets."""
    generator = np.random.default_rng(seed)
    terms, tokens = [], []
    for _ in range(n_orders):
        seen: set[int] = set()
        n_tokens = 0
        terms.append([])
        tokens.append([])
        for document in generator.permutation(matrix.shape[0]):
            row = matrix[document]
            seen |= set(row.indices[row.data > 0].tolist())
            n_tokens += int(row.sum())
            terms[-1].append(len(seen))
            tokens[-1].append(n_tokens)
    return np.array(terms), np.array(tokens)


def assert_equals_sets(matrix: sparse.csr_matrix, growth: Growth, n_orders: int, seed: int) -> None:
    terms, tokens = by_sets(matrix, n_orders, seed)
    at = growth.table["documents"].to_numpy() - 1
    assert growth.table["terms"].tolist() == pytest.approx(terms[:, at].mean(axis=0).tolist())
    assert growth.table["low"].tolist() == terms[:, at].min(axis=0).tolist()
    assert growth.table["high"].tolist() == terms[:, at].max(axis=0).tolist()
    assert growth.table["tokens"].tolist() == pytest.approx(tokens[:, at].mean(axis=0).tolist())


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_grow_as_sets_do(name: str) -> None:
    texts, _, _ = SMALL_CORPORA[name]()
    matrix = counted(texts)
    growth = grow(matrix, 5, 3)
    assert_equals_sets(matrix, growth, 5, 3)
    last = growth.table.iloc[-1]
    assert (last["documents"], last["terms"], last["low"]) == (len(texts), matrix.shape[1], matrix.shape[1])
    assert last["tokens"] == sum(len(text.split()) for text in texts)


@examples(40)
@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=12), st.integers(0, 99))
def test_any_counts_grow_as_sets_do(rows: list[list[int]], seed: int) -> None:
    matrix = sparse.csr_matrix(np.array(rows, dtype=np.int32))
    assert_equals_sets(matrix, grow(matrix, 3, seed), 3, seed)


def test_the_curve_begins_at_one_in_a_hundred_articles_and_rises() -> None:
    generator = np.random.default_rng(0)
    matrix = sparse.csr_matrix((generator.random((500, 300)) < 0.01).astype(np.int32))
    table = grow(matrix).table
    assert table["documents"].iloc[[0, -1]].tolist() == [5, 500]
    assert (np.diff(table["terms"]) >= 0).all() and (np.diff(table["documents"]) > 0).all()
    assert (table["low"] <= table["terms"] + 1e-9).all() and (table["terms"] <= table["high"] + 1e-9).all()


def test_the_same_seed_shuffles_alike() -> None:
    matrix = counted(SMALL_CORPORA["twenty_classes"]()[0])
    assert grow(matrix, 4, 1).table.equals(grow(matrix, 4, 1).table)
    assert not grow(matrix, 4, 1).table.equals(grow(matrix, 4, 2).table)


def test_new_terms_at_the_end_are_those_of_the_last_tenth() -> None:
    # every article has one word of its own, so one in ten brings a tenth of them
    assert grow(sparse.identity(40, dtype=np.int32, format="csr")).n_new_at_end == 4
    assert grow(sparse.csr_matrix(np.ones((40, 1), dtype=np.int32))).n_new_at_end == 0


def test_a_power_law_gives_back_exponent_and_constant() -> None:
    # after n articles of n tokens in all there are as many terms as n to the 1/2, times 3
    growth = grow(sparse.identity(100, dtype=np.int32, format="csr"))
    tokens = growth.table["tokens"]
    line = fit_heaps(Growth(growth.table.assign(terms=3 * tokens**0.5), 1, 0.0))
    assert (line.exponent, line.constant) == pytest.approx((0.5, 3.0))
    assert (line.first_exponent, line.last_exponent) == pytest.approx((0.5, 0.5))
    assert line.terms(np.array([400.0])) == pytest.approx([60.0])


def test_the_line_is_numpys_polyfit_of_the_logarithms() -> None:
    growth = grow(counted(SMALL_CORPORA["twenty_classes"]()[0]))
    line = fit_heaps(growth)
    x, y = np.log(growth.table["tokens"]), np.log(growth.table["terms"])
    assert (line.exponent, np.log(line.constant)) == pytest.approx(tuple(np.polyfit(x, y, 1)))
    half = len(x) // 2
    assert line.first_exponent == pytest.approx(np.polyfit(x[:half], y[:half], 1)[0])
    assert line.last_exponent == pytest.approx(np.polyfit(x[half:], y[half:], 1)[0])
    assert line.last_exponent < line.first_exponent  # so few words are soon all known


def test_one_article_has_no_line() -> None:
    with pytest.raises(RecipeError, match="needs at least 4 points; these articles give 1"):
        fit_heaps(grow(counted(SMALL_CORPORA["one_document"]()[0])))
