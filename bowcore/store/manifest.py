"""Manifest of an artefact: sizes and digests of its files, written when they are complete and on the disk.

The manifest is in the artefact's folder, not in the runs database: two homes may share a database, and each has files
of its own under the same key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bowcore.store.home import sync_folder

NAME = "manifest.json"
DIGEST_DIGITS = 32

_Version = tuple[int, int]
"""Inode and modification time of a manifest: another one under the same name has others."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Bytes and digest of each file, by its path in the folder; `of` names the corpus that it was computed from."""

    of: str
    files: Mapping[str, tuple[int, str]]

    @property
    def n_bytes(self) -> int:
        """Bytes of all files."""
        return sum(n_bytes for n_bytes, _ in self.files.values())


def complete(folder: Path, of: str) -> Manifest:
    """Write the manifest of a folder whose files are complete, and wait until all of it is on the disk.

    Files and folders become readable by their owner alone: some hold what readers brought.
    """
    files = {}
    for path in sorted(_files(folder)):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_DIGITS]
            files[path.relative_to(folder).as_posix()] = os.fstat(file.fileno()).st_size, digest
        path.chmod(0o600)
    with (folder / NAME).open("x", encoding="utf-8") as file:
        json.dump({"of": of, "files": files}, file)
        file.flush()
        os.fsync(file.fileno())
    (folder / NAME).chmod(0o600)
    for inner in [*(path for path in folder.rglob("*") if path.is_dir()), folder]:
        inner.chmod(0o700)
        sync_folder(inner)
    return Manifest(of, files)


def version(folder: Path) -> _Version | None:
    """The version of a folder's manifest; None if it has none, as folders of an earlier version of this program.

    Raises:
        OSError: The manifest cannot be accessed.
    """
    try:
        stat = (folder / NAME).stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def read(folder: Path) -> Manifest | None:
    """A folder's manifest; None if it has none.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    found = version(folder)
    return None if found is None else _read(folder / NAME, found)


@lru_cache(maxsize=1024)  # pages look for the same artefacts at every rerun
def _read(path: Path, version: _Version) -> Manifest:
    body = json.loads(path.read_text(encoding="utf-8"))
    try:
        files = {str(name): (int(n_bytes), str(digest)) for name, (n_bytes, digest) in body["files"].items()}
        return Manifest(str(body["of"]), files)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no manifest.") from error


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Compare names and sizes of the files with the manifest.

    Raises:
        OSError: A file is missing.
        ValueError: A file has another size.
    """
    for name, (n_bytes, _) in manifest.files.items():
        found = (folder / name).stat().st_size
        if found != n_bytes:
            raise ValueError(f"{name} has {found:,} bytes in place of {n_bytes:,}")


def check_digests(folder: Path, manifest: Manifest) -> None:
    """Compare the contents of all files with the manifest.

    Raises:
        OSError: A file is missing or cannot be read.
        ValueError: A file has other contents.
    """
    check_sizes(folder, manifest)
    for name, (_, digest) in manifest.files.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_DIGITS] != digest:
                raise ValueError(f"{name} has other contents than were written")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
