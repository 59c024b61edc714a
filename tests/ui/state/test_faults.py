"""A page that left something out looks whether the fault is over, and is drawn again then, by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from bowcore.errors import OutputError
from bowcore.store import database
from ui.state import faults

PAGE = """
import streamlit as st
from bowcore.errors import OutputError
from ui.state import faults

place = st.container()
for part in st.session_state["failing"]:
    with faults.leaving_out():
        raise OutputError(f"{part} is full.")
st.caption("the rest")
faults.report(place)
"""


def test_what_is_left_out_is_said_once_above_the_rest() -> None:
    app = AppTest.from_string(PAGE)
    app.session_state["failing"] = ["The disk", "The database"]
    app.run()
    assert [error.value for error in app.error] == ["The disk is full\\."]
    assert [caption.value for caption in app.caption] == ["the rest"]
    app.session_state["failing"] = []
    assert len(app.run().error) == 0


def test_the_page_is_drawn_again_when_the_database_can_be_written(
    bowlab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reruns: list[bool] = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(True))
    monkeypatch.setattr(database, "SHORT_WAIT", 20)
    database.engine()
    watch = faults._Watch(0)
    watch.look()
    assert reruns == [], "not in the run that has just met the fault"
    with closing(sqlite3.connect(bowlab_home / "runs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        watch.look()
        assert reruns == []
    watch.look()
    assert reruns == [True]


def test_what_still_fails_when_the_database_is_well_is_tried_after_growing_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[tuple[Callable[[], None], float]] = []
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "fragment", lambda look, run_every: looks.append((look, run_every)) or look)
    monkeypatch.setattr(st, "error", lambda *_, **__: None)
    monkeypatch.setattr(st, "rerun", lambda: None)

    def draw() -> None:
        faults.remember(OutputError("The disk is full."))
        faults.report(st.container())

    draw()
    for _ in range(6):
        looks[-1][0]()  # which draws the page again
        draw()
    assert [pause for _, pause in looks] == [2, 4, 8, 16, 32, 60, 60]
    draw()  # a click of the reader
    assert looks[-1][1] == 2
