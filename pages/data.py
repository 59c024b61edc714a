"""Data: what the articles contain, before anything is counted. Only the chosen view is computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import session, stages
from ui.data import browse, duplicates, leftovers, source_words, suspects, views
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

view = st.segmented_control(
    "View",
    tuple(VIEWS),
    required=True,
    default="Overview",
    key="data_view",
    label_visibility="collapsed",
    persist_state="session",
)
VIEWS[view](stages.now(session.recipe()))
