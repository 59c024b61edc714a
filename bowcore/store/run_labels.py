"""Names and notes that people give finished trainings, and which of them they took out of the table of runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowcore.store import database, tables

LONGEST_NAME, LONGEST_NOTE = 60, 500
"""Characters that are kept."""

_table = tables.run_labels


@dataclass(frozen=True, slots=True)
class RunLabel:
    """What was written about a training. `deleted` is seconds since 1970, UTC; None while the table shows it."""

    name: str = ""
    note: str = ""
    deleted: float | None = None


def run_labels() -> dict[str, RunLabel]:
    """Every label, by the id of its job."""
    with database.reading(once=True) as connection:
        return {row.job_id: RunLabel(row.name, row.note, row.deleted) for row in connection.execute(sa.select(_table))}


def name_runs(job_ids: Iterable[str], name: str, note: str) -> None:
    """Give trainings a name and a note, in place of those before; white space at the ends is dropped."""
    _write(job_ids, {"name": " ".join(name.split())[:LONGEST_NAME], "note": note.strip()[:LONGEST_NOTE]})


def delete_runs(job_ids: Iterable[str]) -> None:
    """Take trainings out of the table of runs; their networks and names stay, so that `restore_runs` undoes it."""
    _write(job_ids, {"deleted": time.time()})


def restore_runs(job_ids: Iterable[str]) -> None:
    """Put deleted trainings back."""
    _write(job_ids, {"deleted": None})


def _write(job_ids: Iterable[str], values: dict[str, Any]) -> None:
    with database.writing(lasting=True) as connection:
        for job_id in job_ids:
            mine = _table.c.job_id == job_id
            if not connection.execute(sa.update(_table).where(mine).values(values)).rowcount:
                database.insert_once(connection, _table, job_id=job_id, **values)
