"""The page is rerun when a job it waits for finishes, and not while a dialog is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from ui.state import rerun
from ui.state.faults import FOR_GUESTS

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


RECONNECTING = """
import streamlit as st
from ui.state import rerun

rerun.begin()
if st.session_state.get("asked"):
    rerun.dialog("A dialog", lambda: st.caption("read"))
rerun.after_a_lost_connection()
"""


def intervals(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds between the regular reruns that a run of the page asks the browser for."""
    found: list[float] = []
    enqueue = ScriptRunContext.enqueue

    def note(context: ScriptRunContext, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "auto_rerun":
            found.append(message.auto_rerun.interval)
        enqueue(context, message)

    with monkeypatch.context() as patched:
        patched.setattr(ScriptRunContext, "enqueue", note)
        assert not app.run().exception
    return found


def test_a_page_is_rerun_when_a_lost_connection_is_back_unless_that_would_close_a_dialog(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a browser asks for a run after a lost connection if any fragment is to rerun regularly
    app = AppTest.from_string(RECONNECTING)
    assert intervals(app, monkeypatch) == [rerun.A_DAY]
    app.session_state["asked"] = True
    assert intervals(app, monkeypatch) == []


def test_every_page_is_rerun_when_a_lost_connection_is_back(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Path(__file__).resolve().parents[3] / "ui" / "shell" / "main.py"
    assert rerun.A_DAY in intervals(AppTest.from_file(str(shell), default_timeout=600), monkeypatch)


FAILING = """
from bowcore.errors import OutputError
from bowcore.people import TEACHER, Person, acting
from ui.state import rerun

def look():
    raise OutputError("/srv/bowlab is full.")

with acting(TEACHER if {teacher} else Person("ann")):
    rerun._naming_texts(look)()
"""


@pytest.mark.parametrize(("teacher", "shown"), [(True, "/srv/bowlab is full\\."), (False, FOR_GUESTS)])
def test_a_guest_reads_no_folder_of_the_server_while_a_fragment_waits(teacher: bool, shown: str) -> None:
    app = AppTest.from_string(FAILING.format(teacher=teacher)).run()
    assert not app.exception
    assert [caption.value for caption in app.caption] == [shown]
