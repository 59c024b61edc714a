"""Confusion matrix: find the mistakes, read them, and see the words behind them."""

from __future__ import annotations

import streamlit as st

from charts.confusion import SELECTION, confusion_matrix
from charts.scores import per_class_scores
from ui import confusion, seal, session, stages, training
from ui.show import palette, show
from ui.wording import accuracy_in_words, percent

now = stages.now(session.recipe())
run = training.find(now)
model, mode = confusion.choose_model(now, run)
names = now.split.class_names

left, right = st.columns([9, 11], gap="medium")
with left:
    drawing = confusion_matrix(model.table, palette(), names, mode=mode)
    event = show(drawing, "confusion", on_select=True)
    st.caption(
        f"{model.name}: {accuracy_in_words(model.scores.accuracy)} right of "
        f"{model.scores.accuracy.n_documents:,} validation articles; always guessing one class "
        f"{percent(now.baseline.value)}. The test set stays sealed."
    )
    show(per_class_scores(model.scores.table(), palette(), names), "class_scores")
with right:
    cell = confusion.choose_cell(names, model, event.selection.get(SELECTION, []) if event else [])
    confusion.articles_of_cell(now, run, model, cell)

seal.seal(now, run)
