"""The cell of the confusion matrix that the reader chose, on any page that shows one."""

from __future__ import annotations

import streamlit as st

from charts.confusion import SELECTION
from ui.state import widgets

CELL = "confusion_cell"


def clicked_cell(key: str) -> tuple[int, int] | None:
    """Row and column of the cell clicked in the chart with this key, for its callback; None if a click took it back."""
    cells = st.session_state[key]["selection"].get(SELECTION)
    return (int(cells[0]["row"]), int(cells[0]["column"])) if cells else None


def choose_clicked(key: str) -> bool:
    """Choose the cell clicked in the chart with this key, for its callback; False if the click took a choice back."""
    cell = clicked_cell(key)
    if cell is not None:
        widgets.choose(CELL, cell)
    return cell is not None
