"""Folders of unfinished work that are kept: paused trainings, and the lemmas of texts that a job had begun.

Each holds a note of the corpus that it works on, and a lock while a process works in it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bowcore.errors import OutputError
from bowcore.store.home import home_folder

KINDS = ("training", "lemmas", "downloads")
_NOTE, _LOCK = "of.txt", ".in-use.lock"


@contextmanager
def working_in(folder: Path, of: str) -> Iterator[None]:
    """Keep the folder, created if missing, from being deleted until the end of the block; `of` names the corpus.

    Raises:
        OutputError: It cannot be written.
    """
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        for each in (folder.parent, folder):  # `mkdir` gives the rights to the last of the folders that it makes
            each.mkdir(mode=0o700, exist_ok=True)
        (folder / _NOTE).write_text(of, encoding="utf-8")
        with contextlib.suppress(Timeout):  # a process that was stopped and may return
            lock.acquire(timeout=0)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}). Free some space there.") from error
    try:
        yield
    finally:
        lock.release()


def work_folders() -> tuple[Path, ...]:
    """Every folder of unfinished work."""
    return tuple(folder for kind in KINDS for folder in sorted((home_folder() / kind).glob("*/")))


def of(folder: Path) -> str:
    """Name of the corpus that is worked on; '' if it is not known."""
    try:
        return (folder / _NOTE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def delete_unused(folder: Path) -> bool:
    """Delete such a folder unless a process works in it, and return whether it was deleted."""
    try:
        with FileLock(folder / _LOCK, thread_local=False).acquire(timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    except (Timeout, OSError):
        return False
    return True


def delete_abandoned(after: float) -> int:
    """Delete folders without a new file for `after` seconds in which nobody works, and return their number."""
    n_deleted = 0
    for folder in work_folders():
        with contextlib.suppress(FileNotFoundError):  # its owner has just moved or deleted it
            if time.time() - folder.stat().st_mtime > after:
                n_deleted += delete_unused(folder)
    return n_deleted


def forget_work_of(name: str) -> int:
    """Delete unfinished work on corpora whose names begin so, and return the number of folders."""
    return sum(delete_unused(folder) for folder in work_folders() if of(folder).startswith(name))
