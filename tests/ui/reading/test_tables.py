"""Tables that leave the page."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.column_config import NumberColumn, TextColumn
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from bowcore.nouns import noun, use
from bowcore.numbers import signed
from ui.reading import tables
from ui.reading.tables import (
    Format,
    clicked_place,
    clicked_row,
    dataframe,
    guard,
    in_percent,
    safe_csv,
    unguarded,
    with_minus,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        *((name, f"'{name}") for name in ("=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM(A1)", "'＝1")),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
    ],
)
def test_neither_a_cell_nor_a_columns_name_is_a_formula(name: str, saved: str) -> None:
    table = pd.DataFrame({name: [0.5], "term": [name], 3: ["bread = tea"]})
    head, row = csv.reader(io.StringIO(safe_csv(table).decode("utf-8-sig"), newline=""))
    assert head == [saved, "term", "3"]
    assert row == ["0.5", saved, "bread = tea"]
    assert list(table) == [name, "term", 3]  # the table on the page keeps its names


def test_a_carriage_return_begins_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"term": ["tea\r=1+1", "a\r\n=2", "b"]})
    rows = list(csv.reader(io.StringIO(safe_csv(table).decode("utf-8-sig"), newline="")))
    assert rows == [["term"], ["tea\n'=1+1"], ["a\n'=2"], ["b"]]
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.dataframe", lambda data, **options: drawn.update(options, data=data))
    dataframe(table)
    assert drawn["data"].data["term"].tolist() == ["tea\n'=1+1", "a\n'=2", "b"]


def test_controls_are_shown_and_what_is_saved_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.dataframe", lambda data, **options: drawn.update(options, data=data))
    dataframe(pd.DataFrame({"a\u202eb": ["x\u202ey\x1b[3m", "two\nlines"]}))
    assert drawn["data"].data["a\u202eb"].tolist() == ["x\u202ey\x1b[3m", "two\nlines"]
    assert "x⟨U+202E⟩y␛[3m" in drawn["data"].to_html()
    assert drawn["column_config"] == {"a\u202eb": {"label": "a⟨U+202E⟩b"}}


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


def test_a_saved_table_begins_with_the_mark_by_which_a_spreadsheet_knows_utf_8() -> None:
    saved = safe_csv(pd.DataFrame({"term": ["café", "-day"], "change": [-4, 2], "mixed": [-3, "+3"]}))
    assert saved.startswith(codecs.BOM_UTF8) and not saved[3:].startswith(codecs.BOM_UTF8)
    assert saved[3:].decode().splitlines() == ["term,change,mixed", "café,-4,-3", "'-day,2,'+3"]


HOSTILE = ("a;=1+1", 'a;"=1+1', "a\n=1+1", "a\t@now", "a\r\n-2", ";+3", "a;;＝1", "a;'=1", "\n\n=1", "a\n\n'-b")


def test_a_spreadsheet_that_separates_columns_by_semicolons_finds_no_formula_either() -> None:
    saved = safe_csv(pd.DataFrame({"n": [*range(len(HOSTILE))], "text": HOSTILE})).decode("utf-8-sig")
    cells = [cell for line in saved.splitlines() for cell in re.split("[;\t]", line)]
    assert len(cells) > 2 * len(HOSTILE)
    assert [cell for cell in cells if cell.lstrip('"')[:1] in tuple("=+-@＝＋－＠")] == []
    harmless = ["a; b", "well-known", "1\n\n2", "x=y", "a;b=c", "it's;'tis"]
    assert pd.read_csv(io.BytesIO(safe_csv(pd.DataFrame({"text": harmless}))))["text"].tolist() == harmless


@given(st.text(alphabet="a'\";=-\t\n", max_size=12))
def test_what_is_guarded_is_shown_as_it_was(text: str) -> None:
    assert unguarded(guard(text)) == text


def test_the_toolbar_saves_guarded_texts_and_the_page_shows_them_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.dataframe", lambda data, **options: drawn.update(options, data=data))
    table = pd.DataFrame({"term": ["=2+5", "'=2", "alpha", None], "=1 ‰": [-1.5, 2.0, 3.0, 4.0], "count": [7, 8, 9, 1]})
    dataframe(table, column_order=["term", "=1 ‰"], column_config={"=1 ‰": {"width": 60}}, hide_index=True)
    # the browser saves the data, under the names of its columns, and writes what the styler says
    assert drawn["data"].data["term"].tolist()[:3] == ["'=2+5", "''=2", "alpha"]
    assert list(drawn["data"].data) == ["term", "'=1 ‰", "count"] == [*drawn["column_order"], "count"]
    assert drawn["data"].data["'=1 ‰"].tolist() == [-1.5, 2.0, 3.0, 4.0]
    assert drawn["column_config"] == {"'=1 ‰": {"label": "=1 ‰", "width": 60}}
    lines = [line.split("|")[1:] for line in drawn["data"].to_string(delimiter="|").splitlines()[1:]]
    assert lines[:3] == [["=2+5", "−1.5", "7"], ["'=2", "2", "8"], ["alpha", "3", "9"]]
    assert list(table) == ["term", "=1 ‰", "count"] and table["term"][0] == "=2+5"


def test_text_from_right_to_left_is_shown_in_its_direction_and_saved_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.dataframe", lambda data, **options: drawn.update(options, data=data))
    dataframe(pd.DataFrame({"text": ["שלום, 3!", "rain", "a\u202eb"]}))
    (shown,) = zip(
        *(line.split("|")[1:] for line in drawn["data"].to_string(delimiter="|").splitlines()[1:]), strict=True
    )
    assert shown[:3] == ("\N{FIRST STRONG ISOLATE}שלום, 3!\N{POP DIRECTIONAL ISOLATE}", "rain", "a⟨U+202E⟩b")
    assert drawn["data"].data["text"].tolist()[0] == "שלום, 3!"


def test_columns_of_texts_are_written_with_the_noun_of_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("ui.reading.tables.st.dataframe", lambda data, **options: drawn.update(options, data=data))
    use(noun("review"))
    config = {"articles": NumberColumn(width=60), "article": TextColumn("opening")}
    dataframe(pd.DataFrame({"term": ["a"], "articles": [3], "article": ["b"]}), column_config=config)
    labels = {name: dict(column)["label"] for name, column in drawn["column_config"].items()}
    assert labels == {"articles": "reviews", "article": "opening"}
    assert list(drawn["data"]) == ["term", "articles", "article"]  # what the toolbar saves keeps its names


def test_a_click_names_the_column_as_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {"t": {"selection": {"rows": [], "columns": [], "cells": [(0, "'-day")]}}}
    monkeypatch.setattr("ui.reading.tables.st.session_state", state)
    assert clicked_place("t") == (0, "-day")
    assert unguarded("'tis") == "'tis" and unguarded("''=1") == "'=1"


def test_every_table_of_the_pages_is_drawn_and_saved_in_one_place() -> None:
    root = Path(__file__).parents[3]
    by_itself = [
        path.name
        for folder in ("ui", "pages")
        for path in (root / folder).rglob("*.py")
        if re.search(r"st\.dataframe\(|st\.data_editor\(|\.to_csv\(", path.read_text())
    ]
    assert by_itself == ["tables.py"]


def test_one_place_draws_charts_so_that_each_can_be_saved() -> None:
    paths = [path for layer in ("ui", "pages") for path in (ROOT / layer).rglob("*.py")]
    drawing = {path.name for path in paths if re.search(r"st\.\w+_chart\(", path.read_text(encoding="utf-8"))}
    assert drawing == {"tables.py"}


def draw_two_charts() -> None:
    import numpy as np

    from charts.frequency import count_bands
    from charts.palette import DARK
    from ui.reading.tables import draw, show

    drawing = count_bands(np.array([3, 1, 1]), DARK)
    draw(drawing, "alone")
    show(drawing, "with_table")


def test_every_chart_is_offered_as_svg_and_png_and_the_file_is_made_on_the_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[str, str]] = []
    deferred: list[tuple[str | None, Callable[[], bytes]]] = []
    keep = MediaFileManager.add_deferred

    def keep_too(manager: MediaFileManager, make: Callable[[], bytes], *rest: Any, **named: Any) -> str:
        deferred.append((named.get("file_name"), make))
        return keep(manager, make, *rest, **named)

    monkeypatch.setattr(MediaFileManager, "add_deferred", keep_too)
    monkeypatch.setattr(tables, "convert", lambda drawing, form: made.append((drawing.name, form)) or b"image")
    app = AppTest.from_function(draw_two_charts).run()
    assert not app.exception and not deferred
    app.session_state["alone_save"] = app.session_state["with_table_save"] = True
    app.run()
    assert [button.label.partition(",")[0] for button in app.get("download_button")] == ["SVG", "PNG"] * 2
    assert [name for name, _ in deferred] == ["count-bands.svg", "count-bands.png"] * 2
    assert made == []
    assert [make() for _, make in deferred[:2]] == [b"image", b"image"]
    assert made == [("count-bands", "svg"), ("count-bands", "png")]
