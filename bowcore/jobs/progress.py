"""How long a job goes on, estimated from the work done so far: told as an event, from which a page counts down."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext

EVENT = "TimeLeft"
TELL_EVERY = 0.5  # seconds between two estimates
RECENT = 5  # finished epochs whose pace is taken


def tell_left(context: JobContext, seconds: float, message: str | None = None, progress: float | None = None) -> None:
    """Report that a job needs so many seconds more, with what it does and its progress where they are known."""
    context.emit({"event": EVENT, "seconds": seconds, "ends": time.time() + seconds}, progress, message)


class TimeLeft:
    """Tells a job's progress as the share of its time that has passed, with the seconds that are left.

    Of many estimates it passes on two a second, and progress never goes back.
    """

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._began = time.perf_counter()
        self._told = float("-inf")
        self._progress = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the job began."""
        return time.perf_counter() - self._began

    def tell(self, seconds: float, message: str | None = None) -> None:
        """The job needs so many seconds more; with a message it is told at once."""
        if message is None and self.elapsed - self._told < TELL_EVERY:
            return
        self._told, left = self.elapsed, max(seconds, 0.0)
        self._progress = max(self._progress, self.elapsed / max(self.elapsed + left, 1e-9))
        tell_left(self._context, left, message, self._progress)


def seconds_left(job_id: str) -> float | None:
    """Seconds from now to the end that the job told last, below 0 once it is past; None when it told none."""
    told: list[dict[str, Any]] = [event.body for event in jobs.events(job_id) if event.body.get("event") == EVENT]
    return float(told[-1]["ends"]) - time.time() if told else None


def training_left(
    n_left: int, finished: Sequence[float], usual: float, share: float = 0.0, seconds: float = 0.0
) -> float:
    """Seconds until the last epoch of a training is learned and evaluated.

    Args:
        n_left: Epochs that are not finished, the one under way among them.
        finished: Seconds that each finished epoch took, with its evaluation. The newest tell the pace, and the first
            one, in which code is loaded, only where there is no other.
        usual: Seconds an epoch before anything was measured.
        share: Of the epoch under way, 0 to 1.
        seconds: What that share took. Where no epoch is finished, this one will have taken that and the usual time
            for its rest: the more batches are done, the more they count.
    """
    newest = finished[1:][-RECENT:] or finished
    if not newest:
        return max(1 - share, 0.0) * usual + max(n_left - 1, 0) * (seconds + (1 - share) * usual)
    return max(n_left - share, 0.0) * sum(newest) / len(newest)
