"""The command that lists what is kept on disk, and deletes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bowcore.cli.printing import print_table, say
from bowcore.errors import OutputError
from bowcore.names import name_without_token
from bowcore.numbers import counted, size
from bowcore.store import artefacts, disk, own_files, work_folders
from bowcore.store.home import home_folder
from bowcore.store.make_room import CHEAP

WHAT = {
    "articles": "a corpus as read from its file",
    "baselines": "figures of the baselines",
    "blocks": "models of blocks",
    "corpus": "a download",
    "costs": "times of a past run",
    "downloads": "an unfinished download",
    "duplicates": "equal texts",
    "label-issues": "suspicious labels",
    "leftovers": "leftovers of the web",
    "lemmas": "lemmas",
    "learned": "what naive Bayes learned from a recipe",
    "lines": "lemmas of a reader's sentences",
    "near": "texts that are nearly equal",
    "network": "a trained network",
    "network-zip": "a network to take away",
    "own": "a file that a reader brought",
    "probe": "a fit of logistic regression",
    "reading": "texts split into words",
    "recipe": "a long recipe that a link names",
    "reduction": "LSA and PCA",
    "repair": "what the repair did to words",
    "report": "a report",
    "source-words": "words of the source",
    "tokens": "tokens of words",
    "training": "a training to go on with",
    "tutorial-way": "times of the tutorial's code",
}
"""What each kind is. An artefact of another kind is listed by its kind alone."""
_SHOWN = 6  # signs of the secret name of a reader's file


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept: kind, key, corpus, bytes on disk, seconds since 1970 of its last use."""

    kind: str
    key: str
    of: str
    n_bytes: int
    used: float
    delete: Callable[[], object]


def kept_report(delete: Sequence[str], all_of: str) -> dict[str, Any]:
    """What is kept, least recently used first, with the quota; `deleted` has what was deleted before, as asked.

    Args:
        delete: Keys.
        all_of: A kind; '' for none.

    Raises:
        OutputError: There is no such key or kind, a key begins several, or it cannot be deleted.
    """
    items = everything()
    chosen = [_one(items, key) for key in delete]
    if all_of:
        if all_of not in {item.kind for item in items} | set(WHAT):
            raise OutputError(f"Nothing of the kind '{all_of[:40]}' is kept; kinds are {', '.join(sorted(WHAT))}.")
        chosen += [item for item in items if item.kind == all_of and item not in chosen]
    for item in chosen:
        item.delete()
    left = everything()
    gone = [item for item in chosen if item.key not in {other.key for other in left}]
    if len(gone) < len(chosen):
        stays = next(item for item in chosen if item not in gone)
        raise OutputError(f"{stays.key} cannot be deleted: a process uses it, or the disk cannot be written.")
    return {
        "quota": disk.quota(),
        "used": disk.used(),
        "free": shutil.disk_usage(home_folder()).free,
        "kept": [_shown(item) for item in left],
        "deleted": [_shown(item) for item in gone],
    }


def everything() -> tuple[Kept, ...]:
    """Everything that is kept but database, logs and locks, least recently used first."""
    found = [
        Kept(item.kind, item.key, item.of, item.n_bytes, item.used, partial(artefacts.remove, item.key))
        for item in artefacts.kept()
    ]
    for folder in work_folders.work_folders():
        kind, of = folder.parent.name, work_folders.of(folder)
        found.append(_folder(folder, kind, f"{kind}/{folder.name}", of, partial(work_folders.delete_unused, folder)))
    for folder in own_files.folders():
        key, names = f"own/{folder.name[:_SHOWN]}", ", ".join(sorted(path.name for path in folder.iterdir()))
        found.append(_folder(folder, "own", key, names, partial(own_files.forget_folder, folder)))
    return tuple(sorted(found, key=lambda item: (item.used, item.key)))


def print_kept(report: dict[str, Any]) -> None:
    """One line for each, or for all of a kind that is made again at once, and a sentence on what was deleted."""
    if report["deleted"]:
        n_bytes = sum(item["n_bytes"] for item in report["deleted"])
        say(f"{counted(len(report['deleted']), 'thing')} deleted, {size(n_bytes)}: {_kinds(report['deleted'])}.")
        return
    print_table(["key", "what", "of", "size", "last used (UTC)"], list(_rows(report["kept"])))
    say(
        f"\n{size(report['used'])} of {size(report['quota'])} are used, database and logs included; the disk has "
        f"{size(report['free'])} free. What is not needed goes by itself when the quota is reached: what recipes "
        "learned, then the least recently used. Delete with --delete KEY or --all-of KIND."
    )


def _rows(items: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    """The rows of the table, least recently used first."""
    alone = [item for item in items if item["kind"] not in CHEAP]
    folded = []
    for kind in CHEAP:  # a class leaves hundreds
        if group := [item for item in items if item["kind"] == kind]:
            of = ", ".join(sorted({item["of"] for item in group if item["of"]}))
            n_bytes = sum(item["n_bytes"] for item in group)
            folded.append({**group[-1], "key": f"{len(group):,} of the kind {kind}", "of": of, "n_bytes": n_bytes})
    for item in sorted([*alone, *folded], key=lambda item: str(item["used"])):
        used = item["used"][:16].replace("T", " ")
        yield [item["key"], item["what"], item["of"] or "–", size(item["n_bytes"]), used]


def _folder(folder: Path, kind: str, key: str, of: str, delete: Callable[[], object]) -> Kept:
    return Kept(kind, key, of, disk.bytes_on_disk(folder), folder.stat().st_mtime, delete)


def _one(items: Sequence[Kept], key: str) -> Kept:
    found = [item for item in items if item.key == key] or [item for item in items if item.key.startswith(key)]
    if len(found) != 1:
        why = f"{len(found)} keys begin with" if found else "nothing is kept under"
        raise OutputError(f"{why[:1].upper()}{why[1:]} '{key[:80]}'; `python -m bowcore kept` lists the keys.")
    return found[0]


def _shown(item: Kept) -> dict[str, Any]:
    used = datetime.fromtimestamp(item.used, UTC).isoformat(timespec="seconds")
    of = name_without_token(item.of)
    what = WHAT.get(item.kind, item.kind)
    return {"kind": item.kind, "key": item.key, "what": what, "of": of, "n_bytes": item.n_bytes, "used": used}


def _kinds(items: Sequence[dict[str, Any]]) -> str:
    names = sorted({item["what"] for item in items})
    return "; ".join(f"{sum(item['what'] == name for item in items):,} × {name}" for name in names)
