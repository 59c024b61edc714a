"""Fits of many recipes, one after the other: the predictions of each are kept, so that none is fitted twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import RecipeError
from bowcore.experiment.experiments import process_experiments
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.store.keys import result_key
from bowcore.tasks.fit_logistic import LOGISTIC_CODE

Model = Literal["logistic", "network"]
SEEDS = (0, 1, 2)
"""Seeds of a network that stands for a recipe; logistic regression has none."""


def refuse_blocks(recipe: Recipe) -> None:
    """Refuse a recipe with blocks, which these models would leave out without a word.

    Raises:
        RecipeError: It has blocks.
    """
    if recipe.blocks.blocks:
        raise RecipeError(
            "This recipe has blocks, which naive Bayes, logistic regression and the network do not read: its accuracy "
            "is that of python -m bowcore train. Empty its blocks, or take another recipe.",
            "blocks",
        )


@dataclass(frozen=True, slots=True, eq=False)
class FittedCell:
    """A recipe's model on the validation articles: classes by seed, (n_seeds, n_validation)."""

    predictions: NDArray[np.int32]
    n_terms: int
    n_train: int
    seconds: float


def fit_cell(
    recipe: Recipe, model: Model, should_stop: Callable[[], bool], seeds: Sequence[int] = SEEDS
) -> FittedCell | None:
    """Fit a recipe, or read what was fitted before; None if it was stopped. Its score counts as seen."""
    digest = process_experiments().corpus(recipe).digest
    stage: Literal["network", "weighting"] = "network" if model == "network" else "weighting"
    key = f"cell-{result_key(recipe, stage, digest, ('tasks/fitted_cells.py', *LOGISTIC_CODE))}-{model}"
    if model == "network":
        key += f"-{'.'.join(map(str, seeds))}"
    kept = artefacts.reading(key, _read)
    if kept is None:
        began = time.perf_counter()
        features = process_experiments().matrix(recipe).features
        found = _network(recipe, seeds, should_stop) if model == "network" else _logistic(recipe, should_stop)
        if found is None:
            return None
        seconds = time.perf_counter() - began
        kept = FittedCell(found, features.n_terms, features.train.shape[0], seconds)
        cell = kept
        artefacts.store(key, lambda place: _keep(place, cell), recipe.corpus.corpus)
    ledger.record_look(digest, recipe, network=model == "network")
    return kept


def _logistic(recipe: Recipe, should_stop: Callable[[], bool]) -> NDArray[np.int32] | None:
    fit = process_experiments().fit(recipe, should_stop)
    return None if fit.stopped else fit.predictions[None, :]


def _network(recipe: Recipe, seeds: Sequence[int], should_stop: Callable[[], bool]) -> NDArray[np.int32] | None:
    from bowcore.learn.network.training import Training  # pages import this module, and must not load the compiler

    features, found = process_experiments().matrix(recipe).features, []
    for seed in seeds:
        training = Training.start(features, recipe.change(network_seed=seed).network)
        for _ in training.events(should_stop):
            pass
        if should_stop():
            return None
        found.append(training.result().validation_predictions)
    return np.array(found, np.int32)


def _keep(place: Path, cell: FittedCell) -> None:
    np.save(place / "predictions.npy", cell.predictions.astype(np.int16), allow_pickle=False)
    facts = {"n_terms": cell.n_terms, "n_train": cell.n_train, "seconds": cell.seconds}
    (place / "cell.json").write_text(json.dumps(facts), encoding="utf-8")


def _read(folder: Path) -> FittedCell:
    predictions = np.load(folder / "predictions.npy", allow_pickle=False).astype(np.int32)
    facts: dict[str, Any] = json.loads((folder / "cell.json").read_text(encoding="utf-8"))
    return FittedCell(predictions, **facts)
