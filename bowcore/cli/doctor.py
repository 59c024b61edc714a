"""What this installation has and lacks: versions, model, folders, database, disk, memory, workers, corpora."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bowcore.cli.printing import say
from bowcore.errors import BowlabError
from bowcore.memory import memory_budget
from bowcore.numbers import counted, size
from bowcore.store import disk, home
from bowcore.store.locks import LANES, worker_alive

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
LEAST_PYTHON = (3, 11)
LEAST_DISK = 2_000_000_000  # bytes: a matrix, a network and its checkpoint, each twice
LEAST_MEMORY = 1_000_000_000  # bytes: AG News with single words

_CONTENTS = "contents of artefacts"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do if it is not `ok`."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def examine(*, repair: bool = False) -> dict[str, Any]:
    """All checks, in order, and whether all are well; with `repair`, what can be mended is mended first."""
    repaired = list(_repair()) if repair else []
    checks = [*repaired, *(check for look in CHECKS for check in look())]
    return {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}


def print_examination(report: dict[str, Any]) -> None:
    """One line for each check, and below it what to do where something is missing."""
    width = max(len(check["name"]) for check in report["checks"])
    for check in report["checks"]:
        say(f"{'ok ' if check['ok'] else 'no '} {check['name']:<{width}}  {check['found']}")
        if check["remedy"]:
            say(f"{'':<{width + 5}}→ {check['remedy']}")
    n_wrong = sum(not check["ok"] for check in report["checks"])
    say("\nNothing is missing." if not n_wrong else f"\n{counted(n_wrong, 'thing')} to mend.")


def _python() -> Iterator[Check]:
    ok = sys.version_info >= LEAST_PYTHON
    least = ".".join(map(str, LEAST_PYTHON))
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Check("Python", ok, found, "" if ok else f"Install Python {least} or later, and make the environment again.")


def _libraries() -> Iterator[Check]:
    """Installed versions that are not the pinned ones."""
    try:
        pinned = dict(_PINNED.findall(REQUIREMENTS.read_text(encoding="utf-8")))
    except OSError as error:
        yield Check("libraries", False, f"{REQUIREMENTS.name} cannot be read: {error.strerror}", "Clone again.")
        return
    wrong = []
    for name, wanted in pinned.items():
        try:
            installed = version(name).partition("+")[0]
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if installed != wanted.partition("+")[0]:
            wrong.append(f"{name} {installed} in place of {wanted}")
    found = ", ".join(wrong) or f"all {len(pinned)} have the pinned versions"
    yield Check("libraries", not wrong, found, "pip install -r requirements.txt" if wrong else "")


def _model() -> Iterator[Check]:
    from bowcore.text.tagger.texts import find_model

    yield _try("tagger's model", lambda: f"{find_model().name}, with its published digests")


def _folders() -> Iterator[Check]:
    yield _try("folder of everything kept", lambda: f"{home.home_folder()}, can be written")
    yield _try("artefacts", lambda: f"{home.artefacts_folder()}, can be written")


def _rights() -> Iterator[Check]:
    """Folders that others on this computer may read."""
    try:
        wide = [folder for folder in _private_folders() if folder.stat().st_mode & 0o077]
    except (BowlabError, OSError):
        return
    found = f"{', '.join(map(str, wide))}: others on this computer may read it" if wide else "nobody else may read them"
    yield Check("rights", os.name == "nt" or not wide, found, "python -m bowcore doctor --repair" if wide else "")


def _private_folders() -> tuple[Path, ...]:
    base = home.home_folder()
    folders = base, home.artefacts_folder(), *(base / name for name in ("own", "training", "lemmas", "downloads"))
    return tuple(folder for folder in folders if folder.is_dir())


def _artefacts() -> Iterator[Check]:
    """The contents of every artefact, compared with the digests that were written with it."""
    from bowcore.store import artefacts  # it imports SQLAlchemy

    def look() -> Check:
        kept = artefacts.kept()
        damaged = {item.key: why for item in kept if (why := artefacts.damage(item))}
        if not damaged:
            return Check(_CONTENTS, True, f"{counted(len(kept), 'artefact')}, all as they were written")
        named = "; ".join(f"{key}: {why}" for key, why in damaged.items())
        remedy = "python -m bowcore doctor --repair deletes them; they are made again when they are needed."
        return Check(_CONTENTS, False, f"{len(damaged):,} of {counted(len(kept), 'artefact')} damaged: {named}", remedy)

    yield from _tried(_CONTENTS, look)


def _repair() -> Iterator[Check]:
    """Delete damaged artefacts and what dead processes left behind, and correct the rights of folders."""
    from bowcore.store import artefacts

    def mend() -> Check:
        damaged = [item for item in artefacts.kept() if artefacts.damage(item)]
        for item in damaged:
            artefacts.remove(item.key)
        n_swept = artefacts.sweep()
        wide = [folder for folder in _private_folders() if folder.stat().st_mode & 0o077]
        for folder in wide:
            folder.chmod(0o700)
        done = [
            f"{counted(len(damaged), 'damaged artefact')} deleted" if damaged else "",
            f"{counted(n_swept, 'folder')} of dead processes deleted" if n_swept else "",
            f"{counted(len(wide), 'folder')} made private" if wide else "",
        ]
        return Check("repair", True, ", ".join(filter(None, done)) or "nothing to repair")

    yield from _tried("repair", mend)


def _database() -> Iterator[Check]:
    from bowcore.jobs import jobs  # it imports SQLAlchemy
    from bowcore.store import schema
    from bowcore.store.database import engine, reading

    def ask() -> str:
        busy = [lane for lane in LANES if jobs.has_any(lane, "queued", "running")]
        with reading() as connection:
            version = schema.version_of(connection)
        return f"{engine().dialect.name}, answers, schema {version}; jobs wait or run in {', '.join(busy) or 'no lane'}"

    def check() -> Check:
        if engine().dialect.name != "sqlite":
            return Check("contents of the database", True, "checked by its own server")
        with reading() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
        ok = list(found) == ["ok"]
        remedy = "" if ok else f"Stop the server, move {home.runs_url().rpartition('/')[0][10:]}/runs.sqlite* away."
        return Check("contents of the database", ok, "whole" if ok else "; ".join(map(str, found)), remedy)

    answers = _try("runs database", ask)
    yield answers
    if answers.ok:
        yield from _tried("contents of the database", check)


def _disk() -> Iterator[Check]:
    try:
        folder = home.artefacts_folder()
        free, reserve = shutil.disk_usage(folder).free, disk.reserve(folder)
    except (BowlabError, OSError):
        return  # the folder's own check says why
    remedy = "" if free >= LEAST_DISK else f"Free {size(LEAST_DISK - free)}, or set BOWLAB_HOME to another disk."
    yield Check("disk", not remedy, f"{size(free)} free, the last {size(reserve)} for small things only", remedy)

    def look() -> Check:
        quota, used = disk.quota(), disk.used()
        remedy = "" if used <= quota else "Raise BOWLAB_DISK_GB, or delete: python -m bowcore kept"
        return Check("quota", not remedy, f"{size(used)} of {size(quota)} used", remedy)

    yield from _tried("quota", look)


def _memory() -> Iterator[Check]:
    budget = memory_budget()
    remedy = "" if budget >= LEAST_MEMORY else "Close other programs, or set BOWLAB_MEMORY_GB; small corpora work."
    yield Check("memory", not remedy, f"{size(budget)} for one stage", remedy)


def _workers() -> Iterator[Check]:
    try:
        alive = [lane for lane in LANES if worker_alive(lane)]
    except BowlabError:
        return
    found = f"running: {', '.join(alive)}" if alive else "none runs; the server starts and ends them"
    missing = [lane for lane in LANES if alive and lane not in alive]
    remedy = f"The server starts {', '.join(missing)} again within seconds; if not, start it again." if missing else ""
    yield Check("workers", not missing, found, remedy)


def _corpora() -> Iterator[Check]:
    from bowcore.corpus.sources import SOURCES

    for source in SOURCES.values():
        try:
            here = source.is_here()
        except BowlabError:  # the folder's own check says why
            continue
        remedy = "" if here else f"python -m bowcore fetch {source.name}, or set BOWLAB_DATA"
        optional = source.name != "bbc-news"
        yield Check(source.provenance.title, here or optional, "here" if here else "not on this computer", remedy)


def _tried(name: str, look: Callable[[], Check]) -> Iterator[Check]:
    """A check that is left out where the checks before it have said why it cannot be made."""
    try:
        yield look()
    except BowlabError as error:
        yield Check(name, False, "does not work", " ".join(str(error).split()))
    except OSError as error:
        yield Check(name, False, f"does not work: {error.strerror}", "Free some space, or check the rights.")


def _try(name: str, look: Callable[[], str]) -> Check:
    """A check that fails with the sentence of the error, which says what to do."""
    try:
        return Check(name, True, look())
    except BowlabError as error:
        return Check(name, False, "does not work", " ".join(str(error).split()))


CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _python, _libraries, _model, _folders, _rights, _database, _disk, _memory, _workers, _artefacts, _corpora,
)  # fmt: skip
"""What is looked at, in this order; a line here is all that another check needs."""
