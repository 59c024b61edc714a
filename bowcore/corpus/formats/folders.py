"""A folder of text files, packed as a ZIP: each file is a text, the folder that holds it its class."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from lzma import LZMAError
from pathlib import Path, PurePosixPath

import pyarrow as pa

from bowcore.corpus.formats.encoding import Encoding, decode, is_utf8
from bowcore.corpus.formats.found import Found
from bowcore.corpus.formats.unpacked import most_unpacked, too_large
from bowcore.errors import CorpusError

SUFFIXES = (".txt", ".text", ".md", "")
NO_TEXT_FILE = "not a text file"
NO_FOLDER = "a file outside of the folders"
PACKED = "packed in a way that cannot be read"
MOST_FILES = 1_000_000
_ENTRY = b"PK\x01\x02"
"""Beginning of a file's entry in the list of a ZIP."""
_AT_ONCE, _SAMPLE, _BLOCK = 1 << 24, 1 << 22, 1 << 20  # bytes
UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    LZMAError,
)


def n_listed(path: Path) -> int:
    """Number of files that a ZIP lists, counted without listing them; 0 for another file."""
    n_found, end = 0, b""
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            n_found += (end + part).count(_ENTRY)
            end = part[1 - len(_ENTRY) :]  # an entry may begin in one part and end in the next
    return n_found


def open_zip(name: str, raw: bytes) -> zipfile.ZipFile:
    """A ZIP whose list of contents can be read.

    Raises:
        CorpusError: It is none, or it lists too many files.
    """
    if (n_files := raw.count(_ENTRY)) > MOST_FILES:
        raise CorpusError(f"{name} holds {n_files:,} files; at most {MOST_FILES:,} are read. Bring them in parts.")
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except UNREADABLE as error:
        raise CorpusError(f"{name} is not a ZIP file, or it is incomplete.") from error


def read_folder(name: str, raw: bytes, encoding: str = "") -> Found:
    """The texts of a ZIP, classes by the name of the folder of each.

    Raises:
        CorpusError: It cannot be unpacked, is too large, or holds no text in a folder.
    """
    archive = open_zip(name, raw)
    items = [
        item for item in archive.infolist() if item.filename[-1:] not in ("", "/") and not _is_hidden(item.filename)
    ]
    most = most_unpacked(len(raw))
    if sum(item.file_size for item in items) > most:  # as they say themselves, so that nothing is unpacked in vain
        raise too_large(name, len(raw))
    left_out: Counter[str] = Counter()
    contents: dict[str, bytes] = {}
    for item in items:
        path = PurePosixPath(item.filename)
        if path.suffix.casefold() not in SUFFIXES:
            left_out[NO_TEXT_FILE] += 1
        elif len(path.parts) < 2:
            left_out[NO_FOLDER] += 1
        else:
            try:
                contents[item.filename] = _unpacked(archive, item, most)
            except UNREADABLE:
                left_out[PACKED] += 1
                continue
            most -= len(contents[item.filename])
            if most < 0:
                raise too_large(name, len(raw))
    if not contents:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in left_out.items()) or "it is empty"
        raise CorpusError(f"{name} holds no texts in folders ({reasons}). Put the texts of each class in a folder.")
    found, texts = _decoded(name, list(contents.values()), encoding)
    columns = {
        "text": pa.array(texts, pa.large_string()),
        "label": [PurePosixPath(file).parts[-2] for file in contents],
        "file": list(contents),
    }
    return Found("folder of texts", pa.table(columns), dict(left_out), encoding=found)


def _unpacked(archive: zipfile.ZipFile, item: zipfile.ZipInfo, most: int) -> bytes:
    """A file's contents, a block at a time: what it says of its size may not be true. At most `most` bytes and one."""
    content = bytearray()
    with archive.open(item) as file:
        while len(content) <= most and (block := file.read(min(_BLOCK, most + 1 - len(content)))):
            content += block
    return bytes(content)


def _decoded(name: str, contents: Sequence[bytes], asked: str) -> tuple[Encoding, list[str]]:
    """All texts; those that are not UTF-8 have one encoding, guessed from all of them."""
    odd = [content for content in contents if not is_utf8(content)]
    _, found = decode(name, b"\n".join(odd) if odd else b"\n".join(contents)[:_SAMPLE], asked)
    texts = []
    for content in contents:
        as_asked = asked or ("" if is_utf8(content) else found.name)
        try:
            texts.append(decode(name, content, as_asked)[0].decode("utf-8", "replace"))
        except CorpusError:  # one file of many in yet another encoding
            texts.append(decode(name, content)[0].decode("utf-8", "replace"))
    return found, texts


def _is_hidden(file: str) -> bool:
    """Files that systems add: `__MACOSX/._a.txt`, `.DS_Store`."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(file).parts)
