"""Artefacts: folders of files that are expensive to compute, stored by key, each either complete or absent.

A folder is written under a temporary name next to its final path, renamed when complete, and then entered in the
database; it counts as an artefact only when both exist.
"""

from __future__ import annotations

import contextlib
import errno
import json
import re
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from bowcore.errors import OutputError
from bowcore.store import database, tables
from bowcore.store.home import artefacts_folder, delete_abandoned

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")  # a file name on every system
_PARTIAL = ".partial-"  # no key begins with a full stop
_TOUCH_EVERY = 60.0  # seconds: pages find the same artefact at every rerun, and each update of `used` is a write
_ABANDONED_AFTER = 7 * 86_400.0  # seconds since its newest file was created; the longest writer takes hours
_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)

_table = tables.artefacts


@dataclass(frozen=True, slots=True)
class Artefact:
    """A stored folder. `created` and `used` are seconds since 1970, UTC; `used` is accurate to a minute."""

    key: str
    path: Path
    n_bytes: int
    created: float
    used: float


def store(key: str, write: Callable[[Path], object]) -> Path:
    """Path of the folder stored under this key, filled by `write`; an existing folder is left unchanged.

    Args:
        key: Letters, digits, '.', '_' and '-', at most 200; equal keys mean equal contents.
        write: Called with a new empty folder. If it raises, nothing is stored.

    Raises:
        OutputError: The disk is full, or the folder cannot be written.
    """
    place = _place(key)
    partial = place.parent / f"{_PARTIAL}{uuid.uuid4().hex}"
    try:
        partial.mkdir()
        write(partial)
        _move(partial, place)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        free = shutil.disk_usage(place.parent).free
        raise OutputError(
            f"{place.parent} cannot be written ({error.strerror}; {free:,} bytes free). "
            "Free some space, or set BOWLAB_ARTEFACTS to another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    now = time.time()
    n_bytes = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    with database.writing() as connection:
        database.insert_once(connection, _table, key=key, folder=place.name, bytes=n_bytes, created=now, used=now)
    return place


def find(key: str) -> Path | None:
    """Path of the folder stored under this key, if any; records that it was used."""
    place, now = _place(key), time.time()
    with database.reading() as connection:
        used = connection.scalar(sa.select(_table.c.used).where(_table.c.key == key))
    if used is None or not place.is_dir():
        return None
    if now - used > _TOUCH_EVERY:
        # whoever only reads waits for no lock and needs no disk
        with contextlib.suppress(OutputError), database.writing(database.SHORT_WAIT) as connection:
            connection.execute(sa.update(_table).where(_table.c.key == key).values(used=now))
    return place


def read_json(key: str, name: str) -> dict[str, Any] | None:
    """Contents of a JSON file in the folder stored under this key; None if there is no such folder."""
    folder = find(key)
    if folder is None:
        return None
    return cast(dict[str, Any], json.loads((folder / name).read_text(encoding="utf-8")))


def kept() -> tuple[Artefact, ...]:
    """Every artefact, least recently used first."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(_table).order_by(_table.c.used)).all()
    found = (Artefact(row.key, _place(row.key), row.bytes, row.created, row.used) for row in rows)
    return tuple(artefact for artefact in found if artefact.path.is_dir())


def remove(key: str) -> None:
    """Remove an artefact and its files; a missing key is ignored."""
    place = _place(key)
    with database.writing() as connection:
        connection.execute(sa.delete(_table).where(_table.c.key == key))
    partial = place.parent / f"{_PARTIAL}{uuid.uuid4().hex}"
    if place.is_dir():
        place.rename(partial)  # first, so that no half-deleted folder has its name
        shutil.rmtree(partial, ignore_errors=True)


def sweep() -> int:
    """Delete what dead writers left behind, and return the number of folders."""
    return delete_abandoned(artefacts_folder().glob(f"{_PARTIAL}*"), _ABANDONED_AFTER)


def _place(key: str) -> Path:
    if not _SAFE.fullmatch(key):
        raise ValueError(f"{key[:80]!r} is not a safe file name; use letters, digits, '.', '_' and '-', at most 200.")
    return artefacts_folder() / key


def _move(partial: Path, place: Path) -> None:
    try:
        partial.rename(place)
    except OSError:
        if not place.is_dir():
            raise
        # Another process was faster. Folders are renamed when complete, and equal keys mean equal contents.
