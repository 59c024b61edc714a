"""Values made one after the other under a bar, in a script of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.in_stages import Stage, progress


def run(script: Callable[[], None], **values: Any) -> AppTest:
    app = AppTest.from_function(script)
    for name, value in values.items():
        app.session_state[name] = value
    return app.run()


def script() -> None:
    import streamlit as st

    from ui.in_stages import Stage, in_stages

    told = st.session_state.setdefault("told", [])
    unit = st.session_state["unit"]

    def fail() -> None:
        raise ValueError("stale")

    last = fail if st.session_state["fails"] else lambda: told.append("two")
    try:
        in_stages("key", [Stage("One", unit, lambda: told.append("one")), Stage("Two", 3 * unit, last)])
    except ValueError:
        st.error("failed")


def test_every_value_is_made_once_in_its_order_and_the_bar_goes() -> None:
    app = run(script, unit=1.0, fails=False)
    assert app.session_state["told"] == ["one", "two"]
    assert not app.get("progress") and not app.exception
    assert app.run().session_state["told"] == ["one", "two"]


def test_what_is_made_in_a_moment_is_left_to_those_who_ask_for_it() -> None:
    assert run(script, unit=0.1, fails=False).session_state["told"] == []


def test_a_value_that_fails_takes_the_bar_with_it_and_is_made_again() -> None:
    app = run(script, unit=1.0, fails=True)
    assert app.error[0].value == "failed" and not app.get("progress")
    app.session_state["fails"] = False
    assert app.run().session_state["told"] == ["one", "one", "two"]


@pytest.mark.parametrize(
    ("n_done", "elapsed", "expected"),
    [
        (0, 0.0, (0.0, "One, 1 of 2 · about 8 s left")),
        (1, 2.0, (0.25, "Two, 2 of 2 · about 6 s left")),
        (1, 10.0, (0.25, "Two, 2 of 2 · about 12 s left")),  # 5 times the usual for a quarter of the work
    ],
)
def test_the_bar_names_the_stage_its_place_and_the_time_left(
    n_done: int, elapsed: float, expected: tuple[float, str]
) -> None:
    stages = [Stage("One", 2.0, lambda: None), Stage("Two", 6.0, lambda: None)]
    share, text = progress(stages, n_done, elapsed)
    assert (share, text.replace("\N{NO-BREAK SPACE}", " ")) == expected
