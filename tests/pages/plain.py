"""What the pages must show, from plain Python and scikit-learn: strings, counters, a textbook classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.naive_bayes import MultinomialNB

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, split_corpus
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SplitSpec
from bowcore.recipe.steps import TermsSpec
from tests.text import reference

RECOMMENDED = preset("recommended")


@dataclass(frozen=True, slots=True)
class Plain:
    """A recipe's answer, computed without `bowcore`'s text, matrix and learning code."""

    terms: frozenset[str]
    train: sparse.csr_matrix
    empty_share: float
    labels: NDArray[np.int32]
    predictions: NDArray[np.int32]
    class_names: tuple[str, ...]

    @property
    def n_right(self) -> int:
        return int((self.predictions == self.labels).sum())


@cache
def articles(part: str) -> tuple[tuple[str, str, int], ...]:
    """Title, body and label of the training or validation articles of BBC News."""
    split = split_corpus(load_corpus("bbc-news"), SplitSpec())
    documents: Documents = getattr(split, part)
    rows = documents.articles.to_pydict()
    return tuple(zip(rows["title"], rows["body"], documents.labels.tolist(), strict=True))


@cache
def class_names() -> tuple[str, ...]:
    return load_corpus("bbc-news").class_names


@cache
def terms_of_unit(unit: str, spec: TermsSpec) -> tuple[str, ...]:
    return tuple(reference.terms_of(unit, spec))


@cache
def tokens(part: str, recipe: Recipe) -> list[list[str]]:
    """Terms of every article in reading order; only steps over single words, no word groups."""
    assert recipe.terms.ngrams == 1 and not recipe.text.repair
    found = []
    for title, body, _ in articles(part):
        text = title if recipe.text.text_used == "headline" else f"{title} {body}"
        found.append([term for unit in text.split() for term in terms_of_unit(unit, recipe.terms)])
    return found


def cells(recipe: Recipe) -> tuple[CountVectorizer, Any, Any]:
    """Scikit-learn's vectorizer, fitted on plain tokens, and its counts or TF-IDF of training and validation."""
    spec = recipe.weighting
    vectorizer = CountVectorizer(analyzer=lambda words: words)
    train = vectorizer.fit_transform(tokens("train", recipe))
    validation = vectorizer.transform(tokens("validation", recipe))
    if spec.weighting == "tfidf":
        weighting = TfidfTransformer(
            norm=None if spec.norm == "none" else spec.norm,
            use_idf=spec.use_idf,
            smooth_idf=spec.smooth_idf,
            sublinear_tf=spec.sublinear_tf,
        ).fit(train)
        train, validation = weighting.transform(train), weighting.transform(validation)
    return vectorizer, train, validation


@cache
def plain(recipe: Recipe) -> Plain:
    """Counts by scikit-learn's vectorizer over plain tokens, its TF-IDF, its multinomial naive Bayes."""
    vectorizer, train, validation = cells(recipe)
    labels = np.array([label for *_, label in articles("validation")], dtype=np.int32)
    model = MultinomialNB().fit(train, [label for *_, label in articles("train")])
    return Plain(
        terms=frozenset(vectorizer.get_feature_names_out()),
        train=train,
        empty_share=1 - train.nnz / (train.shape[0] * train.shape[1]),
        labels=labels,
        predictions=model.predict(validation).astype(np.int32),
        class_names=class_names(),
    )
