"""Corpora from files: CSV, TSV, JSON Lines or Parquet, one article per row."""

from __future__ import annotations

import codecs
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from bowcore.corpus.choose_columns import Options, choose_columns, label_articles, split_options
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.file_size import check_file
from bowcore.errors import CorpusError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


def is_file_name(name: str) -> bool:
    """Whether a corpus name is a file name, judged by its suffix."""
    return name.partition("?")[0].casefold().endswith(SUFFIXES)


def parse_file_name(name: str) -> tuple[Path, Options]:
    """Path and options of the file that a corpus name refers to; options may follow a question mark.

    Raises:
        CorpusError: An unknown option, or the home folder of an unknown user.
    """
    base, options = split_options(name)
    try:
        return Path(base).expanduser(), options
    except RuntimeError as error:
        raise CorpusError(f"{base} begins with '~', but there is no such home folder. Write the full path.") from error


def load_file(name: str, path: Path, options: Options) -> Corpus:
    """The corpus of that name in a file, split 70 / 15 / 15 by class.

    Raises:
        CorpusError: The file cannot be read, or its columns, articles or classes cannot be used.
    """
    shown = path.name
    table = _read(path, options)
    columns = choose_columns(shown, table.schema, (), options)
    found = label_articles(shown, [table], None, columns)
    del table
    texts = " and ".join(column for column in (columns.title, *columns.body) if column)
    return make_corpus(
        name,
        found.titles,
        found.bodies,
        found.labels,
        found.class_names,
        rule=SplitRule(validation_share=0.15, test_share=0.15),
        provenance=Provenance(
            title=shown,
            origin=f"The file {shown}, {len(found.labels):,} articles",
            licence="not stated; the file is yours and stays on this machine",
            note=f"Text from {texts}, classes from {columns.label}; split 70 / 15 / 15 by class. "
            f"{found.dropped_in_words}".strip(),
        ),
    )


def _read(path: Path, options: Options) -> pa.Table:
    kind = path.suffix.casefold()
    if kind not in SUFFIXES:
        raise CorpusError(f"{path.name} is not a file of articles; their names end in {', '.join(SUFFIXES)}.")
    try:
        check_file(path)
        if kind == ".parquet":
            return pq.read_table(path)
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"There is no file {path}. Check the path, or upload the file.") from error
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}.") from error
    except pa.ArrowInvalid as error:
        raise CorpusError(f"{path.name} is not a Parquet file, or it is incomplete: {error}") from error
    source = _as_utf8(path.name, raw, options.encoding)
    del raw
    if not source or source.isspace():
        raise CorpusError(f"{path.name} is empty. Its first line must name the columns.")
    return _read_objects(path.name, source) if kind in (".jsonl", ".ndjson") else _read_rows(path.name, source, kind)


def _as_utf8(name: str, raw: bytes, encoding: str) -> bytes:
    """The file's text as UTF-8; what is UTF-8 already is checked and not copied."""
    try:
        if codecs.lookup(encoding or "utf-8").name in ("utf-8", "utf-8-sig"):
            if not _is_utf8(raw):
                raw.decode("utf-8")
            return raw.removeprefix(codecs.BOM_UTF8)
        return raw.decode(encoding).removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    except LookupError as error:
        raise CorpusError(
            f"There is no encoding '{encoding}'; write encoding=windows-1252 or encoding=utf-16."
        ) from error
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"Line {line:,} of {name} is not {encoding or 'UTF-8'} (byte 0x{raw[error.start]:02x}). Save the file as "
            f"UTF-8, or name its encoding: {name}?encoding={_likely_encoding(raw)}"
        ) from error


def _is_utf8(raw: bytes) -> bool:
    """Whether all bytes are UTF-8, without a string of them: it may take four times their memory."""
    ends = pa.py_buffer(np.array([0, len(raw)], dtype=np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(raw)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _likely_encoding(raw: bytes) -> str:
    """An encoding in which bytes that are not UTF-8 can be read; Windows-1252 has the signs that Latin-1 lacks."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        raw.decode("windows-1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "windows-1252"


def _read_rows(name: str, source: bytes, kind: str) -> pa.Table:
    bad: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        bad.append(row)
        return "error"

    parsing = csv.ParseOptions(
        delimiter="\t" if kind == ".tsv" else ",", newlines_in_values=True, invalid_row_handler=note
    )
    # one block, so that row numbers count from the start and no long article is cut; one thread, for the same reason
    reading = csv.ReadOptions(use_threads=False, block_size=len(source) + 1)
    try:
        header = csv.read_csv(
            io.BytesIO(source[: source.find(b"\n") + 1] or source), parse_options=parsing
        ).schema.names
        if len(set(header)) < len(header):
            raise CorpusError(f"{name} has two columns named alike: {', '.join(header)[:200]}. Rename one of them.")
        as_written = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
        return csv.read_csv(io.BytesIO(source), read_options=reading, parse_options=parsing, convert_options=as_written)
    except pa.ArrowInvalid as error:
        if bad:
            row = bad[0]
            raise CorpusError(
                f"Row {row.number:,} of {name} has {row.actual_columns} columns, but the first line names "
                f"{row.expected_columns}. Put quotes around texts that contain the separator."
            ) from error
        raise CorpusError(f"{name} cannot be read as {kind[1:].upper()}: {error}") from error


def _read_objects(name: str, source: bytes) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(io.BytesIO(source), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CorpusError(
                f"Line {number:,} of {name} is not valid JSON: {error}. Each line must be one object."
            ) from error
        if not isinstance(row, dict):
            raise CorpusError(f'Line {number:,} of {name} must be one object, such as {{"text": …, "label": …}}.')
        rows.append(row)
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns: dict[str, pa.Array] = {}
    for key in names:
        values = [row.get(key) for row in rows]
        try:
            columns[key] = pa.array(values)
        except UnicodeEncodeError as error:
            raise CorpusError(f"Column '{key}' of {name} holds half a character; correct that text.") from error
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            # a column of numbers and text becomes text; a label may be either
            columns[key] = pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.table(columns)
