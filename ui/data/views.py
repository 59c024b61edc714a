"""The views of the data page. Only the chosen one is computed."""

from __future__ import annotations

from collections.abc import Callable

from bowcore.experiment.answer import Answer
from ui.data import browse, duplicates, leftovers, overview, source_words, suspects

VIEWS: dict[str, Callable[[Answer], None]] = {
    "Overview": overview.overview,
    "Duplicates": duplicates.duplicates_view,
    "Leftovers": leftovers.view,
    "Source words": source_words.view,
    "Suspicious labels": suspects.view,
    "Articles": browse.articles_view,
}
"""Every view in the order of its button: a line here is all that another one needs."""

OF_A_SLICE = ("Suspicious labels", "Articles")
"""Views that show the chosen slice alone; the others say that they do not."""
