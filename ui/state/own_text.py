"""The text that a reader wrote, one for all pages.

It is private: neither a link nor the address carries it. The browser keeps it for its tab, so that a reload does not
lose it; another tab, and whoever gets a link, has none.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.components.v1.custom_component import CustomComponent
from streamlit.runtime import get_instance

LONGEST = 50_000
"""Characters of a text; a longer one is refused, never cut."""

_KEY, _STORAGE = "own_text", "tab_storage"


def current() -> str:
    """The reader's text; empty if there is none."""
    text: str = st.session_state.get(_KEY, "")
    return text


def write(text: str) -> str:
    """Make this the reader's text; empty text is none. Returns why it was refused, or nothing."""
    if len(text) > LONGEST:
        return (
            f"Your text has {len(text):,} characters, and at most {LONGEST:,} can be followed. Nothing was cut: use a "
            "part of it."
        )
    st.session_state[_KEY] = text.strip()
    return ""


def keep_in_tab() -> None:
    """Give the text to the browser's tab, and take the tab's in a new session; the shell calls this each run."""
    with st.container(key=_STORAGE):
        # of a session that knows no text the frame is asked once, also if the one before has not had the answer
        session = st.session_state.setdefault(_STORAGE, secrets.token_hex(8))
        _in_tab()(
            text=st.session_state.get(_KEY), session=session, default=None, key=f"{_STORAGE}_frame", on_change=_take
        )


def serve_storage() -> None:
    """Serve the files of the storage from now on; the server calls this when it starts.

    Streamlit serves them from the first run of a page only. A browser that comes back to a new server asks for them
    before it runs its page, and keeps what it gets.
    """
    get_instance().component_registry.register_component(_in_tab())


@cache
def _in_tab() -> CustomComponent:
    return declare_component(_STORAGE, path=str(Path(__file__).parent / "tab_storage"))


def _take() -> None:
    stored = st.session_state[f"{_STORAGE}_frame"]
    if _KEY not in st.session_state and isinstance(stored, dict) and isinstance(stored.get("text"), str):
        write(stored["text"])
