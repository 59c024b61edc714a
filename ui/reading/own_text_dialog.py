"""The dialog in which readers write texts of their own, from any page that follows one."""

from __future__ import annotations

import streamlit as st

from ui.state import own_text, rerun
from ui.texts import sentence

PRIVATE = (
    "This program alone reads it. This browser's tab keeps it for a reload; no link carries it, and closing the tab "
    "forgets it."
)


def button(key: str, *, icon_only: bool = False) -> None:
    """A button that opens the dialog."""
    if st.button(
        "Your own text",
        icon=":material/edit_note:" if icon_only else None,
        key=key,
        help="Write or paste a text of any length, from a sentence to an essay: every page follows it.",
    ):
        rerun.dialog("Your own text", _write)


def _write() -> None:
    text = st.text_area(
        "Your own text",
        own_text.current(),
        height=360,
        key="own_text_area",
        label_visibility="collapsed",
        placeholder="Write or paste a sentence, a message, an essay …",
    )
    st.caption(f"Up to {own_text.LONGEST:,} characters, some 8,000 words. {PRIVATE}")
    with st.container(horizontal=True):
        use = st.button("Use this text", type="primary", key="own_text_use")
        drop = st.button("Back to the corpus", key="own_text_drop", disabled=not own_text.current())
    if use or drop:
        problem = own_text.write("" if drop else text)
        if problem:
            st.error(sentence(problem), icon=":material/error:")
        else:
            st.rerun()
