"""Data: what the articles contain, before anything is counted. Only the chosen view is computed."""

from __future__ import annotations

from collections.abc import Callable

from ui import session, stages
from ui.data import browse, duplicates, leftovers, source_words, suspects, views
from ui.show import choose_view
from ui.stages import Now

VIEWS: dict[str, Callable[[Now], None]] = {
    "Overview": views.overview,
    "Duplicates": duplicates.duplicates_view,
    "Leftovers": leftovers.view,
    "Source words": source_words.view,
    "Suspicious labels": suspects.view,
    "Articles": browse.articles_view,
}
"""Every view in the order of its button: a line here is all that another one needs."""

view = choose_view(VIEWS, "data_view")
VIEWS[view](stages.now(session.recipe()))
