"""Marks of a table of separated fields: which ones fit, and the records that they give.

Python's own parser reads each record in its strict mode. A record that it refuses, because a quotation mark does not
close, is left out by its first line alone, and reading goes on at the next line: no mark swallows the rows behind it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from bowcore.corpus.formats.found import Report, ignore

SAMPLE_RECORDS = 500
"""Records from which marks, names and widths are recognised."""
_SAMPLE, _CLEVER_SAMPLE, _LEAST_LINES = 1 << 18, 1 << 14, 100  # characters, characters, lines
_REPORTED_EVERY = 5_000  # records
_USUAL = ",\t;|"
_MOST_SIGNS = 12
"""Signs of the first line that are tried: each is tried on the whole sample, a dozen times."""
_NEVER = "\"'_-.()[]{}<>/\\ "
"""Signs that stand in names and texts too often to be looked for as separators."""
_N_FIT, _N_DECISIVE = 6, 3
"""Numbers that say how well marks fit, and those among them that are looked at first."""
_CLOSED_PER_OPEN = 10
"""Closed quotation marks for each open one in a file that is taken for quoted."""
_LONGEST_RECORD = 10_000  # lines
_LONGEST_FIELD = 1 << 28


@dataclass(frozen=True, slots=True)
class Dialect:
    """Marks of a table; `quote` and `escape` may be ''. `spaced` ignores white space behind a separator."""

    separator: str
    quote: str = '"'
    escape: str = ""
    spaced: bool = False

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Python's parser with these marks."""
        csv.field_size_limit(_LONGEST_FIELD)
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=self.spaced,
            strict=True,
        )


def find_dialect(source: bytes, separator: str = "", quote: str | None = None) -> Dialect:
    """The marks with which most records of the beginning have the same number of fields."""
    size = _SAMPLE
    while size < len(source) and source.count(b"\n", 0, size) < _LEAST_LINES:
        size *= 2
    text = source[:size].decode("utf-8", "replace")
    if size < len(source):
        text = text[: text.rfind("\n") + 1]
    separators = [separator] if separator else _candidates(text)
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
    fits = {dialect: _fit(text, dialect) for dialect in dialects or [Dialect(separators[0], quote or "")]}
    most = max(fit[:_N_DECISIVE] for fit in fits.values())
    best_ones = [dialect for dialect, fit in fits.items() if fit[:_N_DECISIVE] == most]
    proposed = _propose(text) if len({dialect.separator for dialect in best_ones}) > 1 else ""
    best = max(best_ones, key=lambda dialect: (dialect.separator == proposed, *fits[dialect]))
    return replace(best, spaced=best.spaced or _is_spaced(text, best))


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


def read_records(
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


def _fit(text: str, dialect: Dialect) -> tuple[float, ...]:
    """How well marks fit; more is better. Among equals in the first `_N_DECISIVE` numbers, a proposal decides."""
    source = text.encode("utf-8", "replace")
    records = list(islice(read_records(source, dialect), SAMPLE_RECORDS))
    n_refused = sum(isinstance(fields, str) for fields in records)
    widths = Counter(len(fields) for fields in records if isinstance(fields, list))
    if not widths:
        return (0.0,) * _N_FIT
    width, n_alike = max(widths.items(), key=lambda item: (item[1], item[0]))
    forgiven = n_refused if n_refused and dialect.quote and is_quoted(source, dialect, n_refused) else 0
    share = n_alike / (len(records) - forgiven)
    n_closed = _n_closed(source, dialect)
    return (
        width > 1,
        round(share, 3),
        len(records) - n_refused,
        dialect.separator in _USUAL,
        n_closed,
        -2 * bool(dialect.escape) - dialect.spaced - 4 * bool(dialect.quote),
    )


def is_quoted(source: bytes, dialect: Dialect, n_open: int) -> bool:
    """Whether fields that end in a quotation mark outnumber the open ones, which then are slips."""
    return _n_closed(source, dialect) > _CLOSED_PER_OPEN * n_open


def _n_closed(source: bytes, dialect: Dialect) -> int:
    """Number of fields that end in the quotation mark."""
    if not dialect.quote:
        return 0
    mark, separator = re.escape(dialect.quote.encode()), re.escape(dialect.separator.encode())
    return sum(1 for _ in re.finditer(mark + b"(?=" + separator + rb"|\r|\n|\Z)", source))


def _propose(text: str) -> str:
    """The separator that the consistency of patterns and types proposes; '' for none."""
    from clevercsv.detect import Detector

    found = Detector().detect(text[:_CLEVER_SAMPLE], delimiters=_candidates(text))
    return "" if found is None else found.delimiter or ""


def _candidates(text: str) -> list[str]:
    """Separators to try: the usual ones, and signs of the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    signs = [sign for sign in dict.fromkeys(first) if not sign.isalnum() and sign not in _NEVER and sign.isprintable()]
    return list(dict.fromkeys([*_USUAL, *signs[:_MOST_SIGNS]]))


def _is_spaced(text: str, dialect: Dialect) -> bool:
    """Whether white space stands behind every separator."""
    plain = replace(dialect, spaced=False)
    fields = [
        field
        for record in islice(read_records(text.encode("utf-8", "replace"), plain), SAMPLE_RECORDS)
        if isinstance(record, list)
        for field in record[1:]
    ]
    return bool(fields) and all(field.startswith(" ") for field in fields)
