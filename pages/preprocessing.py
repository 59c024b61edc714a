"""Preprocessing: what each step did, to one sentence and to all words; and the matrix that came of it."""

from __future__ import annotations

import streamlit as st

from ui import session, stages
from ui.header import previous_answer
from ui.matrix import matrix_tab
from ui.preprocessing import words_tab

VIEWS = {"Words": words_tab.words_tab, "Matrix": matrix_tab.matrix_tab}

now, before = stages.now(session.recipe()), previous_answer()
view = st.segmented_control(
    "View",
    tuple(VIEWS),
    required=True,
    default="Words",
    key="preprocessing_view",
    label_visibility="collapsed",
    persist_state="session",
)
VIEWS[view](now, before)
