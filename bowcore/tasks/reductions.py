"""LSA and PCA of a recipe's matrix as a page sees them: asked for, found, read. The job is in `reduction_job`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.matrix.reduction import Method
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key

METHODS: tuple[Method, ...] = ("lsa", "pca")
NAMES: dict[Method, str] = {"lsa": "LSA", "pca": "PCA"}
SIZES = (2, 10, 20, 50, 100)
RESULT = "reduction.json"


@dataclass(frozen=True, slots=True, eq=False)
class KeptReduction:
    """One method's result as it is kept; arrays are read-only.

    Attributes:
        explained: Share of the training variance of each component, (n_components,).
        singular_values: (n_components,).
        mean_share: Share of the training cells' summed squares that the mean row makes up.
        toward_mean: Cosine of the angle between the first component and the mean row, without its sign.
        terms: For each component the terms of the largest loadings, strongest first, with their loadings.
        positions: Articles on the map: positions among the open articles, training articles first, (n_points,).
        coordinates: Where they stand, float32, (n_points, n_components).
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
    """Ask the long worker for LSA and PCA of a recipe's matrix, or get the job that is asked for already."""
    payload = {"recipe": recipe.to_toml(), "n_components": n_components}
    return jobs.submit("reduction", payload, "long", reduction_key(recipe, corpus_digest, n_components))


def find_reduction(recipe: Recipe, corpus_digest: str, n_components: int) -> dict[Method, KeptReduction] | None:
    """The kept results by method, if a job made them."""
    folder = artefacts.find(f"reduction-{reduction_key(recipe, corpus_digest, n_components)}")
    if folder is None:
        return None
    kept = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    return {method: _read(folder, method, kept[method]) for method in METHODS}


def _read(folder: Path, method: Method, kept: dict[str, Any]) -> KeptReduction:
    positions, coordinates = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("positions", method))
    arrays = [np.array(kept[name]) for name in ("explained", "singular_values")]
    for array in (*arrays, positions, coordinates):
        array.flags.writeable = False
    return KeptReduction(
        explained=arrays[0],
        singular_values=arrays[1],
        mean_share=kept["mean_share"],
        toward_mean=kept["toward_mean"],
        terms=tuple(tuple((term, loading) for term, loading in component) for component in kept["terms"]),
        positions=positions,
        coordinates=coordinates,
        n_train=kept["n_train"],
        seconds=kept["seconds"],
    )
