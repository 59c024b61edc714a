"""One cell of a matrix on the page: its value as text, and its arithmetic with the numbers filled in."""

from __future__ import annotations

import textwrap

import pandas as pd
import streamlit as st
from scipy import sparse

from bowcore.matrix.by_hand import CellFormula
from bowcore.matrix.weighting import number
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal
from ui.reading.tables import unguarded
from ui.texts import plain

LINE = 54  # characters of the code font that fit in the narrowest place
Cell = tuple[int, str]
"""A cell as reported by a table: row index and column name."""


def clicked_cell(key: str) -> Cell | None:
    """The selected cell of the table with this key."""
    cells = st.session_state[key]["selection"].get("cells", [])
    return (int(cells[0][0]), str(unguarded(str(cells[0][1])))) if cells else None


def cell_text(value: float) -> str:
    """Text of a cell: empty for 0, integers as they are, otherwise three decimals."""
    if not value:
        return ""
    return f"{int(value):,}" if value == int(value) else decimal(value, 3)


def cell_table(block: sparse.csr_matrix, names: list[str]) -> pd.DataFrame:
    """A block of a matrix as text, (n_rows, n_columns), empty cells blank. It is made dense: keep it to a page."""
    return pd.DataFrame([[cell_text(value) for value in row] for row in block.toarray()], columns=names, dtype="str")


def show_formula(formula: CellFormula, what: str) -> None:
    """The steps from a count to the cell's value, one per line. `what` names the article."""
    st.markdown(
        f"**{plain(formula.term)}** in {plain(what)}: **{number(formula.value)}** · occurs in "
        f"{formula.document_frequency:,} of {formula.n_documents:,} {TEXTS}"
    )
    st.code("\n".join(arithmetic(formula)), language=None, wrap_lines=True)


def arithmetic(formula: CellFormula) -> list[str]:
    """The steps as lines that fit next to the short articles at 768 px; a long sum continues on the next line."""
    width = max(len(step.name) for step in formula.steps) + 3
    lines: list[str] = []
    for step in formula.steps:
        equation, name = f"{step.formula} =\N{NO-BREAK SPACE}{number(step.result)}", f"{step.name:<{width}}"
        lines += textwrap.wrap(
            equation, LINE, initial_indent=name, subsequent_indent=" " * width, break_on_hyphens=False
        )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
