"""The page is run anew when what it waits for is there, and not while a dialog is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.jobs import jobs
from ui import awaited

PAGE = """
import streamlit as st
from ui import anew

anew.begin()
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if st.session_state.get("asked"):
    anew.dialog("A dialog", lambda: st.caption("read"))
if st.session_state["runs"] < 3:
    anew.run_anew()
st.caption("the end")
"""


def test_a_page_is_run_anew_and_not_under_an_open_dialog() -> None:
    app = AppTest.from_string(PAGE).run()
    assert app.session_state["runs"] == 3
    app = AppTest.from_string(PAGE)
    app.session_state["asked"] = True
    app.run()
    assert app.session_state["runs"] == 1
    assert [caption.value for caption in app.caption] == ["the end", "read"]
    app.session_state["asked"] = False
    assert app.run().session_state["runs"] == 3, "a run without the dialog has closed it"


def test_a_job_that_fails_while_it_is_followed_is_looked_at_no_more(
    bowlab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[bool] = []
    monkeypatch.setattr(awaited, "run_anew", lambda: runs.append(True))
    job = jobs.submit("tokens", {}, "quick", "key")
    awaited._look(job.id, "Lemmas", job.open)
    assert not runs
    assert jobs.claim("quick") is not None
    jobs.fail(job.id, "No room is left.")
    awaited._look(job.id, "Lemmas", True)
    assert runs, "the page that is run anew follows it no longer"
    awaited._look(job.id, "Lemmas", False)
    assert len(runs) == 1
