"""Artefacts: folders of files that are expensive to compute, stored by key, each either complete or absent.

A folder is written under a temporary name next to its final path, synced to the disk with a manifest of its files,
renamed, and then entered in the database; it counts as an artefact only when both exist. A folder whose files are not
those of its manifest is removed when it is opened, so that it is made again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from bowcore.errors import BowlabError, DatabaseError, OutputError
from bowcore.store import database, folder_locks, manifest, tables
from bowcore.store.disk import bytes_on_disk
from bowcore.store.folder_locks import changing, new_folder, new_name
from bowcore.store.home import artefacts_folder, sync_folder
from bowcore.store.manifest import Manifest

CHECKED_WHOLE = 64_000_000
"""Bytes up to which the digests are compared when a process first opens an artefact: 32 ms. Larger ones are mapped into
memory and checked by their readers; `python -m bowcore doctor` compares the digests of all."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")  # a file name on every system
_KIND = re.compile(r"([a-z]+(?:-[a-z]+)*)-[0-9a-f]{12,}")
_TOUCH_EVERY = 60.0  # seconds: pages find the same artefact at every rerun, and each update of `used` is a write
_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENODEV)
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, TypeError, IndexError, zipfile.BadZipFile)
"""What readers raise for files that are truncated, damaged, or deleted while they are read."""

_REMEDY = "Free some space, or set BOWLAB_ARTEFACTS to another folder."

_table = tables.artefacts
_log = logging.getLogger(__name__)
_compared: set[tuple[Path, tuple[int, int]]] = set()
"""Folders whose digests this process has compared, with the version of their manifest."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Artefact:
    """A stored folder and its bytes on disk.

    `created` and `used` are seconds since 1970, UTC; `used` is accurate to a minute.

    `of` names the corpus that it was computed from; '' if that is not known.
    """

    key: str
    path: Path
    n_bytes: int
    created: float
    used: float
    of: str = ""

    @property
    def kind(self) -> str:
        """What it is, which its key begins with: 'network', 'reading', 'tutorial-way'."""
        return kind_of(self.key)


def kind_of(key: str) -> str:
    """What is stored under a key."""
    found = _KIND.match(key)
    return found[1] if found else key


def store(key: str, write: Callable[[Path], object], of: str = "") -> Path:
    """Path of the folder stored under this key, filled by `write`; an existing artefact is left unchanged.

    Args:
        key: Letters, digits, '.', '_' and '-', at most 200; equal keys mean equal contents.
        write: Called with a new empty folder. If it raises, nothing is stored.
        of: Name of the corpus that the contents are computed from.

    Raises:
        OutputError: The disk or the quota is full, or the folder cannot be written.
    """
    from bowcore.store.make_room import make_room  # here, as it lists and removes artefacts

    place, aside = _place(key), None
    try:
        with new_folder(place.parent) as partial:
            write(partial)
            written = manifest.complete(partial, of)
            make_room(written.n_bytes, kind_of(key))
            with changing(place.parent):
                if not _is_stored(key, place):
                    aside = _move(partial, place)
                    _compared.update([(place, found)] if (found := manifest.version(place)) else [])
                    _enter(key, place, written)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        raise OutputError(
            f"{place.parent} cannot be written ({error.strerror}{_free(place.parent)}). {_REMEDY}"
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
    return place


def reading(key: str, read: Callable[[Path], Made]) -> Made | None:
    """What `read` makes of the folder stored under this key; None if there is none.

    A folder that is damaged, or deleted while it is read, is removed, so that it is made again.
    """
    place = _place(key)
    if not _is_entered(key) or not place.is_dir():
        return None
    opened: tuple[int, int] | None = None
    try:
        opened = manifest.version(place)
        _check(key, place, opened)
        return read(place)
    except (*_UNREADABLE, BowlabError) as error:
        if _has_another_cause(error, place):
            raise
        _log.warning("The artefact %s is damaged and will be made again: %s", key, error)
        with contextlib.suppress(OSError, BowlabError):  # on a disk that cannot be written it stays
            _remove(key, only=opened)
        return None


def find(key: str) -> Path | None:
    """Path of the folder stored under this key, if any; records that it was used. Read its files with `reading`."""
    return reading(key, lambda folder: folder)


def read_json(key: str, name: str) -> dict[str, Any] | None:
    """Contents of a JSON file in the folder stored under this key; None if there is no such folder."""
    return reading(key, lambda folder: cast(dict[str, Any], json.loads((folder / name).read_text(encoding="utf-8"))))


def kept() -> tuple[Artefact, ...]:
    """Every artefact, least recently used first; without a database, last used when it was written."""
    rows: dict[str, Any] = {}
    with contextlib.suppress(DatabaseError), database.reading(once=True) as connection:
        rows = {row.key: row for row in connection.execute(sa.select(_table))}
    found = []
    for path in artefacts_folder().glob("[!.]*/"):
        with contextlib.suppress(OSError):  # deleted just now
            changed = path.stat().st_mtime  # counts for a folder without a row, which the next of its key replaces
            created, used = (rows[path.name].created, rows[path.name].used) if path.name in rows else (changed, changed)
            found.append(Artefact(path.name, path, bytes_on_disk(path), created, used, _of(path)))
    return tuple(sorted(found, key=lambda artefact: (artefact.used, artefact.key)))


def damage(artefact: Artefact) -> str:
    """What differs between the files of an artefact and its manifest, all contents compared; '' if nothing does."""
    try:
        found = manifest.read(artefact.path)
        if found is not None:
            manifest.check_digests(artefact.path, found)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def compare_again() -> None:
    """Let the next opening of each artefact compare all digests once more."""
    _compared.clear()


def remove(key: str) -> None:
    """Remove an artefact and its files; a missing key is ignored."""
    _remove(key)


def sweep() -> int:
    """Delete what dead writers left behind, and return the number of folders. A living writer holds a lock."""
    return folder_locks.sweep(artefacts_folder())


def _place(key: str) -> Path:
    if not _SAFE.fullmatch(key):
        raise ValueError(f"{key[:80]!r} is not a safe file name; use letters, digits, '.', '_' and '-', at most 200.")
    return artefacts_folder() / key


def _is_entered(key: str) -> bool:
    """Whether the database has the key; records that it was used, where that can be written."""
    now = time.time()
    with database.reading(once=True) as connection:
        used = connection.scalar(sa.select(_table.c.used).where(_table.c.key == key))
    if used is not None and abs(now - used) > _TOUCH_EVERY:
        with contextlib.suppress(OutputError), database.writing(database.SHORT_WAIT) as connection:
            connection.execute(sa.update(_table).where(_table.c.key == key).values(used=now))
    return used is not None


def _enter(key: str, place: Path, written: Manifest) -> None:
    now = time.time()
    with database.writing() as connection:
        connection.execute(sa.delete(_table).where(_table.c.key == key))
        row = {"key": key, "folder": place.name, "bytes": written.n_bytes, "created": now, "used": now}
        database.insert_once(connection, _table, **row)


def _of(place: Path) -> str:
    try:
        found = manifest.read(place)
    except (OSError, ValueError):
        return ""
    return "" if found is None else found.of


def _check(key: str, place: Path, opened: tuple[int, int] | None) -> None:
    """Compare sizes, and digests the first time; folders of an earlier version of this program have neither."""
    found = manifest.read(place)
    if found is None or opened is None:
        return
    if (place, opened) in _compared or found.n_bytes > CHECKED_WHOLE:
        manifest.check_sizes(place, found)
        return
    manifest.check_digests(place, found)
    _compared.add((place, opened))


def _has_another_cause(error: Exception, place: Path) -> bool:
    """Whether the files are not what failed: a limit of the system, another folder, or what a reader refuses."""
    if isinstance(error, BowlabError):
        return _is_whole(place) or not (place / manifest.NAME).exists()
    return isinstance(error, OSError) and error.errno is not None and _is_whole(place)


def _is_whole(place: Path) -> bool:
    try:
        found = manifest.read(place)
        if found is not None:
            manifest.check_digests(place, found)
    except (OSError, ValueError):
        return False
    return found is not None


def _is_stored(key: str, place: Path) -> bool:
    """Whether another process was faster: its folder is whole and entered."""
    with database.reading(once=True) as connection:
        entered = connection.scalar(sa.select(_table.c.key).where(_table.c.key == key)) is not None
    return entered and _is_whole(place)


def _move(partial: Path, place: Path) -> Path | None:
    """Give the folder its final name; one that has it is no artefact, or damaged: its new name is returned."""
    aside = new_name(place.parent) if place.is_dir() else None
    if aside is not None:
        place.rename(aside)
    partial.rename(place)
    sync_folder(place.parent)
    return aside


def _remove(key: str, only: tuple[int, int] | None = None) -> None:
    """Remove an artefact; with `only`, not if it has another manifest by now."""
    place = _place(key)
    aside = new_name(place.parent)
    with changing(place.parent):
        if only is not None and place.is_dir() and manifest.version(place) not in (only, None):
            return
        with database.writing() as connection:
            connection.execute(sa.delete(_table).where(_table.c.key == key))
        if place.is_dir():
            place.rename(aside)  # first, so that no half-deleted folder has its name
    shutil.rmtree(aside, ignore_errors=True)
    _compared.difference_update([known for known in _compared if known[0] == place])


def _free(folder: Path) -> str:
    try:
        return f"; {shutil.disk_usage(folder).free:,} bytes free"
    except OSError:
        return ""
