"""The job behind LSA and PCA: both fitted on training articles, and the place of a sample of articles on the map."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bowcore.corpus.split import sample_documents
from bowcore.matrix.reduction import Method, Reduction, reduce_terms, strongest_terms
from bowcore.pipeline import Experiment
from bowcore.recipe import Recipe
from bowcore.runs import artefacts, warm
from bowcore.runs.context import JobContext
from bowcore.runs.reductions import METHODS, NAMES, RESULT, reduction_key

TERMS_KEPT = 12
POINTS_TRAIN, POINTS_VALIDATION = 1400, 600
SEED = 0


class _StopError(Exception):
    """The fit was asked to stop between two products."""


def reduction_job(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Fit LSA and PCA and keep what a page shows of them. Payload: `recipe` (TOML), `n_components`.

    Raises:
        RecipeError: The matrix is too small for so many components.
    """
    recipe, n_components = Recipe.from_toml(payload["recipe"]), int(payload["n_components"])
    context.emit(progress=0.0, message="Counting words")
    name = f"reduction-{reduction_key(recipe, warm.corpus(recipe).digest, n_components)}"
    if artefacts.find(name) is not None:
        return {"artefact": name}
    experiment = warm.experiment(recipe)
    found: dict[Method, Reduction] = {}
    seconds: dict[Method, float] = {}
    for place, method in enumerate(METHODS):
        began = time.perf_counter()
        try:
            follow = _follow(context, NAMES[method], place / len(METHODS))
            found[method] = reduce_terms(experiment.matrix.features.train, method, n_components, SEED, follow)
        except _StopError:
            return {"stopped": True}
        seconds[method] = time.perf_counter() - began
    artefacts.store(name, lambda folder: _keep(folder, experiment, found, seconds))
    return {"artefact": name}


def _follow(context: JobContext, name: str, progress: float) -> Callable[[int], None]:
    def follow(n_products: int) -> None:
        if context.should_stop():
            raise _StopError
        context.emit(progress=progress, message=f"{name}: {n_products:,} products of the matrix with a vector so far")

    return follow


def _keep(folder: Path, experiment: Experiment, found: dict[Method, Reduction], seconds: dict[Method, float]) -> None:
    matrix, n_train_open = experiment.matrix, experiment.split.train.n_documents
    train = sample_documents(matrix.features.train_labels, POINTS_TRAIN, SEED)
    validation = sample_documents(matrix.features.validation_labels, POINTS_VALIDATION, SEED)
    positions = np.concatenate([matrix.rows[train], n_train_open + validation]).astype(np.int64)
    np.save(folder / "positions.npy", positions, allow_pickle=False)
    kept = {}
    for method, reduction in found.items():
        parts = [
            reduction.project(matrix.features.train[train]),
            reduction.project(matrix.features.validation[validation]),
        ]
        np.save(folder / f"{method}.npy", np.concatenate(parts).astype(np.float32), allow_pickle=False)
        columns, loadings = strongest_terms(reduction.components, TERMS_KEPT)
        words = [matrix.vocabulary.terms.take(pa.array(row)).to_pylist() for row in columns]
        kept[method] = {
            "explained": reduction.explained.tolist(),
            "singular_values": reduction.singular_values.tolist(),
            "mean_share": reduction.mean_share,
            "toward_mean": reduction.toward_mean,
            "terms": [list(zip(row, line.tolist(), strict=True)) for row, line in zip(words, loadings, strict=True)],
            "n_train": matrix.features.train.shape[0],
            "seconds": seconds[method],
        }
    (folder / RESULT).write_text(json.dumps(kept), encoding="utf-8")
