from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.matrix.counts import Counts, count_terms, sparse_bytes
from bowcore.recipe.recipe import Recipe
from bowcore.text.cut import with_spaces
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from tests.laws import examples
from tests.text import reference, tricky

MENU = ["soup soup bread", "bread, cold soup", "", "Cold bread"]


def counted(texts: list[str], recipe: Recipe, n_train: int = 0) -> Counts:
    units = number_units(with_spaces(pa.array(texts, pa.large_string())))
    chain = apply_chain(units.types, recipe.terms)
    return count_terms(units, units.counts(), chain.result, n_train, recipe.terms.ngrams)


def as_dictionaries(matrix: object, terms: pa.StringArray) -> list[dict[str, int]]:
    names = terms.to_pylist()
    rows: list[dict[str, int]] = [{} for _ in range(matrix.shape[0])]
    coordinates = matrix.tocoo()
    for row, column, value in zip(coordinates.row, coordinates.col, coordinates.data, strict=True):
        assert names[column] not in rows[row], "an entry is stored once"
        rows[row][names[column]] = int(value)
    return rows


def test_terms_of_a_menu_are_counted() -> None:
    counts = counted(MENU, Recipe(), n_train=2)
    assert counts.terms.to_pylist() == ["bread", "cold", "soup"]
    assert counts.train.toarray().tolist() == [[1, 0, 2], [1, 1, 1]]
    assert counts.validation.toarray().tolist() == [[0, 0, 0], [1, 1, 0]]


def test_word_groups_of_a_menu_are_counted_and_do_not_cross_articles() -> None:
    counts = counted(MENU, Recipe().change(ngrams=2))
    assert counts.terms.to_pylist() == [
        "bread", "bread cold", "cold", "cold bread", "cold soup", "soup", "soup bread", "soup soup",
    ]  # fmt: skip
    assert as_dictionaries(counts.validation, counts.terms)[0] == {
        "soup": 2,
        "bread": 1,
        "soup soup": 1,
        "soup bread": 1,
    }


def test_neighbours_are_counted_after_stop_words_are_gone() -> None:
    counts = counted(["soup of the day"], Recipe().change(ngrams=3, stop_words="spacy"))
    assert counts.terms.to_pylist() == ["day", "soup", "soup day"]


def test_a_term_with_a_space_and_a_word_group_that_reads_alike_are_one_column() -> None:
    units = number_units(pa.array(["a_b a b"], pa.large_string()))
    chain = apply_chain(units.types, Recipe().terms).result
    spaced = type(chain)(pa.array(["a", "a b", "b"]), chain.offsets, chain.codes)
    counts = count_terms(units, units.counts(), spaced, 0, 2)
    assert as_dictionaries(counts.validation, counts.terms) == [{"a b": 2, "a": 1, "b": 1, "a b a": 1}]


@pytest.mark.parametrize("ngrams", [1, 2, 3])
def test_texts_without_a_term_give_a_matrix_without_columns(ngrams: int) -> None:
    counts = counted(["", "..."], Recipe().change(ngrams=ngrams), n_train=1)
    assert (counts.train.shape, counts.validation.shape, len(counts.terms)) == ((1, 0), (1, 0), 0)


@examples(120)
@given(tricky.documents, tricky.recipes, st.integers(0, 30))
def test_counts_agree_with_a_counter_over_plain_python(texts: list[str], recipe: Recipe, n_train: int) -> None:
    counts = counted(texts, recipe, n_train)
    expected = [
        dict(Counter(reference.grouped(reference.terms_of(text, recipe.terms), recipe.terms.ngrams))) for text in texts
    ]
    assert counts.terms.to_pylist() == sorted(set().union(*expected))
    assert as_dictionaries(counts.train, counts.terms) == expected[:n_train]
    assert as_dictionaries(counts.validation, counts.terms) == expected[n_train:]
    for matrix in (counts.train, counts.validation):
        assert matrix.dtype == "int32"
        assert all((np.diff(row.indices) > 0).all() for row in matrix), "columns ascend in every row"


def test_a_sparse_matrix_takes_the_bytes_of_its_three_arrays() -> None:
    matrix = counted(["soup of the day", "the day"], Recipe(), n_train=2).train
    # 6 cells of 4 bytes, 6 columns of 4 bytes, and where 2 rows begin and the last one ends
    assert matrix.nnz == 6
    assert sparse_bytes(matrix) == 6 * 4 + 6 * 4 + 3 * 4
