"""Blocks next to the words' matrix: their lines, their size, and what each adds to the scores of one text."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.scores import describe_accuracy
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import size
from bowcore.recipe.blocks import STACKING
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import FittedOnBlocks, read_parts, read_votes
from ui.preprocessing.matrix.joined_models import choose_joining, compare_models, joined_name
from ui.reading.articles import opening_words, read
from ui.reading.tables import dataframe, metric_row
from ui.shell.block_models import fit_panel
from ui.state import open_view, session, widgets
from ui.texts import HELP, LABELS, plain

_BEST = PRESETS["best"].blocks
_A_CELL = 8  # bytes: a float32 value and its int32 column
_SHOWN = 50  # wrong texts to choose from
_MOST_CLASSES = 12  # columns of the table of parts


def blocks(answer: Answer) -> None:
    """The lines of the blocks and of their models; once a job has fitted them, their size and parts."""
    recipe = session.recipe()
    if not recipe.blocks.blocks:
        st.markdown(
            "**This recipe has no blocks.** A block is a matrix of its own: words, the headline's words, characters "
            "within words, tags, or shapes of numbers. Each is weighted and normalised alone; then they stand side by "
            "side, and linear models read them all."
        )
        st.button("Add the blocks of the preset *best*", key="blocks_add", on_click=_take_best)
        _edit(recipe)
        return
    choose_joining(recipe)
    found = fit_panel(answer, recipe)
    if found is not None:
        _sizes(found)
        _models(answer, found)
        _parts(answer, found)
    _edit(recipe)


def _take_best() -> None:
    session.change(blocks=_BEST.blocks, models=_BEST.models)


def _sizes(found: FittedOnBlocks) -> None:
    n_terms = sum(block.n_terms for block in found.blocks)
    n_cells = sum(block.n_cells for block in found.blocks)
    row = metric_row()
    row.metric("Columns", f"{n_terms:,}")
    row.metric("Filled cells", f"{n_cells:,}")
    row.metric("Stored sparse", size(_A_CELL * n_cells))
    row.metric("Stored dense", size(4 * n_terms * found.n_train), help="Every cell written out in 4 bytes; never made.")
    table = pd.DataFrame(
        {
            "block": [block.words for block in found.blocks],
            "columns": [block.n_terms for block in found.blocks],
            "filled cells": [block.n_cells for block in found.blocks],
            "cells a row": [round(block.n_cells / max(found.n_train, 1)) for block in found.blocks],
        }
    )
    dataframe(
        table,
        key="blocks_sizes",
        hide_index=True,
        column_config={
            "columns": st.column_config.NumberColumn(format="localized"),
            "filled cells": st.column_config.NumberColumn(format="localized"),
            "cells a row": st.column_config.NumberColumn(
                format="localized", help=f"Filled cells of a training {TEXT}."
            ),
        },
    )


def _models(answer: Answer, found: FittedOnBlocks) -> None:
    right = describe_accuracy(found.accuracy, found.guess_accuracy, plain(answer.guess))
    st.markdown(f"**{joined_name(found)}** has {right}, fitted on {found.n_train:,} training {TEXTS}.")
    compare_models(found)
    st.caption("*Judged by*, on the Playground and the Confusion matrix, makes the blocks the judge of every page.")


def _parts(answer: Answer, found: FittedOnBlocks) -> None:
    """Exact parts of the scores of one validation text, block by block."""
    parts, votes = read_parts(found.artefact), read_votes(found.artefact)
    if parts is None or votes is None:
        return
    st.subheader(f"What each block adds to the scores of one {TEXT}")
    predictions = votes.argmax(axis=1)
    wrong = np.flatnonzero(predictions != answer.labels)
    rows = (wrong if len(wrong) else np.arange(len(predictions)))[:_SHOWN].tolist()
    left, right = st.columns([3, 2])
    positions = answer.split.validation_positions(np.array(rows))
    names = {row: opening_words(answer, int(position)) for row, position in zip(rows, positions, strict=True)}
    label = f"{TEXTS:A} that are predicted wrongly" if len(wrong) else f"Validation {TEXTS}"
    row = left.selectbox(label, rows, format_func=names.__getitem__, key=f"blocks_text_{found.artefact}")
    number = 0
    if len(found.models) > 1:
        names_of = [*(model.words for model in found.models), *([STACKING.label] if found.stack else [])]
        number = right.selectbox(
            "Model",
            range(len(names_of)),
            len(names_of) - 1 if found.stack else 0,
            format_func=names_of.__getitem__,
            key=f"blocks_model_{found.artefact}",
        )
    open_view.settle("matrix_panel", row=row, model=number)
    of_blocks = parts.parts[number, row].astype(float)
    classes = _compared(votes[row], int(answer.labels[row]))
    table = pd.DataFrame(
        np.vstack([of_blocks, parts.intercepts[number], of_blocks.sum(axis=0) + parts.intercepts[number]])[:, classes],
        index=[*(block.words for block in found.blocks), "intercept", "score"],
        columns=[found.class_names[at] for at in classes],
    )
    shown = {name: st.column_config.NumberColumn(format="%.3f") for name in table.columns}
    dataframe(table, key="blocks_parts", column_config=shown)
    truth, predicted = (plain(found.class_names[at]) for at in (int(answer.labels[row]), int(predictions[row])))
    fewer = f" Of {len(found.class_names):,} classes, the likeliest are shown." if len(classes) < votes.shape[1] else ""
    st.caption(
        f"Exact: the lines add up to the model's score, and the highest score wins. It is {truth}, predicted as "
        f"{predicted}.{fewer} *Confusion matrix* shows the words and characters behind a line."
    )
    read(answer, int(answer.split.validation_positions(np.array([row]))[0]))


def _compared(votes: np.ndarray, truth: int) -> list[int]:
    """The classes of the table: all, or the likeliest and the true one, in corpus order."""
    likeliest = np.argsort(-votes, kind="stable")[:_MOST_CLASSES].tolist()
    return sorted({*likeliest[: _MOST_CLASSES - 1], truth}) if len(votes) > _MOST_CLASSES else list(range(len(votes)))


def _edit(recipe: Recipe) -> None:
    with st.expander("Blocks and models as lines of text"):
        left, right = st.columns(2)
        for place, name in ((left, "blocks"), (right, "models")):
            value = "\n".join(getattr(recipe.blocks, name))
            place.text_area(
                LABELS[name],
                value,
                height=120,
                help=HELP[name],
                **widgets.bind(f"recipe_{name}", value, partial(_take_lines, name)),
            )
        st.caption(
            "A block a line: `words 1-2 tfidf`, `headline 1-1 ratio`, `characters 2-5 case ratio-idf x0.5`, "
            "`tags counts`, `digits counts`; weightings are `counts`, `tfidf`, `ratio` (NB-SVM's log-count ratio) and "
            "`ratio-idf`. A model a line: `svm 1`, `bayes 0.1`, or `logistic 20 on 1+2` for the first two blocks. "
            "Limits of document frequency hold in every block, and nothing is learned from other than training "
            f"{TEXTS}."
        )


def _take_lines(name: str, text: str) -> None:
    session.change(**{name: tuple(line.strip() for line in text.split("\n") if line.strip())})
