"""Preprocessing: what each step did, to one sentence and to all words; and the matrix that came of it."""

from __future__ import annotations

from ui import answers
from ui.preprocessing.matrix import matrix_tab
from ui.preprocessing.words import words_tab
from ui.reading.tables import choose_view
from ui.shell.header import previous_answer
from ui.state import session

VIEWS = {"Words": words_tab.words_tab, "Matrix": matrix_tab.matrix_tab}

answer, before = answers.answer(session.recipe()), previous_answer()
view = choose_view(VIEWS, "preprocessing_view")
VIEWS[view](answer, before)
