"""Rows as JSON objects: one a line, or in an array."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bowcore.corpus.choose_columns import SPLIT_NAMES
from bowcore.corpus.formats.found import (
    LONGEST_REFUSED,
    MOST_REFUSED,
    Found,
    Refused,
    Report,
    column_names,
    flat,
    ignore,
    table_of_objects,
)
from bowcore.errors import CorpusError
from bowcore.numbers import counted

NOT_JSON = "not valid JSON"
NO_OBJECT = "not an object with fields"
_REPORTED_EVERY, _BYTES_PER_ROW = 5_000, 300
_DEEPEST = 2
_EXAMPLE = '{"text": …, "label": …}'


def read_objects(name: str, source: bytes, report: Report = ignore) -> Found:
    """Objects of a file of JSON, nested fields by dotted names.

    Raises:
        CorpusError: It holds no object.
    """
    rows: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    refused: list[Refused] = []
    first = ""
    whole = source.lstrip()
    in_lines = not whole.startswith(b"[") or _has_arrays_in_lines(whole)
    values = _lines(source) if in_lines else enumerate(_array(name, whole), start=1)
    if in_lines and whole.startswith(b"{") and (items := _rows_of_object(_parsed(whole))) is not None:
        in_lines, values = False, enumerate(items, start=1)
    for number, value in values:
        if len(rows) % _REPORTED_EVERY == 0:
            report(min(1.0, len(rows) * _BYTES_PER_ROW / len(source)))
        row = _as_object(value)
        if row is None:
            left_out[NOT_JSON if isinstance(value, ValueError) else NO_OBJECT] += 1
            if len(refused) < MOST_REFUSED:
                reason = NOT_JSON if isinstance(value, ValueError) else NO_OBJECT
                refused.append(Refused(reason, f"line {number:,}: {value}"[:LONGEST_REFUSED]))
            where = f"Line {number:,}" if in_lines else f"Item {number:,}"
            problem = f"is not valid JSON: {value}" if isinstance(value, ValueError) else "is no object"
            first = first or f"{where} of {name} {problem}. Each must be one object, such as {_EXAMPLE}."
            continue
        rows.append(flat(row))
    if not rows:
        raise CorpusError(first or f"{name} is empty. It must hold objects such as {_EXAMPLE}.")
    table, n_halves = table_of_objects(rows)
    notes = [first] if first else []
    if n_halves:
        notes.append(f"{counted(n_halves, 'text')} held half a character, which stands as \ufffd.")
    return Found("JSON Lines" if in_lines else "JSON", table, dict(left_out), tuple(refused), notes=tuple(notes))


def _lines(source: bytes) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(io.BytesIO(source), start=1):
        if line.strip():
            yield number, _parsed(line)


def _parsed(text: bytes) -> Any:
    """A JSON value, or the error that it raises."""
    try:
        return json.loads(text)
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("it is nested too deeply")


def _array(name: str, source: bytes) -> list[Any]:
    value = _parsed(source)
    if isinstance(value, ValueError):
        raise CorpusError(f"{name} is not valid JSON: {value}. It begins like an array of objects.")
    found: list[Any] = value
    return found


def _rows_of_object(value: Any) -> Sequence[Any] | None:
    """The rows of a file that is one object: its only array of objects, one for each split, or columns of any form.

    None if it is itself a row.
    """
    if not isinstance(value, dict):
        return None
    arrays = list(_arrays_of_objects(value))
    if len(arrays) == 1:
        return arrays[0][1]
    if arrays and all(name.casefold() in SPLIT_NAMES for name, _ in arrays):
        return [{**row, "split": name} if isinstance(row, dict) else row for name, rows in arrays for row in rows]
    if value.keys() == {"schema", "data"}:  # orient="table" of pandas
        return value["data"] if isinstance(value["data"], list) else None
    names, data, parts = value.get("columns"), value.get("data"), list(value.values())
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, names), row, strict=False)) for row in data]
    if len(parts) < 2:
        return None
    if all(isinstance(part, list) for part in parts) and len(parts[0]) > 1 and len({len(part) for part in parts}) == 1:
        return [dict(zip(value, row, strict=True)) for row in zip(*parts, strict=True)]
    if all(isinstance(part, dict) and part.keys() == parts[0].keys() for part in parts):
        inner = list(parts[0])
        if len(inner) < len(parts):  # a row for each key, such as an identifier
            return parts
        return [{name: part[key] for name, part in value.items()} for key in inner]
    return None


def _arrays_of_objects(value: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    for name, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            yield name, item
        elif isinstance(item, dict) and depth < _DEEPEST:
            yield from _arrays_of_objects(item, depth + 1)


def _has_arrays_in_lines(source: bytes) -> bool:
    """Whether each line is an array, such as spaCy's `["text", {"cats": …}]`."""
    line, _, rest = source.partition(b"\n")
    return bool(rest.strip()) and isinstance(_parsed(line), list)


def _as_object(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
        return {"text": value[0], **value[1]}
    if isinstance(value, list) and len(value) > 1 and not any(isinstance(item, (dict, list)) for item in value):
        return dict(zip(column_names((), len(value)), value, strict=True))
    return None
