"""The gate before each batch of a training: it waits while people pause it, and slows it to their pace.

A paused training waits in its process, with its weights in memory, so that a step takes no longer than its batch. It
gives its place up when another job of the lane waits, or after `PATIENCE`: it is saved, ends, and goes on as a new job.
One that has been slowed for as long keeps its pace only while no other job waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bowcore.jobs import jobs
from bowcore.jobs.job_context import ASK_EVERY, JobContext
from bowcore.jobs.progress import Progress
from bowcore.jobs.steering import Steering

PATIENCE = 600.0  # seconds that a paused training keeps its memory, and that others wait for a slowed one


class Gate:
    """Asked by a training before each batch whether to end; returns when the batch may be learned.

    Attributes:
        released: Whether it ended to give up its place.
        rewinds: Whether it ended to begin again.
    """

    def __init__(self, context: JobContext, should_stop: Callable[[], bool], lane: str = "long") -> None:
        self.released = self.rewinds = False
        self._context, self._should_stop, self._lane = context, should_stop, lane
        self._order = Steering()
        self._taken = 0
        self._newest: dict[str, Any] = {}
        self._last = float("-inf")
        self._paused_since: float | None = None
        self._paused_for = 0.0
        self._slowed_for = 0.0

    def closed(self) -> bool:
        """Wait for this batch's turn; True if the training has to end here."""
        while True:
            if self._should_stop():
                return True
            self._read()
            if self.rewinds:
                return True
            if self._may_go():
                self._go_on()
                left = self._seconds_to_wait()
                if left <= 0:
                    break
                began = time.monotonic()
                self._context.wait(min(left, ASK_EVERY / 2))
                self._slowed_for += time.monotonic() - began
            else:
                self._pause()
                if self._has_to_leave():
                    self.released = True
                    return True
                self._context.wait(ASK_EVERY / 2)
        if self._order.what == "batch":
            self._taken += 1
        self._last = time.monotonic()
        return False

    def batch_done(self, newest: dict[str, Any]) -> None:
        """Remember the newest batch, which is reported with a pause."""
        self._newest = newest

    def epoch_done(self) -> None:
        """Count an epoch that was asked for."""
        if self._order.what == "epoch":
            self._taken += 1

    def begin_again(self) -> None:
        """Wait at the first batch of the same training, from its first weights."""
        self.rewinds = False
        self._newest = {}
        self._paused_since = None  # so that the new place is reported

    def discount(self, progress: Progress) -> None:
        """Leave the pauses so far out of the pace."""
        progress.discount(self._paused_for)
        self._paused_for = 0.0

    def _read(self) -> None:
        order = self._context.steering
        if order.number != self._order.number:
            self._taken = 0
            self.rewinds = order.what == "rewind"
        self._order = order

    def _may_go(self) -> bool:
        what = self._order.what
        return what == "play" or (what in ("batch", "epoch") and self._taken < self._order.times)

    def _seconds_to_wait(self) -> float:
        if not self._order.pace or (self._slowed_for > PATIENCE and jobs.has_any(self._lane, "queued")):
            return 0.0
        return self._last + 1 / self._order.pace - time.monotonic()

    def _pause(self) -> None:
        if self._paused_since is None:
            self._paused_since = time.monotonic()
            self._context.emit(newest=self._newest | {"paused": True}, message=f"Paused {self._place()}")

    def _go_on(self) -> None:
        if self._paused_since is not None:
            self._paused_for += time.monotonic() - self._paused_since
            self._paused_since = None
            self._context.emit(newest=self._newest, message="Going on")

    def _place(self) -> str:
        at = self._newest
        if not at:
            return "before the first batch"
        if "validation_loss" in at:
            return f"after epoch {at['epoch']}"
        return f"in epoch {at['epoch']}, after batch {at['batch']:,} of {at['batches']:,}"

    def _has_to_leave(self) -> bool:
        since = self._paused_since
        if since is not None and time.monotonic() - since > PATIENCE:
            return True
        return jobs.has_any(self._lane, "queued")
