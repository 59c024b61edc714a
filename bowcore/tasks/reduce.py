"""LSA and PCA of a recipe's matrix, fitted on training articles by a job."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.corpus.draws import sample_documents
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, KeptResult
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.matrix.reduction import Method, Reduction, reduce_terms, strongest_terms
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key

METHODS: tuple[Method, ...] = ("lsa", "pca")
NAMES: dict[Method, str] = {"lsa": "LSA", "pca": "PCA"}
SIZES = (2, 10, 20, 50, 100)
RESULT = "reduction.json"
TERMS_KEPT = 12
POINTS_TRAIN, POINTS_VALIDATION = 1400, 600
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class KeptReduction:
    """Stored result of one method; arrays are read-only.

    Attributes:
        explained: Share of the training variance of each component, (n_components,).
        singular_values: (n_components,).
        mean_share: The mean row's share of the summed squares of all training cells.
        toward_mean: Absolute cosine of the angle between the first component and the mean row.
        terms: For each component, the terms of the largest loadings with their loadings, strongest first.
        positions: Articles on the map: positions among the open articles, training articles first, (n_points,).
        coordinates: Their projections, float32, (n_points, n_components).
        n_train: Training articles that it was fitted on.
        seconds: Time to fit.
    """

    explained: NDArray[np.float64]
    singular_values: NDArray[np.float64]
    mean_share: float
    toward_mean: float
    terms: tuple[tuple[tuple[str, float], ...], ...]
    positions: NDArray[np.int64]
    coordinates: NDArray[np.float32]
    n_train: int
    seconds: float


def reduction_key(recipe: Recipe, corpus_digest: str, n_components: int) -> str:
    """Key of a recipe's reduction job; its artefact is called `reduction-` and this key."""
    return f"{result_key(recipe, 'weighting', corpus_digest, ('tasks/reduce.py',))}-{n_components}"


def request_reduction(recipe: Recipe, corpus_digest: str, n_components: int) -> Job:
    """Submit the job for LSA and PCA of a recipe's matrix, or return the one submitted already."""
    payload = {"recipe": recipe.to_toml(), "n_components": n_components}
    return jobs.submit("reduction", payload, "long", reduction_key(recipe, corpus_digest, n_components))


def find_reduction(recipe: Recipe, corpus_digest: str, n_components: int) -> dict[Method, KeptReduction] | None:
    """The stored results by method, if any."""
    return artefacts.reading(f"reduction-{reduction_key(recipe, corpus_digest, n_components)}", _read)


def _read(folder: Path) -> dict[Method, KeptReduction]:
    kept = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    return {method: _read_method(folder, method, kept[method]) for method in METHODS}


def _read_method(folder: Path, method: Method, kept: dict[str, Any]) -> KeptReduction:
    arrays = {name: np.array(kept[name]) for name in ("explained", "singular_values")}
    for name, file in (("positions", "positions"), ("coordinates", method)):
        arrays[name] = np.load(folder / f"{file}.npy", allow_pickle=False)
    for array in arrays.values():
        array.flags.writeable = False
    terms = tuple(tuple((term, loading) for term, loading in component) for component in kept["terms"])
    return KeptReduction(**{**kept, **arrays, "terms": terms})


class _StoppedError(Exception):
    """Ends a fit between two products."""


def reduction_job(payload: dict[str, Any], context: JobContext) -> KeptResult | None:
    """Fit LSA and PCA and store the parts that pages show. Payload: `recipe` (TOML), `n_components`.

    Raises:
        RecipeError: The matrix is too small for that many components.
    """
    recipe, n_components = Recipe.from_toml(payload["recipe"]), int(payload["n_components"])
    context.emit(progress=0.0, message="Counting words")
    name = f"reduction-{reduction_key(recipe, process_experiments().corpus(recipe).digest, n_components)}"
    if artefacts.find(name) is not None:
        return KeptResult(name)
    experiment = process_experiments().answer(recipe)
    found: dict[Method, Reduction] = {}
    seconds: dict[Method, float] = {}
    products = _Products(context, usual_products(n_components))
    for method in METHODS:
        began = time.perf_counter()
        try:
            products.begin(NAMES[method])
            found[method] = reduce_terms(experiment.matrix.features.train, method, n_components, SEED, products.count)
        except _StoppedError:
            return None
        seconds[method] = time.perf_counter() - began
    artefacts.store(name, lambda folder: _keep(folder, experiment, found, seconds), recipe.corpus.corpus)
    return KeptResult(name)


def usual_products(n_components: int) -> int:
    """Products with the matrix for this many components.

    They are 2.0 to 3.4 times the vectors that ARPACK keeps, measured on BBC News and AG News with 2 to 50 components.
    """
    return round(2.5 * max(2 * n_components + 1, 20))


class _Products:
    """Progress of both methods, which need about the same number of products."""

    def __init__(self, context: JobContext, usual: int) -> None:
        self._context, self._expected = context, usual
        self._progress = Progress(context, len(METHODS) * usual)
        self._n_done, self._name = 0, ""

    def begin(self, name: str) -> None:
        """Begin a method; the products of the one before, if any, predict its own."""
        self._expected = self._n_done or self._expected
        self._name, self._n_begun = name, self._n_done

    def count(self, n_products: int) -> None:
        """Report the number of this method's products."""
        if self._context.should_stop():
            raise _StoppedError
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
