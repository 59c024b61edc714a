"""A text of the reader's own on the confusion page: which class the judge gives it, and why."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from ui.reading import own_text_dialog
from ui.shell.judgement import Judgement
from ui.shell.own_prediction import await_lemmas, explain_own, own_subject
from ui.state import own_text

HEIGHT = 170  # px: four lines of words


def section(answer: Answer, shown: Judgement) -> None:
    """Once there is a text of the reader's own: the prediction for it."""
    text = own_text.current()
    if not text:
        return
    subject = own_subject(answer, text)
    with st.container(border=True, height=HEIGHT, gap="xxsmall"):
        explain_own(answer, subject, shown, f"Y{subject.name[1:]}")
        await_lemmas(subject)


def button() -> None:
    """The button that opens the dialog of the reader's own text."""
    own_text_dialog.button("confusion_text")
