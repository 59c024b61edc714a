"""Jobs: work that a page or a command requests and another process does, first come, first served in each lane.

A page submits a job, reads it and may request a stop. A runner (a lane's worker, or a command in its own process)
claims it, reports and ends it, holding the lane's slot lock from before the claim until after the end.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from bowcore.errors import RunError
from bowcore.jobs import turns
from bowcore.people import person
from bowcore.store import database, tables
from bowcore.store.locks import LANES, Lane, runner_alive, worker_alive

State = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]
WORKER = ""
"""The runner of a job that waits for its lane's worker; any other name is a process with a runner lock."""
SECOND = "One of your jobs waits already, and a guest may have one. Stop that one, or ask again when it runs."

_table = tables.jobs


@dataclass(frozen=True, slots=True)
class Job:
    """A job at the time it was read. Times are seconds since 1970, UTC; `progress` runs from 0 to 1.

    `error` is a sentence for people when the state is 'failed'; `result` is what the handler returned. A stopped or an
    interrupted job keeps the events that it reported. Only a running job has `newest`, the newest of what it reports
    too often for events (of a training: its newest batch), and `ends`, when it expects to end.
    """

    number: int
    id: str
    kind: str
    lane: str
    key: str
    runner: str
    payload: dict[str, Any]
    state: State
    stop_requested: bool
    progress: float
    message: str
    error: str
    created: float
    started: float | None
    finished: float | None
    result: dict[str, Any] | None
    newest: dict[str, Any] | None
    ends: float | None
    owner: str
    attempt: int
    lease_until: float | None
    worker: str
    version: str
    seconds: float | None

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "running")

    @property
    def seconds_left(self) -> float | None:
        """Seconds until a running job is expected to end, negative once that is past; None without an estimate."""
        return None if self.ends is None else self.ends - time.time()


@dataclass(frozen=True, slots=True)
class Event:
    """A report of a job; numbered from 1 within its job."""

    number: int
    body: dict[str, Any]


def submit(
    kind: str, payload: Mapping[str, Any], lane: Lane, key: str, runner: str = WORKER, seconds: float | None = None
) -> Job:
    """Queue a job in a lane, or return the open job with the same kind and key; this person waits for it from now on.

    Args:
        kind: Kind of job: a name in the runners' table of handlers.
        payload: The handler's argument; anything that JSON can hold.
        lane: 'quick' for what ends within 5 s, 'download' for what waits for the network or looks through a large
            corpus, else 'long'.
        key: Equal keys mean equal results: two requests for one result are one job.
        runner: Who will run it.
        seconds: How long it will take, by an estimate.

    Raises:
        RunError: This person is a guest and another of the guest's jobs waits in the lane for long ones.
    """
    if lane not in LANES:
        raise ValueError(f"lane = {lane!r} must be one of {', '.join(LANES)}.")
    who = person()
    values = {"kind": kind, "lane": lane, "key": key, "runner": runner, "payload": _plain(payload)}
    values |= {"owner": who.id, "seconds": seconds}
    while True:
        with database.writing() as connection:
            inserted = database.insert_once(
                connection, _table, id=uuid.uuid4().hex, state="queued", created=time.time(), **values
            )
            job = _first(connection, _table.c.kind == kind, _table.c.key == key)
            if job is not None and job.open:
                turns.join(connection, job.id, who.id)
            if lane == "long" and not who.is_teacher and turns.n_waiting(connection, lane, who.id) > 1:
                raise RunError(SECOND)
        if job is not None and (inserted or job.open):
            return job
        # the equal job ended between the two statements (PostgreSQL only): try again


def get(job_id: str) -> Job:
    """The job of this id.

    Raises:
        RunError: There is none.
    """
    with database.reading() as connection:
        job = _first(connection, _table.c.id == job_id)
    if job is None:
        raise RunError(f"There is no job '{job_id[:40]}' in the runs database; it may belong to another BOWLAB_HOME.")
    return job


def latest(kind: str, key: str) -> Job | None:
    """The newest job with this kind and key, in any state."""
    with database.reading() as connection:
        return _first(connection, _table.c.kind == kind, _table.c.key == key)


def finished(kind: str, key: str, limit: int = 10) -> tuple[Job, ...]:
    """The newest jobs with this kind and key that have ended with a result, newest first."""
    where = (_table.c.kind == kind, _table.c.key == key, _table.c.result.is_not(None))
    query = sa.select(_table).where(*where).order_by(_table.c.number.desc()).limit(limit)
    with database.reading() as connection:
        return tuple(Job(**row._asdict()) for row in connection.execute(query))


def recent(kind: str | None = None, limit: int = 20) -> tuple[Job, ...]:
    """The newest jobs, newest first; of one kind, or of all."""
    query = sa.select(_table).order_by(_table.c.number.desc()).limit(limit)
    with database.reading() as connection:
        rows = connection.execute(query if kind is None else query.where(_table.c.kind == kind))
        return tuple(Job(**row._asdict()) for row in rows)


def in_turn(lane: str) -> tuple[Job, ...]:
    """The jobs of a lane that run, and those that wait, in the order of their turns."""
    query = sa.select(_table).where(_table.c.lane == lane, _table.c.state.in_(("queued", "running")))
    with database.reading() as connection:
        found = {row.number: Job(**row._asdict()) for row in connection.execute(query.order_by(_table.c.number))}
        waiting = [found[job.number] for job in turns.waiting_in_turn(connection, lane) if job.number in found]
    return (*(job for job in found.values() if job.state == "running"), *waiting)


def queue_position(job_id: str) -> int:
    """Position in its lane's queue: 1 is next, 0 is not waiting (it runs or has ended)."""
    with database.reading() as connection:
        job = _first(connection, _table.c.id == job_id)
        if job is None or job.state != "queued":
            return 0
        numbers = [waiting.number for waiting in turns.waiting_in_turn(connection, job.lane)]
    return numbers.index(job.number) + 1


def events(job_id: str, after: int = 0) -> tuple[Event, ...]:
    """Events of a job after event number `after`, in order."""
    table = tables.events
    query = sa.select(table.c.number, table.c.body).where(table.c.job_id == job_id, table.c.number > after)
    with database.reading() as connection:
        return tuple(Event(row.number, row.body) for row in connection.execute(query.order_by(table.c.number)))


def request_stop(job_id: str) -> Job:
    """Request a stop. A waiting job is stopped at once; a running one ends at its handler's next check."""
    with database.writing() as connection:
        mine = _table.c.id == job_id
        stopped = _ended("stopped") | {"stop_requested": True}
        connection.execute(sa.update(_table).where(mine, _table.c.state == "queued").values(stopped))
        connection.execute(sa.update(_table).where(mine, _table.c.state == "running").values(stop_requested=True))
    return get(job_id)


def leave(job_id: str) -> Job:
    """Wait no longer for a job; it is stopped if nobody else waits for it."""
    with database.writing() as connection:
        n_left = turns.leave(connection, job_id, person().id)
    return get(job_id) if n_left else request_stop(job_id)


def claim(lane: str, runner: str = WORKER) -> Job | None:
    """Take the lane's first job, now 'running', if it is this runner's turn. The caller holds the lane's slot.

    Jobs ahead of it delay a runner only if a living process will run them.
    """
    interrupt_running(lane)
    for job in in_turn(lane):
        if job.state != "queued":
            continue
        if job.runner == runner:
            if _change(job.id, "queued", {"state": "running", "started": time.time()}):
                return get(job.id)
        elif job.runner == WORKER:
            if worker_alive(lane):
                return None
        elif runner_alive(job.runner):
            return None
        else:
            _change(job.id, "queued", _ended("interrupted"))
    return None


def adopt(job_id: str, runner: str) -> bool:
    """Let another runner run a job that waits for the lane's worker, at its place in the queue, and return if so."""
    waiting = (_table.c.id == job_id, _table.c.state == "queued", _table.c.runner == WORKER)
    with database.writing() as connection:
        return connection.execute(sa.update(_table).where(*waiting).values(runner=runner)).rowcount == 1


def has_any(lane: str, *states: State) -> bool:
    """Whether any job of this lane is in one of these states."""
    found = sa.select(_table.c.number).where(_table.c.lane == lane, _table.c.state.in_(states)).limit(1)
    with database.reading() as connection:
        return connection.scalar(found) is not None


def report(
    job_id: str,
    progress: float | None = None,
    message: str | None = None,
    events: Iterable[Mapping[str, Any]] = (),
    newest: Mapping[str, Any] | None = None,
    ends: float | None = None,
) -> None:
    """Record a running job's report, in one transaction. Everything but its events replaces the previous report.

    JSON has no NaN and no infinity: a diverged loss is stored as null.
    """
    reported = {"progress": progress, "message": message, "newest": _plain(newest), "ends": ends}
    changed = {name: value for name, value in reported.items() if value is not None}
    table = tables.events
    with database.writing() as connection:
        if changed:
            running = (_table.c.id == job_id, _table.c.state == "running")
            connection.execute(sa.update(_table).where(*running).values(changed))
        bodies = [_plain(body) for body in events]
        if bodies:
            last = sa.select(sa.func.max(table.c.number)).where(table.c.job_id == job_id)
            first = (connection.scalar(last) or 0) + 1
            rows = [{"job_id": job_id, "number": first + i, "body": body} for i, body in enumerate(bodies)]
            connection.execute(sa.insert(table), rows)


def end(job_id: str, state: State, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    """End a running job, with its result, partial unless it is done; one that has ended stays as it is.

    `error` is the message for users of a job that failed. A job is interrupted if its process exited or must exit.
    """
    values = _ended(state) | {"result": _plain(result), "error": error}
    _change(job_id, "running", values | ({"progress": 1.0} if state == "done" else {}))


def interrupt_running(lane: str) -> None:
    """Mark the lane's running jobs as interrupted. The caller holds the slot, so none really runs."""
    if has_any(lane, "running"):
        left = (_table.c.lane == lane, _table.c.state == "running")
        with database.writing() as connection:
            connection.execute(sa.update(_table).where(*left).values(_ended("interrupted")))


def _change(job_id: str, state: State, values: dict[str, Any]) -> bool:
    """Change a job if it is in this state, and return whether it was."""
    with database.writing() as connection:
        query = sa.update(_table).where(_table.c.id == job_id, _table.c.state == state).values(values)
        return connection.execute(query).rowcount == 1


def _ended(state: State) -> dict[str, Any]:
    return {"state": state, "finished": time.time(), "newest": None, "ends": None}


def _first(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Job | None:
    row = connection.execute(sa.select(_table).where(*where).order_by(_table.c.number.desc()).limit(1)).first()
    return None if row is None else Job(**row._asdict())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
