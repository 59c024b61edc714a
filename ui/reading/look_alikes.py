"""A warning about terms that look alike and are counted apart."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.trace.look_alikes import in_words, look_alikes
from ui.answers import kept
from ui.texts import plain


@kept("vocabulary")
def _sentence(answer: Answer) -> str:
    return in_words(look_alikes(answer.matrix.vocabulary.terms))


def report(answer: Answer) -> None:
    """Name the terms of a recipe that look alike, if there are any."""
    if sentence := _sentence(answer):
        st.warning(plain(sentence), icon=":material/warning:")
