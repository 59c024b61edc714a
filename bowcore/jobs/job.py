"""A job and its events, as they are read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]


@dataclass(frozen=True, slots=True)
class Job:
    """A job at the time it was read. Times are seconds since 1970, UTC; `progress` runs from 0 to 1.

    `error` is a sentence for people when the state is 'failed', or 'stopped' though nobody asked for it; `result` is
    what the handler returned. A stopped or an interrupted job keeps the events that it reported. Only a running job
    has `newest`, the newest of what it reports too often for events (of a training: its newest batch), and `ends`, when
    it expects to end.
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
    def killed_its_process(self) -> bool:
        """Whether it failed because processes died of it: asked for again, it would kill another."""
        return self.state == "failed" and self.lease_until is not None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until a running job is expected to end, negative once that is past; None without an estimate."""
        paused = bool(self.newest and self.newest.get("paused"))
        return None if self.ends is None or paused else self.ends - time.time()


@dataclass(frozen=True, slots=True)
class Event:
    """A report of a job; numbered from 1 within its job."""

    number: int
    body: dict[str, Any]
