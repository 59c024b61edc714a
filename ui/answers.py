"""The answer to a recipe, computed once for all sessions, and what pages show of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment import stages
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.stages import Matrix, Reading
from bowcore.findings.overview import ClassCounts, Lengths, count_classes, measure_lengths
from bowcore.jobs import jobs
from bowcore.matrix.change import VocabularyChange
from bowcore.matrix.change import vocabulary_change as compare_vocabularies
from bowcore.matrix.frequencies.zipf import log_spaced_ranks, rank_terms
from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.tasks.prepare_flips import ahead_key, request_ahead, worth_preparing
from bowcore.trace.lineage import StepEffect, step_effects

Block = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.generic], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the open articles contain."""

    classes: ClassCounts
    lengths: Lengths


@cache
def experiments() -> Experiments:
    """Those of the page process, for all sessions; no test article is in them."""
    return Experiments(process_memo(), announce=st.spinner)


def answer(recipe: Recipe) -> Answer:
    """The whole answer to a recipe, computed once for all sessions.

    Raises:
        BowlabError: The corpus is missing, or the recipe leaves no terms.
    """
    return experiments().answer(recipe)


def same_articles(one: Answer, other: Answer) -> bool:
    """Whether two answers are about the same validation articles, so that they can be compared one by one."""
    # not by identity: other sessions push splits out of the cache, and an equal one is read in their place
    return one.key("split") == other.key("split")


def corpus_digest(recipe: Recipe) -> str:
    """What names the articles that the recipe is about.

    Raises:
        CorpusError: They are missing.
    """
    return experiments().corpus(recipe).digest


def inspection(recipe: Recipe) -> Inspection:
    """Class counts, and lengths of what the recipe reads."""
    digest = corpus_digest(recipe)
    return _inspection(result_key(recipe, "text", digest), recipe)


def ranked(answer: Answer) -> pd.DataFrame:
    """The vocabulary's terms, most frequent first."""
    return _ranked(answer.key("vocabulary"), answer.matrix.vocabulary)


def block(answer: Answer, n_rows: int, n_columns: int) -> Block:
    """The corner of the training matrix that shows the first articles and terms from the most to the least frequent.

    Rows, columns and values of its non-empty cells, and the terms of its columns.
    """
    return _block(answer.key("weighting"), answer.matrix, n_rows, n_columns)


def effects(answer: Answer) -> tuple[StepEffect, ...]:
    """What each step did to the words of the open articles."""
    return _effects(answer.key("terms"), answer)


def repair_effect(recipe: Recipe) -> StepEffect:
    """What the repair of leftovers did to the words of the open articles; the recipe has it, and reads words."""
    return _repair_effect(result_key(recipe, "text", corpus_digest(recipe)), recipe)


def reading(recipe: Recipe) -> Reading:
    """The open articles, read and split into numbered units."""
    return experiments().reading(recipe)


def prepare_flips(answer: Answer) -> None:
    """Have what the next flips need made while nobody waits; asked for again where the worker had to break off."""
    if not worth_preparing(answer.recipe, answer.reading.units.n_documents):
        return
    asked: dict[str, str] = st.session_state.setdefault("prepared_flips", {})
    key = ahead_key(answer.recipe, answer.corpus.digest)
    job = jobs.get(asked[key]) if key in asked else None
    if job is None or (job.state == "done" and not (job.result or {}).get("complete")):
        asked[key] = request_ahead(answer.recipe, answer.corpus.digest).id


def vocabulary_change(before: Answer, after: Answer) -> VocabularyChange:
    """Terms that the last change took and brought."""
    keys = before.key("vocabulary"), after.key("vocabulary")
    return _vocabulary_change(*keys, before.matrix.vocabulary, after.matrix.vocabulary)


@st.cache_resource(max_entries=4, show_spinner=False)
def _inspection(key: str, _recipe: Recipe) -> Inspection:
    texts, split = experiments().reading(_recipe).texts, experiments().split(_recipe)
    return Inspection(count_classes(split), measure_lengths(texts, split))


@st.cache_resource(max_entries=8, show_spinner=False)
def _ranked(key: str, _vocabulary: Vocabulary) -> pd.DataFrame:
    return rank_terms(_vocabulary.terms, _vocabulary.term_frequency, _vocabulary.document_frequency)


@st.cache_resource(max_entries=16, show_spinner=False)
def _block(key: str, _matrix: Matrix, n_rows: int, n_columns: int) -> Block:
    by_frequency = np.argsort(-_matrix.vocabulary.term_frequency, kind="stable")
    frequent = by_frequency[log_spaced_ranks(len(by_frequency), n_columns) - 1]
    corner = _matrix.features.train[:n_rows][:, frequent].tocoo()
    terms = tuple(_matrix.vocabulary.terms.take(pa.array(frequent)).to_pylist())
    return corner.row, corner.col, corner.data, terms


@st.cache_resource(max_entries=16, show_spinner=False)
def _effects(key: str, _answer: Answer) -> tuple[StepEffect, ...]:
    return step_effects(_answer.chain, _answer.reading.units.frequencies(), 20)


@st.cache_resource(max_entries=4, show_spinner="Following every leftover that was repaired…")
def _repair_effect(key: str, _recipe: Recipe) -> StepEffect:
    raw, repaired = reading(_recipe.change(repair=False)), reading(_recipe)
    return stages.trace_repair(experiments().split(_recipe), _recipe.text, raw.units, repaired.units, 20)


@st.cache_resource(max_entries=16, show_spinner=False)
def _vocabulary_change(before: str, after: str, _before: Vocabulary, _after: Vocabulary) -> VocabularyChange:
    return compare_vocabularies(_before, _after)
