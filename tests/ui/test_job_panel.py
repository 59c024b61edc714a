"""Work for a page: asked for once, watched, stopped, read, asked for again when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.store.locks import worker_lock
from ui import job_panel


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def ask() -> Job:
    return jobs.submit("tokens", {}, "quick", "key")


def find(made: str | None = None) -> str | Job:
    return job_panel.find("tokens", "key", lambda: made, ask)


def end(how: str) -> Job:
    job = jobs.claim("quick")
    assert job is not None
    jobs.end(job.id, how, error="No room is left." if how == "failed" else "")
    return jobs.get(job.id)


def test_what_is_kept_needs_no_job() -> None:
    assert find("kept") == "kept"
    assert jobs.recent() == ()


def test_what_is_missing_is_asked_for_once() -> None:
    first, second = find(), find()
    assert isinstance(first, Job) and isinstance(second, Job)
    assert first.id == second.id
    assert len(jobs.recent()) == 1


def test_what_was_made_and_is_lost_is_asked_for_again() -> None:
    find()
    done = end("done")
    again = find()
    assert isinstance(again, Job) and again.id != done.id and again.open


def test_what_failed_just_now_is_told_and_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    find()
    failed = end("failed")
    found = find()
    assert isinstance(found, Job) and found.id == failed.id
    assert job_panel.problem(found) == "No room is left."
    monkeypatch.setattr(job_panel, "RETRY_AFTER", -1.0)
    again = find()
    assert isinstance(again, Job) and again.id != failed.id


def test_a_worker_that_is_there_is_at_it_and_one_that_is_not_is_starting() -> None:
    job = find()
    assert isinstance(job, Job)
    assert job_panel.problem(job) == "its worker is starting."
    with worker_lock("quick"):
        assert job_panel.problem(job) == "updating …"


def test_a_dialog_waits_while_a_worker_is_at_it_and_not_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> str | Job:
        looks.append(len(looks))
        return find("kept" if len(looks) == 3 else None)

    monkeypatch.setattr(job_panel, "POLL", {"quick": 0.0})
    assert isinstance(job_panel.wait_in_dialog(look), Job)
    assert looks == [0]
    with worker_lock("quick"):
        assert job_panel.wait_in_dialog(look) == "kept"
    assert looks == [0, 1, 2]


PANEL = """
import streamlit as st
from bowcore.jobs import jobs
from ui.job_panel import job_panel
from ui.state import rerun

def invite():
    st.caption("Shall a worker look?")
    return "Look"

rerun.begin()
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
made = job_panel(
    "tokens",
    "key",
    lambda: jobs.submit("tokens", {}, "quick", "key"),
    None if st.session_state.get("at_once") else invite,
    lambda: st.session_state.get("made"),
)
st.caption(f"made: {made}")
if st.session_state.get("reading"):
    rerun.dialog("A dialog", lambda: None)
"""


def panel(**state: object) -> AppTest:
    app = AppTest.from_string(PANEL)
    for name, value in state.items():
        app.session_state[name] = value
    return app.run()


def said(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def newest() -> Job:
    return jobs.recent("tokens", 1)[0]


def test_a_panel_invites_and_a_click_asks() -> None:
    app = panel()
    assert (jobs.recent(), said(app)) == ((), ["Shall a worker look?", "made: None"])
    (button,) = app.button
    assert button.label == "Look"
    button.click()
    app.run()
    assert newest().open
    assert app.get("progress")[0].proto.text == "Waiting for its turn. It is next."
    assert any("streamlit run app.py" in caption for caption in said(app))


def test_a_panel_shows_progress_with_the_time_that_is_left_and_one_stop() -> None:
    app = panel(at_once=True)
    claimed = jobs.claim("quick")
    assert claimed is not None
    jobs.report(claimed.id, 0.25, "Half a loaf", ends=time.time() + 30.2)
    app.run()
    bar = app.get("progress")[0].proto
    assert (bar.value, bar.text.replace("\N{NO-BREAK SPACE}", " ")) == (25, "Half a loaf · about 30 s left")
    app.button(key="tokens_stop").click().run()
    assert newest().stop_requested


def test_what_is_made_is_given_without_asking() -> None:
    app = panel(made="bread", at_once=True)
    assert (said(app), jobs.recent()) == (["made: bread"], ())


@pytest.mark.parametrize(("at_once", "label"), [(True, "Start (again)"), (False, "Look (again)")])
def test_a_failure_is_told_and_a_click_tries_again(at_once: bool, label: str) -> None:
    jobs.submit("tokens", {}, "quick", "key")
    end("failed")
    app = panel(at_once=at_once)
    assert (app.error[0].value, [button.label for button in app.button]) == (r"No room is left\.", [label])
    app.button(key="tokens_start").click().run()
    assert newest().open


def test_what_a_reader_stopped_is_not_asked_for_without_a_click() -> None:
    jobs.request_stop(panel(at_once=True) and newest().id)
    app = panel(at_once=True)
    assert (newest().state, app.info[0].value) == ("stopped", "It was stopped before it finished.")
    app.button(key="tokens_start").click().run()
    assert newest().open


def test_what_lost_its_worker_is_asked_for_again_at_once_where_nobody_is_invited() -> None:
    jobs.submit("tokens", {}, "quick", "key")
    assert jobs.claim("quick") is not None
    jobs.interrupt_running("quick")
    panel(at_once=True)
    assert newest().state == "queued" and len(jobs.recent()) == 2


def test_a_watched_job_that_ends_reruns_the_page_once_and_never_under_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[bool] = []
    looks: list[Callable[[], None]] = []
    monkeypatch.setattr(job_panel, "rerun_unless_dialog_open", lambda: runs.append(True))
    monkeypatch.setattr(job_panel.st, "fragment", lambda look, run_every: lambda: looks.append(look))
    job = jobs.submit("tokens", {}, "quick", "key")
    drawn: list[str] = []
    job_panel.watch(job, lambda now: drawn.append(now.state))
    looks[0]()
    assert not runs
    failed = end("failed")
    looks[0]()
    assert runs == [True]
    job_panel.watch(failed, lambda now: drawn.append(now.state))
    looks[1]()
    assert (runs, drawn) == ([True], ["queued", "failed", "failed"])
