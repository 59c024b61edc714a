"""A worker: one process that runs its lane's jobs, one after the other, as long as its server lives."""

from __future__ import annotations

import logging
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

import psutil

from bowcore.errors import BowlabError
from bowcore.jobs import jobs
from bowcore.jobs.pauses import Pauses
from bowcore.jobs.run import Handlers, run_claimed
from bowcore.jobs.supervisor import GRACE, ONE_THREAD, wait_for_end_of_parent
from bowcore.memory import WORKERS_SHARE, lower_cache_budget, return_freed_memory
from bowcore.store import locks, logs
from bowcore.store.locks import Lane

_log = logging.getLogger(__name__)

POLL = 0.1  # seconds between two checks of an empty queue: 0.3 ms each
REST, MUCH = 30.0, 250_000_000
"""Seconds without a job after which a worker that holds more bytes of memory leaves: its server starts a fresh one."""


def work(
    lane: Lane, handler_for: Handlers, *, prepare: Callable[[], None] = lambda: None, until_idle: bool = False
) -> None:
    """Run the jobs of a lane, one after the other in the order of turns, until the parent process has exited.

    The exit shows as end of file on standard input, if that is a pipe; a worker started by hand in a terminal runs
    until it is interrupted. One with a parent leaves too when it rests and holds much memory: what the libraries have
    taken from the system for a job is not given back otherwise. Jobs that other processes left as 'running' are marked
    interrupted once the slot is free.

    Args:
        lane: 'quick' runs on one thread, 'long' on all cores, 'download' is mostly idle.
        handler_for: Returns the handler of a kind of job.
        prepare: Called before the first job, but not with `until_idle`.
        until_idle: Return when no job of this lane waits or runs.

    Raises:
        RunError: Another worker serves this lane.
    """
    leaving, ended = threading.Event(), threading.Event()
    with locks.worker_lock(lane), nullcontext() if until_idle else logs.written_to(f"worker-{lane}"):
        if lane == "quick" and "numpy" not in sys.modules:
            os.environ.update(ONE_THREAD)
        if not until_idle:
            _lower_priority(lane)
            return_freed_memory()
            lower_cache_budget(WORKERS_SHARE)
            _leave_on_signals(leaving)
            _start(_leave_with_parent, leaving)
            _start(_exit_after_grace, leaving, ended)
            _prepare(prepare)
        pauses, rests_since = Pauses(POLL), time.monotonic()
        while not leaving.is_set():
            try:
                worked = jobs.has_any(lane, "queued", "running") and _work_once(lane, handler_for, leaving)
                if not worked and until_idle and not jobs.has_any(lane, "queued", "running"):
                    break
                pauses.reset()
            except (BowlabError, OSError) as error:  # a full disk, a locked database: over in a moment, or in an hour
                if until_idle:
                    raise
                pause = pauses.next()
                _log.warning("%s Tried again in %.1f s.", error, pause)
                leaving.wait(pause)
                continue
            if worked:
                rests_since = time.monotonic()
            elif not until_idle and time.monotonic() - rests_since > REST and _may_leave(lane):
                break
            else:
                leaving.wait(POLL)
    ended.set()


def _may_leave(lane: Lane) -> bool:
    """Whether a server starts this worker again, which then holds less memory; the quick lane's is to be ready."""
    return lane != "quick" and _has_parent() and psutil.Process().memory_info().rss > MUCH


def _prepare(prepare: Callable[[], None]) -> None:
    try:
        prepare()
    except (BowlabError, OSError) as error:  # what it sweeps away can wait
        _log.warning("%s", error)


def _work_once(lane: Lane, handler_for: Handlers, leaving: threading.Event) -> bool:
    # a free slot means that nothing of this lane runs: claiming first marks what a dead process left behind
    with locks.slot_lock(lane, timeout=0) as held:
        job = jobs.claim(lane) if held else None
        if job is not None:
            run_claimed(job, handler_for, leaving)
    if not held:
        jobs.release_suspended(lane)
    return job is not None


def _lower_priority(lane: Lane) -> None:
    """Give pages priority over jobs, and the quick lane over the others."""
    if sys.platform != "win32":
        psutil.Process().nice(15 if lane == "quick" else 19)
    elif lane != "quick":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


def _leave_on_signals(leaving: threading.Event) -> None:
    """Set `leaving` at SIGTERM and SIGINT, in a thread: the main one may be blocked in a call that misses them."""
    if threading.current_thread() is not threading.main_thread():  # Python allows signal handlers nowhere else
        return
    received, sent = os.pipe()
    os.set_blocking(sent, False)
    signal.set_wakeup_fd(sent)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)  # so that only a byte is written to the pipe

    def wait_for_byte() -> None:
        os.read(received, 1)
        leaving.set()

    _start(wait_for_byte)


def _leave_with_parent(leaving: threading.Event) -> None:
    if not _has_parent():
        return
    try:
        wait_for_end_of_parent()
    except OSError:
        return  # closed from the start
    leaving.set()


def _has_parent() -> bool:
    """Whether standard input is a pipe, as a server starts its workers; it may have been closed from the start."""
    try:
        return stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return False


def _exit_after_grace(leaving: threading.Event, ended: threading.Event) -> None:
    leaving.wait()
    if not ended.wait(GRACE):
        os._exit(1)  # the handler doesn't check for a stop; the next worker marks its job interrupted


def _start(target: Callable[..., None], *arguments: threading.Event) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()
