"""Preprocessing: what each step did, to one sentence and to all words; and the resulting matrix."""

from __future__ import annotations

from ui import answers
from ui.preprocessing import panels
from ui.reading.tables import choose_view
from ui.state import session

VIEWS = {"Words": panels.words, "Matrix": panels.matrix}

answer, before = answers.answer(session.recipe()), answers.previous_answer()
view = choose_view(VIEWS, "preprocessing_view")
VIEWS[view](answer, before)
