"""The matrix of a recipe as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.matrix.export import write_matrix
from bowcore.names import name_without_token
from bowcore.recipe.recipe import Recipe
from bowcore.store.archive import zip_of
from bowcore.store.own_files import without_token


def export_matrix(answer: Answer, recipe: Recipe, folder: Path) -> dict[str, Any]:
    """Write the matrix of an answer into a folder, and return its summary: corpus, recipe, weighting and size.

    `recipe` is written next to it.

    Raises:
        OutputError: A file cannot be written.
    """
    matrix = answer.matrix
    summary = {
        "corpus": name_without_token(answer.corpus.name),
        "corpus_digest": answer.corpus.digest,
        "recipe_key": recipe.key("weighting"),
        "weighting": recipe.weighting.weighting,
        "n_documents": matrix.shape[0],
        "n_terms": matrix.shape[1],
        "n_nonzero": matrix.n_filled,
        "n_empty": answer.empty_texts().n,
    }
    rows = answer.split.train.rows[matrix.rows], answer.split.validation.rows
    write_matrix(folder, matrix.features, rows, without_token(recipe), summary)
    return summary


def matrix_zip(recipe: Recipe) -> bytes:
    """The same files in a ZIP archive.

    Raises:
        BowlabError: The articles are missing, or the temporary folder cannot be written to.
    """
    answer = process_experiments().answer(recipe)
    return zip_of(lambda folder: export_matrix(answer, recipe, folder), "matrix")
