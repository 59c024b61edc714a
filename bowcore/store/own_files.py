"""Files that readers bring: each in a folder whose name cannot be guessed, until it has not been used for a month.

A name such as `own:TOKEN/essays.csv` is all that it takes to read one, so whoever gets it by a shared link may.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import time
from pathlib import Path

from bowcore.errors import BowlabError, CorpusError, CorpusMissingError, OutputError
from bowcore.names import OWN, name_without_token, visible
from bowcore.numbers import size
from bowcore.recipe.recipe import Recipe
from bowcore.store import disk
from bowcore.store.home import artefacts_folder, home_folder, replacing

PREFIX = OWN
KEPT_DAYS = 30
LONGEST_NAME = 80
QUOTA_PART = 2
"""Files of readers take at most this part of the quota: else they would push out all that is computed."""

_NAME = re.compile(r"own:(?P<token>[A-Za-z0-9_-]{22})/(?P<file>[^/\\\x00-\x1f]{1,120})")
_UNSAFE = re.compile(r"(?:[/\\:*?\"<>|#%&\u2400-\u2421\ufffd]|⟨U\+[0-9A-F]{4}⟩)+")
_TOUCHED_EVERY = 3600.0  # seconds
_REMEDY = "Free some space on the disk, then bring the file again."


def keep_file(name: str, content: bytes) -> str:
    """Store a file that a reader brought, and return the name of its corpus.

    Raises:
        OutputError: It cannot be written.
    """
    token = secrets.token_urlsafe(16)
    safe = _safe_name(name)
    folder = _made(_folder() / token)
    try:
        _write(folder / safe, content)
    except OutputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return f"{PREFIX}{token}/{safe}"


def keep_test_file(name: str, second: str, content: bytes) -> str:
    """Store a second file in the folder of the file `name`, and return its name there.

    Raises:
        CorpusError: There is no such file, or the second one has its name.
        OutputError: It cannot be written.
    """
    path, safe = path_of(name), _safe_name(second)
    if safe == path.name:
        raise CorpusError(f"Both files are called {safe}. Rename one of them.")
    _write(path.parent / safe, content)
    return safe


def path_of(name: str) -> Path:
    """The file of such a name, which is kept for another month.

    Raises:
        CorpusError: It is no such name.
        CorpusMissingError: The file is no longer here.
    """
    parts = _NAME.fullmatch(name)
    if parts is None or parts["file"] in (".", ".."):
        raise CorpusError(f"'{name[:80]}' is not a file that was brought here.")
    folder = _folder() / parts["token"]
    path = folder / parts["file"]
    if not path.is_file():
        raise CorpusMissingError(
            f"The file {parts['file'][:80]} is not on this computer: a file that is not used for {KEPT_DAYS} days is "
            "deleted. Bring it again under Texts, Your own…"
        )
    with contextlib.suppress(OSError):
        if time.time() - folder.stat().st_mtime > _TOUCHED_EVERY:
            folder.touch()
    return path


def is_brought(path: Path) -> bool:
    """Whether a reader brought that file."""
    return path.parent.parent == home_folder() / "own"


def file_name(name: str) -> str:
    """The name of the file as the reader knows it, without the folder."""
    return name.partition("?")[0].rpartition("/")[2]


def without_token(recipe: Recipe) -> Recipe:
    """The recipe for what leaves the program, with the name of the file alone: the whole name gives the file away."""
    return recipe.change(corpus=name_without_token(recipe.corpus.corpus))


def forget_file(name: str) -> None:
    """Delete a file that a reader brought, with all that was computed from it; one that is gone is ignored.

    Raises:
        CorpusError: It is no such name.
    """
    with contextlib.suppress(CorpusMissingError):
        forget_folder(path_of(name).parent)


def sweep_files(after_days: float = KEPT_DAYS) -> int:
    """Delete files that were not used for that number of days, with all that was computed from them.

    Returns:
        Their number.
    """
    n_deleted = 0
    for folder in folders():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > after_days * 86_400:
                forget_folder(folder)
                n_deleted += 1
    _forget_orphans()
    return n_deleted


def folders() -> tuple[Path, ...]:
    """The folder of each file."""
    return tuple(_folder().glob("*/"))


def forget_folder(folder: Path) -> None:
    """Delete such a folder, with all that was computed from its file."""
    from bowcore.store.make_room import forget_artefacts_of  # it imports the runs database
    from bowcore.store.work_folders import forget_work_of

    shutil.rmtree(folder, ignore_errors=True)
    forget_artefacts_of(f"{PREFIX}{folder.name}/")
    forget_work_of(f"{PREFIX}{folder.name}/")


def is_forgotten(name: str) -> bool:
    """Whether this corpus is of a file that a reader brought and that is gone."""
    return name.startswith(PREFIX) and not (_folder() / name.removeprefix(PREFIX).partition("/")[0]).is_dir()


def _forget_orphans() -> None:
    """Remove what was computed from files that are gone: a page may have stored it while they were deleted.

    In a folder of artefacts that several homes share, only what none of them has used for as long as files are kept.
    """
    from bowcore.store import artefacts

    alone = artefacts_folder().parent == home_folder()
    unused_since = time.time() - KEPT_DAYS * 86_400
    for artefact in artefacts.kept():
        if is_forgotten(artefact.of) and (alone or artefact.used < unused_since):
            with contextlib.suppress(BowlabError):  # the next sweep tries again
                artefacts.remove(artefact.key)


def _folder() -> Path:
    return _made(home_folder() / "own")


def _made(folder: Path) -> Path:
    """The folder, which is made if it is missing: on a full disk it cannot."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}. {_REMEDY}") from error
    return folder


def _write(path: Path, content: bytes) -> None:
    from bowcore.store.make_room import check_reserve  # it imports the runs database

    check_reserve(path.parent, len(content))
    kept, most = disk.bytes_on_disk(_folder()), disk.quota() // QUOTA_PART
    if kept + len(content) > most:
        raise OutputError(
            f"Files that readers brought take {size(kept)} of the {size(most)} that they may take together; "
            f"{size(len(content))} more do not fit. Remove files that nobody needs, or set BOWLAB_DISK_GB higher."
        )
    with replacing(path, _REMEDY) as file:
        Path(file.name).chmod(0o600)
        file.write(content)


def _safe_name(name: str) -> str:
    """The file's own name without folders and signs that paths and addresses give a meaning; its end is kept."""
    plain = _UNSAFE.sub("_", visible(name).replace("\\", "/").rpartition("/")[2]).strip(" .~") or "texts"
    stem, dot, suffix = plain.rpartition(".")
    if dot and len(suffix) <= 8:
        return f"{stem[: LONGEST_NAME - len(suffix)] or 'texts'}.{suffix}"
    return plain[:LONGEST_NAME]
