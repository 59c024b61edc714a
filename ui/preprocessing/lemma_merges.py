"""What the merge table needs of a recipe of the tagger's lemmas: the written words that each lemma came from."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from bowcore.runs.jobs import Job
from bowcore.runs.word_lemmas_job import TOKENS, as_written, read_tokens, request_tokens, tokens_key
from bowcore.text.lemma_pairs import LemmaPairs, pair_lemmas
from bowcore.text.order import pieces_of_each
from bowcore.text.units import Units
from ui import awaited, stages
from ui.stages import Now


def pairs_of(now: Now) -> LemmaPairs | Job | None:
    """Every written word beside its lemma, or the job that cuts the words into tokens now.

    None where the recipe reads words as they are written.
    """
    if now.recipe.text.units != "lemmas":
        return None
    recipe, digest = now.recipe, now.corpus.digest
    words = stages.reading(as_written(recipe)).units
    n_words = len(words.types)
    tokens = awaited.find(
        TOKENS,
        tokens_key(recipe, digest),
        lambda: read_tokens(recipe, digest, n_words),
        lambda: request_tokens(recipe, digest, n_words),
    )
    return tokens if isinstance(tokens, Job) else _pairs(now.key("text"), words, tokens, now.reading.units)


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


def final_terms(strings: list[str], now: Now) -> list[str]:
    """What all steps of the recipe make of lemmas; several terms are joined by spaces."""
    return [" ".join(pieces) for pieces in pieces_of_each(strings, now.recipe.terms)]


@st.cache_resource(max_entries=4, show_spinner="Setting written words beside their lemmas…")
def _pairs(key: str, _words: Units, _tokens: pa.ListArray, _lemmas: Units) -> LemmaPairs:
    return pair_lemmas(_words, _tokens, _lemmas)
