"""The fitted models of a recipe's blocks, as pages read them, and texts as rows of the blocks' columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Article
from bowcore.experiment.answer import Answer
from bowcore.experiment.blocks import count_blocks
from bowcore.judge.block_flip import WordFlip, search_word_flip
from bowcore.judge.block_words import shares_of_words
from bowcore.judge.cell_words import CellWords, words_of_cell
from bowcore.judge.explanation import Columns, Explanation, explain_blocks, term_weights, words_that_decide
from bowcore.learn.linear.blocks import BlocksModel, LinearModel
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fitted_blocks import (
    KIND,
    FittedOnBlocks,
    blocks_key,
    find_fit,
    read_cells,
    read_model,
    read_votes,
    request_fit,
)
from bowcore.text.units import prepared_fields
from ui import job_panel
from ui.answers import kept
from ui.state import address
from ui.texts import plain

VOTER = "blocks_model"
NO_PROBABILITIES = (
    "A linear SVM gives no probabilities. Its vote is the softmax of 3 times its margins: it ranks the classes as the "
    "margins do, and is not calibrated."
)
ELSEWHERE = (
    "The other panels, naive Bayes, logistic regression and the network read the matrix of words alone, not the blocks."
)

Text = Article | str
"""An article, or a text of the reader's own."""


@kept()
def votes(artefact: str) -> NDArray[np.float64] | None:
    """Mean votes for the validation articles, (n_validation, n_classes); None if they were deleted."""
    return read_votes(artefact)


@kept("blocks", "Reading the blocks…")
def model(recipe: Recipe, artefact: str) -> BlocksModel | None:
    """The fitted blocks and models; None if they were deleted."""
    return read_model(recipe, artefact)


@kept("blocks")
def cells(recipe: Recipe, artefact: str) -> sparse.csr_matrix | None:
    """The validation articles in the blocks' columns; None if they were deleted."""
    found = model(recipe, artefact)
    return None if found is None else read_cells(found, artefact)


def voter(found: BlocksModel, recipe: Recipe) -> LinearModel:
    """The model whose scores are explained: the one that the reader chose, at first the first."""
    return found.models[voter_number(recipe)]


def fields_of(text: Text, recipe: Recipe) -> tuple[pa.Array, ...]:
    """A text in the fields that the recipe reads; an own text of several lines has its headline in the first."""
    if isinstance(text, str):
        first, _, rest = text.strip().partition("\n")
        written = (first, rest) if rest else ("", first)
        whole = [text]
    else:
        written = (text.title, text.text[len(text.title) + 1 :])
        whole = [text.title]
    fields = whole if recipe.text.text_used == "headline" else written
    return prepared_fields([pa.array([field], pa.string()) for field in fields], recipe.text)


def as_typed(article: Article, recipe: Recipe) -> str:
    """An article as an own text of the same fields: its headline in the first of two lines."""
    if recipe.text.text_used == "headline":
        return article.title
    parts = article.title, article.text[len(article.title) + 1 :]
    return "\n".join(" ".join(part.splitlines()) for part in parts if part)


def _row_of(found: BlocksModel, recipe: Recipe, text: Text) -> sparse.csr_matrix:
    """A text's row of the blocks' columns: (1, n_columns)."""
    return found.blocks.join(count_blocks(fields_of(text, recipe), recipe))


def votes_of(recipe: Recipe | None, artefact: str, text: Text) -> NDArray[np.float64] | None:
    """The mean vote for a text, (n_classes,); None without a fitted model."""
    found = _model(recipe, artefact)
    return None if found is None else found.votes(_row_of(found, cast(Recipe, recipe), text))[0]


def explain(
    recipe: Recipe | None,
    artefact: str,
    text: Text,
    classes: tuple[int | None, int | None],
    names: Sequence[str],
) -> tuple[Explanation, pd.DataFrame, list[float]] | None:
    """Why the chosen model gives a text one class and not another; None if it was deleted.

    Column by column, as a table that names each as what it is, with `word`, which can be looked up and is empty for
    other columns; and word by word.
    """
    found = _model(recipe, artefact)
    if found is None:
        return None
    recipe = cast(Recipe, recipe)
    explanation = explain_blocks(voter(found, recipe), _row_of(found, recipe, text), *classes)
    table = explanation.named(found.blocks.names(explanation.columns), names)
    shares = shares_of_words(found.blocks, explanation, fields_of(text, recipe), recipe.terms)
    return explanation, table.assign(word=found.blocks.words(explanation.columns)), shares.tolist()


def _model(recipe: Recipe | None, artefact: str) -> BlocksModel | None:
    return model(recipe, artefact) if recipe is not None and artefact else None


def words_of_rows(
    recipe: Recipe | None, artefact: str, chosen: int, other: int, rows: NDArray[np.int64]
) -> CellWords | None:
    """The columns of the validation articles at these rows, and what they add to the score of one class."""
    found = _model(recipe, artefact)
    if found is None:
        return None
    recipe = cast(Recipe, recipe)
    values, weights = cells(recipe, artefact), term_weights(voter(found, recipe), chosen, other)
    if values is None or weights is None:
        return None
    return words_of_cell(values[rows], *weights, _columns(found))


def find_flip(recipe: Recipe | None, artefact: str, text: Text) -> tuple[WordFlip | None, bool]:
    """Words of a text without which it gets another label, if some were found, and whether they could be looked for."""
    if recipe is None or not artefact:
        return None, False
    fields = tuple(field[0].as_py() for field in fields_of(text, recipe))
    return _find_flip(recipe, artefact, fields) or (None, False)


@kept("blocks", "Looking for the smallest change…")
def _find_flip(recipe: Recipe, artefact: str, texts: tuple[str, ...]) -> tuple[WordFlip | None, bool] | None:
    found = model(recipe, artefact)
    if found is None:
        return None

    def cells_of(fields: tuple[pa.Array, ...]) -> sparse.csr_matrix:
        return found.blocks.join(count_blocks(fields, recipe))

    return search_word_flip(found, tuple(pa.array([text]) for text in texts), recipe.terms, cells_of), True


def changed_columns(recipe: Recipe | None, artefact: str, before: Text, after: Text) -> int | None:
    """Number of columns in which the rows of two texts differ; None if the model was deleted."""
    found = _model(recipe, artefact)
    if found is None:
        return None
    one, other = (_row_of(found, cast(Recipe, recipe), text) for text in (before, after))
    return int((one != other).nnz)


@kept("blocks")
def columns_that_decide(
    recipe: Recipe, artefact: str, number: int, class_names: tuple[str, ...], n_columns: int
) -> pd.DataFrame | None:
    """The columns with the largest weights of each class in one of the models; None if it was deleted.

    Each is named as what it is, with `word`, which can be looked up and is empty for other columns.
    """
    found = model(recipe, artefact)
    if found is None:
        return None
    table = words_that_decide(found.models[number].weights.T, _columns(found), class_names, n_columns)
    return table.assign(word=found.blocks.words(table["column"].to_numpy()))


def _columns(found: BlocksModel) -> Columns:
    return Columns(found.blocks.names, np.concatenate([one.document_frequency for one in found.blocks.blocks]))


def fit_panel(answer: Answer, recipe: Recipe, *, primary: bool = True) -> FittedOnBlocks | None:
    """The fit of the recipe's blocks; until it is stored, its progress or the button that asks for it."""
    digest = answer.corpus.digest
    return job_panel.job_panel(
        KIND,
        blocks_key(recipe, digest),
        partial(request_fit, recipe, digest),
        partial(_invite, recipe),
        partial(find_fit, recipe, digest),
        primary=primary,
    )


def seconds_of_fit(answer: Answer, recipe: Recipe) -> float:
    """What the stored fit of the blocks took; 0 without one."""
    found = find_fit(recipe, answer.corpus.digest)
    return 0.0 if found is None else found.seconds


def _invite(recipe: Recipe) -> str:
    lines = "\n".join(f"- {plain(block.words)}" for block in recipe.blocks.parsed)
    st.markdown(f"**{len(recipe.blocks.blocks):,} blocks side by side**, never written out with their empty cells:")
    st.markdown(lines)
    st.caption(f"A job counts and fits them: seconds for 2,000 {TEXTS}, about two minutes for 50,000. {ELSEWHERE}")
    return "Fit the blocks"


def shading(recipe: Recipe | None) -> str:
    """What the shades of a text's words are, in sentences, and of which model they are."""
    if recipe is None:
        return ""
    voters = recipe.blocks.answer
    several = f" The answer is the mean vote of {len(voters)} models." if len(voters) > 1 else ""
    return (
        "A word's shade is all that its columns add, those of its characters too: exact, with the intercepts they add "
        f"up to the difference of two scores of the {plain(voters[voter_number(recipe)].words)}.{several}"
    )


def unit(recipe: Recipe | None) -> str:
    """What contributions add up to: the log-odds of two classes, or the difference of an SVM's margins."""
    return "margin" if recipe is not None and recipe.blocks.answer[voter_number(recipe)].kind == "svm" else "log-odds"


def voter_number(recipe: Recipe) -> int:
    """Which of a recipe's models is explained: the one that the reader chose, at first the first."""
    return min(address.number(VOTER, 0), len(recipe.blocks.answer) - 1)
