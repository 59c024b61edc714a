"""One cell of a matrix on the page: its value as text, and its arithmetic with the numbers filled in."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from scipy import sparse

from bowcore.matrix.by_hand import CellFormula, number
from ui.wording import plain

Cell = tuple[int, str]
"""A cell as a table reports it: the row's place, and the column's name."""


def clicked_cell(key: str) -> Cell | None:
    """The cell that is selected in the table of this key."""
    cells = st.session_state[key]["selection"].get("cells", [])
    return (int(cells[0][0]), str(cells[0][1])) if cells else None


def cell_text(value: float) -> str:
    """What stands in a cell: nothing for 0, whole numbers as they are, else three decimals."""
    if not value:
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:.3f}"


def cell_table(block: sparse.csr_matrix, names: list[str]) -> pd.DataFrame:
    """A block of a matrix as text, (n_rows, n_columns), empty cells blank. It becomes dense: keep it to a page."""
    return pd.DataFrame([[cell_text(value) for value in row] for row in block.toarray()], columns=names, dtype="str")


def show_formula(formula: CellFormula, what: str) -> None:
    """The steps from a count to the cell's value, one a line. `what` names the article."""
    st.markdown(
        f"**{plain(formula.term)}** in {plain(what)}: **{number(formula.value)}** · stands in "
        f"{formula.document_frequency:,} of {formula.n_documents:,} articles"
    )
    width = max(len(step.name) for step in formula.steps)
    lines = [f"{step.name:<{width}}   {step.formula} = {number(step.result)}" for step in formula.steps]
    st.code("\n".join(lines), language=None, wrap_lines=True)
