"""The page is rerun when a job it waits for finishes, and not while a dialog is open."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

PAGE = """
import streamlit as st
from ui.state import rerun

rerun.begin()
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if st.session_state.get("asked"):
    rerun.dialog("A dialog", lambda: st.caption("read"))
if st.session_state["runs"] < 3:
    rerun.rerun_unless_dialog_open()
st.caption("the end")
"""


def test_a_page_is_rerun_and_not_under_an_open_dialog() -> None:
    app = AppTest.from_string(PAGE).run()
    assert app.session_state["runs"] == 3
    app = AppTest.from_string(PAGE)
    app.session_state["asked"] = True
    app.run()
    assert app.session_state["runs"] == 1
    assert [caption.value for caption in app.caption] == ["the end", "read"]
    app.session_state["asked"] = False
    assert app.run().session_state["runs"] == 3, "a run without the dialog has closed it"
