import re
from typing import Any

import pytest

from ui.data.duplicates import choose_row, chosen_row, marked_differences


def marked(text: str) -> list[str]:
    """The words that are marked."""
    return [word for part in re.findall(r"<span[^>]*>(.*?)</span>", text) for word in part.split()]


def plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)


def test_words_that_differ_are_marked_in_both_texts() -> None:
    one, other = ["rain", "fell", "in", "Leeds", "on", "Monday"], ["rain", "fell", "on", "Tuesday"]
    assert marked(marked_differences(one, other)) == ["in", "Leeds", "Monday"]
    assert marked(marked_differences(other, one)) == ["Tuesday"]
    assert plain(marked_differences(one, other)) == "rain fell in Leeds on Monday"


def test_equal_texts_have_no_mark() -> None:
    assert marked(marked_differences(["same", "words"], ["same", "words"])) == []


def test_markup_in_a_text_is_shown_as_text() -> None:
    shown = marked_differences(["<script>", "&amp;", "a"], ["a", "<b>"])
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "&amp;amp;" in shown


def test_a_choice_is_of_its_own_table_alone_and_a_second_click_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"one": {"selection": {"rows": [], "columns": [], "cells": [(4, "article")]}}}
    monkeypatch.setattr("streamlit.session_state", state)
    assert chosen_row("one", "list", 10) == 0
    choose_row("one", "list")
    assert chosen_row("one", "list", 10) == 4
    assert chosen_row("two", "list", 10) == 0
    assert chosen_row("one", "list", 4) == 0  # the list has become shorter
    state["one"]["selection"] = {"rows": [4], "columns": [], "cells": [(4, "class")]}
    choose_row("one", "list")
    assert state["one"]["selection"]["rows"] == [4]
    assert chosen_row("one", "list", 10) == 4
