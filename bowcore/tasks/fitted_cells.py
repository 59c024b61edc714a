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
from bowcore.recipe.recipe import Recipe, Stage
from bowcore.store import artefacts, ledger
from bowcore.store.keys import result_key
from bowcore.tasks.fit_logistic import LOGISTIC_CODE
from bowcore.tasks.fitted_blocks import CODE, LIBRARIES

Model = Literal["logistic", "network", "blocks"]
MODELS: tuple[Model, ...] = ("logistic", "network", "blocks")
SEEDS = (0, 1, 2)
"""Seeds of a network that stands for a recipe; logistic regression has none."""


def model_of(recipe: Recipe) -> Model:
    """The model that stands for a recipe if none is named: that of its blocks, if it has some."""
    return "blocks" if recipe.blocks.blocks else "logistic"


def check_model(recipe: Recipe, model: str) -> None:
    """Refuse models of words for a recipe with blocks, which they would leave out without a word, and the reverse.

    Raises:
        RecipeError: The recipe has blocks and the model does not read them, or it has none and the model reads nothing
            else.
    """
    if recipe.blocks.blocks and model != "blocks":
        raise RecipeError(
            "This recipe has blocks, which naive Bayes, logistic regression and the network do not read. Name no "
            "model, or blocks; or empty its blocks.",
            "blocks",
        )
    if model == "blocks" and not recipe.blocks.blocks:
        raise RecipeError("This recipe has no blocks; take the preset 'best', or name some under [blocks].", "blocks")


def model_in_words(recipe: Recipe, model: Model, more: str = "") -> str:
    """What is fitted, with the sizes of a network; `more` is said of a network alone."""
    if model == "blocks":
        return recipe.blocks.in_words
    network = recipe.network
    of_network = f"two-layer network, {network.hidden:,} hidden units, {network.epochs} epochs{more}"
    return of_network if model == "network" else "logistic regression"


def key_of(recipe: Recipe, model: Model, corpus_digest: str, code: tuple[str, ...]) -> str:
    """Key of what is computed from fits of a recipe's model by this code."""
    stages: dict[str, Stage] = {"network": "network", "blocks": "blocks"}
    stage = stages.get(model, "weighting")
    of_model = CODE if model == "blocks" else LOGISTIC_CODE
    libraries = LIBRARIES if model == "blocks" else ()
    return f"{result_key(recipe, stage, corpus_digest, (*code, *of_model), libraries)}-{model}"


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
    key = f"cell-{key_of(recipe, model, digest, ('tasks/fitted_cells.py',))}"
    if model == "network":
        key += f"-{'.'.join(map(str, seeds))}"
    kept = artefacts.reading(key, _read)
    if kept is None:
        began = time.perf_counter()
        if model == "blocks":
            found, shape = _blocks(recipe, should_stop)
        else:
            shape = process_experiments().matrix(recipe).features.train.shape
            found = _network(recipe, seeds, should_stop) if model == "network" else _logistic(recipe, should_stop)
        if found is None:
            return None
        cell = kept = FittedCell(found, shape[1], shape[0], time.perf_counter() - began)
        artefacts.store(key, lambda place: _keep(place, cell), recipe.corpus.corpus)
    ledger.record_look(digest, recipe, network=model != "logistic")
    return kept


def _blocks(recipe: Recipe, should_stop: Callable[[], bool]) -> tuple[NDArray[np.int32] | None, tuple[int, int]]:
    fit = process_experiments().blocks(recipe, lambda model: not should_stop())
    whole = len(fit.models) == len(recipe.blocks.answer)
    return fit.predictions[None, :] if whole else None, fit.train.shape


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
