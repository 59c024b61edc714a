import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.matrix.weighting import WEIGHTINGS, inverse_document_frequency, weight
from bowcore.recipe.specs import WEIGHTING_OPTIONS, WeightingSpec
from tests.laws import examples

TFIDF_OPTIONS = list(itertools.product((True, False), (True, False), (True, False), ("l2", "l1", "none")))


def vocabulary_of(train: np.ndarray) -> Vocabulary:
    return Vocabulary(
        terms=pa.array([f"w{column}" for column in range(train.shape[1])], pa.string()),
        columns=np.arange(train.shape[1]),
        term_frequency=train.sum(axis=0),
        document_frequency=(train > 0).sum(axis=0),
        n_documents=len(train),
    )


@st.composite
def count_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation counts; every term stands in some training article."""
    n_terms = draw(st.integers(1, 6))
    row = st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 7]), min_size=n_terms, max_size=n_terms)
    train, validation = (np.array(draw(st.lists(row, min_size=1, max_size=7)), np.int32) for _ in range(2))
    train[0, train.sum(axis=0) == 0] = 1
    return train, validation


def test_tfidf_of_two_lunches_by_hand() -> None:
    train = np.array([[2, 1], [1, 0]], np.int32)
    spec = WeightingSpec(weighting="tfidf", norm="none")
    weighted = weight(sparse.csr_matrix(train), vocabulary_of(train), spec)
    rare = np.log(3 / 2) + 1
    assert weighted.toarray().tolist() == [[2.0, rare], [1.0, 0.0]]


def test_a_term_of_every_article_keeps_weight_one() -> None:
    train = np.array([[1, 1], [3, 0]], np.int32)
    for smooth in (True, False):
        assert inverse_document_frequency(vocabulary_of(train), smooth)[0] == 1.0


@pytest.mark.parametrize(("sublinear", "use_idf", "smooth", "norm"), TFIDF_OPTIONS)
@examples(20)
@given(tables=count_tables())
def test_tfidf_is_scikit_learns(
    sublinear: bool, use_idf: bool, smooth: bool, norm: str, tables: tuple[np.ndarray, np.ndarray]
) -> None:
    train, validation = tables
    transformer = TfidfTransformer(
        sublinear_tf=sublinear, use_idf=use_idf, smooth_idf=smooth, norm=None if norm == "none" else norm
    )
    transformer.fit(sparse.csr_matrix(train))
    spec = WeightingSpec("tfidf", sublinear, use_idf, smooth, norm)
    for counts in (train, validation):
        weighted = weight(sparse.csr_matrix(counts), vocabulary_of(train), spec)
        expected = transformer.transform(sparse.csr_matrix(counts))
        assert np.array_equal(weighted.indices, expected.indices)
        np.testing.assert_allclose(weighted.toarray(), expected.toarray(), rtol=1e-12, atol=0)
        assert weighted.dtype == np.float64


@examples(60)
@given(tables=count_tables())
def test_presence_is_scikit_learns_binary(tables: tuple[np.ndarray, np.ndarray]) -> None:
    train, _ = tables
    bags = [[f"w{column}" for column, n in enumerate(row) for _ in range(n)] for row in train]
    expected = CountVectorizer(analyzer=list, binary=True).fit_transform(bags)
    weighted = weight(sparse.csr_matrix(train), vocabulary_of(train), WeightingSpec("binary"))
    assert weighted.toarray().tolist() == expected.toarray().tolist()
    assert weighted.dtype == np.int32


def test_counts_are_left_as_they_are() -> None:
    train = np.array([[2, 0], [1, 5]], np.int32)
    matrix = sparse.csr_matrix(train)
    assert weight(matrix, vocabulary_of(train), WeightingSpec("count")) is matrix


@pytest.mark.parametrize("weighting", ["binary", "tfidf"])
def test_weighting_leaves_the_counts_alone(weighting: str) -> None:
    train = np.array([[2, 0], [1, 5]], np.int32)
    matrix = sparse.csr_matrix(train)
    weight(matrix, vocabulary_of(train), WeightingSpec(weighting, sublinear_tf=True))
    assert matrix.toarray().tolist() == train.tolist()


@pytest.mark.parametrize("norm", ["l1", "l2", "none"])
def test_an_article_without_any_term_stays_empty(norm: str) -> None:
    train = np.array([[0, 0], [1, 2], [0, 0]], np.int32)
    weighted = weight(sparse.csr_matrix(train), vocabulary_of(train), WeightingSpec("tfidf", norm=norm))
    assert weighted.toarray()[[0, 2]].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert np.isfinite(weighted.data).all()


def test_every_weighting_of_the_recipe_fills_cells_of_the_kind_that_its_row_says() -> None:
    assert set(WEIGHTINGS) == set(WEIGHTING_OPTIONS)
    counts = np.array([[2, 1], [0, 1]], dtype=np.int32)
    for name, option in WEIGHTING_OPTIONS.items():
        cells = weight(sparse.csr_matrix(counts), vocabulary_of(counts), WeightingSpec(name)).dtype
        assert cells == (np.float64 if option.real else np.int32)
