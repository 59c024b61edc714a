"""Two cells side by side: lengths, unknown words, margins, and the words that one uses more than the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.judge.cell_words import NEAR, CellFacts, facts_of_cell, margins, typical_words
from bowcore.names import in_order
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, decimal, percent
from ui.answers import kept
from ui.confusion.cells import Model
from ui.reading.clickable_words import word_pills
from ui.reading.tables import dataframe
from ui.state import open_view, widgets

OTHER = "cell_other"
ABSENT = "–"


def beside_another(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """Facts of this cell and of another, by default of the right articles of its true class."""
    names = answer.split.class_names
    other = _choose_other(names, model, cell)
    open_view.settle("cell_view", other=other)
    cells = (cell, other)
    rows = [model.rows_in(answer, one) for one in cells]
    found = [_facts(answer, model, one, of_cell) for one, of_cell in zip(cells, rows, strict=True)]
    table = pd.DataFrame({"": _labels(), "this cell": _column(found[0]), "the other": _column(found[1])})
    dataframe(table, hide_index=True, key="cell_facts")
    st.caption(
        f"Margin: the {model.judged.likelihood} of the predicted class minus that of the true class, in cells of right "
        f"{TEXTS} minus that of the runner-up; near: less than {decimal(100 * NEAR, 0)} points. Unknown: not in the "
        "vocabulary."
    )
    if not all(map(len, rows)):
        return
    counts = answer.matrix.counts
    mine, theirs = typical_words(counts.validation[rows[0]], counts.validation[rows[1]], counts.terms)
    for words, what, key in (
        (mine, "Typical of this cell beside the other", "cell_typical"),
        (theirs, "Typical of the other beside this cell", "cell_typical_other"),
    ):
        st.caption(what if words else f"{what}: no word stands out.")
        if words:
            word_pills(words, answer, key)


def _choose_other(names: tuple[str, ...], model: Model, cell: tuple[int, int]) -> tuple[int, int]:
    counts = model.table["n"].to_numpy().reshape(len(names), len(names))
    cells = [(int(one), int(two)) for one, two in np.argwhere(counts > 0) if (one, two) != cell]
    cells.sort(key=lambda one: (one[0] != cell[0], one[0] != one[1], -counts[one]))
    if not cells:
        return cell
    called = [class_in_words(name) for name in names]

    def name(one: tuple[int, int]) -> str:
        way = "right" if one[0] == one[1] else f"predicted {called[one[1]]}"
        return in_order(f"true {called[one[0]]}, {way}: {counts[one]:,}")

    return widgets.choice("Beside it", cells, OTHER, cells[0], format_func=name)


def _facts(answer: Answer, model: Model, cell: tuple[int, int], rows: NDArray[np.int64]) -> CellFacts:
    words, counted, unknown = word_counts(answer)
    of_cell = margins(model.probabilities[rows], cell[1], cell[0])
    return facts_of_cell(rows, words, counted, unknown, of_cell)


@kept("vocabulary")
def word_counts(answer: Answer) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Words of each validation article, terms counted in it, and of those the ones outside the vocabulary."""
    matrix, reading = answer.matrix, answer.reading
    words = np.diff(reading.units.offsets)[reading.n_train :].astype(np.int64)
    counted = np.asarray(answer.counts.validation.sum(axis=1), dtype=np.int64).ravel()
    known = matrix.counts.validation[:, : matrix.vocabulary.n_known]
    return words, counted, counted - np.asarray(known.sum(axis=1), dtype=np.int64).ravel()


def _labels() -> list[str]:
    return [f"{TEXTS}", "words, mean", "unknown words", "margin, mean, points", f"near, of the {TEXTS}"]


def _column(facts: CellFacts) -> list[str]:
    if not facts.n_documents:
        return ["0", *[ABSENT] * 4]
    unknown = ABSENT if np.isnan(facts.unknown) else percent(facts.unknown)
    near = f"{facts.near:,} of {facts.n_documents:,}"
    return [f"{facts.n_documents:,}", decimal(facts.words), unknown, decimal(100 * facts.margin), near]
