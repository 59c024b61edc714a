"""A folder of text files, packed as a ZIP: each file is a text, the folder that holds it its class."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import pyarrow as pa

from bowcore.corpus.formats.encoding import Encoding, decode, is_utf8
from bowcore.corpus.formats.found import Found
from bowcore.errors import CorpusError
from bowcore.numbers import size

SUFFIXES = (".txt", ".text", ".md", "")
NO_TEXT_FILE = "not a text file"
NO_FOLDER = "a file outside of the folders"
PACKED = "packed in a way that cannot be read"
LARGEST = 2_000_000_000
MOST_FILES = 1_000_000
_SAMPLE = 1 << 22  # bytes


def unpacked_size(raw: bytes) -> int:
    """Bytes of all files of a ZIP, as it says itself.

    Raises:
        BadZipFile: It is none.
    """
    return sum(item.file_size for item in zipfile.ZipFile(io.BytesIO(raw)).infolist())


def read_folder(name: str, raw: bytes, encoding: str = "") -> Found:
    """The texts of a ZIP, classes by the name of the folder of each.

    Raises:
        CorpusError: It cannot be unpacked, is too large, or holds no text in a folder.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        items = [item for item in archive.infolist() if not item.is_dir() and not _is_hidden(item.filename)]
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{name} is not a ZIP file, or it is incomplete.") from error
    n_bytes = sum(item.file_size for item in items)
    if n_bytes > LARGEST or len(items) > MOST_FILES:
        raise CorpusError(f"{name} unpacks to {size(n_bytes)} in {len(items):,} files; {size(LARGEST)} are the most.")
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
                contents[item.filename] = archive.read(item)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
                left_out[PACKED] += 1
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
