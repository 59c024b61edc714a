"""Tables of Arrow, Parquet and spreadsheets; `apart` calls these readers in a process of its own."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from bowcore.corpus.formats.found import Found, as_text, column_names, leave_empty_columns_aside
from bowcore.corpus.formats.separated import looks_like_header
from bowcore.corpus.formats.unpacked import most_unpacked, too_large
from bowcore.errors import CorpusError
from bowcore.names import shortened

_BATCH = 1_024  # rows


def read_parquet(name: str, raw: bytes) -> Found:
    """The rows of a Parquet file, structures by dotted names.

    Raises:
        CorpusError: It is no Parquet file, or it is incomplete.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(raw))
        batches = file.iter_batches(_BATCH, use_threads=False)
        return Found("Parquet", _whole(name, raw, batches, file.schema_arrow))
    except MemoryError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"{name} is not a Parquet file, or it is incomplete: {error}") from error


def read_arrow(name: str, raw: bytes) -> Found:
    """The rows of an Arrow file or stream, also called Feather.

    Raises:
        CorpusError: It is neither, or it is incomplete.
    """
    try:
        if raw.startswith(b"ARROW1"):
            file = pa.ipc.open_file(pa.BufferReader(raw))
            batches, schema = map(file.get_batch, range(file.num_record_batches)), file.schema
        else:
            batches = stream = pa.ipc.open_stream(pa.BufferReader(raw))
            schema = stream.schema
        return Found("Arrow", _whole(name, raw, batches, schema))
    except MemoryError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"{name} is not an Arrow file, or it is incomplete: {error}") from error


def read_workbook(name: str, raw: bytes, sheet: str = "", header: bool | None = None) -> Found:
    """The rows of one sheet of an Excel or OpenDocument workbook; by default the first sheet with rows.

    Raises:
        CorpusError: It cannot be read, has no such sheet, or has no rows.
    """
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = workbook.sheet_names
        if sheet and sheet not in names:
            raise CorpusError(f"{name} has no sheet '{sheet}'; its sheets are {', '.join(shortened(names, 40))}.")
        for chosen in [sheet] if sheet else names:
            rows = _filled(workbook.get_sheet_by_name(chosen).to_python())
            if rows:
                return _of_rows(rows, header, _other_sheets(chosen, names))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise CorpusError(f"{name} cannot be read as a workbook: {error}") from error
    raise CorpusError(f"{name} has no rows.")


def _filled(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    written = ([_cell(value) for value in row] for row in rows)
    return [row for row in written if any(cell.strip() for cell in row)]


def _of_rows(filled: list[list[str]], header: bool | None, note: str) -> Found:
    has_header = looks_like_header(filled[:2_000]) if header is None else header
    width = max(len(row) for row in filled)
    given = filled[0] if has_header else []
    names = column_names(given, width)
    columns = zip(*filled[has_header:], strict=True)
    arrays = [pa.array(column, pa.large_string()) for column in columns] or [pa.array([], pa.large_string())] * width
    table = pa.table(dict(zip(names, arrays, strict=True)))
    table, aside = leave_empty_columns_aside(table, given)
    return Found("Excel", table, header=has_header, notes=tuple(text for text in (aside, note) if text))


def _cell(value: Any) -> str:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return as_text(value)


def _other_sheets(chosen: str, names: Sequence[str]) -> str:
    others = [name for name in names if name != chosen]
    if not others:
        return ""
    return f"From the sheet “{chosen}”; other sheets: {', '.join(shortened(others, 40))}."


def _whole(name: str, raw: bytes, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """All rows, whose size is looked at while they are unpacked, and whose offsets are inside of their texts."""
    kept, n_bytes = [], 0
    for batch in batches:
        batch.validate(full=True)
        n_bytes += batch.nbytes
        if n_bytes > most_unpacked(len(raw)):
            raise too_large(name, len(raw))
        kept.append(batch)
    return _flattened(pa.Table.from_batches(kept, schema))


def _flattened(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table.rename_columns(column_names(table.column_names, table.num_columns))
