"""Jumps of the computer's clock, which must not let kept things expire: what counts is how long they were not used.

Each sweep writes down when it ran. If the next one finds that more than `PLAUSIBLE` seconds have passed since, the
computer was off for long or its clock was set forward, which look the same: all times of use move forward by what is
above it. After a clock was set back, times of use that have not come yet become the present.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import sqlalchemy as sa

from bowcore.store import database, own_files, tables, work_folders
from bowcore.store.home import home_folder, replacing

PLAUSIBLE = 7 * 86_400.0  # seconds between two sweeps; a week without a lesson counts as one
_LAST = "last-sweep.txt"

_used = tables.artefacts.c.used


def follow_clock() -> float:
    """Move times of use if the clock has jumped since the last call, which comes before anything expires.

    Returns:
        The seconds by which they were moved forward.

    Raises:
        OutputError: Home or database cannot be written.
    """
    now, last = time.time(), _last_sweep()
    jump = 0.0 if last is None else max(now - last - PLAUSIBLE, 0.0)
    if last is not None and (jump or now < last):
        for folder in (*own_files.folders(), *work_folders.work_folders()):
            with contextlib.suppress(OSError):  # deleted just now, or nobody's to change
                used = folder.stat().st_mtime
                moved = _moved(used, last, jump, now)
                if moved != used:
                    os.utime(folder, (moved, moved))
        _move_artefacts(last, jump, now)
    with replacing(home_folder() / _LAST, "Free some space on the disk.") as file:
        file.write(str(now).encode())
    return jump


def _moved(used: float, last: float, jump: float, now: float) -> float:
    """A time of use; one after the jump is the new clock's already."""
    return min(used + jump if used <= last + PLAUSIBLE else used, now)


def _move_artefacts(last: float, jump: float, now: float) -> None:
    with database.writing() as connection:
        before = sa.update(tables.artefacts).where(_used <= last + PLAUSIBLE)
        connection.execute(before.values(used=_used + jump))
        connection.execute(sa.update(tables.artefacts).where(_used > now).values(used=now))


def _last_sweep() -> float | None:
    path: Path = home_folder() / _LAST
    try:
        return float(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
