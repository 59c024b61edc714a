"""The interface of a running job for its handler, and the records that handlers return."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

from bowcore.errors import OutputError
from bowcore.jobs import jobs
from bowcore.jobs.leases import Heartbeat
from bowcore.jobs.pauses import Pauses, insist
from bowcore.jobs.progress import time_left
from bowcore.jobs.steering import Steering
from bowcore.jobs.turns import people_of
from bowcore.numbers import seconds
from bowcore.people import TEACHER, most_seconds

WRITE_EVERY = 0.1  # seconds: at most 10 progress writes a second
ASK_EVERY = 0.2  # seconds: at most 5 checks for a stop per second
OVERTIME = 2
"""A long job of guests is stopped after that many times what guests may use, once others wait: an estimate may be that
wrong, or missing."""


@dataclass(frozen=True, slots=True)
class Record:
    """Base class of the results of jobs. A field that an earlier version did not write has its default."""

    def to_json(self) -> dict[str, Any]:
        """The fields as values that JSON has."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record written by `to_json`; unknown names are ignored.

        Raises:
            TypeError: A field without a default is missing.
        """
        return cls(**{field.name: body[field.name] for field in fields(cls) if field.name in body})


@dataclass(frozen=True, slots=True)
class KeptResult(Record):
    """A result that consists of an artefact alone."""

    artefact: str


class JobContext:
    """The running job, as its handler sees it. As a context manager it writes pending reports on exit.

    A thread writes at most every 0.1 s, so that the last event before a long epoch doesn't wait for the epoch's end.
    What the database does not take is kept and written with what follows.

    `steering` is what people asked of it, as of the last check for a stop, and `why` a sentence about a stop that
    nobody asked for.
    """

    def __init__(
        self,
        job_id: str,
        leaving: threading.Event | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        on_message: Callable[[str], None] | None = None,
        heart: Heartbeat | None = None,
    ) -> None:
        self.job_id = job_id
        self._heart = heart
        self.cut_short_by: Literal["", "stopped", "interrupted"] = ""
        self.why = ""
        self._began, self._longest = time.monotonic(), float("inf")
        self._leaving = leaving or threading.Event()
        self._on_event = on_event
        self._on_message = on_message
        self._asked = float("-inf")
        self.steering = Steering()
        self._unwritten = threading.Condition()
        self._closed = self._aborted = False
        self._events: list[Mapping[str, Any]] = []
        self._latest: dict[str, Any] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"job-{job_id}")
        self._writer: Future[None] | None = None

    def emit(
        self,
        event: Mapping[str, Any] | None = None,
        progress: float | None = None,
        message: str | None = None,
        newest: Mapping[str, Any] | None = None,
        left: float | None = None,
    ) -> None:
        """Report progress; omitted arguments stay unchanged.

        Args:
            event: A rare fact, stored permanently: every reader sees every one, in order.
            progress: From 0 to 1.
            message: What the job does now.
            newest: A frequent fact, such as a batch: readers see only the newest one.
            left: Seconds until the job is expected to end.
        """
        reported = {
            "progress": None if progress is None else min(max(float(progress), 0.0), 1.0),
            "message": message,
            "newest": None if newest is None else dict(newest),
            "ends": None if left is None else time.time() + left,
        }
        with self._unwritten:
            self._events += [] if event is None else [dict(event)]
            self._latest |= {name: value for name, value in reported.items() if value is not None}
            self._unwritten.notify_all()
        if event is not None and self._on_event is not None:
            self._on_event(dict(event))
        if message is not None and self._on_message is not None:
            self._on_message(f"{message}{time_left(left)}")
        self._raise_failure()

    def should_stop(self) -> bool:
        """Whether the handler should end soon with a partial result: a stop was requested, or the process must exit."""
        now = time.monotonic()
        if not self.cut_short_by and now - self._asked >= ASK_EVERY:
            self._asked = now
            with contextlib.suppress(OutputError):  # asked again in a moment
                job = jobs.get(self.job_id)
                self.cut_short_by = "stopped" if job.stop_requested or self._is_overdue(job, now) else ""
                self.steering = Steering.of(job.payload)
        if not self.cut_short_by and self._heart is not None and self._heart.lost.is_set():
            self.cut_short_by = "interrupted"  # another process has the job by now
        if not self.cut_short_by and self._leaving.is_set():
            self.cut_short_by = "interrupted"
        return bool(self.cut_short_by)

    def _is_overdue(self, job: jobs.Job, now: float) -> bool:
        used = now - self._began
        if used <= self._longest or job.lane != "long" or not jobs.has_any("long", "queued"):
            return False
        if TEACHER.id in people_of(self.job_id):
            return False
        allowed = seconds(self._longest / OVERTIME)
        self.why = f"It was stopped after {seconds(used)}, as others wait: guests may use {allowed}."
        return True

    def wait(self, most: float) -> None:
        """Wait for this many seconds, or until the process must exit."""
        self._leaving.wait(most)

    def __enter__(self) -> Self:
        self._longest = OVERTIME * most_seconds()
        self._writer = self._thread.submit(self._write)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._unwritten:
            self._closed = True
            self._aborted = error is not None and not isinstance(error, Exception)  # nobody waits for minutes
            self._unwritten.notify_all()
        self._thread.shutdown()
        if error is None:
            self._raise_failure()

    def _write(self) -> None:
        pauses = Pauses()
        while True:
            with self._unwritten:
                self._unwritten.wait_for(lambda: self._closed or bool(self._events or self._latest))
                last = self._closed
                found, self._events = self._events, []
                latest, self._latest = self._latest, {}
            report = partial(self._report, found, latest)
            if last:
                insist(report, lambda: self._aborted)
                return
            try:
                report()
                pauses.reset()
                pause = WRITE_EVERY
            except OutputError:
                pause = pauses.next()
                with self._unwritten:
                    self._events = [*found, *self._events]
                    self._latest = latest | self._latest
            with self._unwritten:
                self._unwritten.wait_for(lambda: self._closed, timeout=pause)

    def _report(self, found: list[Mapping[str, Any]], latest: dict[str, Any]) -> None:
        attempt = None if self._heart is None else self._heart.attempt
        taken = not (found or latest) or jobs.report(self.job_id, events=found, attempt=attempt, **latest)
        if not taken and self._heart is not None:
            self._heart.lost.set()

    def _raise_failure(self) -> None:
        if self._writer is not None and self._writer.done():
            self._writer.result()  # a failed write ends the job
