"""The job that fits logistic regression after every change of a recipe and predicts the validation articles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.learn.linear.logistic import Coefficients, LogisticFit
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key

KIND = "probe"  # in the jobs of earlier versions too
PREDICTIONS, COEFFICIENTS, RESULT = "predictions.npy", "coefficients.npz", "probe.json"
LOGISTIC_CODE = ("learn/linear/newton.py", "learn/linear/logistic.py", "learn/linear/single_terms.py")
"""The code of a fit: part of the key of every result that depends on one."""


@dataclass(frozen=True, slots=True)
class FittedLogistic(Record):
    """A finished fit; `artefact` has the predictions and the coefficients.

    Attributes:
        n_train: Training articles that it was fitted on.
        whole: Whether these are all of the recipe's.
        note: One sentence on how it was fitted.
    """

    artefact: str
    n_train: int
    whole: bool = True
    note: str = ""


def logistic_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of a recipe's fit; its artefact is called `probe-` and this key."""
    return result_key(recipe, "weighting", corpus_digest, LOGISTIC_CODE)


def request_logistic(recipe: Recipe, corpus_digest: str) -> Job:
    """Submit a recipe's fit to the quick worker, or return the job that was submitted already."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml()}, "quick", logistic_key(recipe, corpus_digest))


def read_fit(job: Job) -> FittedLogistic | None:
    """Result of a job; None while it runs, and if it was cut short."""
    return FittedLogistic.from_json(job.result) if job.result and "artefact" in job.result else None


def read_predictions(artefact: str) -> NDArray[np.int32] | None:
    """Predicted classes of the validation articles, read-only, (n_validation,); None if they were deleted."""
    return artefacts.reading(artefact, _read_predictions)


def _read_predictions(folder: Path) -> NDArray[np.int32]:
    predictions: NDArray[np.int32] = np.load(folder / PREDICTIONS, allow_pickle=False).astype(np.int32)
    predictions.flags.writeable = False
    return predictions


def read_coefficients(artefact: str, terms: pa.StringArray) -> Coefficients | None:
    """The coefficients of a fit over its recipe's terms; None if they were deleted."""
    return artefacts.reading(artefact, lambda folder: _read_coefficients(folder, terms))


def _read_coefficients(folder: Path, terms: pa.StringArray) -> Coefficients:
    with (folder / COEFFICIENTS).open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        return Coefficients(terms, **{name: stored[name] for name in ("classes", "weights", "intercepts")})


def fit_logistic_job(payload: dict[str, Any], context: JobContext) -> FittedLogistic | None:
    """Fit logistic regression on a recipe's training articles. Payload: `recipe` (TOML).

    The result names the artefact with the predictions; the page compares two of them article by article.
    """
    recipe = Recipe.from_toml(payload["recipe"])
    name = f"probe-{logistic_key(recipe, process_experiments().corpus(recipe).digest)}"
    kept = artefacts.read_json(name, RESULT)
    if kept is not None:
        return FittedLogistic.from_json(kept)
    features = process_experiments().matrix(recipe).features
    found = process_experiments().fit(recipe, context.should_stop)
    if found.stopped:
        return None
    result = FittedLogistic(name, found.n_train, whole=found.n_train == features.train.shape[0], note=found.note)
    artefacts.store(name, lambda place: _keep(place, found, result, features.n_classes), recipe.corpus.corpus)
    return result


def _keep(place: Path, found: LogisticFit, result: FittedLogistic, n_classes: int) -> None:
    narrow = np.int8 if n_classes <= 128 else np.int16
    np.save(place / PREDICTIONS, found.predictions.astype(narrow), allow_pickle=False)
    fit = found.coefficients
    np.savez(place / COEFFICIENTS, classes=fit.classes, weights=fit.weights, intercepts=fit.intercepts)
    (place / RESULT).write_text(json.dumps(result.to_json()), encoding="utf-8")
