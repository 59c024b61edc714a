"""Playground: one article on its way from text to score, and one switch that changes everything."""

from __future__ import annotations

import streamlit as st

from ui import answers
from ui.playground import cards
from ui.state import session

answer = answers.answer(session.recipe())
grid = st.grid(3, min_column_width=220, row_height=cards.ROW_HEIGHT, border=True, gap="xsmall", key="cards")
subject = None
for draw in cards.CARDS:
    with grid.cell(), st.container(gap=None, height=cards.INNER_HEIGHT, border=False):
        subject = draw(answer, subject)
