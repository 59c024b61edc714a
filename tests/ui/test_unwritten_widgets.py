"""No value is written into a widget that the browser shows: a slow one passes it over, and sends its own again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from bowcore.findings.slices import Slice
from tests.pages.opening import answered, by_label, open_page, write_own
from tests.pages.plain import RECOMMENDED
from ui.shell import slices

SMALL = RECOMMENDED.change(training_articles=200)


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    return bowlab_home


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Keys of the widgets that were written into; the test fails at its end where one was."""
    write, keys = SessionState.__setitem__, []

    def watched(state: SessionState, key: str, value: Any) -> None:
        if key in state._key_id_mapper:
            keys.append(key)
        write(state, key, value)

    monkeypatch.setattr(SessionState, "__setitem__", watched)
    yield keys
    assert keys == []


def opened(app: AppTest, box: str, written: list[str]) -> AppTest:
    """The page with a small closed box opened, which here takes what no page does."""
    app.session_state[box] = True
    app.run()
    written.clear()
    return app


def drawn(app: AppTest, kind: str, key: str) -> Any:
    """The one widget of this key, whatever number it is drawn under."""
    (found,) = [widget for widget in app.get(kind) if str(widget.key).rpartition("-")[0] == key or widget.key == key]
    return found


def panel(name: str, *, view: str = "Words") -> AppTest:
    app = open_page("preprocessing.py", SMALL)
    if view != "Words":
        by_label(app.get("button_group"), "View").set_value(view).run()
    return by_label(app.get("button_group"), "Panel").set_value(name).run()


def test_the_similarity_and_the_switch_of_repeats_follow_the_recipe() -> None:
    app = answered(by_label(open_page("data.py", SMALL).get("button_group"), "View").set_value("Duplicates").run())
    drawn(app, "slider", "near_similarity").set_value(0.7).run()
    assert drawn(app, "slider", "near_similarity").value == 0.7
    drawn(app, "button_group", "leaks_out").set_value("Similar from 0.70 out").run()
    assert app.session_state["recipe"] == SMALL.change(drop_leaked=True, leak_similarity=0.7)
    app.button(key="undo").click().run()
    assert drawn(app, "button_group", "leaks_out").value == "Keep all"
    app.button(key="redo").click().run()
    assert drawn(app, "button_group", "leaks_out").value == "Similar from 0.70 out"
    assert drawn(app, "slider", "near_similarity").value == 0.7


def test_the_list_of_cells_follows_the_model_until_one_is_chosen() -> None:
    app = open_page("confusion.py", SMALL)

    def shown() -> tuple[str, str]:
        cells = drawn(app, "selectbox", "confusion_cell_list")
        cell, _, number = str(cells.options[cells.index]).rpartition(": ")
        return cell, number

    first = shown()
    drawn(app, "selectbox", "confusion_cell_list").select_index(3).run()
    chosen = shown()
    assert chosen != first
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    now = shown()
    assert now[0] == chosen[0] and now[1] != chosen[1], "its number of articles is that of the new recipe"


def test_the_cell_that_is_worked_out_by_hand_is_chosen_from_lists() -> None:
    app = panel("By hand", view="Matrix")
    drawn(app, "selectbox", "small_way_list").set_value("Present 0/1").run()
    drawn(app, "selectbox", "small_row_list").set_value(1).run()
    drawn(app, "selectbox", "small_term_list").set_value("bank").run()
    # as a click on a cell of a table does
    app.session_state["choices"] = app.session_state["choices"] | {"small_term": "rates"}
    app.run()
    names = ("small_way_list", "small_row_list", "small_term_list")
    assert [drawn(app, "selectbox", name).value for name in names] == ["Present 0/1", 1, "rates"]


def test_words_for_the_own_stop_list_are_taken_and_their_boxes_empty_again() -> None:
    app = panel("Stop lists")
    for words in ("said mr", "said mr year"):
        drawn(app, "text_input", "stop_add").set_value(words).run()
        assert drawn(app, "text_input", "stop_add").value == ""
    assert app.session_state["recipe"].terms.own_stop_words == ("mr", "said", "year")
    drawn(app, "multiselect", "stop_remove").set_value(["mr"]).run()
    assert drawn(app, "multiselect", "stop_remove").value == []
    assert app.session_state["recipe"].terms.own_stop_words == ("said", "year")


def test_another_article_takes_the_place_of_the_own_text() -> None:
    app = write_own(open_page("playground.py", SMALL), "Chelsea won")
    assert any("your own text, 2 words" in text.value for text in app.markdown)
    app.button(key="another").click().run()
    assert app.session_state["own_text"] == ""
    assert not any("your own text" in text.value for text in app.markdown)


def test_a_saved_slice_leaves_its_name_empty(written: list[str]) -> None:
    app = by_label(open_page("data.py", SMALL).get("button_group"), "View").set_value("Articles").run()
    opened(app, "slices_box", written)
    drawn(app, "text_input", "slice_name").set_value("all of them").run()
    app.button(key="slice_save").click().run()
    assert written == []
    opened(app, "slices_box", written)
    assert drawn(app, "text_input", "slice_name").value == ""
    assert app.session_state["slices"] == (Slice("all of them"),)
    assert slices.PARAMETER in app.query_params


def test_a_moment_closes_the_menu_that_it_was_chosen_from(written: list[str]) -> None:
    app = open_page("playground.py", SMALL)
    opened(app, "show_me", written)
    app.button(key="moment_order").click().run()
    assert not [button for button in app.button if button.key == "moment_order"]
    assert app.button(key="moment_go")


def test_a_word_that_is_clicked_in_a_box_closes_the_box_and_leaves_none_chosen(written: list[str]) -> None:
    app = open_page("playground.py", SMALL)
    opened(app, "card_text_words", written)
    words = drawn(app, "button_group", "card_text_words_pills")
    words.set_value(words.options[0]).run()
    assert "in context" in str(app.get("dialog")[0].proto)
    assert not [group for group in app.get("button_group") if "card_text_words" in str(group.key)]
