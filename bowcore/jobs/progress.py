"""Progress and time left of a job, estimated in one way for all jobs from the work done so far."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bowcore.numbers import NO_BREAK_SPACE, seconds

if TYPE_CHECKING:
    from bowcore.jobs.job_context import JobContext

MAX_MARKS = 128
"""Largest number of stored points in time; beyond it, every second one is dropped."""

ENOUGH_MARKS = 20
"""Measured parts of a unit, such as batches, after which its usual time counts no longer."""


class Progress:
    """The progress of a job as the share of its time that has passed; it never decreases.

    The pace of the more recent half of the work predicts the rest, so that a slow start, such as loading code, is soon
    forgotten. Until one unit is done, or `ENOUGH_MARKS` parts of it are measured, the usual time counts as well. While
    the pace is unknown, progress is the share of the work.

    Args:
        context: Receives progress, seconds left and messages.
        total: All units of work, in any unit: epochs, folds, products, characters, seconds.
        usual: Usual seconds per unit. Without it nothing is estimated before the second call of `done`, and
            the first one starts the clock.
        after: Seconds that follow the last unit.
    """

    def __init__(self, context: JobContext, total: float, *, usual: float | None = None, after: float = 0.0) -> None:
        self._context = context
        self._total, self._usual, self._after = total, usual, after
        self._n: list[float] = [] if usual is None else [0.0]
        self._at: list[float] = [] if usual is None else [time.perf_counter()]
        self._shown = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was started."""
        return time.perf_counter() - self._at[0] if self._at else 0.0

    def begin(self, n: float) -> None:
        """Count from `n` units done before, such as the epochs of a resumed training."""
        self._n[:1] = [n]

    def discount(self, seconds: float) -> None:
        """Leave out seconds that have passed since the last report, such as those of a pause."""
        if seconds:
            self._at = [at + seconds for at in self._at]

    def done(
        self,
        n: float,
        message: str | None = None,
        *,
        total: float | None = None,
        newest: Mapping[str, Any] | None = None,
    ) -> None:
        """Report that `n` units are done, with what the job does now; `total` corrects how many there are.

        The same `n` may be reported repeatedly while a unit goes on.
        """
        self._total = self._total if total is None else total
        self._mark(n)
        left, pace = self.left(), self._pace()
        if left is None or pace is None:
            share = self._n[-1] / self._total
        else:
            spent = self.elapsed + self._n[0] * pace
            share = spent / (spent + left) if left else 1.0
        self._shown = max(self._shown, min(share, 1.0))
        self._context.emit(None, self._shown, message, newest, left)

    def left(self) -> float | None:
        """Seconds until all is done; None if unknown."""
        pace = self._pace()
        if pace is None:
            return None
        rest = max(self._total - self._n[-1], 0.0)
        waited = time.perf_counter() - self._at[-1]  # in the current unit, whose rest is at least 0
        return max(rest * pace - waited, max(rest - 1, 0.0) * pace) + self._after

    def _mark(self, n: float) -> None:
        if self._n and n <= self._n[-1]:
            return
        self._n.append(n)
        self._at.append(time.perf_counter())
        if len(self._n) > MAX_MARKS:
            del self._n[1:-1:2], self._at[1:-1:2]

    def _pace(self) -> float | None:
        """Seconds per unit."""
        if not self._n or (self._usual is None and len(self._n) == 1):
            return None
        n_done = self._n[-1] - self._n[0]
        half = bisect_right(self._n, self._n[0] + n_done / 2) - 1
        span = self._n[-1] - self._n[half]
        measured = (self._at[-1] - self._at[half]) / span if span else 0.0
        known = max(n_done, (len(self._n) - 1) / ENOUGH_MARKS)
        if self._usual is None or known >= 1:
            return measured
        return known * measured + (1 - known) * self._usual


def time_left(left: float | None) -> str:
    """Text such as ` · about 12 s left` to append to a message; empty if unknown."""
    if left is None:
        return ""
    if left < -1:
        return " · longer than expected"
    shown = seconds(round(left)) if left >= 10 else f"{max(round(left), 1)}{NO_BREAK_SPACE}s"
    return f" · about {shown} left"
