"""Words: which terms, how often, and what the shape of their frequencies says."""

from __future__ import annotations

from ui import answers
from ui.reading.tables import choose_view
from ui.shell import slices
from ui.state import session
from ui.words import views, zipf_view

answer, before = answers.answer(session.recipe()), answers.previous_answer()
ghost = None if before is answer else before

view = choose_view(views.VIEWS, "words_view")
if view == "Zipf's law":
    zipf_view.metrics(answer)
else:
    views.metrics(answer)
views.draw(view, answer, ghost, slices.chosen_mask(answer))
