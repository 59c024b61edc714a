"""The history of one session, without a page around it."""

from streamlit.testing.v1 import AppTest

from bowcore.recipe.presets import preset


def walk() -> None:
    """Sixty changes, sixty undos, sixty redos; then one change that cannot be shown."""
    import streamlit as st

    from ui.state import session

    session.open_address()
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
    st.session_state["first_problem"] = session.take_problem()
    st.session_state["second_problem"] = session.take_problem()
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


def test_a_value_out_of_range_is_reported_once_and_changes_nothing() -> None:
    app = AppTest.from_function(walk, default_timeout=600).run()
    assert "epochs = 1000000 must be between 1 and 200" in app.session_state["first_problem"]
    assert app.session_state["second_problem"] == ""
