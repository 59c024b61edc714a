"""The result of a fit of blocks, and what its artefact holds. Pages import this module, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.blocks import BlocksFit
from bowcore.experiment.buffers import map_array
from bowcore.experiment.stored_arrays import CSR_ARRAYS, checked_matrix, read_column, write_table
from bowcore.jobs import jobs
from bowcore.jobs.job_context import Record
from bowcore.jobs.jobs import Job
from bowcore.judge.scores import Accuracy
from bowcore.learn.linear.blocks import BlocksModel, LinearModel
from bowcore.learn.network.events import EpochDone
from bowcore.matrix.blocks import FittedBlock, FittedBlocks
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import code_key, result_key
from bowcore.tasks.joined_models import Rival, StackWeights

KIND = "blocks"
RESULT, VOTES, PARTS = "blocks.json", "validation_probabilities.npy", "validation_parts.npz"
CODE = (
    "learn/linear/blocks.py",
    "learn/linear/naive_bayes.py",
    "learn/linear/newton.py",
    "learn/linear/stacking.py",
    "judge/comparison.py",
    "judge/label_issues.py",
    "experiment/stacking.py",
    "experiment/blocks.py",
    "experiment/stored_arrays.py",
    "tasks/fitted_blocks.py",
)
LIBRARIES = ("scikit-learn",)


@dataclass(frozen=True, slots=True)
class BlockSize:
    """One block of the joined matrix: its line, itself in words, its columns and the filled cells of training texts."""

    line: str
    words: str
    n_terms: int
    n_cells: int


@dataclass(frozen=True, slots=True)
class Voter:
    """One model: its line, itself in words, its validation accuracy alone, and the seconds of its fit."""

    line: str
    words: str
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class FittedOnBlocks(Record):
    """A finished fit; `artefact` has the model, and the cells of the validation articles, their votes and parts.

    `confusion` is of the answer: true classes in rows, in the order of `class_names`. `guess_accuracy` is that of
    always guessing the largest training class. `code` names the code and the libraries. It is complete and has no
    epochs. Several models have `rivals`, and stacked ones a `stack`.
    """

    artefact: str
    blocks: tuple[BlockSize, ...]
    models: tuple[Voter, ...]
    validation_accuracy: float
    guess_accuracy: float
    confusion: tuple[tuple[int, ...], ...]
    class_names: tuple[str, ...]
    n_train: int
    n_validation: int
    corpus_digest: str
    seconds: float
    code: str = ""
    rivals: tuple[Rival, ...] = ()
    stack: StackWeights | None = None
    stopped: ClassVar[bool] = False
    complete: ClassVar[bool] = True
    epochs: ClassVar[tuple[EpochDone, ...]] = ()

    @property
    def n_terms(self) -> int:
        """Number of columns of all blocks."""
        return sum(block.n_terms for block in self.blocks)

    @property
    def accuracy(self) -> Accuracy:
        """Validation accuracy of the vote, with its interval."""
        return Accuracy.of(round(self.validation_accuracy * self.n_validation), self.n_validation)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written."""
        parts = {
            "blocks": tuple(BlockSize(**block) for block in body["blocks"]),
            "models": tuple(Voter(**model) for model in body["models"]),
            "confusion": tuple(map(tuple, body["confusion"])),
            "class_names": tuple(body["class_names"]),
            "rivals": tuple(map(Rival.from_json, body.get("rivals", ()))),
            "stack": StackWeights.from_json(body["stack"]) if body.get("stack") else None,
        }
        return super(FittedOnBlocks, cls).from_json({**body, **parts})


@dataclass(frozen=True, slots=True)
class BlockParts:
    """Exact parts of the scores of the validation articles.

    `parts` is float32, (n_models, n_validation, n_blocks, n_classes); with `intercepts`, (n_models, n_classes), they
    add up to each model's scores. Stacked models have one more: the joined one, at the end.
    """

    parts: NDArray[np.float32]
    intercepts: NDArray[np.float32]


def blocks_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the fit of a recipe's blocks; its artefact is called `blocks-` and this key."""
    return result_key(recipe, "blocks", corpus_digest, CODE, LIBRARIES)


def blocks_code() -> str:
    """Names the code and the libraries that fit blocks."""
    return code_key("blocks", CODE, LIBRARIES)


def request_fit(recipe: Recipe, corpus_digest: str) -> Job:
    """Submit the fit of a recipe's blocks, or return the job that was submitted already."""
    return jobs.submit(KIND, {"recipe": recipe.to_toml()}, "long", blocks_key(recipe, corpus_digest))


def read_votes(artefact: str) -> NDArray[np.float64] | None:
    """Mean probabilities of the validation articles, (n_validation, n_classes); None if they were deleted."""
    return artefacts.reading(artefact, _read_votes)


def _read_votes(folder: Path) -> NDArray[np.float64]:
    votes: NDArray[np.float64] = np.load(folder / VOTES, allow_pickle=False)
    return votes


def read_parts(artefact: str) -> BlockParts | None:
    """What each block adds to the scores of the validation articles; None if it was deleted."""
    return artefacts.reading(artefact, _read_parts)


def _read_parts(folder: Path) -> BlockParts:
    with (folder / PARTS).open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        return BlockParts(stored["parts"], stored["intercepts"])


def find_fit(recipe: Recipe, corpus_digest: str) -> FittedOnBlocks | None:
    """The kept fit of a recipe's blocks, if there is one."""
    kept = artefacts.read_json(f"blocks-{blocks_key(recipe, corpus_digest)}", RESULT)
    return None if kept is None else FittedOnBlocks.from_json(kept)


def fit_of_blocks(recipe: Recipe, corpus_digest: str) -> FittedOnBlocks | None:
    """The same; None for a recipe without blocks as well."""
    return find_fit(recipe, corpus_digest) if recipe.blocks.blocks else None


def write_model(place: Path, fit: BlocksFit) -> None:
    """Write a fitted model and the cells of the validation articles, so that each can be read without the others."""
    for number, one in enumerate(fit.blocks.blocks):
        write_table(pa.table({"term": one.terms}), place / f"terms-{number}.arrow")
        np.save(place / f"scale-{number}.npy", one.scale, allow_pickle=False)
        np.save(place / f"documents-{number}.npy", one.document_frequency, allow_pickle=False)
    for number, model in enumerate(fit.models):
        np.save(place / f"weights-{number}.npy", model.weights, allow_pickle=False)
        np.save(place / f"intercepts-{number}.npy", model.intercepts, allow_pickle=False)
    for part in CSR_ARRAYS:
        np.save(place / f"validation-{part}.npy", getattr(fit.validation, part), allow_pickle=False)


def read_model(recipe: Recipe, artefact: str) -> BlocksModel | None:
    """The fitted blocks and models of a recipe, mapped into memory; None if they were deleted."""
    return artefacts.reading(artefact, partial(_read_model, recipe))


def _read_model(recipe: Recipe, folder: Path) -> BlocksModel:
    blocks, models = [], []
    for number, block in enumerate(recipe.blocks.parsed):
        scale, documents = (map_array(folder / f"{name}-{number}.npy") for name in ("scale", "documents"))
        blocks.append(FittedBlock(block, read_column(folder / f"terms-{number}.arrow"), scale, documents))
    for number, model in enumerate(recipe.blocks.answer):
        weights, intercepts = (map_array(folder / f"{name}-{number}.npy") for name in ("weights", "intercepts"))
        models.append(LinearModel(model, weights, intercepts, 0.0))
    found = BlocksModel(FittedBlocks(tuple(blocks)), tuple(models))
    if any(len(one.terms) != len(one.scale) for one in blocks) or any(
        len(model.weights) != found.blocks.starts[-1] for model in models
    ):
        raise ValueError(f"{folder} holds weights of other columns than its own.")
    return found


def read_cells(model: BlocksModel, artefact: str) -> sparse.csr_matrix | None:
    """Cells of the validation articles in the columns of the model, mapped into memory; None if they were deleted."""
    return artefacts.reading(artefact, partial(_read_cells, int(model.blocks.starts[-1])))


def _read_cells(n_columns: int, folder: Path) -> sparse.csr_matrix:
    parts = [map_array(folder / f"validation-{part}.npy") for part in CSR_ARRAYS]
    return checked_matrix(parts, (len(parts[-1]) - 1, n_columns))
