"""`read_file`: the rows of a file, whose format is recognised by its contents."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bowcore.corpus.formats.apart import read_apart
from bowcore.corpus.formats.encoding import decode
from bowcore.corpus.formats.folders import open_zip, read_folder
from bowcore.corpus.formats.found import Found, Report, ignore
from bowcore.corpus.formats.labelled_lines import is_labelled_lines, read_labelled_lines
from bowcore.corpus.formats.objects import read_objects
from bowcore.corpus.formats.separated import read_separated
from bowcore.corpus.options import QUOTES, Options, separator_of
from bowcore.errors import CorpusError

_SAVE = "Save its texts as a table, one text a row, and choose that file."
_UNPACK = "Unpack it, and choose the file inside; a ZIP may stay packed."
_FOREIGN = (
    (b"%PDF", "a PDF", _SAVE),
    (b"\x1f\x8b", "packed with gzip", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard", _UNPACK),
    (b"7z\xbc\xaf", "packed with 7-Zip", _UNPACK),
    (b"BZh", "packed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "packed with xz", _UNPACK),
    (b"SQLite format 3", "a database", _SAVE),
    (b"{\\rtf", "a document", _SAVE),
)
_PAGE = re.compile(rb"\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
"""The beginning of a web page, which some programs save as a workbook, or of XML."""
_OF_TABLES = (".csv", ".tsv", ".tab", ".txt")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def read_file(name: str, raw: bytes, options: Options, report: Report = ignore) -> Found:
    """The rows of a file.

    Args:
        name: Its name, for messages.
        raw: Its bytes.
        options: What is known of it; empty options are guessed.
        report: Called with the share that is read, now and then.

    Raises:
        CorpusError: It cannot be read.
    """
    header = {"yes": True, "no": False}.get(options.header)
    if raw.startswith(b"PAR1"):
        return read_apart("parquet", name, raw)
    if raw.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return read_apart("arrow", name, raw)
    if raw.startswith(_OLD_WORKBOOK):
        return read_apart("workbook", name, raw, options.sheet, header)
    if raw.startswith(b"PK"):
        return _read_archive(name, raw, options, header)
    for beginning, what, remedy in _FOREIGN:
        if raw.startswith(beginning):
            raise CorpusError(f"{name} is {what}. {remedy}")
    if Path(name).suffix.casefold() == ".parquet":
        return read_apart("parquet", name, raw)
    source, encoding = decode(name, raw, options.encoding)
    if not source or source.isspace():
        raise CorpusError(f"{name} is empty. Its first line must name the columns.")
    if b"\x00" in source[:4096]:
        raise CorpusError(f"{name} is not a file of texts. Choose a table, JSON, a workbook, or a ZIP of texts.")
    if _PAGE.match(source) and Path(name).suffix.casefold() not in _OF_TABLES:
        raise CorpusError(f"{name} is a web page or XML. {_SAVE}")
    return replace(_read_text(name, source, options, header, report), encoding=encoding)


def _read_text(name: str, source: bytes, options: Options, header: bool | None, report: Report) -> Found:
    suffix = Path(name).suffix.casefold()
    if is_labelled_lines(source):
        return read_labelled_lines(source)
    asked_for_table = bool(options.separator or options.quote or options.header)
    begins = source.lstrip()[:1]
    is_json = suffix in (".json", ".jsonl", ".ndjson") or (begins == b"{" and suffix not in (".csv", ".tsv"))
    if is_json and not asked_for_table:
        return read_objects(name, source, report)
    quote = QUOTES[options.quote] if options.quote else None
    separator = separator_of(options) or ("\t" if suffix == ".tsv" and b"\t" in source[:65_536] else "")
    return read_separated(name, source, separator, quote, header, report)


def _read_archive(name: str, raw: bytes, options: Options, header: bool | None) -> Found:
    inside = open_zip(name, raw).namelist()
    if any(part.startswith("xl/") for part in inside) or "content.xml" in inside:
        return read_apart("workbook", name, raw, options.sheet, header)
    if any(part.startswith("word/") for part in inside):
        raise CorpusError(f"{name} is a document. Save its texts as a table, one text a row, and choose that file.")
    return read_folder(name, raw, options.encoding)
