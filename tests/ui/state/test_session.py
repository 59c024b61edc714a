"""The history of one session, without a page around it."""

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.recipe.presets import preset
from ui.state.session import heard, key_of


def walk() -> None:
    """Sixty changes, sixty undos, sixty redos; then one change that cannot be shown."""
    import streamlit as st

    from ui.state import session

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
    app = AppTest.from_function(walk, default_timeout=600).run()
    assert [error.message for error in app.exception] == []
    state = app.session_state
    assert state["furthest_back"] == 10, "fifty recipes are kept, so the first ten are forgotten"
    assert state["undo_left"] is False
    assert state["furthest_on"] is True
    assert state["same_again"] == 50, "choosing the same value again is no step of the history"
    assert state["taken_back"] is True
    assert state["recipe"] == preset("recommended")


def test_a_value_out_of_range_is_told_once_and_changes_nothing() -> None:
    app = AppTest.from_function(walk, default_timeout=600).run()
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


def test_the_order_of_choices_counts_unless_it_does_not(state: dict[str, object]) -> None:
    for name in ("list", "set"):
        key_of(name, ["a", "b"], any_order=name == "set")
        state[name] = ["b", "a"]
    assert key_of("list", ["a", "b"]) == "list-1"
    assert key_of("set", ["a", "b"], any_order=True) == "set"
    state["set"] = ["b"]
    assert key_of("set", ["a", "b"], any_order=True) == "set-1"


def test_a_choice_is_taken_once_and_another_one_before_the_page_is_drawn_too(state: dict[str, object]) -> None:
    taken: list[object] = []
    key_of("box", "a")
    for said in ("a", "b", "b", "a", "b"):
        state["box"] = said
        heard("box", "box", taken.append)
    assert taken == ["b", "a", "b"], "what it was drawn with, and what was taken already, is no choice"
    assert key_of("box", "b") == "box"


def test_a_widget_that_another_one_has_replaced_is_not_heard(state: dict[str, object]) -> None:
    taken: list[object] = []
    key_of("box", "a")
    state["box"] = "b"
    assert key_of("box", "a") == "box-1"
    heard("box", "box", taken.append)
    assert taken == []
    state["box-1"] = "b"
    heard("box", "box-1", taken.append)
    assert taken == ["b"]
