"""Shortcut words against counts by hand and by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.findings.source_words import class_shares, find_shortcuts
from tests.small_corpora import SMALL_CORPORA

NAMES = ("food", "sea")
TEXTS = [
    *["op bread dough"] * 4,
    *["bread oven op op"] * 3,
    "bread at sea",
    *["op ferry port"] * 2,
    *["ferry bread xy"] * 2,
]
LABELS = np.array([0] * 7 + [1] * 5, dtype=np.int32)
TAGS = ["op", "op", "op", "", "op", "op", "op", "", "op", "", "", ""]
"""The words of each text that are in a tag."""
ADDRESSES = [""] * 10 + ["xy", "xy"]


def counted(texts: list[str], vocabulary: list[str]) -> sparse.csr_matrix:
    return CountVectorizer(vocabulary=vocabulary, analyzer=str.split).transform(texts).astype(np.int32)


def found(**limits: float) -> pd.DataFrame:
    words = sorted({word for text in TEXTS for word in text.split()})
    places = {"tag": counted(TAGS, words), "address": counted(ADDRESSES, words)}
    arguments = {"near": 0.95, "source": 0.5, "min_articles": 2, **limits}
    return find_shortcuts(counted(TEXTS, words), LABELS, pa.array(words), NAMES, places, **arguments).set_index("term")


def test_class_shares_and_source_shares_are_those_counted_by_hand() -> None:
    table = found()
    assert table.loc["op", ["articles", "class", "found_in"]].tolist() == [9, "food", "tag"]
    assert table.loc["op", "class_share"] == pytest.approx(7 / 9)
    assert table.loc["op", "source_share"] == pytest.approx(7 / 9)
    assert not table.loc["op", "near_one_class"] and table.loc["op", "names_a_source"]
    assert table.loc["dough", ["articles", "class", "class_share", "source_share", "found_in"]].tolist() == [
        4,
        "food",
        1.0,
        0.0,
        "",
    ]
    assert table.loc["xy", ["near_one_class", "names_a_source", "found_in"]].tolist() == [True, True, "address"]
    assert "bread" not in table.index, "7 of 10 articles are of food, and none holds it in a tag"


def test_both_come_first_then_sources_then_words_near_one_class() -> None:
    assert found().index.tolist() == ["xy", "op", "dough", "ferry", "oven", "port"]


def test_a_word_twice_in_an_article_counts_it_once() -> None:
    words = ["op"]
    shares = class_shares(counted(TEXTS, words), LABELS, 2)
    assert shares.tolist() == [[7, 2]]


def test_rare_terms_are_left_out() -> None:
    assert found(min_articles=4).index.tolist() == ["op", "dough", "ferry"]
    assert found(min_articles=100).empty


def test_the_interval_is_exact_and_corrected_for_all_terms_and_classes() -> None:
    row = found().loc["op"]
    n_compared = 7  # all but "at" and "sea": terms of two articles or more
    expected = binomtest(7, 9).proportion_ci(1 - 0.05 / (n_compared * 2), method="exact")
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))


def test_intervals_of_selected_terms_cover_together_in_95_of_100_samples() -> None:
    rng, missed = np.random.default_rng(5), 0
    n_terms, n_articles = 400, 300
    for _ in range(200):
        present = sparse.csr_matrix(rng.random((n_articles, n_terms)) < 0.1)
        labels = (rng.random(n_articles) < 0.5).astype(np.int32)  # every term is of either class by half
        terms = pa.array([f"t{number}" for number in range(n_terms)])
        table = find_shortcuts(present.astype(np.int32), labels, terms, NAMES, {}, near=0.7, min_articles=20)
        missed += bool(((table["low"] > 0.5) | (table["high"] < 0.5)).any())
    assert missed <= 18, "5 % of 200, and three standard errors"


def test_a_word_in_a_tag_that_the_article_does_not_count_is_no_evidence() -> None:
    words = ["op", "tea"]
    places = {"tag": counted(["tea"] * len(TEXTS), words)}
    table = find_shortcuts(counted(TEXTS, words), LABELS, pa.array(words), NAMES, places, near=0.5, min_articles=1)
    assert table["term"].tolist() == ["op"] and table["source_share"].tolist() == [0.0]


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_shares_of_any_corpus_are_those_of_pandas(name: str) -> None:
    texts, labels, classes = SMALL_CORPORA[name]()
    words = sorted({word for text in texts for word in text.split()})
    empty = sparse.csr_matrix((len(texts), len(words)), dtype=np.int32)
    table = find_shortcuts(
        counted(texts, words),
        np.array(labels, dtype=np.int32),
        pa.array(words),
        classes,
        {"tag": empty},
        near=0.6,
        min_articles=1,
    ).set_index("term")
    frame = pd.DataFrame(
        {(row, word) for row, text in enumerate(texts) for word in text.split()}, columns=["row", "word"]
    ).assign(label=lambda frame: frame["row"].map(dict(enumerate(labels))))
    by_word = frame.groupby("word")["label"].value_counts(normalize=True).groupby("word").max()
    assert set(table.index) == set(by_word.index[by_word >= 0.6])
    for word, share in table["class_share"].items():
        assert share == pytest.approx(by_word[word])
    assert not table["names_a_source"].any()
