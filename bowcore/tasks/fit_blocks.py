"""The job that fits a recipe's models on its blocks, and evaluates their vote on the validation articles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import open_labels
from bowcore.experiment.blocks import BlocksFit
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.progress import Progress
from bowcore.judge.confusion import confusion_matrix
from bowcore.judge.label_issues import N_FOLDS
from bowcore.judge.scores import majority_baseline
from bowcore.learn.linear.blocks import LinearModel, contributions
from bowcore.recipe.blocks import Model
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.tasks.fitted_blocks import (
    PARTS,
    RESULT,
    VOTES,
    BlockSize,
    FittedOnBlocks,
    Voter,
    blocks_code,
    blocks_key,
    find_fit,
    write_model,
)
from bowcore.tasks.joined_models import find_rivals, weights_of

FITTING = "Fitting"


def fit_blocks_job(payload: dict[str, Any], context: JobContext) -> FittedOnBlocks | None:
    """The job of kind 'blocks': fit on the training articles, evaluate on the validation articles.

    Payload: `recipe` (TOML). None if it was stopped.
    """
    recipe = Recipe.from_toml(payload["recipe"])
    voters = recipe.blocks.voters
    n_fits = len(voters) * (N_FOLDS + 1 if recipe.blocks.stacked else 1)
    progress, begun = Progress(context, n_fits), 0

    def emit(message: str) -> None:
        nonlocal begun
        if not message.startswith(FITTING):
            context.emit(message=message)
            return
        fold = f"Fold {begun // len(voters) + 1} of {N_FOLDS}: f" if begun < n_fits - len(voters) else "F"
        progress.done(begun, fold + message[1:])
        begun += 1

    return fitted(recipe, emit, context.should_stop)


def fitted(
    recipe: Recipe, emit: Callable[[str], None] = lambda message: None, should_stop: Callable[[], bool] = lambda: False
) -> FittedOnBlocks | None:
    """The fit of a recipe's blocks: the stored one, or a new one, which is stored. None if it was stopped."""
    began = time.perf_counter()
    experiments = process_experiments()
    split, digest = experiments.split(recipe), experiments.corpus(recipe).digest
    kept = find_fit(recipe, digest)
    if kept is not None:
        return kept
    emit("Counting the blocks")

    def announce(model: Model) -> bool:
        emit(f"{FITTING} {model.words}")
        return not should_stop()

    fit = experiments.blocks(recipe, announce)
    if len(fit.models) < len(recipe.blocks.answer):
        return None
    votes, truth, starts = fit.votes, split.validation.labels, fit.blocks.starts
    predictions, columns = votes.argmax(axis=1), fit.train.indices
    filled = [int(np.count_nonzero((columns >= first) & (columns < last))) for first, last in pairwise(starts)]
    blocks = zip(fit.blocks.blocks, filled, strict=True)
    labels = open_labels(split)[experiments.training_rows(recipe)]
    result = FittedOnBlocks(
        artefact=f"blocks-{blocks_key(recipe, digest)}",
        blocks=tuple(BlockSize(one.block.text, one.block.words, len(one.terms), n_cells) for one, n_cells in blocks),
        models=tuple(_voter(model, fit.validation, truth) for model in fit.joined.models),
        validation_accuracy=float((predictions == truth).mean()),
        guess_accuracy=majority_baseline(labels, truth).value,
        confusion=tuple(map(tuple, confusion_matrix(truth, predictions, len(split.class_names)).tolist())),
        class_names=split.class_names,
        n_train=len(labels),
        n_validation=len(truth),
        corpus_digest=digest,
        seconds=time.perf_counter() - began,
        code=blocks_code(),
        rivals=find_rivals(fit.joined, fit.validation, truth, predictions),
        stack=None if fit.joined.stack is None else weights_of(fit.joined.stack, split.class_names),
    )
    artefacts.store(result.artefact, partial(_keep, result, fit, votes), recipe.corpus.corpus)
    ledger.record_look(digest, recipe, network=True)
    return result


def _voter(model: LinearModel, cells: sparse.csr_matrix, labels: NDArray[np.int32]) -> Voter:
    accuracy = float((model.scores(cells).argmax(axis=1) == labels).mean())
    return Voter(model.model.text, model.model.words, accuracy, model.seconds)


def _keep(result: FittedOnBlocks, fit: BlocksFit, votes: NDArray[np.float64], place: Path) -> None:
    shown = fit.joined.models if fit.joined.stack is None else (*fit.joined.models, *fit.models)
    parts = np.array([contributions(model, fit.blocks, fit.validation) for model in shown], np.float32)
    intercepts = np.array([model.intercepts for model in shown], np.float32)
    np.save(place / VOTES, votes, allow_pickle=False)
    np.savez(place / PARTS, parts=parts, intercepts=intercepts)
    write_model(place, fit)
    (place / RESULT).write_text(json.dumps(asdict(result)), encoding="utf-8")
