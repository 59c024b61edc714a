"""Models of blocks that are stacked: their margins for training articles in held-out folds, and the fit on these.

Blocks and models of a fold are fitted on the training articles of the other folds alone: columns, inverse document
frequencies and log-count ratios too. Articles that are alike share a fold, since a model that has seen an article's
copy knows its class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Documents, Split, open_labels
from bowcore.findings.copies import SIMILARITY
from bowcore.findings.near_duplicates import find_near_duplicates, group_articles
from bowcore.judge.label_issues import N_FOLDS, draw_folds
from bowcore.learn.linear.blocks import LinearModel, fit_models
from bowcore.learn.linear.stacking import Stack, fit_stack, margins_of
from bowcore.matrix.blocks import BlockCounts, FittedBlocks, fit_blocks
from bowcore.memory import check_stage, stacking_cost
from bowcore.recipe.blocks import Model
from bowcore.recipe.recipe import Recipe

Announce = Callable[[Model], bool]
"""Called before each fit of a model; no further one is fitted if it returns false."""


@dataclass(frozen=True, slots=True, eq=False)
class JoinedFits:
    """The models of a recipe's blocks, each alone, and the answer: the models whose mean vote it is.

    Stacked models answer as one linear model, made by `stack`. A fit that was stopped has no answer.
    """

    models: tuple[LinearModel, ...] = ()
    answer: tuple[LinearModel, ...] = ()
    stack: Stack | None = None


def open_rows(split: Split, rows: NDArray[np.int64]) -> Documents:
    """Open articles by their positions, training articles first."""
    whole = pa.concat_tables([split.train.articles, split.validation.articles])
    numbers = np.concatenate([split.train.rows, split.validation.rows])
    return Documents(numbers[rows], whole.take(pa.array(rows)), open_labels(split)[rows])


def groups_for(recipe: Recipe, split: Split, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The groups of texts that share a fold, if the recipe's models are stacked."""
    return copy_groups(split, rows) if recipe.blocks.stacked else None


def copy_groups(split: Split, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of each of the open articles `rows`, (len(rows),): copies and near copies share one.

    No other article is compared, so that none has a part in it.

    Raises:
        MemoryBudgetError: The comparison would not fit.
    """
    learned, none = open_rows(split, rows), open_rows(split, rows[:0])
    return group_articles(find_near_duplicates(replace(split, train=learned, validation=none)), SIMILARITY)


def fit_joined(
    recipe: Recipe,
    counted: tuple[BlockCounts, ...],
    fitted: FittedBlocks,
    cells: sparse.csr_matrix,
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
    n_classes: int,
    groups: NDArray[np.int64] | None,
    announce: Announce = lambda model: True,
) -> JoinedFits:
    """Fit a recipe's models on the cells of the texts `rows`, and stack them if `groups` are given.

    Args:
        recipe: The recipe.
        counted: Its blocks in all open articles.
        fitted: Its blocks, fitted on `rows`.
        cells: Cell values of `rows`.
        rows: Positions of the texts among the open articles.
        labels: Their classes, (len(rows),).
        n_classes: Number of classes.
        groups: Groups of texts that share a fold, (len(rows),), as `copy_groups` finds them.
        announce: Called before each fit, those of the folds first.

    Raises:
        RecipeError: Stacked models have fewer texts than folds, or texts of a single class.
        MemoryBudgetError: Margins or comparison of the texts would not fit.
    """
    voters, stack = recipe.blocks.voters, None
    if groups is not None:
        check_stage(stacking_cost(len(rows), len(voters), len(np.unique(labels))))
        margins = margins_out_of_fold(recipe, counted, rows, labels, n_classes, groups, announce)
        if margins is None:
            return JoinedFits()
        stack = fit_stack(margins, labels)
    models = fit_models(voters, fitted, cells, labels, n_classes, announce=announce)
    if len(models) < len(voters):
        return JoinedFits(models)
    if stack is None:
        return JoinedFits(models, models)
    began = perf_counter()
    joined = stack.join(models)
    return JoinedFits(models, (replace(joined, seconds=perf_counter() - began),), stack)


def margins_out_of_fold(
    recipe: Recipe,
    counted: tuple[BlockCounts, ...],
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
    n_classes: int,
    groups: NDArray[np.int64],
    announce: Announce = lambda model: True,
) -> NDArray[np.float32] | None:
    """Margins of every model for texts that it was not fitted on: (len(rows), n_models, n_present_classes).

    `groups` are as in `draw_folds`. None if `announce` ended the fits.

    Raises:
        RecipeError: Fewer texts than folds, or a single class.
    """
    folds, classes, voters = draw_folds(labels, groups), np.unique(labels), recipe.blocks.voters
    margins = np.empty((len(rows), len(voters), len(classes)), np.float32)
    for fold in range(N_FOLDS):
        held, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        fitted = fit_blocks(recipe, counted, rows[others], labels[others])
        cells = fitted.join(counted, rows[others])
        models = fit_models(voters, fitted, cells, labels[others], n_classes, announce=announce)
        if len(models) < len(voters):
            return None
        cells = fitted.join(counted, rows[held])
        for number, model in enumerate(models):
            margins[held, number] = margins_of(model, cells, classes)
    return margins
