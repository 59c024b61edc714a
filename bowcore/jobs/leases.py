"""Leases: until when a running job is its holder's, by the database's clock, renewed by a thread of the holder.

On one computer file locks say who is alive. A lease says it where they cannot: of a job that another home runs in the
same database, and of a process that is suspended, which keeps its locks. Whether a lease is over is seen by this
process's monotonic clock as well: a holder that renews it is alive, whatever a clock was set to.
"""

from __future__ import annotations

import threading
import time
from typing import Self

import psutil
import sqlalchemy as sa

from bowcore.errors import OutputError
from bowcore.jobs.job import Job
from bowcore.store import database, locks, tables

LEASE = 60.0  # seconds
BEAT = 5.0  # seconds between two renewals
_SETTLED = 2 * BEAT
"""Seconds for which a lease that is over must be seen unchanged: a database that was locked for minutes, or a clock
that was set forward, ends every lease at once."""

_table = tables.jobs
_seen: dict[str, tuple[tuple[int, float | None], float]] = {}
_stopped: dict[str, tuple[str, float]] = {}
"""By lane: the suspended process that holds its slot without a job, and since when this process has seen that."""


def holder() -> str:
    """The name of this process among all that share the database."""
    return locks.process_name()


def here(name: str) -> bool:
    """Whether a holder or runner of this name belongs to this home, whose locks say whether it is alive."""
    place, dot, _ = name.partition(".")
    return not dot or place == locks.place()  # an earlier version named no home


def until(connection: sa.Connection) -> sa.ColumnElement[float]:
    """The end of a lease that begins now."""
    return database.clock(connection) + LEASE


def renew(job_id: str, attempt: int) -> bool:
    """Renew the lease of a job that waits or runs, and return False if this attempt is over."""
    mine = (_table.c.id == job_id, _table.c.attempt == attempt, _table.c.state.in_(("queued", "running")))
    with database.writing() as connection:
        changed = sa.update(_table).where(*mine).values(lease_until=until(connection))
        return connection.execute(changed).rowcount == 1


def over(job: Job) -> bool:
    """Whether nobody renews the lease of this job any longer, as far as this process has seen."""
    mark, now = (job.attempt, job.lease_until), time.monotonic()
    known, since = _seen.get(job.id, (None, now))
    if known != mark:
        _seen[job.id] = mark, now
        since = now
    with database.reading(once=True) as connection:
        clock = float(connection.execute(sa.select(database.clock(connection))).scalar_one())
    ended = job.lease_until is not None and job.lease_until < clock
    if now - since <= (_SETTLED if ended else LEASE + _SETTLED):
        return False
    del _seen[job.id]
    return True


def suspended(name: str) -> bool:
    """Whether the process of this name, on this computer, is stopped, as by Ctrl+Z."""
    try:
        return bool(psutil.Process(int(name.split(".")[1])).status() == psutil.STATUS_STOPPED)
    except (IndexError, ValueError, psutil.Error):
        return False


def slot_is_stuck(lane: str) -> bool:
    """Whether the process that holds the lane's slot has been seen suspended for long enough to go on without it."""
    name, now = locks.slot_holder(lane), time.monotonic()
    if not here(name) or not suspended(name):
        _stopped.pop(lane, None)
        return False
    known, since = _stopped.get(lane, (name, now))
    _stopped[lane] = (name, since) if known == name else (name, now)
    if known != name or now - since <= _SETTLED:
        return False
    del _stopped[lane]
    return True


class Heartbeat:
    """Renews the lease of an attempt at a job from a thread of its own, inside a `with` block.

    `lost` is set once the attempt is over: the job has ended, or another process has it.
    """

    def __init__(self, job_id: str, attempt: int) -> None:
        self.attempt = attempt
        self.lost = threading.Event()
        self._job_id = job_id
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._beat, name=f"lease-{self._job_id}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Renew it no longer."""
        self._ended.set()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                if not renew(self._job_id, self.attempt):
                    self.lost.set()
                    return
            except OutputError:  # whoever could take the job cannot write either
                continue
