"""What a cell of the matrix can be looked at for; only the view that is open computes anything."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXT
from ui.confusion.cell_articles import articles_of_cell
from ui.confusion.cell_beside import beside_another
from ui.confusion.cell_words import words_of_errors
from ui.confusion.cells import Model
from ui.confusion.edit import edit
from ui.reading.tables import choose_view
from ui.state import open_view

VIEWS: dict[str, Callable[[Answer, Model, tuple[int, int]], None]] = {
    "Articles": articles_of_cell,
    "Words": words_of_errors,
    "Beside another": beside_another,
    "Edit": edit,
}


def show(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """The view of the cell that the reader chose."""
    if not len(model.rows_in(answer, cell)):
        st.info(f"No validation {TEXT} is in this cell. Choose another one.")
        return
    view = choose_view(VIEWS, "cell_view", "What to see of the cell")
    open_view.settle("cell_view", cell=cell)
    VIEWS[view](answer, model, cell)
