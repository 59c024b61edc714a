"""The written words behind the tagger's lemmas: for the merge table, and for the tagger's row in the table of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa

from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.nouns import TEXTS
from bowcore.tasks.lemmatise import kept_lemma_cost
from bowcore.tasks.lemmatise_words import TOKENS, as_written, read_tokens, request_tokens, tokens_key
from bowcore.text.step_cache import StepCost
from bowcore.text.tagger.words import STEP
from bowcore.text.units import Units
from bowcore.trace.lemma_pairs import LemmaPairs, pair_lemmas
from bowcore.trace.tagger import LemmaEffect, lemma_effect
from ui import answers, job_panel
from ui.answers import kept

Made = TypeVar("Made")


def pairs_of(answer: Answer) -> LemmaPairs | Job | None:
    """Every written word with its lemma, or the job that splits the words into tokens.

    None if the recipe reads words as written.
    """
    if answer.recipe.text.units != "lemmas":
        return None
    return _find(answer, _pairs)


def effect_of(answer: Answer) -> LemmaEffect | Job:
    """The tagger's effect on the words of the open articles, or the job that splits the words into tokens.

    The recipe must use the tagger's lemmas.
    """
    return _find(answer, _effect)


@kept("text")
def cost_of(answer: Answer) -> StepCost | None:
    """What the lemmas cost when a worker made them; None if that was not measured."""
    costs = kept_lemma_cost(answer.split, answer.recipe, STEP)
    return StepCost(STEP, costs[0].seconds, 0, 0, from_cache=True) if costs else None


def note_on_forms(pairs: LemmaPairs | None) -> str:
    """What the forms of a merge table are, if the tagger's lemmas are used instead of words.

    `pairs` are those of a step that starts from the written words.
    """
    if pairs is None:
        return "The forms of this step are the tagger's lemmas; the step Lemma tagger has the words as written."
    note = (
        "The forms are tokens as they are written: the tagger reads wasn't as was and n't. A token with several "
        "lemmas, which depend on the words around it, is counted with each."
    )
    if pairs.n_left_out:
        note += f" {pairs.n_left_out:,} {TEXTS} are left out: they have different numbers of tokens and lemmas."
    return note


def _find(answer: Answer, make: Callable[[Answer], Made | None]) -> Made | Job:
    recipe, digest = answer.recipe, answer.corpus.digest
    return job_panel.find(
        TOKENS,
        tokens_key(recipe, digest),
        lambda: make(answer),
        lambda: request_tokens(recipe, digest, len(_written(answer).types)),
    )


def _written(answer: Answer) -> Units:
    return answers.reading(as_written(answer.recipe)).units


def _tokens(answer: Answer) -> pa.ListArray | None:
    return read_tokens(answer.recipe, answer.corpus.digest, len(_written(answer).types))


@kept("text", "Matching written words to their lemmas…")
def _pairs(answer: Answer) -> LemmaPairs | None:
    tokens = _tokens(answer)
    return None if tokens is None else pair_lemmas(_written(answer), tokens, answer.reading.units)


@kept("text", "Following every word to its lemmas…")
def _effect(answer: Answer) -> LemmaEffect | None:
    tokens = _tokens(answer)
    return None if tokens is None else lemma_effect(_written(answer), tokens, answer.reading.units, 20)
