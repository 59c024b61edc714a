"""Word groups: sizes and new groups, against scikit-learn's vectorizer and pandas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.matrix.groups import matrix_size, new_groups
from bowcore.recipe.recipe import Recipe
from tests.matrix.small import small_answer
from tests.small_corpora import SMALL_CORPORA
from tests.text.reference import words as words_of

PLAIN = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)


@pytest.mark.parametrize("name", SMALL_CORPORA)
@pytest.mark.parametrize("longest", [2, 3])
def test_new_groups_are_those_of_a_vectorizer(name: str, longest: int) -> None:
    split, _, single = small_answer(name, PLAIN)
    grouped = small_answer(name, PLAIN.change(ngrams=longest))[2]
    texts = split.train.articles["title"].to_pylist()
    vectorizer = CountVectorizer(tokenizer=words_of, token_pattern=None, lowercase=False, ngram_range=(2, longest))
    counts = pd.DataFrame(vectorizer.fit_transform(texts).toarray(), columns=vectorizer.get_feature_names_out())
    found = new_groups(single.vocabulary.known_terms, grouped.vocabulary, grouped.counts, 1000)
    by_class = counts.groupby(split.train.labels).sum().reindex(range(len(split.class_names)), fill_value=0)
    assert found["term"].tolist() == sorted(counts.columns, key=lambda term: (-counts[term].sum(), term))
    for _, row in found.iterrows():
        column = counts[row["term"]]
        assert row["count"] == column.sum()
        assert row["articles"] == (column > 0).sum()
        shares = [row[class_name] for class_name in split.class_names]
        assert shares == pytest.approx((by_class[row["term"]] / column.sum()).tolist())


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_sizes_are_those_of_the_dense_table(name: str) -> None:
    matrix = small_answer(name, PLAIN.change(ngrams=2))[2]
    size, dense = matrix_size(matrix.features, matrix.vocabulary), matrix.features.train.toarray()
    assert (size.n_terms, size.n_filled, size.n_tokens) == (dense.shape[1], (dense > 0).sum(), dense.sum())
    assert size.once_share == pytest.approx((dense.sum(axis=0) == 1).mean())
    assert size.dense_bytes == dense.astype(np.int64).nbytes


def test_the_column_for_other_terms_is_no_new_group() -> None:
    _, _, single = small_answer("greek", PLAIN.change(unknown="unk"))
    grouped = small_answer("greek", PLAIN.change(unknown="unk", ngrams=2, vocabulary_size=8))[2]
    found = new_groups(single.vocabulary.known_terms, grouped.vocabulary, grouped.counts)
    assert len(found)
    assert "<UNK>" not in found["term"].tolist()


def test_classes_named_like_other_columns_have_their_own_columns() -> None:
    _, _, single = small_answer("unbalanced", PLAIN)
    grouped = small_answer("unbalanced", PLAIN.change(ngrams=2))[2]
    usual = new_groups(single.vocabulary.known_terms, grouped.vocabulary, grouped.counts)
    renamed = replace(grouped.counts, class_names=("count", "term"))
    found = new_groups(single.vocabulary.known_terms, grouped.vocabulary, renamed)
    assert list(found) == ["term", "count", "articles", "count (class)", "term (class)"]
    assert found.to_numpy().tolist() == usual.to_numpy().tolist()
