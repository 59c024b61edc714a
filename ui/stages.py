"""The stages of `bowcore`, cached for all sessions, each under the recipe's key up to it.

Values are frozen and shared, so they go into `cache_resource`; the key is an argument of its own because sparse
matrices and Arrow tables cannot be hashed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bowcore import pipeline
from bowcore.corpus.corpus import CorpusCard
from bowcore.corpus.inspection import ClassCounts, Lengths, count_classes, measure_lengths
from bowcore.corpus.split import Split, split_corpus
from bowcore.judge.scores import Accuracy, Scores, majority_baseline, majority_class, score
from bowcore.learn.naive_bayes import NaiveBayes, fit_naive_bayes
from bowcore.matrix.change import VocabularyChange
from bowcore.matrix.change import vocabulary_change as compare_vocabularies
from bowcore.matrix.counts import Counts
from bowcore.matrix.vocabulary import Vocabulary
from bowcore.matrix.zipf import log_spaced_ranks, rank_terms
from bowcore.pipeline import Matrix, Reading
from bowcore.recipe import Recipe
from bowcore.runs.readings import open_corpus, open_reading
from bowcore.text.lineage import StepEffect, step_effects
from bowcore.text.terms import Chain
from ui.near import near_if_needed

Block = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.generic], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that a recipe answers at once: text, terms, matrix, naive Bayes and its validation scores."""

    recipe: Recipe
    corpus: CorpusCard
    split: Split
    reading: Reading
    chain: Chain
    counts: Counts
    matrix: Matrix
    bayes: NaiveBayes
    log_likelihood: NDArray[np.float64]
    predictions: NDArray[np.int32]
    scores: Scores
    baseline: Accuracy

    @property
    def guess(self) -> str:
        """The class that a constant guess would name: the largest of the training articles."""
        return self.split.class_names[majority_class(self.matrix.features.train_labels)]

    @property
    def labels(self) -> NDArray[np.int32]:
        """True classes of the validation articles."""
        return self.split.validation.labels


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the open articles contain."""

    classes: ClassCounts
    lengths: Lengths


def now(recipe: Recipe) -> Now:
    """The whole answer to a recipe, computed once for all sessions.

    Raises:
        BowlabError: The corpus is missing, or the recipe leaves no terms.
    """
    return _now(recipe.key("weighting"), recipe.through("weighting"))


def same_articles(one: Now, other: Now) -> bool:
    """Whether two answers are about the same validation articles, so that they can be compared one by one."""
    # not by identity: other sessions push splits out of the cache, and an equal one is read in their place
    return one.corpus.digest == other.corpus.digest and one.recipe.key("split") == other.recipe.key("split")


def split(recipe: Recipe) -> Split:
    """Training and validation articles; test articles sealed."""
    return _opened(recipe.key("split"), recipe)[1]


def inspection(recipe: Recipe) -> Inspection:
    """Class counts, and lengths of what the recipe reads."""
    return _inspection(recipe.key("text"), recipe)


def ranked(recipe: Recipe) -> pd.DataFrame:
    """The vocabulary's terms, most frequent first."""
    return _ranked(recipe.key("vocabulary"), recipe)


def block(recipe: Recipe, n_rows: int, n_columns: int) -> Block:
    """The corner of the training matrix that shows the first articles and terms from the most to the least frequent.

    Rows, columns and values of its non-empty cells, and the terms of its columns.
    """
    return _block(recipe.key("weighting"), recipe, n_rows, n_columns)


def effects(recipe: Recipe) -> tuple[StepEffect, ...]:
    """What each step did to the words of the open articles."""
    return _effects(recipe.key("terms"), recipe)


def reading(recipe: Recipe) -> Reading:
    """The open articles, read and split into numbered units."""
    return _reading(recipe.key("text"), recipe)


def vocabulary_change(before: Now, after: Now) -> VocabularyChange:
    """Terms that the last change took and brought."""
    keys = before.recipe.key("vocabulary"), after.recipe.key("vocabulary")
    return _vocabulary_change(*keys, before.matrix.vocabulary, after.matrix.vocabulary)


@st.cache_resource(max_entries=4, show_spinner="Reading the articles…")
def _opened(key: str, _recipe: Recipe) -> tuple[CorpusCard, Split]:
    # the corpus itself is let go: it holds the test articles, and no page may have them at hand
    corpus = open_corpus(_recipe.corpus.corpus, _recipe.corpus.revision)
    return corpus.card, split_corpus(corpus, _recipe.split).without_test_articles()


@st.cache_resource(max_entries=6, show_spinner="Numbering the words of every article…")
def _reading(key: str, _recipe: Recipe) -> Reading:
    card, parts = _opened(_recipe.key("split"), _recipe)
    return open_reading(card.digest, parts, _recipe)


@st.cache_resource(max_entries=4, show_spinner=False)
def _inspection(key: str, _recipe: Recipe) -> Inspection:
    texts, parts = _reading(key, _recipe).texts, split(_recipe)
    return Inspection(count_classes(parts), measure_lengths(texts, parts))


@st.cache_resource(max_entries=16, show_spinner="Taking every word through the steps…")
def _chain(key: str, _recipe: Recipe) -> Chain:
    return pipeline.map_terms(_reading(_recipe.key("text"), _recipe), _recipe)


@st.cache_resource(max_entries=6, show_spinner="Counting words and word groups in every article…")
def _counts(key: str, _recipe: Recipe) -> Counts:
    return pipeline.count(_reading(_recipe.key("text"), _recipe), _chain(key, _recipe), _recipe)


@st.cache_resource(max_entries=8, show_spinner=False)
def _ranked(key: str, _recipe: Recipe) -> pd.DataFrame:
    vocabulary = now(_recipe).matrix.vocabulary
    return rank_terms(vocabulary.terms, vocabulary.term_frequency, vocabulary.document_frequency)


@st.cache_resource(max_entries=16, show_spinner=False)
def _block(key: str, _recipe: Recipe, n_rows: int, n_columns: int) -> Block:
    matrix = now(_recipe).matrix
    by_frequency = np.argsort(-matrix.vocabulary.term_frequency, kind="stable")
    frequent = by_frequency[log_spaced_ranks(len(by_frequency), n_columns) - 1]
    corner = matrix.features.train[:n_rows][:, frequent].tocoo()
    terms = tuple(matrix.vocabulary.terms.take(pa.array(frequent)).to_pylist())
    return corner.row, corner.col, corner.data, terms


@st.cache_resource(max_entries=16, show_spinner=False)
def _effects(key: str, _recipe: Recipe) -> tuple[StepEffect, ...]:
    reading = _reading(_recipe.key("text"), _recipe)
    return step_effects(_chain(key, _recipe), reading.units.frequencies(), 20)


@st.cache_resource(max_entries=16, show_spinner=False)
def _vocabulary_change(before: str, after: str, _before: Vocabulary, _after: Vocabulary) -> VocabularyChange:
    return compare_vocabularies(_before, _after)


@st.cache_resource(max_entries=12, show_spinner=False)
def _now(key: str, _recipe: Recipe) -> Now:
    parts = split(_recipe)
    counts = _counts(_recipe.key("terms"), _recipe)
    matrix = pipeline.build_matrix(counts, parts, _recipe, near_if_needed(_recipe, parts))
    features = matrix.features
    bayes = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    log_likelihood = bayes.joint_log_likelihood(features.validation)
    log_likelihood.flags.writeable = False
    predictions = log_likelihood.argmax(axis=1).astype(np.int32)
    predictions.flags.writeable = False
    return Now(
        recipe=_recipe,
        corpus=_opened(_recipe.key("split"), _recipe)[0],
        split=parts,
        reading=_reading(_recipe.key("text"), _recipe),
        chain=_chain(_recipe.key("terms"), _recipe),
        counts=counts,
        matrix=matrix,
        bayes=bayes,
        log_likelihood=log_likelihood,
        predictions=predictions,
        scores=score(features.validation_labels, predictions, features.class_names),
        baseline=majority_baseline(features.train_labels, features.validation_labels),
    )
