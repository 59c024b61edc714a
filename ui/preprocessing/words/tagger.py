"""The written words behind the tagger's lemmas: for the merge table, and for the row of what the tagger did."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from bowcore.errors import NotPreparedError
from bowcore.experiment.answer import Answer
from bowcore.experiment.lemmas import find_lemmas
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.lemmatise import lemma_cost
from bowcore.tasks.lemmatise_words import TOKENS, as_written, read_tokens, request_tokens, tokens_key
from bowcore.text.step_cache import StepCost
from bowcore.text.tagger.words import STEP
from bowcore.text.units import Units
from bowcore.trace.lemma_pairs import LemmaPairs, pair_lemmas
from bowcore.trace.tagger import LemmaEffect, lemma_effect
from ui import answers, awaited


def pairs_of(answer: Answer) -> LemmaPairs | Job | None:
    """Every written word beside its lemma, or the job that cuts the words into tokens now.

    None where the recipe reads words as they are written.
    """
    if answer.recipe.text.units != "lemmas":
        return None
    words, tokens = _tokens(answer)
    return tokens if isinstance(tokens, Job) else _pairs(answer.key("text"), words, tokens, answer.reading.units)


def effect_of(answer: Answer) -> LemmaEffect | Job:
    """What the tagger made of the words of the open articles, or the job that cuts the words into tokens now.

    The recipe reads the tagger's lemmas.
    """
    words, tokens = _tokens(answer)
    return tokens if isinstance(tokens, Job) else _effect(answer.key("text"), words, tokens, answer.reading.units)


def cost_of(answer: Answer) -> StepCost | None:
    """What the lemmas cost when a worker made them; None where nobody measured."""
    return _cost(answer.key("text"), answer.recipe)


def told(from_written: bool, pairs: LemmaPairs | None) -> str:
    """What the forms of a table are, where the tagger's lemmas are read in place of words."""
    if not from_written or pairs is None:
        return (
            "The forms of this step are the tagger's lemmas; the words as written are those of the step Lemma tagger."
        )
    words = (
        "The forms are tokens as they are written: the tagger reads wasn't as was and n't. One that has several "
        "lemmas, by the words around it, is counted with each."
    )
    if pairs.n_left_out:
        words += f" {pairs.n_left_out:,} articles are left out: their tokens and lemmas are not equally many."
    return words


def _tokens(answer: Answer) -> tuple[Units, pa.ListArray | Job]:
    recipe, digest = answer.recipe, answer.corpus.digest
    words = answers.reading(as_written(recipe)).units
    n_words = len(words.types)
    tokens = awaited.find(
        TOKENS,
        tokens_key(recipe, digest),
        lambda: read_tokens(recipe, digest, n_words),
        lambda: request_tokens(recipe, digest, n_words),
    )
    return words, tokens


@st.cache_resource(max_entries=4, show_spinner="Setting written words beside their lemmas…")
def _pairs(key: str, _words: Units, _tokens: pa.ListArray, _lemmas: Units) -> LemmaPairs:
    return pair_lemmas(_words, _tokens, _lemmas)


@st.cache_resource(max_entries=4, show_spinner="Following every word to its lemmas…")
def _effect(key: str, _words: Units, _tokens: pa.ListArray, _lemmas: Units) -> LemmaEffect:
    return lemma_effect(_words, _tokens, _lemmas, 20)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cost(key: str, _recipe: Recipe) -> StepCost | None:
    try:
        costs = lemma_cost(find_lemmas(answers.experiments().split(_recipe), _recipe), STEP)
    except NotPreparedError:
        return None
    return StepCost(STEP, costs[0].seconds, 0, 0, from_cache=True) if costs else None
