"""Locks on folders of artefacts: which folders are being written, and who may give or take away a folder's name.

A process holds the lock of a folder as long as it writes it. Locks decide what is abandoned, never clocks.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bowcore.errors import OutputError
from bowcore.store.locks import is_held

_PARTIAL = ".partial-"  # no key begins with a full stop
_LOCK = ".lock"
_LONGEST_CHANGE = 60.0  # seconds; a rename and a row take milliseconds


@contextmanager
def new_folder(parent: Path) -> Iterator[Path]:
    """An empty folder that `sweep` leaves alone until the end of the block, when it is deleted if it is still there."""
    partial = new_name(parent)
    lock = FileLock(_lock_of(partial), thread_local=False)
    try:
        with changing(parent):
            lock.acquire()
            partial.mkdir(mode=0o700)
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with contextlib.suppress(OSError):
            _lock_of(partial).unlink(missing_ok=True)
        lock.release()


def new_name(parent: Path) -> Path:
    """A new name for a folder that is not complete, or to be deleted."""
    return parent / f"{_PARTIAL}{uuid.uuid4().hex}"


@contextmanager
def changing(parent: Path) -> Iterator[None]:
    """Be the only process that gives folders their names, or takes them away.

    Raises:
        OutputError: Another process has not finished for a minute, or the folder cannot be written.
    """
    try:
        lock = FileLock(parent / _LOCK, thread_local=False).acquire(timeout=_LONGEST_CHANGE)
    except Timeout as error:
        raise OutputError(f"Another process has held {parent / _LOCK} for a minute. End it, then try again.") from error
    except OSError as error:
        raise OutputError(
            f"{parent} cannot be written ({error.strerror}). Free some space, or make it yours."
        ) from error
    with lock:
        yield


def sweep(parent: Path) -> int:
    """Delete what dead writers left behind, and return the number of folders."""
    with changing(parent):
        dead = [folder for folder in parent.glob(f"{_PARTIAL}*") if folder.suffix != _LOCK and not _is_held(folder)]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
        _lock_of(folder).unlink(missing_ok=True)
    return len(dead)


def _lock_of(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}{_LOCK}")


def _is_held(partial: Path) -> bool:
    """Whether a living process writes this folder."""
    lock = _lock_of(partial)
    return lock.exists() and is_held(FileLock(lock, thread_local=False))
