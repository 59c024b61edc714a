"""Whose turn it is: people take turns in a lane, and a job's people are those who asked for it or joined it.

The first waiting job of everybody comes before the second of anybody. Among these, people whose last job in the lane
came longer ago are first, and then jobs that arrived first. A job that several people wait for takes the best of their
turns.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from bowcore.store import database, tables

USUAL = 5
"""Jobs of a kind whose time tells that of the next, where nobody estimates it."""

_jobs, _followers = tables.jobs, tables.job_followers


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting job: its number in the order of arrival, the people who wait for it, and its estimated seconds."""

    number: int
    people: tuple[str, ...]
    seconds: float


def order(waiting: list[Waiting], last: dict[str, int]) -> list[Waiting]:
    """The jobs in the order of their turns; `last` is the number of the last job of each person that began.

    >>> [job.number for job in order([Waiting(2, ("a",), 0), Waiting(3, ("a",), 0), Waiting(4, ("b",), 0)], {"a": 1})]
    [4, 2, 3]
    """
    waited: Counter[str] = Counter()
    turns: dict[int, tuple[int, int, int]] = {}
    for job in sorted(waiting, key=lambda job: job.number):
        turns[job.number] = min((waited[who], last.get(who, 0), job.number) for who in job.people)
        waited.update(job.people)
    return sorted(waiting, key=lambda job: turns[job.number])


def waiting_in_turn(connection: sa.Connection, lane: str, another: str | None = None) -> list[Waiting]:
    """The waiting jobs of a lane in the order of their turns; with `another`, also one that this person asks for now.

    That one has the number 0 and no seconds.
    """
    columns = _jobs.c
    queued = (columns.lane == lane, columns.state == "queued")
    rows = connection.execute(
        sa.select(columns.number, columns.owner, columns.seconds, _followers.c.person)
        .outerjoin(_followers, _followers.c.job_id == columns.id)
        .where(*queued)
        .order_by(columns.number)
    ).all()
    people: dict[int, list[str]] = {}
    seconds: dict[int, float] = {}
    for row in rows:
        people.setdefault(row.number, []).append(row.owner if row.person is None else row.person)
        seconds[row.number] = row.seconds or 0.0
    newest = max(people, default=0) + 1
    waiting = [Waiting(number, tuple(who), seconds[number]) for number, who in people.items()]
    if another is not None:
        waiting.append(Waiting(newest, (another,), 0.0))
    everybody = {who for job in waiting for who in job.people}
    if len(everybody) > 1:
        began = (columns.lane == lane, columns.started.is_not(None), columns.owner.in_(everybody))
        query = sa.select(columns.owner, sa.func.max(columns.number)).where(*began).group_by(columns.owner)
        last = {row[0]: row[1] for row in connection.execute(query)}
    else:
        last = {}
    return [Waiting(0, job.people, 0.0) if job.number == newest else job for job in order(waiting, last)]


def seconds_before(lane: str, who: str) -> float:
    """Estimated seconds until a job that this person asks for now in the lane would begin."""
    with database.reading() as connection:
        return _seconds_before(connection, lane, 0, who)


def seconds_until(job_id: str) -> float:
    """Estimated seconds until a waiting job begins; 0 for one that does not wait."""
    with database.reading() as connection:
        query = sa.select(_jobs.c.number, _jobs.c.lane).where(_jobs.c.id == job_id, _jobs.c.state == "queued")
        row = connection.execute(query).first()
        return 0.0 if row is None else _seconds_before(connection, row.lane, row.number)


def _seconds_before(connection: sa.Connection, lane: str, number: int, another: str | None = None) -> float:
    running = sa.select(_jobs.c.ends, _jobs.c.started, _jobs.c.seconds)
    left = 0.0
    for row in connection.execute(running.where(_jobs.c.lane == lane, _jobs.c.state == "running")):
        ends = row.ends if row.ends is not None else (row.started or 0.0) + (row.seconds or 0.0)
        left += max(ends - time.time(), 0.0)
    for job in waiting_in_turn(connection, lane, another):
        if job.number == number:
            break
        left += job.seconds
    return left


def usual_seconds(connection: sa.Connection, kind: str) -> float | None:
    """The median time of the last jobs of a kind that were done; None if there was none."""
    done = (_jobs.c.kind == kind, _jobs.c.state == "done", _jobs.c.started.is_not(None))
    query = sa.select(_jobs.c.finished - _jobs.c.started).where(*done).order_by(_jobs.c.number.desc()).limit(USUAL)
    took = list(connection.scalars(query))
    return max(median(took), 0.0) if took else None


def people_of(job_id: str) -> tuple[str, ...]:
    """The people who wait for a job, in the order in which they came."""
    query = sa.select(_followers.c.person).where(_followers.c.job_id == job_id)
    with database.reading(once=True) as connection:
        return tuple(connection.scalars(query.order_by(_followers.c.since, _followers.c.person)))


def waiting_for(connection: sa.Connection, lane: str, who: str) -> list[str]:
    """The ids of the waiting jobs of a lane that this person waits for, those joined last first."""
    mine = (_jobs.c.lane == lane, _jobs.c.state == "queued", _followers.c.person == who)
    query = sa.select(_jobs.c.id).join(_followers, _followers.c.job_id == _jobs.c.id).where(*mine)
    return list(connection.scalars(query.order_by(_followers.c.since.desc(), _jobs.c.number.desc())))


def join(connection: sa.Connection, job_id: str, who: str) -> bool:
    """Let a person wait for a job, and return whether that is new."""
    _lock(connection, job_id)
    return database.insert_once(connection, _followers, job_id=job_id, person=who, since=time.time())


def leave(connection: sa.Connection, job_id: str, who: str) -> int:
    """Let a person no longer wait for a job, and return the number of those who do."""
    _lock(connection, job_id)
    connection.execute(sa.delete(_followers).where(_followers.c.job_id == job_id, _followers.c.person == who))
    left = sa.select(sa.func.count()).select_from(_followers).where(_followers.c.job_id == job_id)
    return connection.scalar(left) or 0


def _lock(connection: sa.Connection, job_id: str) -> None:
    """Let nobody else join or leave until the transaction ends; SQLite has one writer at a time anyway."""
    connection.execute(sa.select(_jobs.c.id).where(_jobs.c.id == job_id).with_for_update())
