"""The table of runs: finished trainings and fits of blocks, one row for those that differ by their seed alone.

Own trainings come first; those of others are the room's. A guest sees the room's trainings on the texts that the guest
has open, and no others: a file that somebody brought is found by its name alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bowcore.errors import RunError
from bowcore.people import person
from bowcore.store import artefacts
from bowcore.store.own_files import without_token
from bowcore.store.run_labels import delete_runs, name_runs, restore_runs
from bowcore.tasks.finished_runs import SeedGroup, finished_runs, fold_seeds


def table_of_runs(corpus_digest: str | None = None) -> tuple[SeedGroup, ...]:
    """The rows of the table: own ones first, then the newest first."""
    rows = fold_seeds(finished_runs(corpus_digest))
    return tuple(sorted(rows, key=lambda row: (not row.is_own, -row.newest.finished)))


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
    return {
        "key": row.key,
        "name": row.name,
        "note": row.note,
        "whose": row.whose,
        "model": row.model,
        "corpus": without_token(row.recipe).corpus.corpus,
        "differs": [difference.now for difference in row.against(reference or row)],
        "validation_accuracy": row.mean,
        "low": accuracy.low,
        "high": accuracy.high,
        "n_validation": result.n_validation,
        "guess_accuracy": result.guess_accuracy,
        "n_seeds": row.n,
        "sd": None if row.n == 1 else row.sd,
        "seeds": [run.recipe.network.network_seed for run in row.runs] if row.model == "network" else [],
        "by_seed": list(row.shares),
        "epochs": len(result.epochs),
        "epochs_planned": row.recipe.network.epochs if row.model == "network" else 0,
        "complete": row.newest.complete,
        "n_train": result.n_train,
        "n_terms": result.n_terms,
        "code": row.code,
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
