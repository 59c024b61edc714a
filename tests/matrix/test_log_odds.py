"""Typical terms: by hand, and against a plain loop over the paper's equations."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bowcore.errors import RecipeError
from bowcore.matrix.log_odds import compare_classes, count_by_class, typical_terms
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA


def plain(by_class: list[list[int]], prior_tokens: float) -> list[list[tuple[float, float]]]:
    """Ratio and z of every class and term, one equation at a time."""
    n_terms = len(by_class[0])
    everything = [sum(row[w] for row in by_class) for w in range(n_terms)]
    total = sum(everything)
    result = []
    for row in by_class:
        scores = []
        n_in, n_out = sum(row), total - sum(row)
        for w in range(n_terms):
            prior = prior_tokens * everything[w] / total
            if not prior:
                scores.append((0.0, 0.0))
                continue
            y_in, y_out = row[w], everything[w] - row[w]
            in_odds = (y_in + prior) / (n_in + prior_tokens - y_in - prior)
            out_odds = (y_out + prior) / (n_out + prior_tokens - y_out - prior)
            delta = math.log(in_odds) - math.log(out_odds)
            variance = 1 / (y_in + prior) + 1 / (y_out + prior)
            scores.append((delta, delta / math.sqrt(variance)))
        result.append(scores)
    return result


def assert_equals_plain(by_class: np.ndarray, prior_tokens: float) -> None:
    odds, expected = compare_classes(by_class, prior_tokens), np.array(plain(by_class.tolist(), prior_tokens))
    assert odds.ratio == pytest.approx(expected[..., 0], abs=1e-9)
    assert odds.z == pytest.approx(expected[..., 1], abs=1e-9)


def corpus_counts(name: str) -> tuple[list[str], np.ndarray, np.ndarray, tuple[str, ...]]:
    """Terms, occurrences and articles by class of a small corpus, counted with strings."""
    texts, labels, names = SMALL_CORPORA[name]()
    terms = sorted({word for text in texts for word in text.split()})
    by_class, documents = np.zeros((len(names), len(terms)), int), np.zeros((len(names), len(terms)), int)
    for text, label in zip(texts, labels, strict=True):
        for column, term in enumerate(terms):
            by_class[label, column] += text.split().count(term)
            documents[label, column] += term in text.split()
    return terms, by_class, documents, names


def test_two_classes_and_three_terms_by_hand() -> None:
    # goal: 8 of 10 tokens of sports, 2 of 10 of the rest; a prior of 20 tokens is spread 10 : 5 : 5
    odds = compare_classes(np.array([[8, 1, 1], [2, 4, 4]]), 20)
    assert odds.prior.tolist() == [10, 5, 5]
    expected = math.log(18 / 12) - math.log(12 / 18)
    assert odds.ratio[0, 0] == pytest.approx(expected)
    assert odds.z[0, 0] == pytest.approx(expected / math.sqrt(1 / 18 + 1 / 12))
    assert odds.unshrunk[0, 0] == pytest.approx(math.log(8 / 2) - math.log(2 / 8))
    assert odds.ratio[1] == pytest.approx(-odds.ratio[0])


@pytest.mark.parametrize("prior_tokens", [1, 50, 10_000])
@pytest.mark.parametrize("name", [name for name in SMALL_CORPORA if name != "one_document"])
def test_small_corpora_have_the_scores_of_a_plain_loop(name: str, prior_tokens: int) -> None:
    assert_equals_plain(corpus_counts(name)[1], prior_tokens)


@examples(60)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=5, max_size=5), min_size=2, max_size=6),
    st.floats(0.1, 1e5),
)
def test_any_counts_have_the_scores_of_a_plain_loop(rows: list[list[int]], prior_tokens: float) -> None:
    by_class = np.array(rows)
    if (by_class.sum(axis=1) > 0).sum() < 2 or (by_class.sum(axis=0) > 0).sum() < 2:
        return
    assert_equals_plain(by_class, prior_tokens)


def test_a_larger_prior_pulls_every_ratio_towards_0_and_rare_terms_most() -> None:
    by_class = np.array([[100, 2, 500], [50, 0, 600]])
    weak, strong = (compare_classes(by_class, tokens) for tokens in (10, 10_000))
    assert (np.abs(strong.ratio) < np.abs(weak.ratio)).all()
    assert np.isinf(weak.unshrunk[0, 1])
    assert np.isfinite(weak.ratio).all()
    lost = 1 - np.abs(strong.ratio[0] / weak.ratio[0])
    assert lost[1] > lost[0]


def test_sums_by_class_are_those_of_the_rows() -> None:
    rows = np.array([[1, 0, 2], [0, 3, 0], [4, 0, 0]])
    summed = count_by_class(sparse.csr_matrix(rows), np.array([1, 0, 1], np.int32), 3)
    assert summed.tolist() == [[0, 3, 0], [5, 0, 2], [0, 0, 0]]


def test_each_of_twenty_classes_names_its_own_word_first() -> None:
    terms, by_class, documents, names = corpus_counts("twenty_classes")
    table = typical_terms(pa.array(terms), by_class, documents, compare_classes(by_class, 100), names, 3)
    assert table.groupby("class", sort=False)["term"].first().to_dict() == {name: name for name in names}
    baker = table.iloc[0]
    assert (baker["count"], baker["documents"], baker["other_count"], baker["other_documents"]) == (4, 3, 0, 0)
    assert table["z"].gt(0).all()
    assert table.groupby("class").size().max() <= 3


def test_a_rare_class_is_not_drowned_by_a_large_one() -> None:
    terms, by_class, documents, names = corpus_counts("unbalanced")
    table = typical_terms(pa.array(terms), by_class, documents, compare_classes(by_class, 50), names, 2)
    assert table.loc[table["class"] == "sea", "term"].tolist()[0] == "ferry"


@pytest.mark.parametrize(("name", "word"), [("greek", "καράβι"), ("japanese", "電車")])
def test_words_of_other_scripts_are_typical_too(name: str, word: str) -> None:
    terms, by_class, documents, names = corpus_counts(name)
    table = typical_terms(pa.array(terms), by_class, documents, compare_classes(by_class, 10), names, 5)
    assert word in set(table.loc[table["class"] == names[1], "term"])


@pytest.mark.parametrize("by_class", [[[3, 4]], [[3, 4], [0, 0]], [[3], [4]], [[3, 0], [4, 0]]])
def test_one_class_or_one_term_is_nothing_to_compare(by_class: list[list[int]]) -> None:
    with pytest.raises(RecipeError, match="need 2 classes and 2 terms"):
        compare_classes(np.array(by_class))
