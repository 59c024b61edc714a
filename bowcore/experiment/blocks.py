"""A recipe's blocks, counted in texts and fitted on training articles: the stages of `Experiments.blocks`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Split
from bowcore.errors import RecipeError
from bowcore.experiment.stacking import Announce, JoinedFits, fit_joined
from bowcore.experiment.stages import held_by, open_fields
from bowcore.learn.linear.blocks import LinearModel, vote
from bowcore.matrix.blocks import BlockCounts, FittedBlocks, count_block, fit_blocks, read_block_texts
from bowcore.memory import check_stage, fitting_cost
from bowcore.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class BlocksFit:
    """A recipe's blocks and models, fitted on its training articles.

    `train` and `validation` are the cells of the articles that were learned from and of the validation articles,
    float32 CSR with the columns of all blocks. A fit that was stopped has no models.
    """

    blocks: FittedBlocks
    joined: JoinedFits
    train: sparse.csr_matrix
    validation: sparse.csr_matrix

    @property
    def models(self) -> tuple[LinearModel, ...]:
        """The models whose mean vote is the answer; stacked models are one."""
        return self.joined.answer

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
    groups: NDArray[np.int64] | None = None,
) -> tuple[FittedBlocks, JoinedFits, sparse.csr_matrix]:
    """Blocks, their models, and the cells of the texts `rows`, all fitted on these texts.

    Their classes are `labels`. Stacked models need the `groups` of texts that share a fold.
    """
    if recipe.blocks.stacked and groups is None:
        raise ValueError("Stacked models need to know which texts share a fold; see copy_groups.")
    fitted = fit_blocks(recipe, counted, rows, labels)
    cells = fitted.join(counted, rows)
    return fitted, fit_joined(recipe, counted, fitted, cells, rows, labels, n_classes, groups, announce), cells
