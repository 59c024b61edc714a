import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.feature_selection import chi2, mutual_info_classif

from bowcore.experiment.experiments import Experiments
from bowcore.experiment.stages import Matrix, count, map_terms, read_split
from bowcore.matrix.selection import SCORES, select_terms
from bowcore.matrix.vocabulary import learn_vocabulary
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.recipe.specs import VocabularySpec
from tests.experiment.test_stages import matrix_of, split_of
from tests.laws import examples
from tests.matrix.test_vocabulary import counts_of

REFERENCES = {
    "term-frequency": lambda train, labels: np.asarray(train.sum(axis=0)).ravel(),
    "document-frequency": lambda train, labels: np.asarray((train > 0).sum(axis=0)).ravel(),
    "summed-tfidf": lambda train, labels: np.asarray(TfidfTransformer().fit_transform(train).sum(axis=0)).ravel(),
    "chi-squared": lambda train, labels: chi2(train, labels)[0],
    "mutual-information": lambda train, labels: mutual_info_classif(train > 0, labels, discrete_features=True),
}

law = examples(60)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Counts in which every term occurs, and labels of two or more classes."""
    n_documents, n_terms = draw(st.integers(2, 12)), draw(st.integers(1, 6))
    cells = st.lists(st.integers(0, 3), min_size=n_terms, max_size=n_terms)
    table = np.array([draw(cells) for _ in range(n_documents)], dtype=np.int32)
    table[0, table.sum(axis=0) == 0] = 1
    # class 1 may be missing, as a class of few articles can be from a sample
    labels = [0, 2, *(draw(st.integers(0, 2)) for _ in range(n_documents - 2))]
    return sparse.csr_matrix(table), np.array(labels, dtype=np.int32)


def test_every_choice_of_the_recipe_has_a_score_and_a_reference() -> None:
    assert set(SCORES) == set(REFERENCES) == set(CHOICES["select_by"])


@pytest.mark.parametrize("name", SCORES)
@law
@given(given_=labelled())
def test_scores_equal_scikit_learns(name: str, given_: tuple[sparse.csr_matrix, np.ndarray]) -> None:
    train, labels = given_
    np.testing.assert_allclose(SCORES[name](train, labels), REFERENCES[name](train, labels), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_scores_equal_scikit_learns_on_bbc_news(name: str) -> None:
    recipe = Recipe().change(vocabulary_size=2_000)  # each term is scored alone, by scikit-learn slowly
    experiment = Experiments().answer(recipe)
    train, labels = experiment.matrix.features.train, experiment.split.train.labels
    np.testing.assert_allclose(SCORES[name](train, labels), REFERENCES[name](train, labels), rtol=1e-9, atol=1e-12)


def test_chi_squared_and_mutual_information_as_counted_by_hand() -> None:
    train = sparse.csr_matrix(np.array([[2, 1], [0, 1], [0, 1], [0, 1]], dtype=np.int32))
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    # 2 occurrences expected 1 to 1 came 2 to 0; 4 occurrences expected 2 to 2 came 2 to 2
    assert SCORES["chi-squared"](train, labels).tolist() == [2.0, 0.0]
    # present: only class 0; absent: one of class 0, two of class 1
    expected = (np.log(4 / 2) + np.log(4 * 1 / (3 * 2)) + 2 * np.log(4 * 2 / (3 * 2))) / 4
    np.testing.assert_allclose(SCORES["mutual-information"](train, labels), [expected, 0.0], atol=1e-15)


@pytest.mark.parametrize("name", SCORES)
@law
@given(given_=labelled(), n_kept=st.integers(1, 6))
def test_columns_that_read_alike_are_tied_and_the_first_stays(
    name: str, given_: tuple[sparse.csr_matrix, np.ndarray], n_kept: int
) -> None:
    one, labels = given_
    train = sparse.hstack([one, one]).tocsr()
    train.sort_indices()
    n_terms = one.shape[1]
    kept = select_terms(train, labels, np.arange(2 * n_terms), min(n_kept, 2 * n_terms), name)
    assert kept.tolist() == sorted(kept)
    second = {column - n_terms for column in kept if column >= n_terms}
    assert second <= set(kept[kept < n_terms].tolist())


@pytest.mark.parametrize("name", ["chi-squared", "mutual-information"])
def test_a_score_by_class_keeps_the_words_that_tell_classes_apart(name: str) -> None:
    train = [["the", "soup"], ["the", "soup"], ["the", "ball"], ["the", "ball"]]
    counts = counts_of(train)
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    spec = VocabularySpec(vocabulary_size=2, select_by=name)
    assert learn_vocabulary(counts, counts.train, labels, spec).terms.to_pylist() == ["ball", "soup"]
    frequent = VocabularySpec(vocabulary_size=1)
    assert learn_vocabulary(counts, counts.train, labels, frequent).terms.to_pylist() == ["the"]


@pytest.mark.parametrize("name", SCORES)
def test_validation_articles_have_no_part_in_the_choice(name: str) -> None:
    train = [(f"soup {word}", "") for word in ("bread", "salad", "bread pie", "tea")]
    recipe = Recipe().change(select_by=name, vocabulary_size=3)
    one, two = (matrix_of(split_of(train, validation), recipe) for validation in ([], [("pie tea", "")] * 9))
    assert one.vocabulary.terms.equals(two.vocabulary.terms)


@pytest.mark.parametrize("name", SCORES)
def test_a_sample_is_scored_with_its_own_labels(name: str) -> None:
    split = split_of([(f"word{chr(97 + row % 7)} soup{chr(97 + row % 3)}", "") for row in range(40)], [])
    recipe = Recipe().change(select_by=name, vocabulary_size=4, training_articles=11)
    matrix: Matrix = matrix_of(split, recipe)
    reading = read_split(split, recipe)
    counts = count(reading, map_terms(reading, recipe), recipe)
    sampled, labels = counts.train[matrix.rows], split.train.labels[matrix.rows]
    present = np.flatnonzero(np.asarray(sampled.sum(axis=0)).ravel())
    scores = REFERENCES[name](sampled[:, present], labels)
    kept = np.searchsorted(present, matrix.vocabulary.columns)
    assert len(kept) == 4
    assert scores[kept].min() >= np.delete(scores, kept).max() - 1e-12
