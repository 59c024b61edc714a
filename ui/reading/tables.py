"""Charts and tables on a page: each with its alternative text and the table behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.elements.lib.grid_container import GridContainer

from bowcore.numbers import decimal
from charts.drawing import Drawing
from charts.palette import DARK, LIGHT, Palette
from ui.state import widgets
from ui.state.projector import base_font

BASE_FONT = 15  # px, as the theme says
ROW = 2.1875  # rem, of a row of a table in Streamlit 1.67
FORMULA = r"^[=+\-@\t\r]"
"""How a cell begins that a spreadsheet takes for a formula."""


def palette() -> Palette:
    """The colours of the theme that the reader has chosen, with larger text for a projector."""
    theme = DARK if st.context.theme.type == "dark" else LIGHT
    size = base_font()
    return theme if size is None else theme.with_font_size(round(13 * size / BASE_FONT))


def choose_view(views: Mapping[str, object], key: str, label: str = "View") -> str:
    """The name of the view to draw, the first to begin with; the choice outlives the page."""
    chosen: str = st.segmented_control(
        label,
        tuple(views),
        required=True,
        default=next(iter(views)),
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def current_page(key: str, n_pages: int) -> int:
    """The page that `st.pagination` of this key is on, from 1; the first one where the list has become shorter."""
    page = int(st.session_state.get(key) or 1)
    if page > n_pages:
        # the control would begin anew, and what it pages through must not be elsewhere
        st.session_state[key] = page = 1
    return page


Format = Callable[[float], str]
"""How a number of a column is written."""

CLICKABLE: tuple[Literal["single-row"], Literal["single-cell"]] = ("single-row", "single-cell")
"""Selections of a table in which a click on any cell chooses the row, and not one on the narrow first column alone."""


def clicked_row(key: str) -> int | None:
    """The row that was clicked in a `CLICKABLE` table, for its callback; None when its first column was emptied."""
    clicked = clicked_place(key)
    return None if clicked is None else clicked[0]


def clicked_place(key: str) -> tuple[int, str] | None:
    """The row that was clicked and the name of the column, which is empty for the narrow first one.

    A cell becomes a selection of its row: a table with nothing selected takes its first cell when it gets the focus.
    """
    chosen = st.session_state[key]["selection"]
    rows, cells = list(chosen.get("rows", ())), chosen.get("cells", ())
    if not cells:
        return (int(rows[0]), "") if rows else None
    row, column = int(cells[0][0]), str(cells[0][1])
    st.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return row, column


def table_height(n_rows: int) -> int:
    """Height in px of a table of so many rows and its heading: Streamlit's rows grow with the base font."""
    return round(ROW * (base_font() or BASE_FONT)) * (n_rows + 1) + 2


def metric_row(least_width: int = 168) -> GridContainer:
    """A row of at most four figures, which becomes two where a figure would be narrower than `least_width` px."""
    return st.grid(4, min_column_width=least_width, gap=("xsmall", "small"))


def in_percent(table: pd.DataFrame, names: Sequence[str], **column: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Shares as percentages, and columns that write them as prose does, `61.1 %`, and sort them as numbers.

    All have one number of decimals: one, or as many up to three as keep the smallest from being written 0.

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
    """The columns of numbers of which one or more are negative."""
    return [str(name) for name in table.select_dtypes("number") if (table[name] < 0).any()]


def with_minus(table: pd.DataFrame, formats: Mapping[str, Format] | None = None) -> pd.DataFrame | Styler:
    """The same table with a minus sign where a browser would write a hyphen; its numbers sort as numbers.

    A format in a column's configuration is the browser's, and would bring the hyphen back.

    Args:
        table: As many rows as a page shows: each number is written here.
        formats: How the numbers of a column are written; those of others have up to four decimals.
    """
    if not formats and not below_zero(table):
        return table
    return table.style.format(dict.fromkeys(table.select_dtypes("number"), _short) | dict(formats or {}), na_rep="")


def _short(number: float) -> str:
    return decimal(number, 4).rstrip("0").rstrip(".")


def show(drawing: Drawing, key: str, *, on_select: bool = False, behind_it: pd.DataFrame | None = None) -> Any:
    """Draw a chart; returns its selection when `on_select`. The table behind it is a click away."""
    chosen: Any = None
    if on_select and not drawing.draws_table:
        chosen = st.vega_lite_chart(
            spec=drawing.specification(), key=key, alt=drawing.alt, on_select="rerun", theme=None
        )
    else:
        draw(drawing, key)
    behind(drawing.table if behind_it is None else behind_it, f"{key}_table")
    return chosen


def draw(drawing: Drawing, key: str) -> None:
    """A chart alone, where there is no room for its table."""
    if drawing.draws_table:
        st.vega_lite_chart(drawing.table, cast(dict[str, Any], drawing.chart), key=key, alt=drawing.alt, theme=None)
    else:
        st.vega_lite_chart(spec=drawing.specification(), key=key, alt=drawing.alt, theme=None)


def behind(
    table: pd.DataFrame, key: str, label: str = "Table", *, draw_page: Callable[[pd.DataFrame], None] | None = None
) -> None:
    """A small closed box that holds the table behind a chart, at most 100 rows, and the whole as CSV.

    `draw_page` draws those rows where they are more than a table to look at.
    """
    box = st.popover(label, key=widgets.key(key), icon=":material/table:", type="tertiary", on_change="rerun")
    if box.open:
        with box:
            if draw_page is None:
                st.dataframe(with_minus(table.head(100)), hide_index=True)
            else:
                draw_page(table.head(100))
            st.download_button(
                f"All {len(table):,} rows as CSV", safe_csv(table), f"{key}.csv", "text/csv", key=f"{key}_csv"
            )


def safe_csv(table: pd.DataFrame) -> str:
    """CSV in which no cell and no column's name is taken for a formula by a spreadsheet."""
    texts = table.select_dtypes(include=["object", "string", "category"]).columns
    guarded = table.copy()
    for name in texts:
        values = guarded[name].astype("string")
        guarded[name] = values.where(~values.str.match(FORMULA).fillna(False), "'" + values)
    guarded.columns = [f"'{name}" if re.match(FORMULA, str(name)) else name for name in guarded.columns]
    text: str = guarded.to_csv(index=False)
    return text
