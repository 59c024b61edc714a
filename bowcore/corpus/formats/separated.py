"""Tables of separated fields: CSV, TSV and their like, read with the marks that `dialects` finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from bowcore.corpus.choose_columns import KNOWN_NAMES
from bowcore.corpus.formats.dialects import SAMPLE_RECORDS, Dialect, find_dialect, is_quoted, read_records
from bowcore.corpus.formats.found import (
    LONGEST_REFUSED,
    MOST_REFUSED,
    Found,
    Refused,
    Report,
    column_names,
    ignore,
    leave_empty_columns_aside,
)
from bowcore.corpus.formats.plain_lines import read_plain_lines
from bowcore.errors import CorpusError
from bowcore.numbers import counted

MANY_FIELDS = "more fields than columns"
OPEN_QUOTE = "a quotation mark that does not close"
ABOVE_NAMES = "above the names of the columns"

_BATCH = 20_000  # records
_LONGEST_NAME = 80
_MOST_ABOVE = 20  # lines
_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""The first line by which spreadsheets name the separator."""


def read_separated(
    name: str,
    source: bytes,
    separator: str = "",
    quote: str | None = None,
    header: bool | None = None,
    report: Report = ignore,
) -> Found:
    """All records of a file as columns of strings.

    Args:
        name: The file, for messages.
        source: Its text as UTF-8.
        separator: The separator, if it is known.
        quote: The quotation mark, if it is known; '' for none.
        header: Whether the first record names the columns; None decides by the records.
        report: Called with the share that is read, now and then.

    Raises:
        CorpusError: It has no records.
    """
    said = _SEPARATOR_LINE.match(source)
    if said:
        source, separator = source[said.end() :], separator or said[1].decode()
    dialect = find_dialect(source, separator, quote)
    if header is not False and (above := _lines_above_names(source, dialect)):
        refused = tuple(Refused(ABOVE_NAMES, line.decode()[:LONGEST_REFUSED]) for line in above if line.strip())
        found = _read_below(name, source[sum(map(len, above)) :], dialect, quote, True, report)
        left_out = {ABOVE_NAMES: len(refused)} if refused else {}
        return replace(found, left_out=left_out | dict(found.left_out), refused=(*refused, *found.refused))
    return _read_below(name, source, dialect, quote, header, report)


def _read_below(
    name: str, source: bytes, dialect: Dialect, quote: str | None, header: bool | None, report: Report
) -> Found:
    found = _read(name, source, dialect, header, report)
    n_open = found.left_out.get(OPEN_QUOTE, 0)
    if n_open and quote is None and not is_quoted(source, dialect, n_open):
        found = _read(name, source, Dialect(dialect.separator, "", "", dialect.spaced), header, report)
    return found


def _lines_above_names(source: bytes, dialect: Dialect) -> list[bytes]:
    """Titles and comments at the beginning of a file, if the names of its columns stand below them."""
    separator, quote = dialect.separator.encode(), dialect.quote.encode()
    above: list[bytes] = []
    for line in source[: 1 << 16].splitlines(keepends=True)[:_MOST_ABOVE]:
        if (line.strip() and separator in line and not line.startswith(b"#")) or (quote and quote in line):
            break
        above.append(line)
    if not any(line.strip() for line in above):
        return []
    below = source[sum(map(len, above)) :]
    sample = [fields for fields in islice(read_records(below, dialect), SAMPLE_RECORDS) if isinstance(fields, list)]
    if len(sample) < 2 or not len(sample[0]) == _usual_width(sample) > 1 or not looks_like_header(sample):
        return []
    return above


def looks_like_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names the columns: by known names, or by being unlike the records below it."""
    names = [field.strip() for field in records[0]]
    if any(name.casefold() in KNOWN_NAMES for name in names):
        return True
    below = records[1:]
    if not below or any(_is_number(name) or len(name) > _LONGEST_NAME for name in names) or not any(names):
        return False
    given = [name for name in names if name]
    if len(set(given)) < len(given):
        return False
    for position, name in enumerate(names):
        column = [record[position].strip() for record in below if position < len(record)]
        if name and name in column:
            return False
    return True


def _read(name: str, source: bytes, dialect: Dialect, header: bool | None, report: Report) -> Found:
    sample = [fields for fields in islice(read_records(source, dialect), SAMPLE_RECORDS) if isinstance(fields, list)]
    if not sample:
        raise CorpusError(f"{name} is empty. Its first line must name the columns.")
    has_header = looks_like_header(sample) if header is None else header
    below = sample[has_header:] or sample
    width = len(sample[0]) if has_header else _usual_width(below)
    given: Sequence[str] = sample[0] if has_header else ()
    if has_header and _usual_width(below) == width + 1:  # row numbers without a name, as R writes them
        given, width = ["", *sample[0]], width + 1
    names = column_names(given, width)
    marks = dialect.separator, dialect.quote
    if not dialect.escape and not dialect.spaced:
        plain = read_plain_lines(source, *marks, width, has_header)
        if plain is not None and plain.num_rows:
            return _found(dialect, plain.rename_columns(names), given if has_header else None, {}, (), 0)
    columns = _Columns(width, dialect, None if dialect.quote else _longest(below, width))
    records = read_records(source, dialect, width, report)
    if has_header:
        next(records, None)
    for fields in records:
        columns.add(fields)
    table = columns.table(names)
    if not table.num_rows and not columns.left_out:
        raise CorpusError(f"{name} has no rows below its first line, which names the columns.")
    return _found(
        dialect,
        table,
        given if has_header else None,
        dict(columns.left_out),
        tuple(columns.refused),
        columns.n_joined,
    )


def _found(
    dialect: Dialect,
    table: pa.Table,
    header: Sequence[str] | None,
    left_out: Mapping[str, int],
    refused: tuple[Refused, ...],
    n_joined: int,
) -> Found:
    """What was read; `header` are the names as they are written, None if the file has no line of names."""
    notes = []
    if header is not None:
        table, aside = leave_empty_columns_aside(table, header)
        notes.append(aside)
    if n_joined:
        notes.append(f"In {counted(n_joined, 'row')} the separator stands in the text too; it was kept there.")
    return Found(
        format="TSV" if dialect.separator == "\t" else "CSV",
        table=table,
        left_out=left_out,
        refused=refused,
        separator=dialect.separator,
        quote=dialect.quote,
        header=header is not None,
        notes=tuple(note for note in notes if note),
    )


class _Columns:
    """Records collected in columns, a batch at a time."""

    def __init__(self, width: int, dialect: Dialect, longest: int | None) -> None:
        self.left_out: Counter[str] = Counter()
        self.refused: list[Refused] = []
        self.n_joined = 0
        self._width, self._separator, self._longest = width, dialect.separator, longest
        self._rows: list[list[str | None]] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, fields: list[str] | str) -> None:
        """Add a record, or count it among those left out; a string is a line that the parser refused."""
        if isinstance(fields, str):
            self._leave_out(OPEN_QUOTE, fields)
            return
        row: list[str | None] = [*fields]
        n_more = len(row) - self._width
        if n_more > 0 and not any(fields[self._width :]):
            del row[self._width :]
        elif n_more > 0 and self._longest is not None:
            text = self._separator.join(fields[self._longest : self._longest + n_more + 1])
            row[self._longest : self._longest + n_more + 1] = [text]
            self.n_joined += 1
        elif n_more > 0:
            self._leave_out(MANY_FIELDS, self._separator.join(fields))
            return
        row.extend([None] * -n_more)
        self._rows.append(row)
        if len(self._rows) == _BATCH:
            self._pack()

    def _leave_out(self, reason: str, text: str) -> None:
        self.left_out[reason] += 1
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(Refused(reason, text.strip()[:LONGEST_REFUSED]))

    def table(self, names: Sequence[str]) -> pa.Table:
        """All records added."""
        self._pack()
        return pa.Table.from_batches(self._batches).rename_columns(list(names))

    def _pack(self) -> None:
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in range(self._width))
        arrays = [pa.array(column, pa.large_string()) for column in columns]
        self._batches.append(pa.RecordBatch.from_arrays(arrays, [str(number) for number in range(self._width)]))
        self._rows = []


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    return Counter(len(fields) for fields in records).most_common(1)[0][0]


def _longest(records: Sequence[Sequence[str]], width: int) -> int:
    """Position of the column with most text among records of the usual width."""
    sizes = [0] * width
    for fields in records:
        if len(fields) == width:
            sizes = [size + len(field) for size, field in zip(sizes, fields, strict=True)]
    return max(range(width), key=sizes.__getitem__)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
