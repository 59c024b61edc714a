"""Running the whole page anew when work that it waits for is done, but never under a dialog: that would close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

OPEN = "dialog_open"


def begin() -> None:
    """Note that a run of the whole page begins, which closes every dialog: the shell calls this each time."""
    st.session_state[OPEN] = False


def dialog(title: str, draw: Callable[[], None], *, width: Literal["small", "large"] = "large") -> None:
    """Open a dialog; closing it runs the page anew."""
    st.session_state[OPEN] = True
    st.dialog(title, width=width, on_dismiss="rerun")(draw)()


def run_anew() -> None:
    """Run the whole page anew, for a fragment that finds more than the page knows.

    While a dialog is open the fragment goes on instead: the dialog stays, and the page is run anew when it is closed.
    """
    if not st.session_state.get(OPEN):
        st.rerun()
