"""How articles are called and chosen."""

from __future__ import annotations

from typing import Any

import pytest

from ui.articles import choose_row, chosen_row
from ui.places import place_of


def test_articles_are_numbered_within_their_split() -> None:
    assert [place_of(position, 3) for position in range(5)] == [1, 2, 3, 1, 2]


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
