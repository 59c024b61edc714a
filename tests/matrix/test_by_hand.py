"""Cells of a small matrix and their arithmetic, as on paper and as scikit-learn has them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from bowcore.errors import EmptyVocabularyError
from bowcore.matrix.by_hand import CellFormula, explain_cell, small_matrix
from bowcore.matrix.weighting import weight
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WeightingSpec
from tests.small_corpora import SMALL_CORPORA
from tests.text import reference

LINES = ["bread and butter and bread", "butter and jam", "tea"]
TFIDF = list(itertools.product((True, False), (True, False), (True, False), ("l2", "l1", "none")))


def formula(texts: list[str], row: int, term: str, spec: WeightingSpec) -> CellFormula:
    small = small_matrix(texts, Recipe())
    column = small.vocabulary.terms.to_pylist().index(term)
    return explain_cell(small.counts[row], column, small.vocabulary, spec)


def test_tfidf_of_one_cell_as_on_paper() -> None:
    found = formula(LINES, 0, "butter", WeightingSpec("tfidf"))
    idf = math.log(4 / 3) + 1
    bread = 2 * (math.log(4 / 2) + 1)
    length = math.sqrt(idf**2 + bread**2 + (2 * idf) ** 2)
    assert [step.name for step in found.steps] == ["count", "idf", "tf × idf", "row length (L2)", "cell"]
    assert [step.result for step in found.steps] == pytest.approx([1, idf, idf, length, idf / length])
    assert found.steps[1].formula == "ln((1 + 3) / (1 + 2)) + 1"
    assert found.steps[3].formula == "√(1.2877² + 2.5754² + 3.3863²)"
    assert found.steps[4].formula == "1.2877 / 4.4450"
    assert (found.count, found.document_frequency, found.n_documents) == (1, 2, 3)


def test_a_count_and_a_presence_have_little_arithmetic() -> None:
    counted = formula(LINES, 0, "bread", WeightingSpec("count"))
    assert (counted.value, len(counted.steps)) == (2.0, 1)
    present = formula(LINES, 0, "bread", WeightingSpec("binary"))
    assert [step.formula for step in present.steps] == [
        "occurrences in this article",
        "2 is more than 0",
    ]


def test_an_empty_cell_says_why() -> None:
    found = formula(LINES, 2, "bread", WeightingSpec("tfidf"))
    assert (found.count, found.value) == (0, 0.0)
    assert found.steps[0].formula == "no occurrence here"


@pytest.mark.parametrize(("sublinear", "use_idf", "smooth", "norm"), TFIDF)
@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_every_cells_last_step_is_scikit_learns_value(
    name: str, sublinear: bool, use_idf: bool, smooth: bool, norm: str
) -> None:
    texts = SMALL_CORPORA[name]()[0][:6]
    spec = WeightingSpec("tfidf", sublinear, use_idf, smooth, norm)
    plain = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)
    small = small_matrix(texts, plain)
    vectorizer = CountVectorizer(analyzer=reference.words)
    counts = vectorizer.fit_transform(texts)
    assert small.vocabulary.terms.to_pylist() == vectorizer.get_feature_names_out().tolist()
    transformer = TfidfTransformer(
        sublinear_tf=sublinear, use_idf=use_idf, smooth_idf=smooth, norm=None if norm == "none" else norm
    )
    expected = transformer.fit_transform(counts).toarray()
    for row, column in itertools.product(range(len(texts)), range(small.vocabulary.n_terms)):
        found = explain_cell(small.counts[row], column, small.vocabulary, spec)
        assert found.steps[-1].result == pytest.approx(expected[row, column], rel=1e-12)
        assert found.value == pytest.approx(expected[row, column], rel=1e-12)
    whole = weight(small.counts, small.vocabulary, spec)
    np.testing.assert_allclose(whole.toarray(), expected, rtol=1e-12)


def test_a_long_row_is_cut_and_says_how_many_are_left_out() -> None:
    words = " ".join(f"word{'abcdefghij'[i]}" for i in range(10))
    found = formula([words, "tea"], 0, "wordc", WeightingSpec("tfidf", norm="l1"))
    assert found.steps[3].formula.endswith("+ … 4 more")
    assert found.steps[3].result == pytest.approx(10 * (math.log(3 / 2) + 1))


def test_texts_without_terms_are_refused() -> None:
    with pytest.raises(EmptyVocabularyError):
        small_matrix(["", "  "], Recipe())


def test_a_column_of_no_training_article_has_finite_arithmetic() -> None:
    small = small_matrix(LINES, Recipe())
    spec = WeightingSpec("tfidf", smooth_idf=False)
    vocabulary = small.vocabulary
    vocabulary.document_frequency[0] = 0
    row = sparse.csr_matrix(np.array([[1, 0, 0, 0, 0]], dtype=np.int32))
    assert explain_cell(row, 0, vocabulary, spec).steps[-1].result == 1.0
