"""Confusion matrix: find the mistakes, read them, and see the words behind them."""

from __future__ import annotations

import streamlit as st

from bowcore.nouns import TEXT
from charts.scores import per_class_scores
from ui import answers
from ui.confusion import cell_views, cells, own_text_section, seal
from ui.reading.tables import palette, show
from ui.shell import runs
from ui.state import session

answer = answers.answer(session.recipe())
run = runs.trained(session.recipe(), answer.corpus.digest)
model, mode = cells.choose_model(answer)
names = answer.split.class_names

if model is not None and len(model.rows):
    left, right = st.columns([9, 11], gap="medium")
    with left:
        cells.matrix(answer, model, mode)
        show(per_class_scores(model.scores.table(), palette(), names), "class_scores")
    with right:
        own_text_section.section(answer, model.judged)
        cell = cells.choose_cell(names, model)
        cell_views.show(answer, model, cell)
        own_text_section.button()
elif model is not None:
    st.info(f"No validation {TEXT} is in this slice, so there is nothing to judge. Choose another one.")

seal.seal(answer, run)
