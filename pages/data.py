"""Data: what the articles contain, before anything is counted. Only the chosen view is computed."""

from __future__ import annotations

from ui import answers
from ui.data.views import OF_A_SLICE, VIEWS
from ui.reading.tables import choose_view
from ui.shell import slices
from ui.state import session

answer, view = answers.answer(session.recipe()), choose_view(VIEWS, "data_view")
if view not in OF_A_SLICE:
    slices.note_all_articles(answer, view)
VIEWS[view](answer)
