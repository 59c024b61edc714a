"""Articles that the recipe leaves without a term: reported where they matter, and opened in a dialog."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXTS
from bowcore.trace.empty_texts import EmptyTexts
from ui.answers import kept
from ui.reading.articles import pick, read
from ui.state import rerun
from ui.texts import sentence

WARN_FROM = 0.1
"""Share of empty articles from which every page warns: scores are then those of guessing for many articles."""


@kept("weighting")
def empty_texts(answer: Answer) -> EmptyTexts:
    """The articles without a term under an answer's recipe."""
    return answer.empty_texts()


def report(answer: Answer, *, warn_only: bool) -> None:
    """Say how many articles are empty and which step emptied them, with a button that opens them.

    Args:
        answer: The recipe's answer.
        warn_only: Whether a share below `WARN_FROM` is left to the pages that inspect texts.
    """
    empty = empty_texts(answer)
    serious = empty.share >= WARN_FROM
    if not empty.n or (warn_only and not serious):
        return
    said, button = st.columns([7, 1], vertical_alignment="center")
    with said:
        if serious:
            st.warning(
                sentence(f"{empty.sentence} Models guess their class. {empty.remedy}"), icon=":material/warning:"
            )
        else:
            st.caption(sentence(empty.sentence))
    if button.button("Read them", key="read_empty_texts"):
        rerun.dialog(f"{TEXTS:A} without a term", partial(_open, answer))


def _open(answer: Answer) -> None:
    empty = empty_texts(answer)
    positions = np.concatenate([empty.training, answer.reading.n_train + empty.validation])
    read(answer, pick(answer, positions, "empty_texts_list"), "empty_text")
