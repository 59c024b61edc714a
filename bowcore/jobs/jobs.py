"""Jobs: work that a page or a command requests and another process does; people take turns in each lane.

A page submits a job, reads it and may request a stop. A runner (a lane's worker, or a command in its own process)
claims it, reports and ends it, holding the lane's slot lock from before the claim until after the end.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from bowcore import moment
from bowcore.errors import RunError
from bowcore.jobs import leases, turns
from bowcore.jobs.job import Event as Event
from bowcore.jobs.job import Job as Job
from bowcore.jobs.job import State as State
from bowcore.people import person, too_long
from bowcore.store import database, locks, tables
from bowcore.store.locks import LANES, Lane, runner_alive, worker_alive
from bowcore.store.version import version

MOST_DEATHS = 2
"""Processes in a row that may die while they run a job of one key, before it has failed."""
KILLED = (
    "The process that ran it died, {times} times in a row, perhaps because memory ran out. Try a smaller vocabulary, "
    "fewer texts or fewer units. Starting it again goes on from what was stored."
)
FORGOTTEN = ("line-lemmas",)
"""Kinds whose payloads hold sentences of readers: they are emptied when the job ends."""
WORKER = ""
"""The runner of a job that waits for its lane's worker; any other name is a process with a runner lock."""
MOST_WAITING = 6
"""Jobs of a guest that may wait in the lane of downloads when the guest asks for another one."""
MOST_LOOKED_FOR = 20
"""Jobs of a guest that wait in the quick lane, where pages ask by themselves; older ones are no longer waited for."""
SECOND = "One of your jobs waits already, and a guest may have one. Stop that one, or ask again when it runs."
SEVERAL = "{n} of your searches, reports and downloads wait already. Stop one, or ask again when one of them has run."

_table = tables.jobs


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
        seconds: How long it will take, by an estimate; None for as long as the last ones of its kind.

    Raises:
        RunError: This person is a guest, and the job would take too long, or another of the guest's jobs waits in the
            lane for long ones.
    """
    if lane not in LANES:
        raise ValueError(f"lane = {lane!r} must be one of {', '.join(LANES)}.")
    if problem := too_long("This", seconds or 0.0):  # a browser can press a button that is disabled
        raise RunError(problem)
    who = person()
    values = {"kind": kind, "lane": lane, "key": key, "runner": runner, "payload": plain(payload)}
    values |= {"owner": who.id, "seconds": seconds}
    while True:
        with database.writing() as connection:
            if seconds is None and lane != "quick":
                values["seconds"] = turns.usual_seconds(connection, kind)
            before = _first(connection, kind=kind, key=key)
            values |= {"version": version(), "attempt": _n_deaths(before)}
            inserted = database.insert_once(
                connection, _table, id=uuid.uuid4().hex, state="queued", created=time.time(), **values
            )
            job = _first(connection, kind=kind, key=key)
            if job is not None and not inserted:
                _take_over_version(connection, job)
            if job is not None and job.open:
                turns.join(connection, job.id, who.id)
            if lane == "long" and not who.is_teacher and len(turns.waiting_for(connection, lane, who.id)) > 1:
                raise RunError(SECOND)
            if lane == "quick" and not who.is_teacher:
                _drop_earlier(connection, lane, who.id, "" if job is None else job.id)
        if job is not None and (inserted or job.open):
            return job
        # the equal job ended between the two statements (PostgreSQL only): try again


def _drop_earlier(connection: sa.Connection, lane: str, who: str, kept: str) -> None:
    """Let a person wait for the newest jobs alone; one that nobody waits for any more may be asked for again."""
    for job_id in turns.waiting_for(connection, lane, who)[MOST_LOOKED_FOR:]:
        if job_id != kept and not turns.leave(connection, job_id, who):
            _end_waiting(connection, job_id, _ended("interrupted"))


def check_waiting() -> None:
    """Refuse what a guest asks for while many of the guest's jobs wait; what a page looks for by itself is not asked.

    Raises:
        RunError: This person is a guest, and `MOST_WAITING` jobs wait in the lane of downloads.
    """
    who = person()
    if who.is_teacher:
        return
    with database.reading(once=True) as connection:
        n = len(turns.waiting_for(connection, "download", who.id))
    if n >= MOST_WAITING:
        raise RunError(SEVERAL.format(n=n))


def get(job_id: str) -> Job:
    """The job of this id.

    Raises:
        RunError: There is none.
    """
    job = _read_first(id=job_id)
    if job is None:
        raise RunError(f"There is no job '{job_id[:40]}' in the runs database; it may belong to another BOWLAB_HOME.")
    return job


def latest(kind: str, key: str) -> Job | None:
    """The newest job with this kind and key, in any state."""
    return _read_first(kind=kind, key=key)


def finished(kind: str, key: str, limit: int = 10) -> tuple[Job, ...]:
    """The newest jobs with this kind and key that have ended with a result, newest first."""
    where = (_table.c.kind == kind, _table.c.key == key, _table.c.result.is_not(None))
    query = sa.select(_table).where(*where).order_by(_table.c.number.desc()).limit(limit)
    with database.reading(once=True) as connection:
        return tuple(Job(**row._asdict()) for row in connection.execute(query))


def recent(kind: str | None = None, limit: int = 20) -> tuple[Job, ...]:
    """The newest jobs, newest first; of one kind, or of all."""
    query = sa.select(_table).order_by(_table.c.number.desc()).limit(limit)
    with database.reading(once=True) as connection:
        rows = connection.execute(query if kind is None else query.where(_table.c.kind == kind))
        return tuple(Job(**row._asdict()) for row in rows)


def seen(ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """What readers see of some jobs, by their ids: equal as long as nothing has changed."""
    columns = (_table.c.state, _table.c.stop_requested, _table.c.progress, _table.c.message, _table.c.newest)
    query = sa.select(_table.c.id, *columns).where(_table.c.id.in_(list(ids)))
    with database.reading(once=True) as connection:
        return {row.id: tuple(row[1:]) for row in connection.execute(query)}


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
        job = _first(connection, id=job_id)
        if job is None or job.state != "queued":
            return 0
        numbers = [waiting.number for waiting in turns.waiting_in_turn(connection, job.lane)]
    return numbers.index(job.number) + 1


def events(job_id: str, after: int = 0) -> tuple[Event, ...]:
    """Events of a job after event number `after`, in order."""
    table = tables.events
    query = sa.select(table.c.number, table.c.body).where(table.c.job_id == job_id, table.c.number > after)
    with database.reading(once=True) as connection:
        return tuple(Event(row.number, row.body) for row in connection.execute(query.order_by(table.c.number)))


def request_stop(job_id: str) -> Job:
    """Request a stop. A waiting job is stopped at once; a running one ends at its handler's next check."""
    with database.writing() as connection:
        _request_stop(connection, job_id)
    return get(job_id)


def _request_stop(connection: sa.Connection, job_id: str) -> None:
    _end_waiting(connection, job_id, _ended("stopped") | {"stop_requested": True})
    running = (_table.c.id == job_id, _table.c.state == "running")
    connection.execute(sa.update(_table).where(*running).values(stop_requested=True))


def _end_waiting(connection: sa.Connection, job_id: str, values: dict[str, Any]) -> None:
    """End a job if it waits, in the caller's transaction."""
    waiting = (_table.c.id == job_id, _table.c.state == "queued")
    connection.execute(sa.update(_table).where(*waiting).values(values))


def leave(job_id: str) -> Job:
    """Wait no longer for a job; it is stopped if nobody else waits for it."""
    with database.writing() as connection:  # one transaction: nobody joins between the two
        if not turns.leave(connection, job_id, person().id):
            _request_stop(connection, job_id)
    return get(job_id)


def claim(lane: str, runner: str = WORKER) -> Job | None:
    """Take the lane's first job, now 'running', if it is this runner's turn. The caller holds the lane's slot.

    Jobs ahead of it delay a runner only if a living process will run them.
    """
    interrupt_running(lane)
    for job in in_turn(lane):
        if job.state != "queued":
            continue
        if job.runner == runner:
            if job.version in ("", version()) and _take(job):
                return get(job.id)
        elif job.runner == WORKER:
            if worker_alive(lane, job.version):
                return None
        elif leases.here(job.runner) and runner_alive(job.runner):
            if not leases.suspended(job.runner):
                return None
        elif leases.here(job.runner) or leases.over(job):
            _finish(job.id, "queued", _ended("interrupted"))
    return None


def _take(job: Job) -> bool:
    """Begin a waiting job, with a lease, unless another process takes it at this moment."""
    free = sa.select(_table.c.id).where(_table.c.id == job.id, _table.c.state == "queued")
    with database.writing() as connection:
        if connection.scalar(free.with_for_update(skip_locked=True)) is None or not locks.slot_kept(job.lane):
            return False
        values = {"attempt": job.attempt + 1, "worker": leases.holder(), "lease_until": leases.until(connection)}
        begun = sa.update(_table).where(_table.c.id == job.id)
        connection.execute(begun.values(state="running", started=time.time(), **values))
        return True


def adopt(job_id: str, runner: str) -> bool:
    """Let another runner run a job that waits for the lane's worker, at its place in the queue, and return if so."""
    waiting = (_table.c.id == job_id, _table.c.state == "queued", _table.c.runner == WORKER)
    with database.writing() as connection:
        return connection.execute(sa.update(_table).where(*waiting).values(runner=runner)).rowcount == 1


def has_any(lane: str, *states: State) -> bool:
    """Whether any job of this lane that this version of the program may run is in one of these states."""
    mine = _table.c.version.in_(("", version()))
    found = sa.select(_table.c.number).where(_table.c.lane == lane, _table.c.state.in_(states), mine).limit(1)
    with database.reading(once=True) as connection:
        return connection.scalar(found) is not None


def report(
    job_id: str,
    progress: float | None = None,
    message: str | None = None,
    events: Iterable[Mapping[str, Any]] = (),
    newest: Mapping[str, Any] | None = None,
    ends: float | None = None,
    attempt: int | None = None,
) -> bool:
    """Record a running job's report, in one transaction. Everything but its events replaces the previous report.

    JSON has no NaN and no infinity: a diverged loss is stored as null. Of an `attempt` that is over nothing is
    recorded, and False returned.
    """
    reported = {"progress": progress, "message": message, "newest": plain(newest), "ends": ends}
    changed = {name: value for name, value in reported.items() if value is not None}
    with database.writing() as connection:
        if attempt is not None and not _is_running(connection, job_id, attempt):
            return False
        if changed:
            running = (_table.c.id == job_id, _table.c.state == "running")
            connection.execute(sa.update(_table).where(*running).values(changed))
        add_events(connection, job_id, events)
    return True


def add_events(connection: sa.Connection, job_id: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Number a job's new events and add them, in the caller's transaction."""
    table, bodies = tables.events, [plain(body) for body in events]
    if bodies:
        last = sa.select(sa.func.max(table.c.number)).where(table.c.job_id == job_id)
        first = (connection.scalar(last) or 0) + 1
        rows = [{"job_id": job_id, "number": first + i, "body": body} for i, body in enumerate(bodies)]
        connection.execute(sa.insert(table), rows)


def end(
    job_id: str,
    state: State,
    result: Mapping[str, Any] | None = None,
    error: str = "",
    attempt: int | None = None,
) -> None:
    """End a running job, with its result, partial unless it is done; one that has ended stays as it is.

    `error` is the message for users of a job that failed, or that was stopped though nobody asked for it. A job is
    interrupted if its process must exit. Of an `attempt` that is over nothing is recorded.
    """
    values = _ended(state) | {"result": plain(result), "error": error}
    _finish(job_id, "running", values | ({"progress": 1.0} if state == "done" else {}), attempt)


def interrupt_running(lane: str) -> None:
    """Mark the lane's running jobs whose processes died. The caller holds the slot, so that none runs in this home."""
    for job in running(lane):
        if locks.slot_kept(lane) and (leases.here(job.worker) or leases.over(job)):
            _mark_dead(job)


def release_suspended(lane: str) -> None:
    """Let the lane go on if the process that holds its slot is suspended and its lease over, or if it has no job."""
    found = running(lane)
    if locks.slot_holder(lane) not in {job.worker for job in found} and leases.slot_is_stuck(lane):
        locks.break_slot(lane)
    for job in found:
        if job.worker and leases.here(job.worker) and leases.suspended(job.worker) and leases.over(job):
            _finish(job.id, "running", _ended("interrupted"), job.attempt)
            locks.break_slot(lane)


def running(lane: str) -> tuple[Job, ...]:
    """The running jobs of a lane, of every home."""
    query = sa.select(_table).where(_table.c.lane == lane, _table.c.state == "running")
    with database.reading(once=True) as connection:
        return tuple(Job(**row._asdict()) for row in connection.execute(query))


def _mark_dead(job: Job) -> None:
    """Mark a job whose process died as interrupted, or as failed if it was not the first in a row."""
    values = _ended("interrupted") | {"lease_until": job.lease_until or 0.0}  # which tells it from an orderly end
    if job.attempt >= MOST_DEATHS:
        values |= {"state": "failed", "error": KILLED.format(times=job.attempt)}
    _finish(job.id, "running", values, job.attempt)


def _n_deaths(before: Job | None) -> int:
    """Processes in a row that died of the newest job with a key."""
    dead = before is not None and before.state == "interrupted" and before.lease_until is not None
    return before.attempt if before is not None and dead else 0


def _take_over_version(connection: sa.Connection, job: Job) -> None:
    """Let this version of the program run a waiting job whose own version has no worker here."""
    if job.version in ("", version()) or job.runner != WORKER or worker_alive(job.lane, job.version):
        return
    waiting = (_table.c.id == job.id, _table.c.state == "queued")
    connection.execute(sa.update(_table).where(*waiting).values(version=version()))


def _is_running(connection: sa.Connection, job_id: str, attempt: int) -> bool:
    mine = (_table.c.id == job_id, _table.c.state == "running", _table.c.attempt == attempt)
    return connection.scalar(sa.select(_table.c.id).where(*mine).with_for_update()) is not None


def _finish(job_id: str, state: State, values: dict[str, Any], attempt: int | None = None) -> bool:
    """End a job that is in this state, and in this attempt if one is given, and return whether it was."""
    where = [_table.c.id == job_id, _table.c.state == state]
    if attempt is not None:
        where.append(_table.c.attempt == attempt)
    with database.writing(lasting=True) as connection:
        return connection.execute(sa.update(_table).where(*where).values(values)).rowcount == 1


def _ended(state: State) -> dict[str, Any]:
    payload = sa.case((_table.c.kind.in_(FORGOTTEN), sa.literal({}, sa.JSON)), else_=_table.c.payload)
    ended = {"state": state, "finished": time.time(), "newest": None, "ends": None, "lease_until": None}
    return ended | {"payload": payload}


def _read_first(**equal: str) -> Job | None:
    def find() -> Job | None:
        with database.reading(once=True) as connection:
            return _first(connection, **equal)

    return moment.look(("job", *sorted(equal.items())), find)


def _first(connection: sa.Connection, **equal: str) -> Job | None:
    row = connection.execute(_newest(*equal), equal).first()
    return None if row is None else Job(**row._asdict())


@cache  # pages look for their jobs at every rerun, and making the statement takes longer than running it
def _newest(*names: str) -> sa.Select[Any]:
    columns = [_table.c[name] for name in names]
    where = [column == sa.bindparam(column.name, type_=column.type) for column in columns]
    return sa.select(_table).where(*where).order_by(_table.c.number.desc()).limit(1)


def plain(value: Any) -> Any:
    """The same as a JSON value: NaN and infinity, which JSON lacks, become null."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
