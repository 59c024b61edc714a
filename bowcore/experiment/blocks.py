"""A recipe's blocks, counted in texts and fitted on training articles: the stages of `Experiments.blocks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Split
from bowcore.errors import RecipeError
from bowcore.experiment.stages import held_by, open_fields
from bowcore.learn.linear.blocks import LinearModel, fit_models, vote
from bowcore.matrix.blocks import BlockCounts, FittedBlocks, count_block, fit_blocks, read_block_texts
from bowcore.memory import check_stage, fitting_cost
from bowcore.recipe.blocks import Model
from bowcore.recipe.recipe import Recipe

Announce = Callable[[Model], bool]
"""Called before each fit of a model; no further one is fitted if it returns false."""


@dataclass(frozen=True, slots=True, eq=False)
class BlocksFit:
    """A recipe's blocks and models, fitted on its training articles.

    `train` and `validation` are the cells of the articles that were learned from and of the validation articles,
    float32 CSR with the columns of all blocks. There are fewer models than the recipe names if the fit was stopped.
    """

    blocks: FittedBlocks
    models: tuple[LinearModel, ...]
    train: sparse.csr_matrix
    validation: sparse.csr_matrix

    @property
    def votes(self) -> NDArray[np.float64]:
        """Mean votes of the models for the validation articles: (n_validation, n_classes)."""
        return vote(self.models, self.validation)

    @property
    def predictions(self) -> NDArray[np.int32]:
        """Classes of the validation articles, (n_validation,)."""
        predictions: NDArray[np.int32] = self.votes.argmax(axis=1).astype(np.int32)
        return predictions


def count_blocks(fields: tuple[pa.Array, ...], recipe: Recipe) -> tuple[BlockCounts, ...]:
    """Counts of every block of a recipe in texts; the first field is the headline."""
    texts = read_block_texts(fields)
    return tuple(count_block(texts, block, recipe.terms) for block in recipe.blocks.parsed)


def count_open(split: Split, recipe: Recipe) -> tuple[BlockCounts, ...]:
    """Counts of every block in the open articles, training articles first.

    Raises:
        RecipeError: The recipe has no blocks.
        MemoryBudgetError: The fit would not fit into memory.
    """
    if not recipe.blocks.blocks:
        raise RecipeError("This recipe has no blocks; take the preset 'best', or name some under [blocks].", "blocks")
    counted = count_blocks(open_fields(split, recipe.text, repaired=recipe.text.repair), recipe)
    check_stage(replace(fitting_cost(sum(one.counts.nnz for one in counted)), held=held_by(split)))
    return counted


def fit_on(
    recipe: Recipe,
    counted: tuple[BlockCounts, ...],
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
    n_classes: int,
    announce: Announce = lambda model: True,
) -> tuple[FittedBlocks, tuple[LinearModel, ...], sparse.csr_matrix]:
    """Blocks and models fitted on the texts `rows`, whose classes are `labels`, and the cells of these texts."""
    fitted = fit_blocks(recipe, counted, rows, labels)
    cells = fitted.join(counted, rows)
    models = fit_models(recipe.blocks.voters, fitted, cells, labels, n_classes, announce=announce)
    return fitted, models, cells
