"""Disk space: what is used here, the quota, and the reserve of the disk that only small things may use.

BOWLAB_DISK_GB    the quota in GB; default: a fifth of what was free when the home was first used
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from pathlib import Path

from bowcore.errors import OutputError
from bowcore.store.home import artefacts_folder, home_folder, replacing

SHARE = 5
"""The default quota is this part of the space that was free at first."""
LEAST_QUOTA = 2_000_000_000
RESERVE, RESERVED_PART = 500_000_000, 100
"""The reserve: this many bytes, or this part of a smaller disk."""
_FILE = "quota.json"


def quota() -> int:
    """Bytes that everything kept may take.

    Raises:
        OutputError: `BOWLAB_DISK_GB` is no number above 0.
    """
    named = os.environ.get("BOWLAB_DISK_GB")
    if named is None:
        return _default_quota()
    try:
        wanted = float(named)
    except ValueError:
        wanted = math.nan
    if not (math.isfinite(wanted) and wanted > 0):
        raise OutputError(f"BOWLAB_DISK_GB is {named[:40]!r}; write a number of gigabytes, such as 20.")
    return round(wanted * 1e9)


def _default_quota() -> int:
    path = home_folder() / _FILE
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["bytes"])
    except (OSError, ValueError, TypeError, KeyError):
        free = shutil.disk_usage(artefacts_folder()).free
        found = max(free // SHARE, min(LEAST_QUOTA, free // 2))
    with contextlib.suppress(OutputError), replacing(path, "Free some space.") as file:  # on a full disk, later
        file.write(json.dumps({"bytes": found}).encode())
    return found


def used() -> int:
    """Bytes on disk of everything kept: the home, and artefacts that are elsewhere."""
    home, artefacts = home_folder(), artefacts_folder()
    return bytes_on_disk(home) + (0 if artefacts.is_relative_to(home) else bytes_on_disk(artefacts))


def reserve(folder: Path) -> int:
    """Bytes of the folder's disk that only small things may use."""
    return min(RESERVE, shutil.disk_usage(folder).total // RESERVED_PART)


def bytes_on_disk(folder: Path) -> int:
    """Bytes that a folder takes on its disk, as `du` counts them: blocks, each file once. What vanishes counts 0."""
    seen: set[tuple[int, int]] = set()
    total, waiting = 0, [str(folder)]
    try:
        total = _blocks(os.lstat(folder))
    except OSError:
        return 0
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    if stat.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                        if (stat.st_dev, stat.st_ino) in seen:
                            continue
                        seen.add((stat.st_dev, stat.st_ino))
                    total += _blocks(stat)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total


def _blocks(stat: os.stat_result) -> int:
    return stat.st_blocks * 512 if hasattr(stat, "st_blocks") else stat.st_size
