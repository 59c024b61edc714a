"""Room for what is stored: artefacts are deleted when the quota or the disk is full, the least recently used first.

What an open job needs, networks in the ledger of test openings, downloads and kept recipes stay.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import sqlalchemy as sa

from bowcore.errors import BowlabError, OutputError
from bowcore.numbers import size
from bowcore.store import artefacts, database, disk, manifest, tables
from bowcore.store.artefacts import Artefact
from bowcore.store.home import artefacts_folder

SMALL = 1_000_000
"""Bytes that are stored even if there is no room: recipes, sentences, a fit."""
LASTING = ("corpus", "recipe", "costs")
"""Kinds that are never deleted to make room: downloads; what links name; figures of past runs, a few hundred bytes."""
RECIPES_DAYS, MOST_RECIPES = 365, 5000
"""Days without use after which a recipe that an address names is deleted, and the most of them, some kilobytes each."""
CHEAP = ("learned",)
"""Kinds that go before all others, however recently they were used, and for which no others go: a page makes one again
while it is drawn."""
_LOOK_EVERY = 60.0  # seconds between two looks at all files, unless something large is stored

_WEIGHTS = "weights.safetensors"
_looked: dict[Path, float] = {}
_looking = threading.Lock()


def make_room(n_bytes: int, kind: str = "") -> None:
    """Delete artefacts until everything, with the `n_bytes` of this kind just written, fits the quota and the disk.

    Raises:
        OutputError: It does not fit, and it is not small.
    """
    folder = artefacts_folder()
    with _looking:
        if n_bytes <= SMALL and time.monotonic() - _looked.get(folder, -_LOOK_EVERY) < _LOOK_EVERY:
            return
        _looked[folder] = time.monotonic()
    missing = _missing(folder)
    if missing <= 0:
        return
    deletable = tuple(artefact for artefact in _deletable() if kind not in CHEAP or artefact.kind in CHEAP)
    if n_bytes > SMALL and sum(artefact.n_bytes for artefact in deletable) < missing:
        raise OutputError(f"{_why(folder)} {size(n_bytes)} cannot be kept. `python -m bowcore kept` lists what is.")
    for artefact in deletable:
        if missing <= 0:
            break
        artefacts.remove(artefact.key)
        missing -= artefact.n_bytes


def check_reserve(folder: Path, n_bytes: int) -> None:
    """Refuse to write that much to a disk which is full but for its reserve.

    Raises:
        OutputError: It is not small, and would use the reserve; or the folder is gone.
    """
    try:
        free, reserve = shutil.disk_usage(folder).free, disk.reserve(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}. Put the folder back.") from error
    if n_bytes > SMALL and free - n_bytes < reserve:
        raise OutputError(
            f"The disk of {folder} has {size(free)} free, and {size(reserve)} of it are kept for small things: "
            f"{size(n_bytes)} cannot be written. Free some space."
        )


def _missing(folder: Path) -> int:
    return max(disk.used() - disk.quota(), disk.reserve(folder) - shutil.disk_usage(folder).free)


def _why(folder: Path) -> str:
    free, reserve = shutil.disk_usage(folder).free, disk.reserve(folder)
    if free < reserve:
        return f"The disk of {folder} has {size(free)} free, {size(reserve)} are kept for small things. Free some:"
    return (
        f"The {size(disk.quota())} of disk space that this program may use are full with what is still needed. Raise "
        "BOWLAB_DISK_GB:"
    )


def _deletable() -> Iterator[Artefact]:
    """Artefacts that nothing needs: those that are cheap to make again, then all others, least recently used first."""
    opened, (keys, since) = _opened_weights(), _open_jobs()
    for artefact in sorted(artefacts.kept(), key=lambda artefact: artefact.kind not in CHEAP):
        is_needed = artefact.kind not in CHEAP and (artefact.used >= since or any(key in artefact.key for key in keys))
        if artefact.kind not in LASTING and not is_needed and not _is_opened(artefact, opened):
            yield artefact


def _open_jobs() -> tuple[Collection[str], float]:
    """Keys of the jobs that wait or run, and when the first of them was submitted: what was used since, it may need."""
    jobs = tables.jobs.c
    with database.reading(once=True) as connection:
        rows = connection.execute(sa.select(jobs.key, jobs.created).where(jobs.state.in_(("queued", "running")))).all()
    return {row.key for row in rows}, min((row.created for row in rows), default=float("inf"))


def _opened_weights() -> Collection[str]:
    """Digests of the weights that the ledger of openings names."""
    with database.reading(once=True) as connection:
        return set(connection.scalars(sa.select(tables.openings.c.weights_digest)))


def _is_opened(artefact: Artefact, opened: Collection[str]) -> bool:
    if artefact.kind != "network" or not opened:
        return False
    digest = ""
    with contextlib.suppress(OSError, ValueError):
        found = manifest.read(artefact.path)
        if found is None:  # of an earlier version
            with (artefact.path / _WEIGHTS).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            digest = found.files[_WEIGHTS][1]
    return digest[:16] in opened


def forget_artefacts_of(name: str) -> int:
    """Remove what was computed from the corpora whose names begin so, and return the number of artefacts."""
    found = [artefact for artefact in artefacts.kept() if artefact.of.startswith(name)]
    for artefact in found:
        artefacts.remove(artefact.key)
    return len(found)


def forget_networks(keys: Collection[str]) -> int:
    """Remove the networks of the trainings with these keys, and return their number; what the ledger names stays."""
    opened = _opened_weights()
    networks = (artefact for artefact in artefacts.kept() if artefact.kind == "network")
    found = [one for one in networks if one.key.split("-")[1] in keys and not _is_opened(one, opened)]
    for artefact in found:
        artefacts.remove(artefact.key)
    return len(found)


def sweep_own_words(sentences_after: float, recipes_after: float = RECIPES_DAYS * 86_400) -> int:
    """Remove what readers wrote and nobody has used for that many seconds, and return the number of artefacts.

    That is the lemmas of their own sentences, and the recipes that are too long for an address: of these also the ones
    used least recently beyond `MOST_RECIPES`.
    """
    kept, now = artefacts.kept(), time.time()  # least recently used first
    sentences = [item for item in kept if item.kind == "lines" and now - item.used > sentences_after]
    recipes = [item for item in kept if item.kind == "recipe"]
    beyond = recipes[: max(len(recipes) - MOST_RECIPES, 0)]
    old = [*sentences, *beyond, *(item for item in recipes[len(beyond) :] if now - item.used > recipes_after)]
    for artefact in old:
        with contextlib.suppress(BowlabError):
            artefacts.remove(artefact.key)
    return len(old)
