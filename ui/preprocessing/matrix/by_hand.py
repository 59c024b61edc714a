"""A matrix small enough to check by hand, with six ways of filling its cells, and the arithmetic of one cell."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bowcore.errors import EmptyVocabularyError
from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.matrix.by_hand import SmallMatrix, explain_cell, small_matrix, weightings
from bowcore.matrix.weighting import weight
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WeightingSpec
from ui import job_panel
from ui.preprocessing.matrix.formula import cell_table, clicked_cell, show_formula
from ui.reading import own_lemmas
from ui.reading.clickable_words import word_button
from ui.reading.tables import dataframe, table_height
from ui.state import open_view, widgets

LINES = """The goal of the striker
The bank and the rates
The striker and the bank
Rates, rates and rates"""
MOST_TEXTS = 8
MOST_CHARACTERS = 300  # of one text
MOST_TERMS = 60


def by_hand(answer: Answer) -> None:
    """The reader's short texts under the recipe, and the arithmetic of each cell."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        written = st.text_area(
            f"Short {TEXTS}, one a line",
            LINES,
            height=128,
            key="small_texts",
            persist_state="session",
            help=f"Up to {MOST_TEXTS} lines of {MOST_CHARACTERS} characters. They pass through the recipe's steps.",
        )
        lines = [line for line in written.splitlines() if line.strip()]
        texts = [line[:MOST_CHARACTERS] for line in lines[:MOST_TEXTS]]
        if texts != lines:
            st.caption(f"Worked out: the first {MOST_TEXTS} lines, and {MOST_CHARACTERS} characters of each.")
    lemmas = own_lemmas.find(texts, answer.recipe)
    if isinstance(lemmas, Job):
        with right:
            job_panel.follow(lemmas, f"The tagger's lemmas of these {TEXTS}")
        return
    try:
        small = small_matrix(texts, answer.recipe, lemmas)
    except EmptyVocabularyError:
        st.info("No term is left of these lines. Write a word that the recipe's steps do not drop.")
        return
    ways = weightings(answer.recipe)
    with right:
        way, row, column = _choose(small, ways, answer.recipe)
        term = small.vocabulary.terms[column].as_py()
        open_view.settle("matrix_panel", texts=texts, way=way, row=row, term=term)
        show_formula(explain_cell(small.counts[row], column, small.vocabulary, ways[way]), f"{TEXT} {row + 1}")
        word_button(term, answer, "small_word")
    n_terms = small.vocabulary.n_terms
    # one below the other if a pair would cut a dozen short terms
    tables = st.grid(2, min_column_width=385, gap=("small", "medium"))
    for name, spec in ways.items():
        with tables.cell():
            _table(small, name, spec, answer.recipe)
    st.caption(
        f"{len(texts):,} {TEXTS}, {n_terms:,} terms"
        + (f", of which {MOST_TERMS} are shown" if n_terms > MOST_TERMS else "")
        + ". Click a cell to see how it is computed. All terms are kept here: limits, vocabulary size and the column "
        f"for other words are meant for many {TEXTS}."
    )


def _table(small: SmallMatrix, name: str, spec: WeightingSpec, recipe: Recipe) -> None:
    terms = small.vocabulary.terms.to_pylist()[:MOST_TERMS]
    st.markdown(f"**{name}**" + (" · this recipe" if spec == recipe.weighting else ""))
    block = weight(small.counts, small.vocabulary, spec)[:, : len(terms)]
    table = cell_table(block, terms)
    table.index = [f"{TEXT} {row + 1}" for row in range(len(table))]
    # a selection is a row and column index: another table must not inherit it
    key = f"small_{name}_{hash(tuple(terms))}_{len(table)}"
    dataframe(
        table,
        key=key,
        on_select=partial(_click, key, name, small),
        selection_mode="single-cell",
        height=table_height(len(table)),
        column_config={term: st.column_config.TextColumn(width=46, alignment="right") for term in terms},
    )


def _click(key: str, name: str, small: SmallMatrix) -> None:
    cell = clicked_cell(key)
    if cell is not None and cell[1] in small.vocabulary.terms.to_pylist():
        for choice, value in (("small_way", name), ("small_row", cell[0]), ("small_term", cell[1])):
            widgets.choose(choice, value)


def _choose(small: SmallMatrix, ways: dict[str, WeightingSpec], recipe: Recipe) -> tuple[str, int, int]:
    """The cell chosen last, in a list or by a click; initially the row's term that occurs in the fewest articles."""
    terms: list[str] = small.vocabulary.terms.to_pylist()
    own = next((way for way, spec in ways.items() if spec == recipe.weighting), list(ways)[-1])
    one, two, three = st.columns([5, 3, 3])
    with one:
        way = widgets.choice("Cell values", list(ways), "small_way", own)
    with two:
        rows = range(small.counts.shape[0])
        row = widgets.choice(f"{TEXT:A}", rows, "small_row", 0, format_func=lambda row: f"{TEXT} {row + 1}")
    columns = small.counts[row].indices
    rarest = columns[small.vocabulary.document_frequency[columns].argmin()] if len(columns) else 0
    with three:
        term = widgets.choice("Term", terms, "small_term", terms[rarest])
    return way, row, terms.index(term)
