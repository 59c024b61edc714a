"""Words: which terms, how often, and what the shape of their frequencies says."""

from __future__ import annotations

from ui import answers
from ui.reading.tables import choose_view
from ui.shell import slices
from ui.shell.header import previous_answer
from ui.state import session
from ui.words import views, zipf_view

now, before = answers.now(session.recipe()), previous_answer()
ghost = None if before is now else before

view = choose_view(views.VIEWS, "words_view")
if view == "Zipf's law":
    zipf_view.metrics(now)
else:
    views.metrics(now)
views.draw(view, now, ghost, slices.chosen_mask(now))
