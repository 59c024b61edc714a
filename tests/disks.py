"""Real disks for tests: small ones that can be filled, made read-only and removed. They take the rights of root."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


def fill(folder: Path) -> Path:
    """Fill the disk of a folder to the last byte; the file that does."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return path


def mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True)


def unmount(folder: Path) -> None:
    """Take a disk away as if it were pulled out: open files stay open."""
    subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes a disk of that size, such as '8m', and gives the folder where it is mounted."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("mounting a disk takes the rights of root")
    mounted: list[Path] = []

    def make(size: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        try:
            mount("-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", place)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"mounting a disk is refused here: {error.stderr.decode()[:200]}")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)
