"""Whether the runs database, the workers and other processes answer, for programs that monitor a server."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bowcore.errors import OutputError
from bowcore.jobs import jobs
from bowcore.store import locks
from bowcore.store.locks import Lane
from bowcore.store.version import version

OK, STARTING = "ok", "is starting"
START_LIMIT = 60.0  # seconds after the server's start that a worker may take until it first runs
NEXT_LIMIT = 10.0  # seconds that the next worker of a lane may take: one that has grown large ends by itself
PATIENCE = 30.0  # seconds that a waiting job may be the first of a lane that runs nothing


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: 'ok' or what is wrong, of the database, of each lane's worker and of further page processes."""

    database: str
    workers: Mapping[str, str]
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether all of them answer."""
        return self.status == OK

    @property
    def status(self) -> str:
        """'ok', 'starting' if nothing is wrong but that processes, or the next ones, come up, or 'failing'."""
        found = {self.database, *self.workers.values(), *self.pages.values()}
        if found == {OK}:
            return OK
        return "starting" if found <= {OK, STARTING} else "failing"

    def to_json(self) -> dict[str, object]:
        """What a monitoring program reads."""
        pages = {"pages": dict(self.pages)} if self.pages else {}
        return {"status": self.status, "database": self.database, "workers": dict(self.workers), **pages}


@dataclass
class Arrival:
    """When a process that comes up by itself was seen last, and whether it may still be on its way."""

    _began: float = field(default_factory=lambda: time.monotonic())
    _seen: float | None = None

    def state(self, answers: bool) -> str:
        """'ok', 'is starting' or 'is not running', for what was just seen."""
        if answers:
            self._seen = time.monotonic()
            return OK
        if self._seen is not None:
            may_start = time.monotonic() - self._seen < NEXT_LIMIT
        else:
            may_start = time.monotonic() - self._began < START_LIMIT
        return STARTING if may_start else "is not running"


@dataclass
class Examiner:
    """Examines this home's database and workers.

    Remembers when it last saw each worker, and since when a job waits for one that does nothing.
    """

    _waiting: dict[Lane, tuple[str, float]] = field(default_factory=dict)
    _arrivals: dict[Lane, Arrival] = field(default_factory=lambda: {lane: Arrival() for lane in locks.LANES})

    def examine(self) -> Health:
        """Look once. Nothing is written, and no lock is held longer than the look at it."""
        database = OK
        try:
            idle = {lane: self._idle_for(lane) for lane in locks.LANES}
        except Exception:
            logging.getLogger(__name__).exception("The runs database does not answer")
            database, idle = "does not answer", dict.fromkeys(locks.LANES, 0.0)
        workers: dict[str, str] = {}
        for lane in locks.LANES:
            try:
                alive = locks.worker_alive(lane)
            except OutputError:  # its lock cannot be looked at
                workers[lane] = "unknown"
                continue
            state = self._arrivals[lane].state(alive)
            workers[lane] = "takes no jobs" if alive and idle[lane] > PATIENCE else state
        return Health(database, workers)

    def _idle_for(self, lane: Lane) -> float:
        """Seconds for which the lane's first waiting job has been seen while nothing ran; by no clock that is set."""
        found = [job for job in jobs.in_turn(lane) if job.version in ("", version())]
        if not found or found[0].runner != jobs.WORKER or any(job.state == "running" for job in found):
            self._waiting.pop(lane, None)
            return 0.0
        job, since = self._waiting.get(lane, ("", 0.0))
        if job != found[0].id:
            since = time.monotonic()
            self._waiting[lane] = found[0].id, since
        return time.monotonic() - since
