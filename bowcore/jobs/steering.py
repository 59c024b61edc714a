"""What people ask of a training while it runs: to play, to pause, to step, to rewind, and how fast.

It is kept in the job's row, as its stop is, so that any page reaches any worker. The newest order replaces the one
before: a pause takes back steps that were not taken yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import sqlalchemy as sa

from bowcore.errors import RunError
from bowcore.jobs.job import Job
from bowcore.jobs.turns import people_of
from bowcore.people import person
from bowcore.store import database, tables

Order = Literal["play", "pause", "batch", "epoch", "rewind"]
"""To go on; to wait; to learn one batch or up to an epoch's end, then wait; to begin again, then wait."""

SLOWEST, FASTEST = 0.1, 1000.0  # batches a second
NOT_ALONE = "Others wait for this training too, so only the teacher can pause, step or slow it."

_jobs = tables.jobs


@dataclass(frozen=True, slots=True)
class Steering:
    """The newest order.

    Attributes:
        number: Of the order, counted up from 1 within the job; 0 before any.
        what: The order.
        times: How often, if a step was asked for again before another order came.
        pace: Batches a second at most; 0 is full speed.
    """

    number: int = 0
    what: Order = "play"
    times: int = 1
    pace: float = 0.0

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """The order in a job's payload."""
        return cls(**payload.get("steering", {}))

    def then(self, what: Order | None, pace: float | None) -> Steering:
        """This order followed by another."""
        speed = self.pace if pace is None else _bounded(pace)
        if what is None:
            return Steering(self.number, self.what, self.times, speed)
        if what == self.what and what in ("batch", "epoch"):
            return Steering(self.number, what, self.times + 1, speed)
        return Steering(self.number + 1, what, 1, speed)

    def to_json(self) -> dict[str, Any]:
        """The fields as values that JSON has."""
        return asdict(self)


def may_steer(job_id: str) -> bool:
    """Whether this person may: the teacher, or whoever waits for the job alone."""
    who = person()
    return who.is_teacher or set(people_of(job_id)) == {who.id}


def steer(job_id: str, what: Order | None = None, *, pace: float | None = None) -> None:
    """Give an open job an order, a pace, or both; one that has ended stays as it is.

    Raises:
        RunError: Others wait for it too, and this person is not the teacher.
    """
    if not may_steer(job_id):
        raise RunError(NOT_ALONE)
    mine = sa.and_(_jobs.c.id == job_id, tables.OPEN)
    with database.writing() as connection:
        payload = connection.scalar(sa.select(_jobs.c.payload).where(mine).with_for_update())
        if payload is not None:
            steering = Steering.of(payload).then(what, pace)
            changed = {**payload, "steering": steering.to_json()}
            connection.execute(sa.update(_jobs).where(mine).values(payload=changed))


def is_paused(job: Job) -> bool:
    """Whether its process says that it waits for an order."""
    return job.state == "running" and bool(job.newest and job.newest.get("paused"))


def _bounded(pace: float) -> float:
    return min(max(pace, SLOWEST), FASTEST) if math.isfinite(pace) and pace > 0 else 0.0
