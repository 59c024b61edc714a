"""Keys of widgets, and reports of the browser about them."""

import pytest

from bowcore.errors import OutputError
from ui.state import address
from ui.state.widgets import bind, carried, has_unreported, key, key_of, report, reset, take_unreported


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
        report("box", "box", taken.append)
    assert taken == ["b", "a", "b"], "what it was drawn with, and what was taken already, is no choice"
    assert key_of("box", "b") == "box"


def test_a_widget_that_another_one_has_replaced_is_not_report(state: dict[str, object]) -> None:
    taken: list[object] = []
    key_of("box", "a")
    state["box"] = "b"
    assert key_of("box", "a") == "box-1"
    report("box", "box", taken.append)
    assert taken == []
    state["box-1"] = "b"
    report("box", "box-1", taken.append)
    assert taken == ["b"]


def test_a_reset_gives_any_widget_its_next_key(state: dict[str, object]) -> None:
    assert [key("box"), key_of("bound", "a")] == ["box", "bound"]
    reset("box")
    reset("bound")
    assert [key("box"), key_of("bound", "a")] == ["box-1", "bound-1"]
    assert key("other") == "other"


def test_a_widget_is_another_one_when_its_choice_reads_otherwise_and_keeps_the_choice(state: dict[str, object]) -> None:
    # the browser holds a list's value as text, and would show the old name or count
    names = {"a": "My run: 7", "b": "b"}
    for name in ("list", "list", "other"):
        key = carried(name, ["b", "a"], "a", format_func=names.__getitem__)[1]["key"]
        assert key == name
    names["a"] = "Renamed: 7"
    value, bound = carried("list", ["b", "a"], "a", format_func=names.__getitem__)
    assert (value, bound["key"]) == ("a", "list-1")
    state["list-1"] = "b"
    report("list", "list-1", lambda chosen: address.choose("list", str(chosen)))
    value, bound = carried("list", ["b", "a"], "a", format_func=names.__getitem__)
    assert (value, bound["key"]) == ("b", "list-1"), "another choice reads otherwise as well, and stays in its list"
    state["list-1"] = "a"
    report("list", "list-1", lambda chosen: address.choose("list", ""))
    names["b"] = "Another that is not shown"
    assert carried("list", ["b", "a"], "a", format_func=names.__getitem__)[1]["key"] == "list-1"


@pytest.mark.parametrize("ended", [True, False], ids=["run ended", "run interrupted"])
def test_what_a_browser_shows_that_lost_its_session_is_taken_once(state: dict[str, object], ended: bool) -> None:
    taken: list[object] = []
    bind("box", "a", taken.append)
    bind("same", "a", taken.append)
    bind("set", ["a", "b"], taken.append, any_order=True)
    # as the browser reports them with the first run, in which no widget has changed
    state.update(box="b", same="a", set=["b", "a"])
    assert not ended or has_unreported()
    take_unreported()
    assert taken == ["b"]
    assert bind("box", "b", taken.append)["key"] == "box"
    assert not has_unreported()
    take_unreported()
    assert taken == ["b"]


def test_a_value_that_follows_something_else_is_shown_anew_and_not_taken(state: dict[str, object]) -> None:
    taken: list[object] = []
    bind("shared", "a", taken.append, follows=True)
    bind("box", "a", taken.append)
    state.update(shared="b", box="b")
    assert has_unreported()
    take_unreported()
    assert taken == ["b"]
    assert bind("shared", "a", taken.append, follows=True)["key"] == "shared-1"
    assert not has_unreported()


def test_a_choice_that_cannot_be_taken_leaves_the_others_to_the_next_run(state: dict[str, object]) -> None:
    taken: list[object] = []

    def refuse(_: object) -> None:
        raise OutputError("for this test")

    bind("first", "a", refuse)
    bind("second", "a", taken.append)
    state.update(first="b", second="b")
    with pytest.raises(OutputError, match="for this test"):
        take_unreported()
    take_unreported()
    assert taken == ["b"]


def test_a_run_that_is_interrupted_before_it_draws_a_widget_leaves_its_choice_to_the_next(
    state: dict[str, object],
) -> None:
    taken: list[object] = []
    bind("box", "a", taken.append)
    take_unreported()
    bind("box", "a", taken.append)
    state["box"] = "b"
    assert has_unreported()
    take_unreported()
    assert taken == ["b"]


def test_a_widget_that_the_session_has_drawn_before_is_reported_by_streamlit_alone(state: dict[str, object]) -> None:
    taken: list[object] = []
    bind("box", "a", taken.append)
    state["box"] = "a"
    assert not has_unreported()
    state["box"] = "b"
    assert bind("box", "a", taken.append)["key"] == "box-1", "something else has changed the value"
    assert not has_unreported()
    take_unreported()
    assert taken == []
