"""What is read of the jobs that have ended with a result, kept in memory.

One small query says whether any was added, swept or taken out of the table of runs. Results are read once: those of
a thousand trainings are megabytes, and pages ask at every rerun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from bowcore.jobs.job import Job
from bowcore.store import database, tables

Value = TypeVar("Value")

MOST = 1000
"""Jobs of a kind that are read: the newest."""

_jobs, _labels = tables.jobs, tables.run_labels


@dataclass(frozen=True, slots=True)
class Found(Generic[Value]):
    """What was read, by the id of its job, newest job first; and the ids taken out of the table of runs.

    The same object as before if nothing has changed.
    """

    values: dict[str, Value] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()


class EndedJobs(Generic[Value]):
    """The jobs of one kind that have ended with a result, as `read` reads them; of each database its own."""

    def __init__(self, kind: str, read: Callable[[Job], Value]) -> None:
        self._ended = (_jobs.c.kind == kind, _jobs.c.result.is_not(None))
        self._read = read
        self._found: WeakKeyDictionary[sa.Engine, tuple[tuple[Any, ...], Found[Value]]] = WeakKeyDictionary()
        self._one_at_a_time = threading.Lock()

    def look(self) -> Found[Value]:
        """The newest ones, read if they were not read before.

        Raises:
            DatabaseError: The database cannot be read.
        """
        with self._one_at_a_time, database.reading() as connection:
            engine = database.engine()
            before, found = self._found.get(engine, ((), Found()))
            now = tuple(connection.execute(self._stamp()).one())
            if now != before:
                found = self._changed(connection, found)
                self._found[engine] = now, found
        return found

    def _stamp(self) -> sa.Select[Any]:
        """A row that is another one after every change."""
        deleted = _labels.c.deleted
        of_labels = (sa.select(part).scalar_subquery() for part in (sa.func.count(deleted), sa.func.sum(deleted)))
        of_jobs = sa.func.count(), sa.func.sum(_jobs.c.number), sa.func.max(_jobs.c.finished)
        return sa.select(*of_jobs, *of_labels).where(*self._ended)

    def _changed(self, connection: sa.Connection, before: Found[Value]) -> Found[Value]:
        newest = sa.select(_jobs.c.id).where(*self._ended).order_by(_jobs.c.number.desc()).limit(MOST)
        ids = list(connection.scalars(newest))
        unread = [job_id for job_id in ids if job_id not in before.values]
        rows = connection.execute(sa.select(_jobs).where(_jobs.c.id.in_(unread))) if unread else ()
        known = before.values | {row.id: self._read(Job(**row._asdict())) for row in rows}
        deleted = connection.scalars(sa.select(_labels.c.job_id).where(_labels.c.deleted.is_not(None)))
        return Found({job_id: known[job_id] for job_id in ids if job_id in known}, frozenset(deleted))
