"""Refusal of a file of articles that would not fit in memory, before any of it is read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyarrow.parquet as pq

from bowcore.corpus.formats.folders import MOST_FILES, UNREADABLE, n_listed
from bowcore.corpus.formats.unpacked import most_unpacked
from bowcore.memory import check_stage, file_cost

MOST_FOOTER = 16_000_000
"""Bytes of a Parquet file's list of columns that this process reads; a longer one is left to the reader of the file."""


def check_file(path: Path) -> None:
    """Raise for a file that would not fit.

    Raises:
        MemoryBudgetError: It would not fit.
        OSError: It cannot be opened.
        ArrowInvalid: It is not the Parquet file that its name says.
    """
    kind = path.suffix.casefold()
    check_stage(file_cost(path.name, _unpacked(path, kind), kind))


def _unpacked(path: Path, kind: str) -> int:
    """Bytes of a file, those of its columns or members without compression."""
    n_bytes = path.stat().st_size
    if kind == ".parquet":
        if _footer_bytes(path) > MOST_FOOTER:  # its reader, a process of its own, decides
            return most_unpacked(n_bytes)
        about = pq.read_metadata(path)
        return sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    if not zipfile.is_zipfile(path) or n_listed(path) > MOST_FILES:
        return (
            n_bytes  # too many are refused by `open_zip`: their list alone would take more memory than they have bytes
        )
    try:
        with zipfile.ZipFile(path) as archive:  # workbooks are archives too
            return max(n_bytes, sum(member.file_size for member in archive.infolist()))
    except UNREADABLE:
        return n_bytes


def _footer_bytes(path: Path) -> int:
    """What a Parquet file says of the size of its list of columns, which stands before its last four bytes."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 8, 0))
        end = file.read()
    return int.from_bytes(end[:4], "little") if end[4:] == b"PAR1" else 0
