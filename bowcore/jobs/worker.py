"""A worker: one process that does its lane's jobs, one after the other, for as long as its server lives."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Callable

import psutil

from bowcore.jobs import jobs
from bowcore.jobs.run import Handlers, run_claimed
from bowcore.jobs.supervisor import GRACE, ONE_THREAD
from bowcore.store import locks
from bowcore.store.locks import Lane

POLL = 0.1  # seconds between two looks at an empty queue: 0.3 ms each


def nothing() -> None:
    """The preparation of a worker that needs none."""


def work(lane: Lane, handler_for: Handlers, *, prepare: Callable[[], None] = nothing, until_idle: bool = False) -> None:
    """Do the jobs of a lane, first come, first served, until the process that started this one has gone.

    That shows as the end of standard input, if standard input is a pipe; a worker started by hand in a terminal works
    until it is interrupted. What other processes left as 'running' is marked interrupted as soon as the slot is free.

    Args:
        lane: 'quick' runs on one thread, 'long' on all cores, 'download' is mostly idle.
        handler_for: Gives the function that does a kind of job.
        prepare: Called before the first job, but not with `until_idle`.
        until_idle: Return when no job of this lane waits.

    Raises:
        RunError: Another worker serves this lane.
    """
    leaving, ended = threading.Event(), threading.Event()
    with locks.worker_lock(lane):
        if lane == "quick" and "numpy" not in sys.modules:
            os.environ.update(ONE_THREAD)
        if not until_idle:
            _step_back(lane)
            _leave_on_signals(leaving)
            _start(_leave_with_parent, leaving)
            _start(_leave_at_last, leaving, ended)
            prepare()
        while not leaving.is_set():
            worked = jobs.has_open(lane) and _work_once(lane, handler_for, leaving)
            if not worked and until_idle and not jobs.has_open(lane):
                break
            if not worked:
                leaving.wait(POLL)
    ended.set()


def _work_once(lane: Lane, handler_for: Handlers, leaving: threading.Event) -> bool:
    # A free slot means that nothing of this lane runs: claiming first marks what a dead process left behind.
    with locks.slot_lock(lane, timeout=0) as held:
        job = jobs.claim(lane) if held else None
        if job is not None:
            run_claimed(job, handler_for, leaving)
    return job is not None


def _step_back(lane: Lane) -> None:
    """Leave the processor to pages, which answer at once, and then to the quick lane: a training can wait a moment."""
    if sys.platform != "win32":
        psutil.Process().nice(5 if lane == "quick" else 10)
    elif lane != "quick":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


def _leave_on_signals(leaving: threading.Event) -> None:
    if threading.current_thread() is threading.main_thread():  # Python allows signal handlers nowhere else
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: leaving.set())


def _leave_with_parent(leaving: threading.Event) -> None:
    try:
        source = 0
        if not stat.S_ISFIFO(os.fstat(source).st_mode):
            return
        while os.read(source, 1024):  # not sys.stdin: a thread blocked in it makes the interpreter abort at its end
            pass
    except OSError:
        return  # closed from the start: nobody to leave with
    leaving.set()


def _leave_at_last(leaving: threading.Event, ended: threading.Event) -> None:
    leaving.wait()
    if not ended.wait(GRACE):
        os._exit(1)  # the handler doesn't look for a stop; the next worker marks its job interrupted


def _start(target: Callable[..., None], *arguments: threading.Event) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()
