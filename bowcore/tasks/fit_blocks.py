"""The job that fits a recipe's models on its blocks, and evaluates their vote on the validation articles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Split, open_labels
from bowcore.errors import RecipeError
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.stages import held_by, learned_labels, open_fields
from bowcore.findings.leaks import draw_sample, needs_near_duplicates
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.judge.confusion import confusion_matrix
from bowcore.judge.scores import Accuracy, majority_baseline
from bowcore.learn.linear.blocks import LinearModel, contributions, fit_models, vote
from bowcore.matrix.blocks import BlockCounts, FittedBlocks, count_block, fit_blocks, read_block_texts
from bowcore.memory import check_stage, fitting_cost
from bowcore.recipe.blocks import Block, Model
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger
from bowcore.store.keys import result_key

KIND = "blocks"
RESULT, VOTES, PARTS = "blocks.json", "validation_probabilities.npy", "validation_parts.npz"
CODE = ("learn/linear/blocks.py", "learn/linear/newton.py")
LIBRARIES = ("scikit-learn",)

Announce = Callable[[Model], bool]


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
    """A finished fit; `artefact` has the votes for the validation articles, and what each block adds to each score.

    `confusion` is of the vote: true classes in rows, in the order of `class_names`. `guess_accuracy` is that of always
    guessing the largest training class.
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
        }
        return super(FittedOnBlocks, cls).from_json({**body, **parts})


@dataclass(frozen=True, slots=True)
class BlockParts:
    """Exact parts of the scores of the validation articles.

    `parts` is float32, (n_models, n_validation, n_blocks, n_classes); with `intercepts`, (n_models, n_classes), they
    add up to each model's scores.
    """

    parts: NDArray[np.float32]
    intercepts: NDArray[np.float32]


def blocks_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the fit of a recipe's blocks; its artefact is called `blocks-` and this key."""
    return result_key(recipe, "blocks", corpus_digest, CODE, LIBRARIES)


def count_blocks(fields: tuple[pa.Array, ...], recipe: Recipe) -> tuple[BlockCounts, ...]:
    """Counts of every block of a recipe in texts; the first field is the headline."""
    texts = read_block_texts(fields)
    return tuple(count_block(texts, block, recipe.terms) for block in recipe.blocks.parsed)


def count_open(split: Split, recipe: Recipe) -> tuple[BlockCounts, ...]:
    """Counts of every block in the open articles, training articles first.

    Raises:
        RecipeError: The recipe has no blocks.
        MemoryBudgetError: The fit would not fit into memory.
    """
    if not recipe.blocks.blocks:
        raise RecipeError("This recipe has no blocks; take the preset 'best', or name some under [blocks].", "blocks")
    counted = count_blocks(open_fields(split, recipe.text, repaired=recipe.text.repair), recipe)
    check_stage(replace(fitting_cost(sum(one.counts.nnz for one in counted)), held=held_by(split)))
    return counted


def training_rows(split: Split, recipe: Recipe) -> NDArray[np.int64]:
    """Positions of the training articles that the recipe's sample learns from."""
    near = process_experiments().near_duplicates(recipe) if needs_near_duplicates(recipe.sample) else None
    return draw_sample(split, recipe.sample, near)


def fit_on(
    recipe: Recipe,
    counted: tuple[BlockCounts, ...],
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
    n_classes: int,
    announce: Announce = lambda model: True,
) -> tuple[FittedBlocks, tuple[LinearModel, ...], sparse.csr_matrix]:
    """Blocks and models fitted on the texts `rows`, whose classes are `labels`, and the cells of these texts."""
    fitted = fit_blocks(recipe, counted, rows, labels)
    cells = fitted.join(counted, rows)
    models = fit_models(recipe.blocks.voters, fitted, cells, labels, n_classes, announce=announce)
    return fitted, models, cells


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


def fit_blocks_job(payload: dict[str, Any], context: JobContext) -> FittedOnBlocks | None:
    """The job of kind 'blocks': fit on the training articles, evaluate on the validation articles.

    Payload: `recipe` (TOML). None if it was stopped.
    """
    began = time.perf_counter()
    recipe = Recipe.from_toml(payload["recipe"])
    experiments = process_experiments()
    split, digest = experiments.split(recipe), experiments.corpus(recipe).digest
    kept = find_fit(recipe, digest)
    if kept is not None:
        return kept
    context.emit(message="Counting the blocks")
    counted = count_open(split, recipe)
    rows = training_rows(split, recipe)
    labels, n_classes = learned_labels(open_labels(split)[rows], recipe.sample), len(split.class_names)

    def announce(model: Model) -> bool:
        context.emit(message=f"Fitting {model.words}")
        return not context.should_stop()

    if context.should_stop():
        return None
    fitted, models, cells = fit_on(recipe, counted, rows, labels, n_classes, announce)
    if len(models) < len(recipe.blocks.voters):
        return None
    validation = fitted.join(counted, np.arange(split.train.n_documents, split.n_open))
    votes, truth = vote(models, validation), split.validation.labels
    predictions = votes.argmax(axis=1)
    starts = fitted.starts
    filled = [int(np.count_nonzero((cells.indices >= a) & (cells.indices < b))) for a, b in pairwise(starts)]
    result = FittedOnBlocks(
        artefact=f"blocks-{blocks_key(recipe, digest)}",
        blocks=tuple(
            _size(one.block, len(one.terms), n_cells) for one, n_cells in zip(fitted.blocks, filled, strict=True)
        ),
        models=tuple(_voter(model, validation, truth) for model in models),
        validation_accuracy=float((predictions == truth).mean()),
        guess_accuracy=majority_baseline(labels, truth).value,
        confusion=tuple(map(tuple, confusion_matrix(truth, predictions, n_classes).tolist())),
        class_names=split.class_names,
        n_train=len(rows),
        n_validation=len(truth),
        corpus_digest=digest,
        seconds=time.perf_counter() - began,
    )
    parts = np.array([contributions(model, fitted, validation) for model in models], np.float32)
    intercepts = np.array([model.intercepts for model in models])
    artefacts.store(result.artefact, lambda place: _keep(place, result, votes, parts, intercepts), recipe.corpus.corpus)
    ledger.record_look(digest, recipe, network=True)
    return result


def _size(block: Block, n_terms: int, n_cells: int) -> BlockSize:
    return BlockSize(block.text, block.words, n_terms, n_cells)


def _voter(model: LinearModel, cells: sparse.csr_matrix, labels: NDArray[np.int32]) -> Voter:
    accuracy = float((model.scores(cells).argmax(axis=1) == labels).mean())
    return Voter(model.model.text, model.model.words, accuracy, model.seconds)


def _keep(
    place: Path,
    result: FittedOnBlocks,
    votes: NDArray[np.float64],
    parts: NDArray[np.float32],
    intercepts: NDArray[np.float32],
) -> None:
    np.save(place / VOTES, votes, allow_pickle=False)
    np.savez(place / PARTS, parts=parts, intercepts=intercepts)
    (place / RESULT).write_text(json.dumps(asdict(result)), encoding="utf-8")
