"""The matrix that came of the recipe: which terms became columns, and what stands in the cells."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui import (
    matrix_by_hand,
    matrix_cells,
    matrix_groups,
    matrix_limits,
    matrix_reduction,
    matrix_selection,
    matrix_unknown,
)
from ui.stages import Now

PANELS: dict[str, Callable[[Now], None]] = {
    "By hand": matrix_by_hand.by_hand,
    "Cells": matrix_cells.cells,
    "Selection": matrix_selection.selection,
    "Limits": matrix_limits.limits,
    "Word groups": matrix_groups.groups,
    "Unknown words": matrix_unknown.unknown_words,
    "LSA and PCA": matrix_reduction.reduction,
}
"""What can be looked at; only the chosen one is computed."""


def matrix_tab(now: Now, before: Now | None) -> None:
    """One panel at a time."""
    panel = st.segmented_control(
        "Look at",
        tuple(PANELS),
        required=True,
        default="By hand",
        key="matrix_panel",
        label_visibility="collapsed",
        persist_state="session",
    )
    PANELS[panel](now)
