"""Refusal of a file of articles that would not fit in memory, before any of it is read."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from bowcore.memory import check_stage, file_cost


def check_file(path: Path) -> None:
    """Raise for a file that would not fit.

    Raises:
        MemoryBudgetError: It would not fit.
        OSError: It cannot be opened.
        ArrowInvalid: It is not the Parquet file that its name says.
    """
    kind = path.suffix.casefold()
    check_stage(file_cost(path.name, _unpacked(path) if kind == ".parquet" else path.stat().st_size, kind))


def _unpacked(path: Path) -> int:
    """Bytes of a Parquet file's columns without compression."""
    about = pq.read_metadata(path)
    return sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
