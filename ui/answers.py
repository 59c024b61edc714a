"""Answers to recipes and values that pages compute from them, cached for all sessions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from hashlib import sha256
from inspect import signature
from typing import Generic, ParamSpec, TypeVar, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from bowcore.corpus.sources import SOURCES
from bowcore.corpus.split import Split
from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.repair_on_disk import open_repair_effect
from bowcore.experiment.stages import Reading
from bowcore.findings.overview import ClassCounts, Lengths, count_classes, measure_lengths
from bowcore.jobs import jobs
from bowcore.judge.scores import Accuracy, Share, accuracy, describe_accuracy
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.matrix.change import VocabularyChange
from bowcore.matrix.change import vocabulary_change as compare_vocabularies
from bowcore.matrix.frequencies.zipf import log_spaced_ranks, rank_terms
from bowcore.nouns import fill
from bowcore.recipe.recipe import Recipe, Stage
from bowcore.store.keys import result_key
from bowcore.tasks.prepare_flips import KIND as AHEAD
from bowcore.tasks.prepare_flips import Prepared, ahead_key, request_ahead, worth_preparing
from bowcore.text.language import Guess, guess_language
from bowcore.text.units import read_texts
from bowcore.trace.lineage import StepEffect, step_effects
from ui.state import session
from ui.texts import plain

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")
Block = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.generic], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the open articles contain."""

    classes: ClassCounts
    lengths: Lengths


@cache
def experiments() -> Experiments:
    """The experiments of the page process, shared by all sessions; they never hold test articles."""
    return Experiments(process_memo(), announce=_announce)


@contextmanager
def _announce(text: str) -> Iterator[Callable[[float], None]]:
    """A spinner, and below it a bar from the first share that is reported to the last one, 1."""
    places: list[DeltaGenerator] = []

    def report(share: float) -> None:
        places[:] = places or [st.empty()]
        if share < 1:
            places[0].progress(share, "Cutting the texts into words")
        else:
            places[0].empty()

    with st.spinner(text):
        yield report


def guessed_language(recipe: Recipe) -> Guess:
    """The language that the open texts are most likely in; the built-in corpora are English."""
    return _guess(recipe.through("text")) if recipe.corpus.corpus not in SOURCES else Guess("en", "English", 1.0)


class Kept(Generic[Arguments, Value]):
    """A function whose values are cached for all sessions, in the memo of the process."""

    def __init__(self, make: Callable[Arguments, Value], through: Stage | None, spinner: str) -> None:
        self._make, self.through, self._spinner = make, through, spinner
        self.signature = signature(make)
        self.__doc__, self.__name__, self.__module__ = make.__doc__, make.__qualname__, make.__module__

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        """The cached value, or a new one; None is not cached."""

        def make() -> Value:
            value = self._make(*args, **kwargs)
            if value is None:
                raise _NothingError
            _freeze(value)
            return value

        announce = partial(st.spinner, fill(self._spinner)) if self._spinner else nullcontext
        try:
            return process_memo().get(self.key(*args, **kwargs), make, announce, large=bool(self._spinner))
        except _NothingError:
            return cast(Value, None)

    def key(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Hashable:
        """The key of the cached value: the function's name and a part for every argument.

        Raises:
            TypeError: An argument has a type without a key.
        """
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        parts = tuple((name, _part(value, self.through)) for name, value in bound.arguments.items())
        return f"{self.__module__}.{self.__name__}", parts


def kept(
    through: Stage | None = None, spinner: str = ""
) -> Callable[[Callable[Arguments, Value]], Kept[Arguments, Value]]:
    """Cache the values of a function for all sessions. Their arrays become read-only.

    Args:
        through: The last stage of an answer or recipe that the value depends on; None for a function of neither.
        spinner: Text shown while the value is computed; without one, a value takes no time, and waits for no turn.
    """
    return lambda make: Kept(make, through, spinner)


class _NothingError(Exception):
    """Keeps None out of the memo."""


@kept("text", "Guessing the language…")
def _guess(recipe: Recipe) -> Guess:
    split = experiments().split(recipe)
    return guess_language(pa.chunked_array([read_texts(part, recipe.text) for part in (split.train, split.validation)]))


def _freeze(value: object) -> None:
    """Make the arrays of a value read-only: all sessions share them."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _freeze(item)
    elif is_dataclass(value):
        for item in fields(value):
            _freeze(getattr(value, item.name))


def _part(value: object, through: Stage | None) -> Hashable:
    """An argument's part of a key; equal arguments have equal parts."""
    kind = type(value).__qualname__
    if isinstance(value, Answer) and through is not None:
        return kind, value.key(through)
    if isinstance(value, Recipe) and through is not None:
        return kind, result_key(value, through, corpus_digest(value))
    if isinstance(value, np.ndarray) and value.dtype == np.bool_ and value.ndim == 1:
        return kind, len(value), sha256(np.packbits(value).tobytes()).hexdigest()
    if value is None or type(value) in (bool, int, float, str):
        return kind, value
    if type(value) is tuple:
        return kind, tuple(_part(item, through) for item in value)
    if is_dataclass(value) and not isinstance(value, type | Answer | Recipe) and type(value).__hash__ is not None:
        return kind, tuple((item.name, _part(getattr(value, item.name), through)) for item in fields(value))
    raise TypeError(f"No key can be made of a {kind}: pass what it is made from.")


def answer(recipe: Recipe) -> Answer:
    """The whole answer to a recipe, computed once for all sessions.

    Raises:
        BowlabError: The corpus is missing, or the recipe leaves no terms.
    """
    return experiments().answer(recipe)


def previous_answer() -> Answer | None:
    """The answer to the recipe before, if there was one and it can be shown."""
    recipe = session.before()
    try:
        return None if recipe is None else answer(recipe)
    except BowlabError:
        return None


def accuracy_in_words(answer: Answer, share: Share) -> str:
    """An accuracy on all validation articles, with its interval, their number and the constant guess, as Markdown."""
    return describe_accuracy(share, answer.baseline.value, plain(answer.guess))


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


def split(recipe: Recipe) -> Split:
    """Training and validation articles; test articles sealed."""
    return experiments().split(recipe)


@kept("text")
def inspection(answer: Answer) -> Inspection:
    """Class counts, and lengths of what the recipe reads."""
    return Inspection(count_classes(answer.split), measure_lengths(answer.reading.texts, answer.split))


@kept("vocabulary")
def bayes_on_counts(answer: Answer) -> Accuracy:
    """Validation accuracy of naive Bayes on the counts of the recipe's terms, whatever its cell values are."""
    counts = answer.matrix.counts
    bayes = fit_naive_bayes(counts.train, counts.train_labels, counts.n_classes)
    return accuracy(answer.labels, bayes.predict(counts.validation))


@kept("vocabulary")
def ranked(answer: Answer) -> pd.DataFrame:
    """The vocabulary's terms, most frequent first."""
    vocabulary = answer.matrix.vocabulary
    return rank_terms(vocabulary.terms, vocabulary.term_frequency, vocabulary.document_frequency)


@kept("weighting")
def block(answer: Answer, n_columns: int) -> Block:
    """The corner of the training matrix that shows the first articles and terms from the most to the least frequent.

    Rows, columns and values of its non-empty cells, and the terms of its columns.
    """
    matrix = answer.matrix
    by_frequency = np.argsort(-matrix.vocabulary.term_frequency, kind="stable")
    frequent = by_frequency[log_spaced_ranks(len(by_frequency), n_columns) - 1]
    corner = matrix.first[:, frequent].tocoo()
    terms = tuple(matrix.vocabulary.terms.take(pa.array(frequent)).to_pylist())
    return corner.row, corner.col, corner.data, terms


@kept("terms")
def effects(answer: Answer) -> tuple[StepEffect, ...]:
    """What each step did to the words of the open articles."""
    return step_effects(answer.chain, answer.reading.units.frequencies(), 20)


@kept("text", "Following every leftover that was repaired…")
def repair_effect(recipe: Recipe) -> StepEffect:
    """What the repair of leftovers did to the words of the open articles; the recipe has it, and reads words."""
    return open_repair_effect(experiments(), recipe)


def reading(recipe: Recipe) -> Reading:
    """The open articles, read and split into numbered units."""
    return experiments().reading(recipe)


def prepare_flips(answer: Answer) -> None:
    """Have what the next flips need made while nobody waits; asked for again where the worker had to break off."""
    if not worth_preparing(answer.recipe, answer.reading.units.n_documents):
        return
    asked: dict[str, str] = st.session_state.setdefault("prepared_flips", {})
    key = ahead_key(answer.recipe, answer.corpus.digest)
    # what failed in another session, or killed its worker there, would do so again in each new one
    job = jobs.get(asked[key]) if key in asked else jobs.latest(AHEAD, key)
    if job is not None and job.state == "failed":
        return
    if key not in asked or job is None or (job.state == "done" and not Prepared.from_json(job.result or {}).complete):
        asked[key] = request_ahead(answer.recipe, answer.corpus.digest).id


@kept("vocabulary")
def vocabulary_change(before: Answer, after: Answer) -> VocabularyChange:
    """Terms that the last change took and brought."""
    return compare_vocabularies(before.matrix.vocabulary, after.matrix.vocabulary)
