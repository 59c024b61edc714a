"""Tables of separated fields: CSV, TSV and their like. `clevercsv` proposes marks; those that fit best are read.

Python's own parser reads each record in its strict mode. A record that it refuses, because a quotation mark does not
close, is left out by its first line alone, and reading goes on at the next line: no mark swallows the rows behind it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

import pyarrow as pa

from bowcore.corpus.choose_columns import KNOWN_NAMES
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

_SAMPLE, _CLEVER_SAMPLE = 1 << 18, 1 << 14  # characters
_SAMPLE_RECORDS, _LEAST_LINES = 500, 100
_BATCH, _REPORTED_EVERY = 20_000, 5_000  # records
_USUAL = ",\t;|"
_NEVER = "\"'_-.()[]{}<>/\\ "
"""Signs that stand in names and texts too often to be looked for as separators."""
_CLOSED_PER_OPEN = 10
"""Closed quotation marks for each open one in a file that is taken for quoted."""
_LONGEST_RECORD = 10_000  # lines
_LONGEST_FIELD = 1 << 28
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Dialect:
    """Marks of a table; `quote` and `escape` may be ''. `spaced` ignores white space behind a separator."""

    separator: str
    quote: str = '"'
    escape: str = ""
    spaced: bool = False

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Python's parser with these marks."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=self.spaced,
            strict=True,
        )


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
    csv.field_size_limit(_LONGEST_FIELD)
    dialect = find_dialect(source, separator, quote)
    found = _read(name, source, dialect, header, report)
    n_open = found.left_out.get(OPEN_QUOTE, 0)
    if n_open and quote is None and not _is_quoted(source, dialect, n_open):
        found = _read(name, source, Dialect(dialect.separator, "", "", dialect.spaced), header, report)
    return found


def find_dialect(source: bytes, separator: str = "", quote: str | None = None) -> Dialect:
    """The marks with which most records of the beginning have the same number of fields."""
    size = _SAMPLE
    while size < len(source) and source.count(b"\n", 0, size) < _LEAST_LINES:
        size *= 2
    text = source[:size].decode("utf-8", "replace")
    if size < len(source):
        text = text[: text.rfind("\n") + 1]
    proposed = _propose(text)
    separators = [separator] if separator else _candidates(text, proposed)
    dialects = [
        Dialect(mark, sign, escape, spaced)
        for mark in separators
        for sign in (['"', "'", ""] if quote is None else [quote])
        for escape in ("", "\\")
        for spaced in (False, True)
        if (not sign or sign in text)
        and (not escape or (sign and f"\\{sign}" in text))
        and (not spaced or (sign and f"{mark} {sign}" in text))
    ]
    best = max(dialects or [Dialect(separators[0], quote or "")], key=lambda dialect: _fit(text, dialect, proposed))
    return replace(best, spaced=best.spaced or _is_spaced(text, best))


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
    sample = [fields for fields in islice(_records(source, dialect), _SAMPLE_RECORDS) if isinstance(fields, list)]
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
    records = _records(source, dialect, width, report)
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
        nameless = [column for column, name in zip_longest(table.column_names, header) if not (name or "").strip()]
        table, aside = leave_empty_columns_aside(table, nameless)
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


class _Lines(Iterator[str]):
    """Lines of a file; those of the present record can be returned."""

    def __init__(self, source: bytes) -> None:
        self._lines = io.TextIOWrapper(io.BytesIO(source), encoding="utf-8", errors="replace", newline="")
        self._returned: list[str] = []
        self.record: list[str] = []
        self.n_characters = 0

    def __next__(self) -> str:
        if len(self.record) == _LONGEST_RECORD:
            raise StopIteration
        line = self._returned.pop() if self._returned else next(self._lines)
        self.record.append(line)
        self.n_characters += len(line)
        return line

    def return_all_but_first(self) -> None:
        """Read the record's other lines again, as records of their own."""
        self._returned += reversed(self.record[1:])
        self.record = []


def _records(
    source: bytes, dialect: Dialect, width: int | None = None, report: Report = ignore
) -> Iterator[list[str] | str]:
    """Fields of each record, or the first line of one that is refused; blank lines are skipped.

    A record of several lines that has not `width` fields is refused too.
    """
    lines = _Lines(source)
    reader = dialect.reader(lines)
    n_records = 0
    while True:
        lines.record = []
        n_records += 1
        if n_records % _REPORTED_EVERY == 0:
            report(min(1.0, lines.n_characters / len(source)))
        try:
            fields = next(reader)
        except StopIteration:
            if len(lines.record) < _LONGEST_RECORD:
                return
            fields = []
        except csv.Error:
            fields = []
        n_lines = len(lines.record)
        if (not fields and any(line.strip() for line in lines.record)) or (
            width is not None and n_lines > 1 and len(fields) != width
        ):
            first = lines.record[0]
            lines.return_all_but_first()
            reader = dialect.reader(lines)
            yield first
        elif len(fields) > 1 or (fields and fields[0].strip()):
            yield fields


def _fit(text: str, dialect: Dialect, proposed: Dialect | None) -> tuple[float, ...]:
    """How well marks fit; more is better."""
    source = text.encode("utf-8", "replace")
    records = list(islice(_records(source, dialect), _SAMPLE_RECORDS))
    n_refused = sum(isinstance(fields, str) for fields in records)
    widths = Counter(len(fields) for fields in records if isinstance(fields, list))
    if not widths:
        return (0.0,)
    width, n_alike = max(widths.items(), key=lambda item: (item[1], item[0]))
    forgiven = n_refused if n_refused and dialect.quote and _is_quoted(source, dialect, n_refused) else 0
    share = n_alike / (len(records) - forgiven)
    n_closed = _n_closed(source, dialect)
    return (
        width > 1,
        round(share, 3),
        len(records) - n_refused,
        proposed is not None and dialect.separator == proposed.separator,
        dialect.separator in _USUAL,
        n_closed,
        -2 * bool(dialect.escape) - dialect.spaced - 4 * bool(dialect.quote),
    )


def _is_quoted(source: bytes, dialect: Dialect, n_open: int) -> bool:
    """Whether fields that end in a quotation mark outnumber the open ones, which then are slips."""
    return _n_closed(source, dialect) > _CLOSED_PER_OPEN * n_open


def _n_closed(source: bytes, dialect: Dialect) -> int:
    """Number of fields that end in the quotation mark."""
    if not dialect.quote:
        return 0
    mark, separator = re.escape(dialect.quote.encode()), re.escape(dialect.separator.encode())
    return sum(1 for _ in re.finditer(mark + b"(?=" + separator + rb"|\r|\n|\Z)", source))


def _propose(text: str) -> Dialect | None:
    from clevercsv.detect import Detector

    sample = text[:_CLEVER_SAMPLE]
    found = Detector().detect(sample, delimiters=_candidates(text, None))
    if found is None or not found.delimiter:
        return None
    return Dialect(found.delimiter, found.quotechar or "", found.escapechar or "")


def _candidates(text: str, proposed: Dialect | None) -> list[str]:
    """Separators to try: the usual ones, and signs of the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    signs = [sign for sign in dict.fromkeys(first) if not sign.isalnum() and sign not in _NEVER and sign.isprintable()]
    return list(dict.fromkeys([*([proposed.separator] if proposed else []), *_USUAL, *signs]))


def _is_spaced(text: str, dialect: Dialect) -> bool:
    """Whether white space stands behind every separator."""
    plain = replace(dialect, spaced=False)
    fields = [
        field
        for record in islice(_records(text.encode("utf-8", "replace"), plain), _SAMPLE_RECORDS)
        if isinstance(record, list)
        for field in record[1:]
    ]
    return bool(fields) and all(field.startswith(" ") for field in fields)


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
