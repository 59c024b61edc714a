"""Compare: the table of runs, two of them article by article, and what each switch does."""

from __future__ import annotations

import streamlit as st

from ui import answers
from ui.compare import views
from ui.reading.tables import choose_view
from ui.state import session

answer = answers.answer(session.recipe())

bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
with bar:
    view = choose_view(views.VIEWS, "compare_view")
views.VIEWS[view](answer, bar)
