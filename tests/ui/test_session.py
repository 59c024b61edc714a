"""The history of one session, without a page around it."""

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.presets import preset
from ui.session import answer_of, key_of


def walk() -> None:
    """Sixty changes, sixty undos, sixty redos; then one change that cannot be shown."""
    import streamlit as st

    from ui import session

    session.start()
    first = session.recipe()
    seen = [first]
    for seed in range(60):
        session.change(network_seed=seed + 1)
        seen.append(session.recipe())
    for _ in range(60):
        session.undo()
    st.session_state["furthest_back"] = session.recipe().network.network_seed
    st.session_state["undo_left"] = session.can_undo()
    for _ in range(60):
        session.redo()
    st.session_state["furthest_on"] = session.recipe() == seen[-1]
    session.change(network_seed=60)
    st.session_state["same_again"] = len(st.session_state["past"])
    session.change(epochs=10**6)
    st.session_state["told"] = session.take_problem()
    st.session_state["told_again"] = session.take_problem()
    session.change(stop_words="spacy")
    session.take_back()
    st.session_state["taken_back"] = session.recipe() == seen[-1]
    session.reset()


def test_history_is_bounded_and_walked_in_both_directions() -> None:
    app = AppTest.from_function(walk, default_timeout=30).run()
    assert [error.message for error in app.exception] == []
    state = app.session_state
    assert state["furthest_back"] == 10, "fifty recipes are kept, so the first ten are forgotten"
    assert state["undo_left"] is False
    assert state["furthest_on"] is True
    assert state["same_again"] == 50, "choosing the same value again is no step of the history"
    assert state["taken_back"] is True
    assert state["recipe"] == preset("recommended")


def test_a_value_out_of_range_is_told_once_and_changes_nothing() -> None:
    app = AppTest.from_function(walk, default_timeout=30).run()
    assert "epochs = 1000000 must lie between 1 and 200" in app.session_state["told"]
    assert app.session_state["told_again"] == ""


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What a session keeps, as a plain dictionary."""
    kept: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", kept)
    return kept


def test_a_widget_keeps_its_key_while_it_shows_what_the_recipe_says(state: dict[str, object]) -> None:
    assert key_of("box", "a") == "box"
    assert key_of("box", "a") == "box", "no browser has answered yet"
    state["box"] = "b"  # the reader's choice, which changed the recipe before the page is drawn
    assert key_of("box", "b") == "box"


def test_a_widget_is_another_one_after_the_recipe_was_changed_by_something_else(state: dict[str, object]) -> None:
    key_of("box", "a")
    state["box"] = "b"
    key_of("box", "b")
    assert key_of("box", "a") == "box-1"
    assert key_of("box", "a") == "box-1", "the browser may not have shown it before the page is drawn again"
    state["box"] = "c"
    assert key_of("box", "a") == "box-1", "the old widget speaks no more"
    assert key_of("other", "a") == "other"


def test_a_widget_whose_place_another_one_has_taken_is_not_listened_to(state: dict[str, object]) -> None:
    heard: list[object] = []
    first = answer_of(key_of("a", "x"), heard.append)
    state.update({"a": "y", "a-1": "z"})
    first()
    assert heard == ["y"]
    key_of("a", "x")  # as after Undo
    second = answer_of("a-1", heard.append)
    first()
    assert heard == ["y"], "a slow browser goes on to report the old one"
    second()
    assert heard == ["y", "z"]


def test_what_a_widget_showed_already_is_no_answer_and_there_and_back_are_two(state: dict[str, object]) -> None:
    heard: list[object] = []
    call = answer_of(key_of("box", "x"), heard.append)
    for value in ("x", "y", "y", "x"):
        state["box"] = value
        call()
    assert heard == ["y", "x"], "a page that was left is reported until the browser shows the next one"


def test_the_order_of_choices_counts_unless_it_does_not(state: dict[str, object]) -> None:
    for name in ("list", "set"):
        key_of(name, ["a", "b"], any_order=name == "set")
        state[name] = ["b", "a"]
    assert key_of("list", ["a", "b"]) == "list-1"
    assert key_of("set", ["a", "b"], any_order=True) == "set"
    state["set"] = ["b"]
    assert key_of("set", ["a", "b"], any_order=True) == "set-1"
