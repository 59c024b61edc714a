"""Confusion matrix: find the mistakes, read them, and see the words behind them."""

from __future__ import annotations

import streamlit as st

from bowcore.nouns import TEXT
from ui import answers
from ui.confusion import cell_views, cells, own_text_section, score_views, seal
from ui.shell import runs
from ui.state import session

answer = answers.answer(session.recipe())
model, mode = cells.choose_model(answer)

if model is not None and len(model.rows):
    left, right = st.columns([9, 11], gap="medium")
    with left:
        cells.matrix(answer, model, mode)
    with right:
        own_text_section.section(answer, model.judged)
        cell = cells.choose_cell(answer.split.class_names, model)
        cell_views.show(answer, model, cell)
        own_text_section.button()
    score_views.show_scores(answer, model)
elif model is not None:
    st.info(f"No validation {TEXT} is in this slice, so there is nothing to judge. Choose another one.")

seal.seal(answer, runs.trained(session.recipe(), answer.corpus.digest))
