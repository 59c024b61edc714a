"""The pages in the order of the navigation."""

from __future__ import annotations

from copy import copy
from functools import cache

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui.state import address

REGISTRY = (
    ("playground.py", "Playground"),
    ("data.py", "Data"),
    ("words.py", "Words"),
    ("preprocessing.py", "Preprocessing"),
    ("training.py", "Training"),
    ("confusion.py", "Confusion matrix"),
    ("compare.py", "Compare"),
)
"""File and title of every page."""


def pages() -> list[StreamlitPage]:
    """The pages for `st.navigation`, which notes in them which one may run: each run gets its own."""
    return [copy(page) for page in _found()]


@cache  # each is looked for on the disk
def _found() -> tuple[StreamlitPage, ...]:
    return tuple(st.Page(address.PAGES / file, title=title, default=i == 0) for i, (file, title) in enumerate(REGISTRY))
