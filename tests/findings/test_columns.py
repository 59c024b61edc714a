import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, split_corpus
from bowcore.findings.columns import BIN_SHARE, LENGTHS, N_BINS, summarise_columns
from bowcore.recipe.specs import SplitSpec
from tests.small_corpora import SMALL_CORPORA

Rows = list[tuple[str, str, int]]


def documents(rows: Rows) -> Documents:
    table = pa.table({name: pa.array([row[i] for row in rows], pa.large_string()) for i, name in enumerate(TEXTS)})
    return Documents(np.arange(len(rows)), table, np.array([row[2] for row in rows], dtype=np.int32))


TEXTS = ("title", "body")


def split_of(train: Rows, validation: Rows, test: Rows, names: tuple[str, ...] = ("a", "b")) -> Split:
    known = documents(train)
    return Split(known, documents(validation), SealedTest(documents(test), len(names), known), names)


def by_pandas(part: Documents, column: str) -> dict[str, float]:
    """The same numbers by pandas' own string methods."""
    texts: pd.Series = part.articles.to_pandas()[column].astype(object)
    found = {"n": len(texts), "n_empty": int((texts.str.strip() == "").sum()), "n_distinct": texts.nunique()}
    lengths = {"words": texts.str.split().map(len), "signs": texts.map(len)}
    for unit, values in lengths.items():
        found |= {f"mean_{unit}": values.mean(), f"median_{unit}": values.median(), f"longest_{unit}": values.max()}
    return found


def assert_as_pandas_says(split: Split) -> None:
    table = summarise_columns(split).set_index(["column", "split"])
    for part, articles in (("training", split.train), ("validation", split.validation)):
        for column in TEXTS:
            expected = by_pandas(articles, column)
            found = table.loc[(column, part)]
            assert {name: found[name] for name in expected} == pytest.approx(expected, nan_ok=True)
            words = articles.articles.to_pandas()[column].str.split().map(len)
            assert sum(found["histogram"]) == len(words)
            width = found["bin_words"]
            bins = pd.cut(words, [i * width for i in range(N_BINS)] + [np.inf], right=False, labels=False)
            assert list(found["histogram"]) == [int((bins == i).sum()) for i in range(N_BINS)]
        labels = table.loc[("label", part)]
        by_class = pd.Series(articles.labels).value_counts()
        assert list(labels["histogram"]) == [by_class.get(i, 0) for i in range(len(split.class_names))]
        assert (labels["n"], labels["n_empty"], labels["n_distinct"]) == (len(articles.labels), 0, len(by_class))


def test_columns_are_counted_and_measured_as_pandas_does() -> None:
    train = [("Tea", "hot  tea, no milk", 0), ("Tea", " \u3000", 0), ("", "milk", 1)]
    validation = [("Jam on toast", "toast", 1)]
    split = split_of(train, validation, [("secret", "text", 1)])
    assert_as_pandas_says(split)
    table = summarise_columns(split).set_index(["column", "split"])
    title = table.loc[("title", "training")]
    assert title[["n", "n_empty", "n_distinct", "mean_words", "longest_words"]].tolist() == [3, 1, 2, 2 / 3, 1]
    body = table.loc[("body", "training")]
    assert body[["n_empty", "longest_words", "longest_signs", "median_signs"]].tolist() == [1, 4, 17, 4]


def test_test_articles_and_their_classes_are_only_counted() -> None:
    split = split_of([("a", "b", 0)], [("c", "d", 1)], [("secret", "long text here", 1), ("", "x", 1)])
    table = summarise_columns(split)
    test = table[table["split"] == "test"].set_index("column")
    assert test["n"].tolist() == [2, 2, 2]
    assert test.loc[["title", "body"], ["n_empty", "n_distinct", *LENGTHS]].isna().all(axis=None)
    assert test["histogram"].tolist() == [(), (), (0, 2)]
    assert "secret" not in table.to_csv()


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_are_summarised_as_pandas_does(name: str) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    rows = [(text[:9], text, label) for text, label in zip(texts, labels, strict=True)]
    assert_as_pandas_says(split_of(rows, rows[:1], rows, names))


def test_a_split_without_articles_has_no_lengths() -> None:
    table = summarise_columns(split_of([("a", "b c", 0)], [], [])).set_index(["column", "split"])
    empty = table.loc[("body", "validation")]
    assert empty["n"] == 0 and empty[list(LENGTHS)].isna().all() and sum(empty["histogram"]) == 0


def test_bbc_news_is_summarised_as_pandas_does_with_few_articles_in_the_last_bin() -> None:
    split = split_corpus(load_corpus("bbc-news"), SplitSpec())
    assert_as_pandas_says(split)
    body = summarise_columns(split).set_index(["column", "split"]).loc[("body", "training")]
    assert 0 < body["histogram"][-1] <= np.ceil((1 - BIN_SHARE) * split.train.n_documents) + 3
