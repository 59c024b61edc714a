"""Charts and tables on a page, each chart with its alternative text and its table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st
from pandas.api.types import is_numeric_dtype
from streamlit.elements.lib.grid_container import GridContainer

from bowcore.names import visible
from bowcore.nouns import called
from bowcore.numbers import decimal
from charts.drawing import Drawing
from charts.image import Form, convert
from charts.palette import DARK, LIGHT, Palette
from ui.state import address, open_view, widgets
from ui.texts import isolated

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler  # it imports Jinja, which the first screen does not need

FORMS: tuple[tuple[Form, str, str], ...] = (
    ("svg", "image/svg+xml", "for documents: sharp at any size"),
    ("png", "image/png", "for slides"),
)
"""Forms of a saved chart, their media types and what each is for."""
ROW = 33  # px: height of a table row in Streamlit 1.67, 2.1875 rem of the theme's 15 px
GROWING_ROWS, STEADY_HEIGHT = 30, 420  # rows from which a table grows with the window, and px that others have at most
_SIGNS = r"=+\-@＝＋－＠"


def _formula(guard: str) -> re.Pattern[str]:
    """Where a spreadsheet may begin to read a formula, or may not because of the guard.

    That is the beginning of a text; and what follows a semicolon, a tab or a line feed in it, since a spreadsheet that
    separates columns by semicolons knows no quotation mark in the middle of them.
    """
    return re.compile(rf"^{guard}(?='*[{_SIGNS}\t\n])|(?<=[;\t\n]){guard}(?=['\"]*[{_SIGNS}])")


_FORMULA, _GUARDED = _formula(""), _formula("'")
_SPACES = "\t\n\r"


def palette() -> Palette:
    """The colours of the reader's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def choose_view(names: Iterable[str], key: str, label: str = "View") -> str:
    """The name that the reader chose, initially the first; the address carries the choice."""
    views = tuple(names)
    view, bound = widgets.carried(key, views, views[0])
    chosen: str = st.segmented_control(
        label, views, required=True, default=view, format_func=called, label_visibility="collapsed", **bound
    )
    open_view.choose(key, widgets.as_text(chosen))
    return chosen


def turned_page(key: str, n_pages: int) -> tuple[int, dict[str, Any]]:
    """The page chosen under this name, from 1, and keyword arguments of its `st.pagination`.

    It is the first one if the list has become shorter.
    """
    page = address.number(key, 1)
    page = page if 1 <= page <= n_pages else 1
    turn = widgets.bind(key, page, lambda new: address.choose(key, "" if new == 1 else str(new)))
    return page, {"default": page} | turn


Format = Callable[[float], str]
"""Format of a column's numbers."""

CLICKABLE: tuple[Literal["single-row"], Literal["single-cell"]] = ("single-row", "single-cell")
"""Selection mode in which clicking any cell selects the row, not only its narrow first column."""


def clicked_row(key: str) -> int | None:
    """The row clicked in a `CLICKABLE` table, for its callback; None if its first column was cleared."""
    clicked = clicked_place(key)
    return None if clicked is None else clicked[0]


def clicked_place(key: str) -> tuple[int, str] | None:
    """The clicked row and the column name, which is empty for the narrow first column.

    A cell becomes a selection of its row: a table without a selection selects its first cell when it gets the focus.
    """
    chosen = st.session_state[key]["selection"]
    rows, cells = list(chosen.get("rows", ())), chosen.get("cells", ())
    if not cells:
        return (int(rows[0]), "") if rows else None
    row, column = int(cells[0][0]), str(unguarded(str(cells[0][1])))
    st.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return row, column


def table_height(n_rows: int) -> int:
    """Height in px of a table with this many rows and its heading."""
    return ROW * (n_rows + 1) + 2


def metric_row(least_width: int = 168) -> GridContainer:
    """A row of at most four figures, split into two rows if a figure would be narrower than `least_width` px."""
    return st.grid(4, min_column_width=least_width, gap=("xsmall", "small"))


def in_percent(table: pd.DataFrame, names: Sequence[str], **column: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Shares as percentages, with columns that format them like prose, `61.1 %`, and sort them as numbers.

    All have the same number of decimals: one, or as many up to three as keep the smallest from being shown as 0.

    Args:
        table: Holds the shares, from 0 to 1.
        names: The columns of shares.
        **column: Passed to `st.column_config.NumberColumn`.
    """
    shown = table.copy()
    shown[list(names)] = shown[list(names)].astype(float) * 100
    values = shown[list(names)].to_numpy()
    least = values[values > 0].min(initial=100)
    decimals = next((n for n in (1, 2) if least >= 0.5 * 10**-n), 3)
    return shown, {name: st.column_config.NumberColumn(format=f"%.{decimals}f %%", **column) for name in names}


def below_zero(table: pd.DataFrame) -> list[str]:
    """Numeric columns that contain a negative number."""
    return [str(name) for name, column in table.items() if is_numeric_dtype(column) and (column < 0).any()]


def with_minus(table: pd.DataFrame, formats: Mapping[str, Format] | None = None) -> pd.DataFrame | Styler:
    """The same table with minus signs instead of a browser's hyphens; its numbers sort as numbers.

    A format in a column's configuration is applied by the browser, and would bring the hyphen back.

    Args:
        table: As many rows as a page shows: each number is formatted here.
        formats: Formats of the columns' numbers; others have up to four decimals.
    """
    if not formats and not below_zero(table):
        return table
    return table.style.format(dict.fromkeys(table.select_dtypes("number"), _short) | dict(formats or {}), na_rep="")


def _short(number: float) -> str:
    return decimal(number, 4).rstrip("0").rstrip(".")


def show(drawing: Drawing, key: str, *, on_select: bool = False, behind_it: pd.DataFrame | None = None) -> Any:
    """Draw a chart and return its selection if `on_select`. The table behind it is a click away."""
    table = drawing.table if behind_it is None else behind_it
    return draw(
        drawing,
        key,
        "rerun" if on_select and not drawing.draws_table else "ignore",
        beside=lambda: behind(table, f"{key}_table"),
    )


def draw(
    drawing: Drawing,
    key: str,
    on_select: Literal["ignore", "rerun"] | Callable[..., Any] = "ignore",
    *,
    beside: Callable[[], None] = lambda: None,
) -> Any:
    """A chart, and a menu to save it next to what `beside` draws; its selection, unless selections are ignored."""
    _title(drawing)
    # a container with a key can be given the window's height; in a card it has the card's
    with st.container(key=f"grows_{key}", gap=None) if drawing.fills else nullcontext():
        chosen = st.vega_lite_chart(
            (drawing.table if drawing.sent is None else drawing.sent) if drawing.draws_table else None,
            drawing.untitled(),
            key=key,
            alt=drawing.alt,
            on_select=on_select,
            theme=None,
            height="stretch" if drawing.fills else "content",
        )
    with st.container(horizontal=True, gap="small", key=f"under_{key}"):
        beside()
        _save_menu(drawing, f"{key}_save")
    return chosen


def _save_menu(drawing: Drawing, key: str) -> None:
    """A popover with the chart as a file; the file is made when it is wanted."""
    box = st.popover("Save chart", key=widgets.key(key), icon=":material/image:", type="tertiary", on_change="rerun")
    if not box.open:
        return
    with box:
        st.caption("On white, with its title, axes and fonts. It takes some seconds.")
        for form, mime, what in FORMS:
            st.download_button(
                f"{form.upper()}, {what}",
                partial(convert, drawing, form),
                f"{drawing.name}.{form}",
                mime,
                key=f"{key}_{form}",
                on_click="ignore",
            )


def _title(drawing: Drawing) -> None:
    """The chart's title and note above it, in as many lines as its width needs."""
    words = drawing.title
    if words:
        note = f"<br><small>{escape(words['subtitle'])}</small>" if "subtitle" in words else ""
        st.html(f'<p class="chart-title"><b>{escape(words["text"])}</b>{note}</p>')


def behind(
    table: pd.DataFrame, key: str, label: str = "Table", *, draw_page: Callable[[pd.DataFrame], None] | None = None
) -> None:
    """A popover with the table behind a chart, at most 100 rows, and the whole as CSV.

    `draw_page` draws those rows if they are more than a plain table.
    """
    box = st.popover(label, key=widgets.key(key), icon=":material/table:", type="tertiary", on_change="rerun")
    if box.open:
        with box:
            if draw_page is None:
                dataframe(table.head(100), hide_index=True)
            else:
                draw_page(table.head(100))
            save_button(table, f"All {len(table):,} rows as CSV", key, f"{key}_csv")


def save_button(table: pd.DataFrame, label: str, name: str, key: str) -> None:
    """A button that saves the whole table as `name`.csv, which is written when it is wanted."""
    st.download_button(label, partial(safe_csv, table), f"{name}.csv", "text/csv", key=key, on_click="ignore")


def safe_csv(table: pd.DataFrame) -> bytes:
    """CSV in which a spreadsheet takes no text and no column name for a formula, and reads every letter.

    Without the mark of byte order, Excel takes UTF-8 for the encoding of the country.
    """
    text: str = _guarded(table).to_csv(index=False)
    return text.encode("utf-8-sig")


def dataframe(
    table: pd.DataFrame, *, formats: Mapping[str, Format] | None = None, grows: bool = False, **arguments: Any
) -> None:
    """`st.dataframe`, whose toolbar saves texts and column names that no spreadsheet takes for a formula.

    The toolbar saves the values themselves, so they are guarded, and shown as they were.

    Args:
        table: As many rows as a page shows.
        formats: Formats of the columns' numbers, for `with_minus`.
        grows: Whether a long table is as high as the window leaves room for; it needs a key.
        **arguments: Passed to `st.dataframe`.
    """
    if grows and len(table) < GROWING_ROWS:
        arguments["height"] = min(table_height(len(table)), STEADY_HEIGHT)
    elif grows:
        with st.container(key=f"grows_table_{arguments['key']}", gap=None):
            dataframe(table, formats=formats, height="stretch", **arguments)
        return
    config, order = dict(arguments.pop("column_config", None) or {}), arguments.pop("column_order", None)
    for name in map(str, table):
        given = dict(config.get(name) or {})
        if called(name) != name and not given.get("label"):
            config[name] = given | {"label": called(name)}
    if not _is_shown_otherwise(table):
        st.dataframe(with_minus(table, formats), column_config=config, column_order=order, **arguments)
        return
    for name in map(str, table):
        if guard(name) != name or visible(name) != name:
            config[guard(name)] = {"label": visible(name)} | dict(config.pop(name, None) or {})
    texts = dict.fromkeys(map(guard, _texts(table)), _shown)
    numbers = dict.fromkeys(map(guard, table.select_dtypes("number")), _short)
    own = {guard(name): form for name, form in (formats or {}).items()}
    shown = _guarded(table).style.format(numbers | texts | own, na_rep="")
    order = None if order is None else [guard(name) for name in order]
    st.dataframe(shown, column_config=config, column_order=order, **arguments)


def guard(text: Any) -> Any:
    """A text with an apostrophe before each part that a spreadsheet takes for a formula; anything else as it is.

    A carriage return, which no writer of CSV puts into quotation marks, would begin a row: it becomes a line feed.
    """
    if not isinstance(text, str):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORMULA.sub("'", text)


def unguarded(text: Any) -> Any:
    """The text before `guard`."""
    return _GUARDED.sub("", text) if isinstance(text, str) else text


def _shown(text: Any) -> Any:
    """A guarded text as the page shows it: unguarded, its controls as signs, read in the direction of its letters."""
    text = unguarded(text)
    return isolated(visible(text, keep=_SPACES)) if isinstance(text, str) else text


def _texts(table: pd.DataFrame) -> list[str]:
    return list(table.select_dtypes(include=["object", "string", "category"]))


def _is_shown_otherwise(table: pd.DataFrame) -> bool:
    texts = itertools.chain(table, *(table[name] for name in _texts(table)))
    return any(isinstance(text, str) and not (guard(text) == text == _shown(text)) for text in texts)


def _guarded(table: pd.DataFrame) -> pd.DataFrame:
    safe = table.copy()
    for name in _texts(table):
        safe[name] = [guard(text) for text in table[name]]
    return safe.rename(columns=guard)
