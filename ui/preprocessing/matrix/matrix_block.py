"""The real training matrix, a page of rows and columns at a time; a click opens the article and the arithmetic."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.matrix.by_hand import explain_cell
from bowcore.nouns import A_TEXT, TEXT, TEXTS, called
from bowcore.numbers import decimal, empty_share, percent, size
from bowcore.tasks.export_matrix import matrix_zip
from ui.preprocessing.matrix.formula import cell_table, clicked_cell, show_formula
from ui.reading.articles import read
from ui.reading.clickable_words import word_button
from ui.reading.tables import dataframe, metric_row, table_height, turned_page
from ui.state import open_view, widgets

N_ROWS, N_COLUMNS = 20, 20
MOST_BYTES = 200_000_000
"""Size of a matrix that a browser can download; larger ones are written on the server by the command line."""
TUTORIAL_ROWS, TUTORIAL_COLUMNS = 108_000, 59_544
ROW_ORDERS = ("as in the corpus", "longest first", "shortest first", "by class")
COLUMN_ORDERS = ("most frequent first", "in most articles first", "alphabet")


def cells(answer: Answer) -> None:
    """How empty the matrix is, and a page of its cells."""
    _metrics(answer)
    rows_order, columns_order, jump = st.columns(3)
    by_rows, bound = widgets.carried("cells_rows", ROW_ORDERS, ROW_ORDERS[0])
    by_rows = rows_order.selectbox(f"{TEXTS:A} (rows)", ROW_ORDERS, ROW_ORDERS.index(by_rows), **bound)
    names = answer.split.class_names
    typical = tuple(f"typical of {name}" for name in names)
    orders = (*COLUMN_ORDERS, *typical)
    by_columns, bound = widgets.carried("cells_columns", orders, orders[0])
    shown = {order: called(order) for order in COLUMN_ORDERS}
    by_columns = columns_order.selectbox(
        "Terms (columns)",
        orders,
        orders.index(by_columns),
        format_func=lambda one: shown.get(one, one),
        **bound,
    )
    rows = row_order(answer, by_rows)
    columns = column_order(answer, by_columns)
    wanted, bound = widgets.carried_text("cells_term")
    wanted = jump.text_input("Go to term", wanted, placeholder="a term as counted", **bound).strip()
    shown_rows = _page(rows, N_ROWS, "cells_row_page")
    shown_columns = _at_term(answer, columns, wanted) if wanted else _page(columns, N_COLUMNS, "cells_column_page")
    if not len(shown_columns):
        st.info("There is no column of that name under this recipe. Case matters when lower case is off.")
        return
    first_row, first_column = (
        int(np.flatnonzero(order == some[0])[0]) for order, some in ((rows, shown_rows), (columns, shown_columns))
    )
    open_view.settle("matrix_panel", rows=by_rows, columns=by_columns, first_row=first_row, first_column=first_column)
    cell = _table(answer, shown_rows, shown_columns)
    chosen = None if cell is None else (cell[0], answer.matrix.vocabulary.terms[cell[1]].as_py())
    open_view.settle("matrix_panel", cell=chosen)
    left, right = st.columns(2)
    with left:
        _pages(len(rows), N_ROWS, "cells_row_page", f"{TEXTS:A}")
    with right:
        if not wanted:
            _pages(len(columns), N_COLUMNS, "cells_column_page", "Terms")
    _save(answer)
    if cell is None:
        st.caption(f"Click a cell, empty or not: its arithmetic and its {TEXT} open below.")
        return
    row, column = cell
    position = int(answer.matrix.rows[row])
    show_formula(
        explain_cell(answer.matrix.counts.train[row], column, answer.matrix.vocabulary, answer.recipe.weighting),
        answer.split.article(position).name,
    )
    word_button(answer.matrix.vocabulary.terms[column].as_py(), answer, "cells_word")
    read(answer, position)


def _metrics(answer: Answer) -> None:
    measured, (n_rows, n_terms) = answer.matrix.size, answer.matrix.shape
    row = metric_row()
    row.metric("Empty cells", empty_share(n_rows, n_terms, measured.n_filled))
    row.metric(f"Filled cells {A_TEXT}", f"{decimal(measured.n_filled / n_rows, 0)} of {n_terms:,}")
    row.metric("Stored sparse", size(measured.sparse_bytes))
    row.metric(
        "Stored dense",
        size(measured.dense_bytes),
        help="Every cell written out in 8 bytes, as .toarray() does.",
    )
    st.caption(
        f"Dense would take {decimal(measured.dense_bytes / max(measured.sparse_bytes, 1), 0)} times the memory. The "
        f"tutorial's call, .toarray(), would need about {size(8 * TUTORIAL_ROWS * TUTORIAL_COLUMNS)} for its "
        f"{TUTORIAL_ROWS:,} × {TUTORIAL_COLUMNS:,} cells; such an array is never made here."
    )


def _save(answer: Answer) -> None:
    """Download the matrix, or say how to write one that is too large for a browser."""
    n_bytes = answer.matrix.size.sparse_bytes
    if n_bytes > MOST_BYTES:
        st.caption(
            f"To export the matrix ({size(n_bytes)}): save the recipe under *Share*, then "
            "`python -m bowcore vectorize … --recipe FILE --out FOLDER` writes it."
        )
        return
    st.download_button(
        f"Matrix as NPZ, at most {size(n_bytes)}",
        partial(matrix_zip, answer.recipe),  # not the answer: a session keeps it
        "matrix.zip",
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
        help=f"The cells of training and validation {TEXTS} for scipy.sparse.load_npz, the terms of the columns, the "
        "positions and classes of the rows, and the recipe.",
    )


def row_order(answer: Answer, order: str) -> NDArray[np.int64]:
    """The matrix's rows in this order; ties in corpus order."""
    counts = answer.matrix.counts
    n_rows = counts.train.shape[0]
    if order == "as in the corpus":
        return np.arange(n_rows)
    if order == "by class":
        return np.argsort(counts.train_labels, kind="stable")
    lengths = np.asarray(counts.train.sum(axis=1)).ravel()
    return np.argsort(-lengths if order == "longest first" else lengths, kind="stable")


def column_order(answer: Answer, order: str) -> NDArray[np.int64]:
    """The matrix's columns in this order; ties in alphabetical order. Typical terms: by naive Bayes' margin."""
    vocabulary = answer.matrix.vocabulary
    if order == "alphabet":
        return np.arange(vocabulary.n_terms)
    if order == "most frequent first":
        return np.argsort(-vocabulary.term_frequency, kind="stable")
    if order == "in most articles first":
        return np.argsort(-vocabulary.document_frequency, kind="stable")
    weights = answer.bayes.term_log_probability
    chosen = [f"typical of {name}" for name in answer.split.class_names].index(order)
    others = (weights.sum(axis=0) - weights[chosen]) / max(len(weights) - 1, 1)
    return np.argsort(others - weights[chosen], kind="stable")


def _at_term(answer: Answer, columns: NDArray[np.int64], term: str) -> NDArray[np.int64]:
    """A page of columns that begins at a term; empty if there is no such column."""
    column = pc.index(answer.matrix.vocabulary.terms, term).as_py()
    if column < 0:
        return columns[:0]
    at = int(np.flatnonzero(columns == column)[0])
    return columns[at : at + N_COLUMNS]


def _page(order: NDArray[np.int64], length: int, key: str) -> NDArray[np.int64]:
    page, _ = turned_page(key, -(-len(order) // length))
    return order[(page - 1) * length : page * length]


def _pages(n_items: int, length: int, key: str, name: str) -> None:
    n_pages = -(-n_items // length)
    if n_pages > 1:
        st.caption(f"{name}, {n_pages:,} pages")
        st.pagination(n_pages, max_visible_pages=7, **turned_page(key, n_pages)[1])


def _table(answer: Answer, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[int, int] | None:
    train = answer.matrix.features.train
    block = train[rows][:, columns]
    terms = answer.matrix.vocabulary.terms.take(pa.array(columns)).to_pylist()
    table = cell_table(block, terms)
    shown = [answer.split.article(int(position)) for position in answer.matrix.rows[rows]]
    table.index = [f"{article.number:,} {article.class_name}" for article in shown]
    empty = 1 - block.nnz / max(block.shape[0] * block.shape[1], 1)
    st.caption(
        f"**{percent(empty)} of these {block.shape[0]} × {block.shape[1]} cells are empty**; of all "
        f"{train.shape[0]:,} × {train.shape[1]:,}, {percent(1 - train.nnz / (train.shape[0] * train.shape[1]), 2)}."
    )
    # a selection is a row and column index: the same rows or columns in another order must not inherit it
    key = f"cells_{answer.key('weighting')}_{block_key(rows, columns)}"
    dataframe(
        table,
        key=key,
        on_select=partial(_click, key, rows, columns, terms),
        selection_mode="single-cell",
        row_height=26,
        height=table_height(0) + 26 * len(table),
        column_config={term: st.column_config.TextColumn(width=60, alignment="right") for term in terms},
    )
    chosen: tuple[str, int, int] | None = st.session_state.get("cells_chosen")
    return chosen[1:] if chosen is not None and chosen[0] == answer.key("weighting") else None


def block_key(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> str:
    """An identifier for these rows and columns in this order."""
    return sha256(b"%d:%b%b" % (len(rows), rows.tobytes(), columns.tobytes())).hexdigest()[:12]


def _click(key: str, rows: NDArray[np.int64], columns: NDArray[np.int64], terms: list[str]) -> None:
    cell = clicked_cell(key)
    if cell is not None and cell[1] in terms:
        recipe = key.split("_")[1]
        st.session_state["cells_chosen"] = (recipe, int(rows[cell[0]]), int(columns[terms.index(cell[1])]))
