"""Lists of chosen terms side by side: overlap, ties, rules for what chi-squared and mutual information may see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import mutual_info_classif

from bowcore.errors import RecipeError
from bowcore.matrix.selection import (
    SCORES,
    Ranking,
    chi_squared,
    mutual_information,
    overlap,
    rank_by,
    select_terms,
    unique_terms,
    value_information,
)
from bowcore.recipe.recipe import Recipe
from tests.laws import examples
from tests.matrix.small import small_answer, small_split
from tests.small_corpora import SMALL_CORPORA

TFIDF = Recipe().change(weighting="tfidf")
scores = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12).map(np.array)


def test_ties_at_the_cut_counted_by_hand() -> None:
    found = rank_by(np.array([5.0, 2.0, 7.0, 2.0, 2.0, 1.0]), 3)
    assert found.columns.tolist() == [2, 0, 1]
    assert (found.n_tied, found.n_tied_kept) == (3, 1)


@examples(100)
@given(scores, st.integers(1, 15))
def test_a_ranking_is_pythons_stable_sort(values: np.ndarray, n_kept: int) -> None:
    found = rank_by(values, n_kept)
    expected = sorted(range(len(values)), key=lambda column: (-values[column], column))[:n_kept]
    assert found.columns.tolist() == expected
    last = values[expected[-1]]
    assert found.n_tied == sum(value == last for value in values)
    assert found.n_tied_kept == sum(values[column] == last for column in expected)


@pytest.mark.parametrize("corpus", SMALL_CORPORA)
@pytest.mark.parametrize("name", SCORES)
def test_a_ranking_holds_the_terms_that_the_recipe_selects(corpus: str, name: str) -> None:
    matrix = small_answer(corpus, Recipe())[2]
    train, labels = matrix.counts.train, matrix.counts.train_labels
    ranking = rank_by(SCORES[name](train, labels), 4)
    expected = select_terms(train, labels, np.arange(train.shape[1]), 4, name)
    assert sorted(ranking.columns.tolist()) == expected.tolist()


@examples(100)
@given(st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=5))
def test_overlaps_and_unique_terms_are_those_of_sets(sets: list[set[int]]) -> None:
    lists = {str(i): Ranking(np.array(sorted(chosen)), np.zeros(len(chosen)), 0, 0) for i, chosen in enumerate(sets)}
    assert overlap(list(lists.values()), 10).tolist() == [[len(one & other) for other in sets] for one in sets]
    for name, columns in unique_terms(lists, 10).items():
        others = set().union(*(chosen for i, chosen in enumerate(sets) if str(i) != name))
        assert set(columns.tolist()) == sets[int(name)] - others


def test_max_features_of_scikit_learn_keeps_the_list_by_term_frequency() -> None:
    # no ties at the cut, so its unstable sort has nothing to choose
    texts = ["soup soup soup bread bread tea", "soup bread jam jam jam jam"]
    reference = CountVectorizer(max_features=3).fit(texts).get_feature_names_out().tolist()
    whole = CountVectorizer().fit(texts)
    train = whole.transform(texts).astype(np.int32)
    kept = rank_by(SCORES["term-frequency"](train, np.array([0, 1])), 3).columns
    assert sorted(whole.get_feature_names_out()[kept].tolist()) == reference


def test_chi_squared_refuses_fractions_and_negative_cells() -> None:
    labels = np.array([0, 1], dtype=np.int32)
    with pytest.raises(RecipeError, match=r"1 of 2 cells hold fractions\. Give it counts, not TF-IDF"):
        chi_squared(sparse.csr_matrix([[0.5, 0.0], [0.0, 1.0]]), labels)
    with pytest.raises(RecipeError, match="1 cells are below 0"):
        chi_squared(sparse.csr_matrix([[-1, 0], [0, 1]]), labels)
    whole = sparse.csr_matrix([[2.0, 0.0], [0.0, 1.0]])
    assert chi_squared(whole, labels).tolist() == chi_squared(whole.astype(np.int32), labels).tolist()


# scikit-learn computes it and warns that it makes no sense, which is what is to be shown
@pytest.mark.filterwarnings("ignore:Clustering metrics expects discrete values")
@pytest.mark.parametrize("corpus", SMALL_CORPORA)
def test_information_of_values_is_scikit_learns_on_sparse_cells(corpus: str) -> None:
    matrix = small_answer(corpus, TFIDF)[2]
    labels = matrix.features.train_labels
    if corpus == "one_document":
        assert value_information(matrix.features.train, labels).tolist() == [0.0] * matrix.features.n_terms
        return
    for cells in (matrix.features.train, matrix.counts.train):
        expected = mutual_info_classif(cells, labels)
        np.testing.assert_allclose(value_information(cells, labels), expected, rtol=1e-9, atol=1e-12)


def test_every_article_with_a_value_of_its_own_tells_a_useless_word_from_nothing() -> None:
    # a word of all eight articles says nothing of the class; eight different values name all eight articles
    labels = np.array([0, 1] * 4, dtype=np.int32)
    counts = sparse.csr_matrix(np.ones((8, 1), dtype=np.int32))
    weighted = sparse.csr_matrix(np.linspace(0.1, 0.8, 8).reshape(-1, 1))
    assert mutual_information(counts, labels).tolist() == [0.0]
    assert mutual_information(weighted, labels).tolist() == [0.0]
    assert value_information(weighted, labels).tolist() == pytest.approx([np.log(2)])


def test_the_split_of_a_small_corpus_covers_it() -> None:
    for name, corpus in SMALL_CORPORA.items():
        split = small_split(name)
        texts = [*split.train.articles["title"].to_pylist(), *split.validation.articles["title"].to_pylist()]
        assert sorted(texts) == sorted(corpus()[0])
