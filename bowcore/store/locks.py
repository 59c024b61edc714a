"""File locks of the operating system: they show which processes are alive, as a dead process holds none.

A lane's *worker lock* is held by its worker for life, one for each version of the program. A lane's *slot lock* is held
by the process that runs a job, as long as the job runs: a job in state 'running' has a living process in this home
exactly when its slot is locked. A *runner lock* is held for life by a process that runs its own job, such as a training
on the command line.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from bowcore.errors import OutputError, RunError
from bowcore.store.home import drawn_once, locks_folder
from bowcore.store.version import version

Lane = Literal["quick", "long", "download"]
LANES: tuple[Lane, ...] = ("quick", "long", "download")
"""'download' is a separate lane because its jobs wait for the network, and nothing should wait for them."""

_held: dict[Path, int] = {}
"""Inode of each slot's file when this process took the slot: after `break_slot` another file has its name."""

_PROBE_ALLOWANCE = 1.0  # seconds; a probe holds a lock for less than a thousandth of that


@contextmanager
def worker_lock(lane: str) -> Iterator[None]:
    """Hold the lane's worker lock.

    Raises:
        RunError: Another worker serves this lane.
    """
    try:
        held = _lock(f"worker-{lane}-{version()}").acquire(timeout=_PROBE_ALLOWANCE)
    except Timeout as error:
        raise RunError(f"Another worker already serves the {lane} lane; stop that one first.") from error
    with held:
        yield


def worker_alive(lane: str, of_version: str = "") -> bool:
    """Whether a worker of this version of the program, or of another, serves this lane."""
    return is_held(_lock(f"worker-{lane}-{of_version or version()}"))


@contextmanager
def slot_lock(lane: str, timeout: float = -1) -> Iterator[bool]:
    """Hold the lane's slot, if it becomes free within `timeout` seconds (below 0: wait indefinitely).

    Yields:
        Whether the slot was acquired.
    """
    lock = _lock(f"slot-{lane}")
    try:
        held = lock.acquire(timeout=timeout, poll_interval=0.02)
    except Timeout:
        yield False
        return
    with held:
        _sign_slot(lane, Path(lock.lock_file))
        yield True


def _sign_slot(lane: str, file: Path) -> None:
    """Note who holds the slot: `slot_holder` reads it, `slot_kept` compares."""
    with contextlib.suppress(OSError):  # on a full disk nobody can be found suspended
        _held[file] = file.stat().st_ino
        _holder_file(lane).write_text(process_name(), encoding="ascii")


def slot_holder(lane: str) -> str:
    """The name of the process that took the slot last; empty if unknown."""
    try:
        return _holder_file(lane).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def slot_kept(lane: str) -> bool:
    """Whether nobody has taken the slot away since this process took it; it may have been suspended meanwhile."""
    file = Path(_lock(f"slot-{lane}").lock_file)
    try:
        return file not in _held or _held[file] == file.stat().st_ino
    except OSError:
        return False


def break_slot(lane: str) -> None:
    """Take the slot from a process that is suspended: it keeps a lock on a file that nobody finds any longer."""
    Path(_lock(f"slot-{lane}").lock_file).unlink(missing_ok=True)


def process_name() -> str:
    """The name of this process among all that share the database."""
    return f"{place()}.{os.getpid()}"


def _holder_file(lane: str) -> Path:
    return locks_folder() / f"slot-{lane}.holder"


def place() -> str:
    """The name of this home among those that share its database."""
    return _place(locks_folder())


@cache
def _place(folder: Path) -> str:
    try:
        return drawn_once(folder / "place")[:16]
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}. Free some space, then try again.") from error


@contextmanager
def runner_lock(runner: str) -> Iterator[None]:
    """Hold a lock that shows other processes that the runner of this name is alive."""
    lock = _lock(f"runner-{runner}")
    with lock:
        yield
    Path(lock.lock_file).unlink(missing_ok=True)  # no other runner will have this name


def runner_alive(runner: str) -> bool:
    """Whether the runner of this name is alive."""
    lock = _lock(f"runner-{runner}")
    return Path(lock.lock_file).exists() and is_held(lock)


def _lock(name: str) -> FileLock:
    return FileLock(locks_folder() / f"{name}.lock", thread_local=False)


def is_held(lock: FileLock) -> bool:
    """Whether a living process holds this lock."""
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
