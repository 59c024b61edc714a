"""The words that pushed the articles of a cell to the wrong class, and whether they are near misses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.judge.cell_words import NEAR, CellWords, margins, words_of_cell, words_of_cell_one_by_one
from bowcore.judge.explanation import Explanation, term_weights
from bowcore.judge.network_words import integrated_gradients
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, counted, signed
from charts.cell import ARTICLE, cell_words, margin_strip
from ui.answers import kept
from ui.confusion.cells import Model
from ui.reading.clickable_words import word_chart
from ui.reading.tables import behind, draw, palette, show
from ui.shell import block_models, judgement, runs
from ui.state import address, widgets
from ui.texts import plain

EXACT = {
    "naive-bayes": "Exact: what naive Bayes adds up.",
    "logistic": "Exact: what logistic regression adds up.",
    "blocks": "Exact: what the blocks' columns add to the difference of two scores.",
    "network": "Integrated gradients of each {TEXT}, which add up to the network's log-odds.",
}
STRIP = "margins"


def words_of_errors(answer: Answer, model: Model, cell: tuple[int, int]) -> None:
    """The words behind a cell, and the margins of its articles."""
    names, rows = answer.split.class_names, model.rows_in(answer, cell)
    actual, predicted = cell
    other = other_class(model, cell, rows)
    found = find_words(answer, model, predicted, other, rows)
    if found is None:
        st.info(
            f"{model.judged.name} was not fitted on both classes, or its weights were deleted, so no words speak for "
            "one against the other."
        )
    elif found.table.empty:
        st.info(f"No {TEXT} of this cell has a word that the model knows: the sizes of the classes decide.")
    else:
        unit = block_models.unit(model.judged.recipe)
        drawing = cell_words(found.table, palette(), names, (predicted, other), found.n_documents, unit=unit)
        of_words = model.judged.model != "blocks"
        if of_words:
            word_chart(drawing, answer, f"words_of_{actual}_{predicted}")
        else:
            show(drawing, f"columns_of_{actual}_{predicted}")
        against = ""
        if actual == predicted:
            against = f" Against {plain(class_in_words(names[other]))}, on average the most probable of the others."
        st.caption(
            f"{counted(found.n_documents, f'{TEXT}', f'{TEXTS}')}: words {signed(found.log_odds - found.prior, 2)}, "
            f"without words {signed(found.prior, 2)}, together {signed(found.log_odds, 2)}. {how(model)}{against}"
            f"{' Click a bar to read the word in context.' if of_words else ''}"
        )
    _strip(answer, model, cell, rows)


def how(model: Model) -> str:
    """How exact the contributions of the judge's words are."""
    return EXACT[model.judged.model].replace("{TEXT}", f"{TEXT}")


def other_class(model: Model, cell: tuple[int, int], rows: NDArray[np.int64]) -> int:
    """The class that a cell is compared with: the true one, or for right articles the likeliest other."""
    actual, predicted = cell
    if actual != predicted:
        return actual
    average = model.probabilities[rows].mean(axis=0)
    average[predicted] = -1.0
    return int(average.argmax())


def find_words(answer: Answer, model: Model, predicted: int, other: int, rows: NDArray[np.int64]) -> CellWords | None:
    """The words of the articles at these rows for one class against another; None without a fitted model of both."""
    if model.judged.model == "network":
        chosen = np.zeros(len(answer.labels), np.bool_)
        chosen[rows] = True
        return _network_words(answer, model.judged.artefact, predicted, other, chosen)
    if model.judged.model == "blocks":
        return block_models.words_of_rows(model.judged.recipe, model.judged.artefact, predicted, other, rows)
    fitted = answer.bayes if model.judged.model == "naive-bayes" else None
    linear = fitted or judgement.coefficients(answer, model.judged.artefact)
    weights = None if linear is None else term_weights(linear, predicted, other)
    if weights is None:
        return None
    return words_of_cell(answer.matrix.validation[rows], *weights, answer.matrix.vocabulary)


@kept("weighting", "Adding up the network's words…")
def _network_words(
    answer: Answer, artefact: str, predicted: int, other: int, chosen: NDArray[np.bool_]
) -> CellWords | None:
    weights = runs.network_weights(artefact)
    if weights is None:
        return None

    def explain_row(row: sparse.csr_matrix) -> Explanation:
        return integrated_gradients(weights, row, predicted, other)

    rows = answer.matrix.validation[np.flatnonzero(chosen)]
    return words_of_cell_one_by_one(rows, explain_row, answer.matrix.vocabulary)


def _strip(answer: Answer, model: Model, cell: tuple[int, int], rows: NDArray[np.int64]) -> None:
    actual, predicted = cell
    positions = answer.split.validation_positions(rows)
    table = pd.DataFrame(
        {
            "position": positions,
            "number": rows + 1,
            "margin": margins(model.probabilities[rows], predicted, actual),
            "shown": positions == address.number("cell_article", -1),
        }
    )
    right = actual == predicted
    against = "the runner-up" if right else class_in_words(answer.split.class_names[actual])
    drawing = margin_strip(table, palette(), NEAR, against, right=right, likelihood=model.judged.likelihood)
    key = widgets.key(f"{STRIP}_{actual}_{predicted}")
    draw(drawing, key, lambda: _open(key), beside=lambda: behind(drawing.table, "margins_table"))


def _open(key: str) -> None:
    """Read the clicked article in the view of articles."""
    dots = st.session_state[key]["selection"].get(ARTICLE)
    if dots:
        address.choose("cell_article", str(int(dots[0]["position"])))
        address.choose("cell_view", "")
