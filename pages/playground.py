"""Playground: one article on its way from text to score, and one switch that changes everything."""

from __future__ import annotations

import streamlit as st

from ui import answers
from ui.playground import cards
from ui.state import session

answer = answers.answer(session.recipe())
grid = st.grid(3, height="stretch", border=True, gap="xsmall", key="cards")
subject = None
# ui/shell/style.py replaces the heights: only in a box with a number may a table be lower than ten rows
for draw in cards.CARDS:
    with grid.cell(), st.container(gap=None, height=200, border=False):
        subject = draw(answer, subject)
