"""Tables, columns of texts and sparse matrices as they are stored on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.buffers import map_file

CSR_ARRAYS = ("data", "indices", "indptr")
"""Arrays of a CSR matrix."""


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as an Arrow file."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def read_table(path: Path) -> pa.Table:
    """A written table, mapped into memory."""
    return pa.ipc.open_file(map_file(path)).read_all()


def read_column(path: Path) -> pa.Array:
    """The only column of a written table, mapped into memory."""
    return only_column(read_table(path))


def only_column(table: pa.Table) -> pa.Array:
    """The only column of a table as one array."""
    column = table.column(0)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()  # which would copy a single chunk


def checked_matrix(parts: Iterable[NDArray[Any]], shape: tuple[int, int]) -> sparse.csr_matrix:
    """The CSR matrix of stored arrays, its `CSR_ARRAYS`.

    Raises:
        ValueError: They are no such matrix.
    """
    matrix = sparse.csr_matrix(tuple(parts), shape=shape)
    matrix.check_format(full_check=True)  # SciPy's loops trust these numbers, and would read other memory
    return matrix
