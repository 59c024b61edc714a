"""Paths of everything stored on disk. The environment is read on every call, so that tests can set fresh folders.

BOWLAB_HOME       the folder for everything kept; default: the platform's user data folder
BOWLAB_ARTEFACTS  overrides the folder of artefacts
BOWLAB_RUNS_URL   overrides the runs database (an SQLAlchemy URL)
BOWLAB_DATA       a folder with ready corpora
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import platformdirs

from bowcore import moment
from bowcore.errors import OutputError

_NAME_FILE = ".name"
_SQLITE = "sqlite:///"
_KNOWN_FOLDERS = "BOWLAB_KNOWN_FOLDERS"
PORTION = 32_000_000
"""Bytes of a large file that are written before the disk is waited for."""
_OWNER = 0o700
"""Rights of a folder that is made here: sentences, lists and texts of readers are nobody else's on this computer."""


_sync_data = getattr(os, "fdatasync", os.fsync)  # where there is none, names are synced too


class _Known(NamedTuple):
    """A folder's name, and device and inode of the file that has it."""

    name: str
    version: tuple[int, int] | None


_known: dict[Path, _Known] = {}


def home_folder() -> Path:
    """The folder for everything stored, created if missing.

    Raises:
        OutputError: It cannot be created or written to. All functions here except `data_folder` may raise this.
    """
    named = os.environ.get("BOWLAB_HOME")
    folder = Path(named).expanduser() if named else Path(platformdirs.user_data_dir("bowlab", appauthor=False))
    return moment.look(("home", folder), lambda: _used_before(folder, "BOWLAB_HOME"))


def artefacts_folder() -> Path:
    """The folder of artefacts, created if missing."""
    if named := os.environ.get("BOWLAB_ARTEFACTS"):
        return _used_before(Path(named).expanduser(), "BOWLAB_ARTEFACTS")
    return _writable(home_folder() / "artefacts", "BOWLAB_HOME")


def logs_folder() -> Path:
    """The folder of the workers' log files, created if missing."""
    return _writable(home_folder() / "logs", "BOWLAB_HOME")


def locks_folder() -> Path:
    """The folder of lock files, created if missing.

    Each runs database has its own: a worker of another database says nothing about this one's jobs.
    """
    digest = hashlib.sha256(runs_url().encode()).hexdigest()[:12]
    return _writable(home_folder() / "locks" / digest, "BOWLAB_HOME")


def training_folder(key: str) -> Path:
    """The folder of a training's checkpoint and saved weights; not created here."""
    return home_folder() / "training" / key


def runs_url() -> str:
    """SQLAlchemy URL of the runs database; by default an SQLite file in `home_folder`."""
    return os.environ.get("BOWLAB_RUNS_URL") or f"{_SQLITE}{home_folder() / 'runs.sqlite'}"


def without_folders(text: str) -> str:
    """A sentence without the folders of this computer, for readers who sit at another one."""
    named = [os.environ.get(name, "") for name in ("BOWLAB_HOME", "BOWLAB_ARTEFACTS", "BOWLAB_DATA", "HF_HOME")]
    named += [platformdirs.user_data_dir("bowlab", appauthor=False), str(Path.home())]
    if (runs := os.environ.get("BOWLAB_RUNS_URL", "")).startswith(_SQLITE):
        named.append(str(Path(runs.removeprefix(_SQLITE)).parent))
    folders = {str(Path(folder).expanduser().absolute()) for folder in named if folder}
    for folder in sorted(folders - {"/"}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(folder)}(?![\w-])", "the server's folder", text)
    return text


def data_folder() -> Path | None:
    """The folder with ready corpora, if `BOWLAB_DATA` is set."""
    named = os.environ.get("BOWLAB_DATA")
    return Path(named).expanduser() if named else None


def known_folders() -> dict[str, str]:
    """Environment by which a child process recognises the folders that this one uses."""
    return {_KNOWN_FOLDERS: json.dumps({str(folder): known.name for folder, known in _known.items()})}


def _used_before(folder: Path, variable: str) -> Path:
    """The folder, created if missing unless this process has used it: then it was deleted, or its disk is gone.

    A file in it has a random name of the folder, so that a folder that is put back is recognised, and an empty one that
    another process made meanwhile is not taken for it.
    """
    folder = folder.absolute()
    version = _version(folder / _NAME_FILE)
    known = _known.get(folder)
    if known is not None and version == known.version is not None:
        # it exists, since a file in it does
        return _checked(folder, " any more. Make it writable again, and the program goes on by itself.")
    expected = known.name if known is not None else _inherited().get(str(folder))
    if expected is None:
        _writable(folder, variable)
    name = _name_of(folder, create=expected is None)
    if expected is not None and name != expected:
        raise OutputError(
            f"{folder} was deleted or replaced, or its disk was removed, while this program used it. Put it back, and "
            "the program goes on by itself; or start the program again to begin with an empty folder."
        )
    _known[folder] = _Known(name, _version(folder / _NAME_FILE))
    return _writable(folder, variable)


def _inherited() -> dict[str, str]:
    return cast(dict[str, str], json.loads(os.environ.get(_KNOWN_FOLDERS, "{}")))


def _version(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _name_of(folder: Path, *, create: bool) -> str:
    path = folder / _NAME_FILE
    try:
        return drawn_once(path) if create else path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        if not create:
            return ""
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise OutputError(f"{path} cannot be written ({reason}). Free some space there.") from error


def drawn_once(path: Path) -> str:
    """The random name that is kept in a file; the first process draws it, or the first after its text was lost.

    Raises:
        OSError: It cannot be written.
    """
    if path.exists() and path.stat().st_size:
        return path.read_text(encoding="ascii")
    drawn = path.with_name(f"{path.name}-{uuid.uuid4().hex}")
    try:
        with drawn.open("x", encoding="ascii") as file:
            file.write(uuid.uuid4().hex)
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not path.stat().st_size:  # left so by a power cut
            drawn.replace(path)
        else:
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(drawn, path)
    finally:
        drawn.unlink(missing_ok=True)
    sync_folder(path.parent)
    return path.read_text(encoding="ascii")


def _writable(folder: Path, variable: str) -> Path:
    folder = folder.absolute()
    try:
        folder.mkdir(mode=_OWNER, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"{folder} cannot be created ({reason}); set {variable} to a folder you can write."
        ) from error
    return _checked(folder, f"; set {variable} to a folder you can write.")


def _checked(folder: Path, remedy: str) -> Path:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be written to{remedy}")
    return folder


class _InPortions(io.BufferedWriter):
    """A file that is synced after every `PORTION` bytes.

    Where a gigabyte is synced at once, all other syncs wait for it, and with the runs database's every click that
    writes there.
    """

    _unsynced = 0

    def write(self, data: Any) -> int:
        """Write bytes, and wait for the disk now and then."""
        view = memoryview(data)
        n_bytes = view.nbytes
        for start in range(0, n_bytes, PORTION):
            part = view.cast("B")[start : start + PORTION]
            super().write(part)
            self._unsynced += len(part)
            if self._unsynced >= PORTION:
                self.flush()
                _sync_data(self.fileno())
                self._unsynced = 0
        return n_bytes


@contextmanager
def replacing(path: Path, remedy: str) -> Iterator[IO[bytes]]:
    """A new file that takes the place of `path` at the end of the block; if the block raises, `path` stays unchanged.

    Raises:
        OutputError: The file cannot be written; the message ends with `remedy`.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        with _InPortions(io.FileIO(partial, "w")) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with an empty file
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}. {remedy}") from error
    finally:
        with contextlib.suppress(OSError):  # half a file would take the space that the next one needs
            partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system offers that."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
