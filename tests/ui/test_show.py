"""Tables that leave the page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import pytest

from ui.show import clicked_row, in_percent, safe_csv


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_neither_a_cell_nor_a_columns_name_is_a_formula(name: str) -> None:
    table = pd.DataFrame({name: [0.5], "term": [name], 3: ["bread = tea"]})
    head, row = csv.reader(io.StringIO(safe_csv(table), newline=""))
    assert head == [f"'{name}", "term", "3"]
    assert row == ["0.5", f"'{name}", "bread = tea"]
    assert list(table) == [name, "term", 3]  # the table on the page keeps its names


def test_a_click_on_any_cell_is_one_on_its_row_and_so_is_a_second_click(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr("ui.show.st.session_state", state)

    def click(rows: list[int], cells: list[tuple[int, str]]) -> tuple[int | None, list[int]]:
        state["table"] = {"selection": {"rows": rows, "columns": [], "cells": cells}}
        return clicked_row("table"), state["table"]["selection"]["rows"]

    assert click([], [(3, "term")]) == (3, [3])
    assert click([3], [(3, "term")]) == (3, [3])
    assert click([3], [(0, "count")]) == (0, [0])
    assert click([5], []) == (5, [5])
    assert click([], []) == (None, [])
    state["table"] = {"selection": {"rows": [2]}}  # as a page's own code may set it
    assert clicked_row("table") == 2


@pytest.mark.parametrize(
    ("shares", "form"),
    [
        ([0.6113, 0.0, 1.0], "%.1f %%"),
        ([0.0005, 0.2], "%.1f %%"),
        ([0.0004, 0.2], "%.2f %%"),
        ([0.000_001], "%.3f %%"),
        ([0.0], "%.1f %%"),
    ],
)
def test_shares_are_numbers_written_as_in_prose_with_the_decimals_that_the_smallest_needs(
    shares: list[float], form: str
) -> None:
    table = pd.DataFrame({"term": "bread", "share": shares})
    shown, columns = in_percent(table, ["share"], width=60)
    assert shown["share"].tolist() == pytest.approx([100 * share for share in shares])
    assert columns["share"]["type_config"]["format"] == form and columns["share"]["width"] == 60
    assert table["share"].tolist() == shares  # what the page keeps, and gives away, stays a share
