"""Files written to a folder, as one ZIP archive."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from bowcore.errors import OutputError

_BLOCK = 1 << 20  # bytes


def zip_of(write: Callable[[Path], object], name: str) -> bytes:
    """The files that `write` leaves in a new folder, under the folder `name` of an archive, in memory.

    It is written on disk and read once. Equal files give equal archives.

    Raises:
        OutputError: `write` cannot write, or the disk is full.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="bowlab-") as whole:
            folder, archive = Path(whole) / name, Path(whole) / "archive.zip"
            folder.mkdir()
            write(folder)
            pack(folder, archive)
            return archive.read_bytes()
    except OSError as error:
        raise OutputError(
            f"The archive cannot be written to {tempfile.gettempdir()} ({error.strerror or error}). Free some space "
            "there."
        ) from error


def pack(folder: Path, archive: Path) -> None:
    """Move the files of a folder into a new archive, under the folder's name, and remove the folder.

    Equal files give equal archives: entries have a fixed time. They are stored uncompressed: weights hardly shrink, and
    matrices are compressed already.

    Raises:
        OSError: The archive cannot be written.
    """
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            entry = _entry(f"{folder.name}/{path.name}")
            with path.open("rb") as source, file.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _BLOCK)
            path.unlink()  # so that the disk holds the files once
    folder.rmdir()


def _entry(name: str) -> zipfile.ZipInfo:
    """A file's entry, the same whenever it is written."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return entry
