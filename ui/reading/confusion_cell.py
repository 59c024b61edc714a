"""The cell of the confusion matrix that the reader chose, on any page that shows one."""

from __future__ import annotations

import streamlit as st

from charts.confusion import SELECTION
from ui.state import widgets

CELL = "confusion_cell"


def choose_clicked(key: str) -> bool:
    """Choose the cell clicked in the chart with this key, for its callback; False if the click took a choice back."""
    cells = st.session_state[key]["selection"].get(SELECTION)
    if cells:
        widgets.choose(CELL, (int(cells[0]["row"]), int(cells[0]["column"])))
    return bool(cells)
