"""Preprocessing: what each step did, to one sentence and to all words; and the matrix that came of it."""

from __future__ import annotations

from ui import session, stages
from ui.header import previous_answer
from ui.matrix import matrix_tab
from ui.preprocessing import words_tab
from ui.show import choose_view

VIEWS = {"Words": words_tab.words_tab, "Matrix": matrix_tab.matrix_tab}

now, before = stages.now(session.recipe()), previous_answer()
view = choose_view(VIEWS, "preprocessing_view")
VIEWS[view](now, before)
