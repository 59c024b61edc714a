from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.errors import EmptyVocabularyError
from bowcore.matrix.counts import Counts
from bowcore.matrix.vocabulary import Vocabulary, keep_columns, learn_vocabulary
from bowcore.recipe.specs import VocabularySpec
from tests.laws import examples

WORDS = "abcdefgh"
bags = st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=12)
law = examples(120)


def counts_of(train: list[list[str]], validation: list[list[str]] | None = None) -> Counts:
    terms = sorted({word for bag in [*train, *(validation or [])] for word in bag})
    matrices = [
        sparse.csr_matrix(
            np.array([[bag.count(term) for term in terms] for bag in part], np.int32).reshape(len(part), len(terms))
        )
        for part in (train, validation or [])
    ]
    return Counts(*matrices, pa.array(terms, pa.string()))


def labels_of(train: list[list[str]]) -> np.ndarray:
    """Two classes in turn."""
    return np.arange(len(train), dtype=np.int32) % 2


def learned(train: list[list[str]], validation: list[list[str]] | None = None, **values: object) -> Vocabulary:
    counts = counts_of(train, validation)
    return learn_vocabulary(counts, counts.train, labels_of(train), VocabularySpec(**values))


LUNCH = [["soup", "soup", "bread"], ["soup", "salad"], ["bread", "salad", "salad"], ["pie"]]


def test_document_frequency_counts_a_repeated_term_once() -> None:
    vocabulary = learned(LUNCH)
    assert vocabulary.terms.to_pylist() == ["bread", "pie", "salad", "soup"]
    assert vocabulary.document_frequency.tolist() == [2, 1, 2, 2]
    assert vocabulary.term_frequency.tolist() == [2, 1, 3, 3]
    assert (vocabulary.n_documents, vocabulary.n_terms) == (4, 4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"min_documents": 2}, ["bread", "salad", "soup"]),
        ({"max_document_share": 0.25}, ["pie"]),
        ({"max_document_share": 0.5}, ["bread", "pie", "salad", "soup"]),
        ({"vocabulary_size": 2}, ["salad", "soup"]),
        ({"vocabulary_size": 1}, ["salad"]),
        ({"vocabulary_size": 1, "select_by": "document-frequency"}, ["bread"]),
        ({"vocabulary_size": 3, "select_by": "document-frequency"}, ["bread", "salad", "soup"]),
        ({"vocabulary_size": 9}, ["bread", "pie", "salad", "soup"]),
        ({"max_document_share": 0.25, "vocabulary_size": 1}, ["pie"]),
    ],
)
def test_limits_come_before_the_size_and_ties_are_alphabetical(values: dict[str, object], expected: list[str]) -> None:
    assert learned(LUNCH, **values).terms.to_pylist() == expected


def test_a_word_found_only_in_validation_is_never_a_column() -> None:
    counts = counts_of(LUNCH, [["tea", "tea", "soup"]])
    assert "tea" in counts.terms.to_pylist()
    vocabulary = learn_vocabulary(counts, counts.train, labels_of(LUNCH), VocabularySpec())
    assert vocabulary.terms.to_pylist() == ["bread", "pie", "salad", "soup"]
    assert keep_columns(counts.validation, vocabulary.columns).toarray().tolist() == [[0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("train", "values", "field", "said"),
    [
        ([[], []], {}, "vocabulary_size", "no terms at all"),
        (LUNCH, {"min_documents": 50}, "min_documents", "All 4 terms occur in fewer than 50 articles; lower"),
        (
            LUNCH,
            {"max_document_share": 0.0},
            "max_document_share",
            r"^No term occurs in at most 0\s% of the 4 training articles; raise",
        ),
        (
            LUNCH,
            {"min_documents": 2, "max_document_share": 0.3},
            "max_document_share",
            r"at least 2 articles.*30.00\s%",
        ),
    ],
)
def test_an_empty_vocabulary_is_explained_in_numbers(
    train: list[list[str]], values: dict[str, object], field: str, said: str
) -> None:
    with pytest.raises(EmptyVocabularyError, match=said) as caught:
        learned(train, **values)
    assert caught.value.field == field


limits = st.fixed_dictionaries(
    {
        "min_documents": st.integers(1, 4),
        "max_document_share": st.one_of(st.just(1.0), st.floats(0.0, 1.0), st.sampled_from([0.25, 1 / 3, 0.5])),
        "vocabulary_size": st.integers(0, 9),
        "select_by": st.sampled_from(["term-frequency", "document-frequency"]),
    }
)


@law
@given(bags, bags, limits)
def test_a_vocabulary_agrees_with_counters(
    train: list[list[str]], validation: list[list[str]], values: dict[str, object]
) -> None:
    occurrences = Counter(word for bag in train for word in bag)
    articles = Counter(word for bag in train for word in set(bag))
    most = values["max_document_share"] * len(train)
    allowed = [word for word in sorted(occurrences) if values["min_documents"] <= articles[word] <= most]
    score = occurrences if values["select_by"] == "term-frequency" else articles
    size = values["vocabulary_size"] or len(allowed)
    expected = sorted(sorted(allowed, key=lambda word: (-score[word], word))[:size])
    if not expected:
        with pytest.raises(EmptyVocabularyError):
            learned(train, validation, **values)
        return
    vocabulary = learned(train, validation, **values)
    assert vocabulary.terms.to_pylist() == expected
    assert vocabulary.term_frequency.tolist() == [occurrences[word] for word in expected]
    assert vocabulary.document_frequency.tolist() == [articles[word] for word in expected]


@law
@given(bags, limits)
def test_document_frequency_limits_agree_with_scikit_learn(bags: list[list[str]], values: dict[str, object]) -> None:
    values = values | {"vocabulary_size": 0}
    vectorizer = CountVectorizer(
        analyzer=list, min_df=values["min_documents"], max_df=float(values["max_document_share"])
    )
    try:
        expected = vectorizer.fit_transform(bags)
    except ValueError:
        with pytest.raises(EmptyVocabularyError):
            learned(bags, **values)
        return
    vocabulary = learned(bags, **values)
    assert vocabulary.terms.to_pylist() == vectorizer.get_feature_names_out().tolist()
    kept = keep_columns(counts_of(bags).train, vocabulary.columns)
    assert (kept != expected).nnz == 0


@law
@given(bags, st.integers(1, 9))
def test_the_most_frequent_terms_have_scikit_learns_frequencies(bags: list[list[str]], size: int) -> None:
    if not any(bags):
        return
    vectorizer = CountVectorizer(analyzer=list, max_features=size)
    expected = np.asarray(vectorizer.fit_transform(bags).sum(axis=0)).ravel()
    # which of the tied terms stay is arbitrary in scikit-learn, so only their frequencies are compared
    assert sorted(learned(bags, vocabulary_size=size).term_frequency) == sorted(expected)


@law
@given(bags, st.sets(st.integers(0, 7)))
def test_kept_columns_are_scipys(bags: list[list[str]], chosen: set[int]) -> None:
    matrix = counts_of(bags).train
    columns = np.array(sorted(column for column in chosen if column < matrix.shape[1]), dtype=np.int64)
    kept = keep_columns(matrix, columns)
    assert kept.toarray().tolist() == matrix.toarray()[:, columns].tolist()
    assert kept.dtype == matrix.dtype
    assert kept.shape == (len(bags), len(columns))
