"""What limits take away, against pandas and against the vocabulary that they really leave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bowcore.errors import EmptyVocabularyError
from bowcore.matrix.limits import preview_limits, terms_by_minimum
from bowcore.matrix.vocabulary import max_documents
from bowcore.recipe.recipe import Recipe
from tests.matrix.small import small_answer
from tests.small_corpora import SMALL_CORPORA

TERMS = pd.DataFrame({"term": ["and", "bread", "jam", "tea", "unseen"], "tf": [9, 4, 1, 2, 0], "df": [4, 2, 1, 1, 0]})


def test_limits_on_five_terms_counted_by_hand() -> None:
    found = preview_limits(TERMS["tf"].to_numpy(), TERMS["df"].to_numpy(), 4, 2, 0.75)
    assert found.rare.columns.tolist() == [3, 2]
    assert found.common.columns.tolist() == [0]
    assert (found.n_terms, found.n_left, found.n_tokens, found.n_tokens_left) == (4, 1, 16, 4)
    assert (found.rare.n_tokens, found.common.n_tokens) == (3, 9)


def test_no_limit_takes_nothing() -> None:
    found = preview_limits(TERMS["tf"].to_numpy(), TERMS["df"].to_numpy(), 4, 1, 1.0)
    assert (found.rare.n_terms, found.common.n_terms, found.n_left) == (0, 0, 4)


@pytest.mark.parametrize("name", SMALL_CORPORA)
@pytest.mark.parametrize(("least", "share"), [(1, 1.0), (2, 1.0), (1, 0.4), (2, 0.5), (3, 0.2)])
def test_the_preview_is_what_the_recipe_then_leaves(name: str, least: int, share: float) -> None:
    whole = small_answer(name, Recipe())[2]
    vocabulary = whole.vocabulary
    found = preview_limits(
        vocabulary.term_frequency, vocabulary.document_frequency, vocabulary.n_documents, least, share
    )
    recipe = Recipe().change(min_documents=least, max_document_share=share)
    if not found.n_left:
        with pytest.raises(EmptyVocabularyError):
            small_answer(name, recipe)
        return
    left = small_answer(name, recipe)[2].vocabulary
    gone = set(vocabulary.terms.to_pylist()) - set(left.terms.to_pylist())
    columns = np.concatenate([found.rare.columns, found.common.columns])
    assert {vocabulary.terms[int(column)].as_py() for column in columns} == gone
    assert found.n_left == left.n_terms
    assert found.n_tokens_left == left.term_frequency.sum()


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_terms_by_minimum_are_those_of_pandas(name: str) -> None:
    frequency = small_answer(name, Recipe())[2].vocabulary.document_frequency
    minima, left = terms_by_minimum(frequency)
    series = pd.Series(frequency)
    assert minima[0] == 1 and minima[-1] == series.max()
    assert left.tolist() == [int((series >= least).sum()) for least in minima]


def test_no_terms_have_no_minima() -> None:
    minima, left = terms_by_minimum(np.zeros(3, dtype=np.int64))
    assert len(minima) == len(left) == 0


@pytest.mark.parametrize("n", [100, 1000, 1557])
def test_a_share_with_two_decimals_allows_exactly_that_share_of_the_articles(n: int) -> None:
    assert [max_documents(percent / 100, n) for percent in range(101)] == [percent * n // 100 for percent in range(101)]


def test_a_term_of_29_in_100_articles_is_within_a_share_of_29_percent() -> None:
    frequency = np.array([29, 30])
    assert preview_limits(frequency, frequency, 100, 1, 0.29).common.columns.tolist() == [1]
