"""The job behind LSA and PCA: both fitted on training articles, and the place of a sample of articles on the map."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bowcore.corpus.split import sample_documents
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.progress import Progress
from bowcore.matrix.reduction import Method, Reduction, reduce_terms, strongest_terms
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks.reductions import METHODS, NAMES, RESULT, reduction_key

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
    name = f"reduction-{reduction_key(recipe, process_experiments().corpus(recipe).digest, n_components)}"
    if artefacts.find(name) is not None:
        return {"artefact": name}
    experiment = process_experiments().answer(recipe)
    found: dict[Method, Reduction] = {}
    seconds: dict[Method, float] = {}
    products = _Products(context, usual_products(n_components))
    for method in METHODS:
        began = time.perf_counter()
        try:
            products.begin(NAMES[method])
            found[method] = reduce_terms(experiment.matrix.features.train, method, n_components, SEED, products.count)
        except _StopError:
            return {"stopped": True}
        seconds[method] = time.perf_counter() - began
    artefacts.store(name, lambda folder: _keep(folder, experiment, found, seconds))
    return {"artefact": name}


def usual_products(n_components: int) -> int:
    """Products with the matrix until so many components are found: 2.0 to 3.4 times the vectors that ARPACK keeps.

    Measured on BBC News and AG News, with 2 to 50 components.
    """
    return round(2.5 * max(2 * n_components + 1, 20))


class _Products:
    """Products of both methods, which need about equally many."""

    def __init__(self, context: JobContext, usual: int) -> None:
        self._context, self._expected = context, usual
        self._progress = Progress(context, len(METHODS) * usual)
        self._n_done, self._name = 0, ""

    def begin(self, name: str) -> None:
        """Another method begins; how many products it needs is known from the one before, if there was one."""
        self._expected = self._n_done or self._expected
        self._name, self._n_begun = name, self._n_done

    def count(self, n_products: int) -> None:
        """Another product of this method is made."""
        if self._context.should_stop():
            raise _StopError
        self._n_done = self._n_begun + n_products
        # more products than usual: another fifth is expected
        expected = self._expected if n_products <= self._expected else round(1.2 * n_products)
        methods_after = len(METHODS) - 1 if not self._n_begun else 0
        self._progress.done(
            self._n_done,
            f"{self._name}: product {n_products:,} of about {expected:,}, matrix with vector",
            total=self._n_begun + expected * (1 + methods_after),
        )


def _keep(folder: Path, experiment: Answer, found: dict[Method, Reduction], seconds: dict[Method, float]) -> None:
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
