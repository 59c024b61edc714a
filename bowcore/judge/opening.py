"""Opening the sealed test set: the only place that reads test articles, and it writes the ledger each time."""

from __future__ import annotations

from typing import Any

import numpy as np

from bowcore.errors import SealedError
from bowcore.judge.confusion import confusion_matrix
from bowcore.pipeline import Experiment, run_recipe, transform
from bowcore.recipe import Recipe
from bowcore.runs import artefacts, ledger, lemma_job
from bowcore.runs.context import JobContext
from bowcore.runs.ledger import Opening


def open_test(recipe: Recipe, run: dict[str, Any]) -> Opening:
    """Score a trained network on the test articles, once: a second request gives the recorded opening.

    `run` is the result of a finished training job.

    Raises:
        SealedError: The run was stopped early, its weights are gone, or they were learned from other features.
    """
    if run.get("stopped") or "artefact" not in run or len(run["epochs"]) < recipe.network.epochs:
        raise SealedError("This run was stopped before its last epoch. Finish the training, then open the test set.")
    key, seed = recipe.key("network"), recipe.network.network_seed
    recorded = ledger.find_opening(run["corpus_digest"], key, seed, run["weights_digest"])
    if recorded is not None:
        return recorded
    folder = artefacts.find(run["artefact"])
    if folder is None:
        raise SealedError("The weights of this run are gone. Train it again, then open the test set.")
    from bowcore.learn.checkpoint import digest_features
    from bowcore.learn.network import load_weights, predict

    experiment = run_recipe(recipe)
    if digest_features(experiment.matrix.features) != (folder / "features.txt").read_text(encoding="utf-8"):
        raise SealedError(
            "This run learned from other articles, or with an earlier version of this program. Train it again, then "
            "open the test set."
        )
    weights = load_weights(folder / "weights.safetensors")
    documents = experiment.split.test.unseal()
    predictions = predict(weights, transform(documents, experiment.matrix, recipe))
    result = _result(experiment, documents.labels, predictions, float(run["validation_accuracy"]))
    return ledger.record_opening(
        recipe.corpus.corpus, experiment.corpus.digest, key, seed, run["weights_digest"], result
    )


def open_test_job(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """The job behind the button. Payload: `recipe` (TOML) and `run` (the training job's result)."""
    recipe = Recipe.from_toml(payload["recipe"])
    if not lemma_job.prepare(recipe, context):
        return {"stopped": True}
    context.emit(message="Scoring the test articles")
    opening = open_test(recipe, payload["run"])
    return {"opening": opening.number, **opening.result}


def _result(
    experiment: Experiment, labels: np.ndarray[Any, Any], predictions: np.ndarray[Any, Any], validation: float
) -> dict[str, Any]:
    confusion = confusion_matrix(labels, predictions, len(experiment.split.class_names))
    return {
        "test_accuracy": float((labels == predictions).mean()),
        "test_confusion": confusion.tolist(),
        "n_test": len(labels),
        "validation_accuracy": validation,
        "n_validation": experiment.split.validation.n_documents,
    }
