"""Rerun the page when a job it waits for finishes, unless a dialog is open (a rerun closes dialogs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Literal

import streamlit as st

from bowcore.errors import OutputError
from ui.state import awaited, faults, session

OPEN = "dialog_open"
A_DAY = 86_400.0  # seconds


def begin() -> None:
    """Record that a rerun of the page begins, which closes every dialog; the shell calls this each time."""
    st.session_state[OPEN] = False
    awaited.begin()


def dialog(title: str, draw: Callable[[], None], *, width: Literal["small", "large"] = "large") -> None:
    """Open a dialog; closing it reruns the page."""
    st.session_state[OPEN] = True
    st.dialog(title, width=width, on_dismiss="rerun")(_naming_texts(draw))()


def poll(look: Callable[[], None], every: float | None, jobs: Iterable[str] = ()) -> None:
    """Call `look` now and every `every` seconds; only now if it is None or while a dialog is open.

    If it shows nothing but the jobs with these ids, it is called when one has changed, and now and then.

    Streamlit 1.67 removes what a dialog no longer draws when the dialog's run ends. If the run of another fragment
    begins at that moment, the browser takes its name for that of the dialog's, and the old elements stay for good.
    """
    if every is not None:
        awaited.wait_for(jobs)
    st.fragment(_naming_texts(look), run_every=None if st.session_state.get(OPEN) else every)()


def _naming_texts(draw: Callable[[], None]) -> Callable[[], None]:
    """The same function, which calls the texts what their corpus does: a fragment runs in a context of its own."""

    @wraps(draw)
    def drawn() -> None:
        session.use_noun()
        try:
            draw()
        except OutputError as error:  # tried again at the next poll
            shown = faults.for_reader(error)  # escaped
            st.caption(shown)

    return drawn


def after_a_lost_connection() -> None:
    """Have the browser rerun the page when a connection that was lost is back, unless a dialog is open.

    Streamlit 1.67 reruns it then only if a run had begun or a fragment is to rerun regularly. A click whose message was
    lost with the connection would be shown by its widget, while the page shows what was before it. The rerun brings the
    values of all widgets; a button's click is lost, and shown by nothing.
    """
    poll(lambda: None, A_DAY)


def rerun_unless_dialog_open() -> None:
    """Rerun the page, for a fragment that has newer data than the page.

    While a dialog is open the fragment continues instead: the dialog stays, and closing it reruns the page.
    """
    if not st.session_state.get(OPEN):
        st.rerun()
