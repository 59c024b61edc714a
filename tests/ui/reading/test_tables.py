"""Tables that leave the page."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Any

import pandas as pd
import pytest

from bowcore.numbers import signed
from ui.reading.tables import Format, clicked_row, in_percent, safe_csv, with_minus


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_neither_a_cell_nor_a_columns_name_is_a_formula(name: str) -> None:
    table = pd.DataFrame({name: [0.5], "term": [name], 3: ["bread = tea"]})
    head, row = csv.reader(io.StringIO(safe_csv(table), newline=""))
    assert head == [f"'{name}", "term", "3"]
    assert row == ["0.5", f"'{name}", "bread = tea"]
    assert list(table) == [name, "term", 3]  # the table on the page keeps its names


def test_a_click_on_any_cell_is_one_on_its_row_and_so_is_a_second_click(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.session_state", state)

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


def written(table: pd.DataFrame, formats: dict[str, Format] | None = None) -> list[list[str]]:
    shown = with_minus(table, formats)
    assert not isinstance(shown, pd.DataFrame)
    return [row.split("|")[1:] for row in shown.to_string(delimiter="|").splitlines()[1:]]


def test_numbers_below_zero_have_a_minus_sign_and_stay_numbers() -> None:
    table = pd.DataFrame(
        {"term": ["-day", "bread"], "gain": [-1234.5, 0.25], "articles": [-89543, 7], "sum": [0.0, 2.5]}
    )
    assert written(table) == [["-day", "−1,234.5", "−89,543", "0"], ["bread", "0.25", "7", "2.5"]]
    assert with_minus(table).data["gain"].tolist() == [-1234.5, 0.25]  # type: ignore[union-attr]


def test_a_column_is_written_in_its_own_format_and_what_is_missing_stays_empty() -> None:
    table = pd.DataFrame({"weight": [-0.12345, 2.0, float("nan")], "loss": [0.00001, -0.00001, -float("inf")]})
    assert written(table, {"weight": partial(signed, digits=2)}) == [["−0.12", "0"], ["+2.00", "0"], ["", "−inf"]]


def test_a_table_without_a_number_below_zero_is_left_as_it_is() -> None:
    table = pd.DataFrame({"term": ["-day"], "count": [3]})
    assert with_minus(table) is table
