"""The matrix that came of the recipe: which terms became columns, and what stands in the cells."""

from __future__ import annotations

import streamlit as st

from ui.preprocessing import size_table
from ui.stages import Now


def matrix_tab(now: Now, before: Now | None) -> None:
    """The size of the training matrix, before and after the last change."""
    st.dataframe(size_table(now, before), hide_index=True)
