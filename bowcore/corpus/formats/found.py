"""`Found`: what was read from a file, and what was left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from bowcore.corpus.formats.encoding import Encoding
from bowcore.errors import CorpusError

Report = Callable[[float], None]
"""Called with the share of a file that is read, from 0 to 1; what it raises ends the reading."""

_HALVES = re.compile("[\ud800-\udfff]")
_DEEPEST = 6


MOST_COLUMNS, LONGEST_NAME = 2_000, 200
"""Columns of a file, and characters of the name of each."""
MOST_REFUSED, LONGEST_REFUSED = 50, 300
"""Rows that are kept to be shown, and characters of each."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The beginning of a row that could not be read, and why."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a file as a table, and how they were recognised.

    Attributes:
        format: Its format in words, such as `CSV`.
        table: Rows that could be read, one column a field.
        left_out: Rows that could not, by reason.
        refused: The first of these.
        encoding: Encoding of a text file.
        separator: Separator of a table of separated fields; '' for other formats.
        quote: Its quotation mark; '' for none.
        header: Whether its first row names the columns; None for other formats.
        notes: Sentences about what was changed while reading.
    """

    format: str
    table: pa.Table
    left_out: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    encoding: Encoding | None = None
    separator: str = ""
    quote: str = ""
    header: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Rows of the file: those read and those left out."""
        return int(self.table.num_rows) + sum(self.left_out.values())


def ignore(share: float) -> None:
    """A report for nobody."""


def column_names(given: Sequence[str], width: int) -> list[str]:
    """Names of columns without surrounding white space, all different; nameless ones are numbered.

    >>> column_names(["text", " label", "", "text"], 5)
    ['text', 'label', 'column 3', 'text 2', 'column 5']

    Raises:
        CorpusError: They are too many.
    """
    check_width(width)
    names: dict[str, None] = {}
    for position in range(width):
        name = given[position].strip()[:LONGEST_NAME] if position < len(given) else ""
        name = plain = name or f"column {position + 1}"
        times = 1
        while name in names:
            times += 1
            name = f"{plain} {times}"
        names[name] = None
    return list(names)


def check_width(n_columns: int) -> None:
    """Refuse a table of more columns than a reader can look through.

    Raises:
        CorpusError: It has more.
    """
    if n_columns > MOST_COLUMNS:
        raise CorpusError(f"The file has {n_columns:,} columns; at most {MOST_COLUMNS:,} are read. Leave some out.")


def table_of_objects(rows: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, int]:
    """Flat objects as a table, and the number of texts with half a character, which becomes U+FFFD.

    A column of numbers and text becomes text, since a label may be either.

    Raises:
        CorpusError: They have too many fields.
    """
    names = list(dict.fromkeys(key for row in rows for key in row))
    check_width(len(names))
    columns: dict[str, pa.Array] = {}
    n_halves = 0
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[_whole(name)] = pa.array(values)
            continue
        except UnicodeEncodeError:
            n_halves += sum(isinstance(value, str) and bool(_HALVES.search(value)) for value in values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
        texts = [None if value is None else _whole(as_text(value)) for value in values]
        columns[_whole(name)] = pa.array(texts, pa.large_string())
    return pa.table(columns), n_halves


def as_text(value: object) -> str:
    """A value as text; floats that are whole lose their decimals."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def flat(row: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """An object without nesting: a field of a field gets a dotted name, a list of one its item.

    >>> flat({"text": "tea", "meta": {"mood": ["good"]}})
    {'text': 'tea', 'meta.mood': 'good'}
    """
    found: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (dict, list)):
            found[name] = value[0]
        elif isinstance(value, dict) and key == "cats":
            found[name] = _chosen_categories(value)
        elif isinstance(value, dict) and depth < _DEEPEST:
            found |= flat(value, f"{name}.", depth + 1)
        elif not isinstance(value, dict) and not (isinstance(value, list) and _is_nested(value)):
            found[name] = value
    return found


def leave_empty_columns_aside(table: pa.Table, given: Sequence[str]) -> tuple[pa.Table, str]:
    """The table without those of its nameless columns that hold nothing, and a sentence about them.

    `given` are the names as they are written; columns beyond them have none.
    """
    nameless = [column for column, name in zip_longest(table.column_names, given) if not (name or "").strip()]
    empty = [name for name in nameless if not any((value or "").strip() for value in table[name].unique().to_pylist())]
    if not empty or len(empty) == table.num_columns:
        return table, ""
    one = len(empty) == 1
    return table.drop_columns(empty), f"{len(empty)} nameless empty column{' is' if one else 's are'} left aside."


def _chosen_categories(values: Mapping[str, Any]) -> str | list[str] | None:
    """The categories that are on in spaCy's and Prodigy's `cats`."""
    on = [name for name, value in values.items() if isinstance(value, (bool, int, float)) and value > 0.5]
    return on[0] if len(on) == 1 else (on or None)


def _is_nested(values: Sequence[Any]) -> bool:
    return any(isinstance(value, (dict, list)) for value in values)


def _whole(text: str) -> str:
    return _HALVES.sub("\ufffd", text)
