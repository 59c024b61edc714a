"""The switch *Projector*: what the browser is asked to keep, and who is asked first."""

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.state import projector


def answer_to(choice: str):
    """The answer to the picture that a flip requests."""
    app = Starlette(routes=[Route(f"/{projector.PATH}/{{choice}}", projector.Keep())])
    return TestClient(app).get(f"/{projector.PATH}/{choice}?1")


def test_on_is_kept_for_a_year_and_off_is_forgotten():
    on, off = answer_to("on"), answer_to("off")
    assert on.headers["set-cookie"].split("; ")[:3] == ["bowlab-projector=on", "Path=/", "Max-Age=31536000"]
    assert "Max-Age=0" in off.headers["set-cookie"]


def test_the_picture_is_never_cached_and_anything_but_on_is_off():
    assert answer_to("on").headers["cache-control"] == "no-store"
    assert answer_to("on").headers["content-type"] == "image/svg+xml"
    assert "=off" in answer_to("x").headers["set-cookie"]


@pytest.mark.parametrize(("kept", "flipped", "on"), [("on", None, True), ("", None, False), ("on", False, False)])
def test_a_flip_counts_before_what_the_browser_kept(monkeypatch, kept, flipped, on):
    monkeypatch.setattr(st, "context", type("Context", (), {"cookies": {projector.COOKIE: kept}}))
    monkeypatch.setattr(st, "session_state", {} if flipped is None else {projector.ON: flipped})
    assert projector.is_on() is on
