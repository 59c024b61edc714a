"""The table of runs: every finished training that this person may see, one row for those that differ by their seed.

Own trainings come first; those of others are the room's. A guest sees the room's trainings on the texts that the guest
has open, and no others: a file that somebody brought is found by its name alone.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from bowcore.errors import BowlabError, RunError
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.judge.scores import Accuracy
from bowcore.judge.seeds import fold
from bowcore.numbers import counted, decimal, percent, with_interval
from bowcore.people import person
from bowcore.recipe.differences import Difference, differences
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.own_files import without_token
from bowcore.store.run_labels import RunLabel, delete_runs, name_runs, restore_runs, run_labels
from bowcore.tasks.trained import Trained

KEY_LENGTH = 10
"""Hexadecimal digits by which a row is called on the command line and in addresses."""
OWN, ROOMS = "own", "the room's"


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A training that has ended with a network. `finished` is seconds since 1970, UTC."""

    job_id: str
    recipe: Recipe
    result: Trained
    finished: float
    is_own: bool
    label: RunLabel

    @property
    def complete(self) -> bool:
        """Whether it was trained for as many epochs as its recipe says."""
        return not self.result.stopped and self.result.complete


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs that are equal in everything but the seed of the network, newest first; often a single one."""

    runs: tuple[FinishedRun, ...]

    @property
    def newest(self) -> FinishedRun:
        """The run that finished last."""
        return self.runs[0]

    @property
    def key(self) -> str:
        """Names the row, whichever seeds it holds."""
        unseeded = self.newest.recipe.change(network_seed=0).key()
        cut_short = "" if self.newest.complete else f"-{len(self.newest.result.epochs)}"
        return f"{unseeded[:KEY_LENGTH]}{cut_short}"

    @property
    def recipe(self) -> Recipe:
        """The recipe of the newest run."""
        return self.newest.recipe

    @property
    def result(self) -> Trained:
        """The result of the newest run."""
        return self.newest.result

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.runs)

    @property
    def shares(self) -> tuple[float, ...]:
        """Validation accuracy of each run."""
        return tuple(run.result.validation_accuracy for run in self.runs)

    @property
    def mean(self) -> float:
        """Mean validation accuracy, from 0 to 1."""
        return statistics.fmean(self.shares)

    @property
    def sd(self) -> float:
        """Standard deviation of the accuracy between seeds; NaN of one seed."""
        return statistics.stdev(self.shares) if self.n > 1 else math.nan

    @property
    def accuracy(self) -> Accuracy:
        """The mean accuracy, with the interval of one network as accurate: over validation articles, not seeds."""
        n = self.result.n_validation
        return Accuracy.of(round(self.mean * n), n)

    @property
    def accuracy_in_words(self) -> str:
        """`88.9 % (85.1–91.9)`, or `89.9 ± 0.6 %, n = 5`."""
        if self.n == 1:
            return with_interval(self.accuracy)
        return f"{decimal(100 * self.mean)} ± {percent(self.sd)}, n = {self.n}"

    @property
    def seconds(self) -> float:
        """Mean time of a training."""
        return statistics.fmean(run.result.seconds for run in self.runs)

    @property
    def is_own(self) -> bool:
        """Whether this person asked for one of them."""
        return any(run.is_own for run in self.runs)

    @property
    def whose(self) -> str:
        """`own` or `the room's`."""
        return OWN if self.is_own else ROOMS

    @property
    def name(self) -> str:
        """The name that somebody gave it last; empty if nobody did."""
        return next((run.label.name for run in self.runs if run.label.name), "")

    @property
    def note(self) -> str:
        """The note of the run with that name, or the newest one."""
        return next((run.label.note for run in self.runs if run.label.note), "")

    @property
    def state(self) -> str:
        """`3 of 5 epochs` of a training that was cut short; empty otherwise."""
        if self.newest.complete:
            return ""
        return f"{len(self.result.epochs)} of {counted(self.recipe.network.epochs, 'epoch')}"

    def against(self, reference: Recipe) -> tuple[Difference, ...]:
        """What its recipe has otherwise than the reference; seeds count for single runs alone."""
        return differences(reference, self.recipe, seed=self.n == 1)


def finished_runs(corpus_digest: str | None = None) -> tuple[FinishedRun, ...]:
    """The finished trainings that this person may see, newest first: of each recipe and seed the newest.

    Args:
        corpus_digest: Of the texts that the person has open; None for those of all texts, of which a guest sees the
            guest's own.
    """
    labels, who = run_labels(), person()
    found: dict[tuple[str, str, bool], FinishedRun] = {}
    for job in jobs.with_results("train"):
        label = labels.get(job.id, RunLabel())
        is_own = job.owner == who.id
        seen = who.is_teacher or is_own or corpus_digest is not None
        if label.deleted is not None or not seen:
            continue
        run = _read(job, label, is_own=is_own)
        if run is None or corpus_digest not in (None, run.result.corpus_digest):
            continue
        found.setdefault((run.recipe.key(), run.result.corpus_digest, run.complete), run)
    return tuple(found.values())


def table_of_runs(corpus_digest: str | None = None) -> tuple[SeedGroup, ...]:
    """The rows of the table: own ones first, then the newest first."""
    rows = fold_seeds(finished_runs(corpus_digest))
    return tuple(sorted(rows, key=lambda row: (not row.is_own, -row.newest.finished)))


def fold_seeds(runs: Iterable[FinishedRun]) -> tuple[SeedGroup, ...]:
    """Runs that differ by the seed of the network alone as one group each, in the order of their newest runs."""

    def also(run: FinishedRun) -> tuple[str, int]:
        return run.result.corpus_digest, 0 if run.complete else len(run.result.epochs)

    newest_first = sorted(runs, key=lambda run: -run.finished)
    return tuple(SeedGroup(tuple(group)) for group in fold(newest_first, lambda run: run.recipe, also))


def find_run(key: str) -> SeedGroup:
    """The row of a key, or of the beginning of one, or of the id of a job.

    Raises:
        RunError: There is none, or more than one.
    """
    rows = table_of_runs()
    exact = [row for row in rows if row.key == key]
    found = exact or [row for row in rows if key and _is_called(row, key)]
    if len(found) == 1:
        return found[0]
    number = f"{len(found)} runs begin" if found else "No run begins"
    raise RunError(f"{number} with '{key[:40]}'. python -m bowcore compare lists all runs with their keys.")


def may_change(row: SeedGroup) -> bool:
    """Whether this person may name or delete a row: the teacher any, others their own."""
    return person().is_teacher or row.is_own


def label_row(row: SeedGroup, name: str, note: str) -> None:
    """Name a row and write a note on it; of a row with trainings of others too, the person's own are named."""
    name_runs(_changed(row), name, note)


def delete_row(row: SeedGroup) -> tuple[str, ...]:
    """Take a row out of the table; return what `restore` needs."""
    ids = tuple(_changed(row))
    delete_runs(ids)
    return ids


def restore(job_ids: Sequence[str]) -> None:
    """Undo `delete_row`."""
    restore_runs(job_ids)


def row_record(row: SeedGroup, reference: SeedGroup | None = None, zone: tzinfo | None = None) -> dict[str, Any]:
    """A row as values that JSON has, without the secret part of the name of a file."""
    accuracy, result = row.accuracy, row.result
    base = row.recipe if reference is None else reference.recipe
    return {
        "key": row.key,
        "name": row.name,
        "note": row.note,
        "whose": row.whose,
        "model": "network",
        "corpus": without_token(row.recipe).corpus.corpus,
        "differs": [difference.now for difference in row.against(base)],
        "validation_accuracy": row.mean,
        "low": accuracy.low,
        "high": accuracy.high,
        "n_validation": result.n_validation,
        "guess_accuracy": result.guess_accuracy,
        "n_seeds": row.n,
        "sd": None if row.n == 1 else row.sd,
        "seeds": [run.recipe.network.network_seed for run in row.runs],
        "by_seed": list(row.shares),
        "epochs": len(result.epochs),
        "epochs_planned": row.recipe.network.epochs,
        "n_train": result.n_train,
        "n_terms": result.n_terms,
        "seconds": row.seconds,
        "finished": datetime.fromtimestamp(row.newest.finished, zone).astimezone(zone).isoformat(timespec="seconds"),
        "recipe": {name: list(value) if isinstance(value, tuple) else value for name, value in _values(row).items()},
        "runs": [run.job_id for run in row.runs],
    }


def table_record(
    rows: Sequence[SeedGroup], reference: SeedGroup | None = None, zone: tzinfo | None = None
) -> dict[str, Any]:
    """The whole table as values that JSON has."""
    return {
        "reference": None if reference is None else reference.key,
        "interval": "95 % (Wilson), over validation texts; sd: over seeds",
        "runs": [row_record(row, reference, zone) for row in rows],
    }


def has_network(row: SeedGroup) -> bool:
    """Whether the newest run's network is still stored, so that its predictions can be read."""
    return artefacts.find(row.result.artefact) is not None


def _values(row: SeedGroup) -> dict[str, Any]:
    return without_token(row.recipe).values()


def _changed(row: SeedGroup) -> list[str]:
    if not may_change(row):
        raise RunError("Only the teacher and whoever trained it may change this run.")
    return [run.job_id for run in row.runs if run.is_own or person().is_teacher]


def _is_called(row: SeedGroup, key: str) -> bool:
    return row.key.startswith(key) or any(run.job_id.startswith(key) for run in row.runs)


def _read(job: Job, label: RunLabel, *, is_own: bool) -> FinishedRun | None:
    """The run of a job; None if it has no network, or its recipe cannot be read any more."""
    result = Trained.from_json(job.result or {})
    recipe = _recipe(str(job.payload.get("recipe", "")))
    if recipe is None or not result.artefact or not result.n_validation:
        return None
    return FinishedRun(job.id, recipe, result, job.finished or time.time(), is_own, label)


@lru_cache(maxsize=2000)
def _recipe(toml: str) -> Recipe | None:
    try:
        return Recipe.from_toml(toml)
    except BowlabError:
        return None
