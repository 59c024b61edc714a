"""Encoding of a text file: named, marked, valid UTF-8, or guessed by `chardet`; with the words that show it."""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np
import pyarrow as pa

from bowcore.errors import CorpusError
from bowcore.names import quoted

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_BEGINNING = 4096  # bytes or signs
_SAMPLE = 1 << 18  # bytes of lines that are not ASCII
_WORDS = 5
_SOUND_PER_BROKEN = 20
"""Sound sequences of UTF-8 for each broken one in a file that is taken for UTF-8 with broken signs."""
_CLEARLY = 2.0
"""How many times likelier than a usual encoding one of an old system has to be."""
_COMMONEST, _NEARLY = "windows-1252", 0.88
"""The commonest encoding is taken if it is nearly as likely as the likeliest."""
_FEW_LETTERS = 2
"""Different letters beyond ASCII that say nothing against the commonest encoding."""
_BESIDE_LETTERS = re.compile("[^\\W\\d_][¹²³¼½¾¥¦§¨¯´¸]|[¹²³¼½¾¥¦§¨¯´¸][^\\W\\d_]")
_MIXED_SHARE = 0.05
_WESTERN = ("windows-1252", "iso-8859-1")
_LETTERS = re.compile(r"[^\W\d_]+")
_ASCII_LETTER = re.compile("[A-Za-z]")
_CONTROLS = re.compile("[\x80-\x9f]")
_BEYOND_ASCII = re.compile(r"[^\s,;|]*[^\x00-\x7f][^\s,;|]*")
_REPLACEMENT = "\ufffd"
_HALVES = re.compile("[\ud800-\udfff]")
_NOT_OF_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "rot13", "undefined", "unicode-escape", "utf-7"})
"""Codecs of Python for addresses, source code and mail; some take a time that grows with the square of a text."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file were read as text.

    Attributes:
        name: Name of the codec, such as `windows-1252`.
        how: Why it was chosen.
        words: The commonest words with a sign beyond ASCII.
        n_words: All words with a sign beyond ASCII.
        n_broken: Sequences of bytes that are not in this encoding, read as U+FFFD.
    """

    name: str
    how: Literal["named", "mark", "valid", "guessed"]
    words: tuple[str, ...] = ()
    n_words: int = 0
    n_broken: int = 0

    @property
    def sentence(self) -> str:
        """Why the file was read so; '' for plain ASCII."""
        shown = ", ".join(f"“{word}”" for word in self.words)
        evidence = f" ({self.n_words:,} such {'word' if self.n_words == 1 else 'words'})" if self.n_words else ""
        reason = {
            "named": f"Read as {self.name}, as asked",
            "mark": f"Read as {self.name}, because the file begins with its mark",
            "valid": f"Read as {self.name}",
            "guessed": f"Not UTF-8: read as {self.name}, because it fits best",
        }[self.how]
        if self.n_broken:
            broken = (
                "1 sign is broken and stands" if self.n_broken == 1 else f"{self.n_broken:,} signs are broken and stand"
            )
            reason += f"; {broken} as {_REPLACEMENT}"
        if not shown:
            return f"{reason}." if self.how != "valid" or self.n_broken else ""
        return f"{reason}: {shown}{evidence}."


def decode(name: str, raw: bytes, asked: str = "") -> tuple[bytes, Encoding]:
    """The file's text as UTF-8 without a mark, and its encoding.

    Args:
        name: The file, for messages.
        raw: Its bytes.
        asked: The encoding to use; '' guesses it.

    Raises:
        CorpusError: There is no such encoding, or the file is not in it.
    """
    if asked:
        return _decode_as(name, raw, asked)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _evident(raw.decode(encoding, "replace").removeprefix("\ufeff"), encoding, "mark")
    wide = _decode_wide(raw) if b"\x00" in raw[:_BEGINNING] else None
    if wide is not None:
        return _evident(*wide, "guessed")
    if raw.isascii() and b"\x1b$" in raw:  # the shift of Japanese mail, which uses seven bits
        with contextlib.suppress(UnicodeDecodeError):
            return _evident(raw.decode("iso2022_jp"), "iso2022_jp", "guessed")
    if is_utf8(raw):
        return (raw, Encoding("utf-8", "valid")) if raw.isascii() else (raw, _with_words(raw, "utf-8", "valid"))
    sample = _lines_beyond_ascii(raw)
    if _is_broken_utf8(sample):
        return _evident(raw.decode("utf-8", "replace"), "utf-8", "valid")
    for encoding in (*_guesses(sample), "windows-1252"):
        try:
            return _evident(raw.decode(encoding).removeprefix("\ufeff"), encoding, "guessed")
        except (UnicodeDecodeError, LookupError):
            continue
    return _evident(raw.decode("latin-1"), "latin-1", "guessed")


def _decode_wide(raw: bytes) -> tuple[str, str] | None:
    """The text of a file of two or four bytes a sign that does not begin with a mark, and its encoding."""
    for encoding in _WIDE:
        with contextlib.suppress(UnicodeDecodeError):
            text = raw.decode(encoding)
            if "\n" in text and all(map(_is_of_text, text[:_BEGINNING])):
                return text, encoding
    return None


def _is_of_text(sign: str) -> bool:
    return sign in "\r\n\t" or unicodedata.category(sign) not in ("Cc", "Cn", "Co")


def is_utf8(raw: bytes) -> bool:
    """Whether all bytes are UTF-8, without a string of them: it may take four times their memory."""
    ends = pa.py_buffer(np.array([0, len(raw)], dtype=np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(raw)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decode_as(name: str, raw: bytes, asked: str) -> tuple[bytes, Encoding]:
    try:
        codec = codecs.lookup(asked).name
        if codec in _NOT_OF_FILES:
            raise LookupError(codec)
        if codec in ("utf-8", "utf-8-sig"):
            raw = raw.removeprefix(codecs.BOM_UTF8)
            if is_utf8(raw):
                return raw, _with_words(raw, "utf-8", "named")
            raw.decode("utf-8")
        return _evident(raw.decode(asked).removeprefix("\ufeff"), codec, "named")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"Line {line:,} of {name} is not {asked} (byte 0x{raw[error.start]:02x}). Leave the encoding out, so that "
            "it is guessed, or name another."
        ) from error
    except (LookupError, ValueError) as error:  # a codec may raise a plain UnicodeError, a name of NUL a ValueError
        raise CorpusError(
            f"There is no encoding {quoted(asked)} of files; write encoding=windows-1252 or encoding=utf-16."
        ) from error


def _guesses(sample: bytes) -> Iterator[str]:
    """Encodings that give plausible words, the likeliest first; those of old systems only if they are clearly likelier.

    Source: the probabilities of `chardet`.
    """
    import chardet
    from chardet import EncodingEra

    is_plausible = cache(partial(_is_plausible, sample))  # it reads the whole sample, so it is asked only when needed
    usual = EncodingEra.MODERN_WEB | EncodingEra.LEGACY_ISO
    found = [
        {
            str(guess["encoding"]).casefold(): guess["confidence"]
            for guess in reversed(chardet.detect_all(sample, ignore_threshold=True, encoding_era=era))
            if guess["encoding"]
        }
        for era in (usual, usual | EncodingEra.LEGACY_MAC | EncodingEra.LEGACY_REGIONAL | EncodingEra.DOS)
    ]
    found = [dict(reversed(guesses.items())) for guesses in found]
    likeliest = [next((guesses[name] for name in guesses if is_plausible(name)), 0.0) for guesses in found]
    first, second = found if likeliest[1] < _CLEARLY * likeliest[0] else reversed(found)
    nearly = first.get(_COMMONEST, 0.0) >= _NEARLY * max(likeliest)
    few = _n_letters(sample, _COMMONEST) <= _FEW_LETTERS
    commonest = [_COMMONEST] if (nearly or few) and is_plausible(_COMMONEST) else []
    names = filter(is_plausible, (*commonest, *first, *second))
    likely = next(names, "")
    if likely in _WESTERN and _has_currency_sign(sample):
        yield "iso8859-15"  # where the euro has the place of the general currency sign
    if likely:
        yield likely
    yield from names


def _is_plausible(sample: bytes, encoding: str) -> bool:
    """Whether the sample can be decoded and few of its words mix the Latin script with another."""
    if encoding.casefold() in ("ascii", "utf-8"):  # they have been tried
        return False
    try:
        text = sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    if _CONTROLS.search(text):
        return False
    words = [word for word in _LETTERS.findall(text) if not word.isascii()]
    n_mixed = len(_BESIDE_LETTERS.findall(text))
    n_mixed += sum(_ASCII_LETTER.search(word) is not None and _is_foreign(word) for word in words)
    return n_mixed <= _MIXED_SHARE * len(words)


def _n_letters(sample: bytes, encoding: str) -> int:
    """Different letters beyond ASCII."""
    return sum(letter.isalpha() and not letter.isascii() for letter in set(sample.decode(encoding, "replace")))


def _is_foreign(word: str) -> bool:
    beyond = [letter for letter in word if not letter.isascii() and letter.isalpha()]
    return any(not unicodedata.name(letter, "").startswith("LATIN") for letter in beyond)


def _has_currency_sign(sample: bytes) -> bool:
    return b"\xa4" in sample and b"\x80" not in sample


def _evident(text: str, encoding: str, how: Literal["named", "mark", "valid", "guessed"]) -> tuple[bytes, Encoding]:
    source = _HALVES.sub(_REPLACEMENT, text).encode()  # some encodings can write half a character
    return source, _with_words(source, encoding, how)


def _with_words(source: bytes, encoding: str, how: Literal["named", "mark", "valid", "guessed"]) -> Encoding:
    """An encoding with the words that are beyond ASCII in a sample of the text, given as UTF-8."""
    sample = _lines_beyond_ascii(source).decode("utf-8", "ignore")
    words = Counter(word.strip("\"'.,;:!?()[]{}“”„«»") for word in _BEYOND_ASCII.findall(sample))
    short = [word for word, _ in words.most_common(4 * _WORDS) if len(word) <= 24 and _is_evident(word)]
    n_broken = source.count(_REPLACEMENT.encode())
    return Encoding(encoding, how, tuple(short[:_WORDS]), words.total(), n_broken)


def _is_evident(word: str) -> bool:
    """Whether a word says something to a reader: it has a letter, a number or a symbol, not marks alone."""
    return any(unicodedata.category(sign)[0] in "LNS" for sign in word)


def _lines_beyond_ascii(raw: bytes) -> bytes:
    """The first lines that hold a byte beyond ASCII; wide encodings have no lines, and give the beginning."""
    if b"\x00" in raw[:_BEGINNING]:
        return raw[:_SAMPLE]
    lines, size = [], 0
    for match in re.finditer(rb"[^\r\n]+", raw):
        if match[0].isascii():
            continue
        lines.append(match[0][:_SAMPLE])
        size += len(lines[-1])
        if size >= _SAMPLE:
            break
    return b"\n".join(lines)


def _is_broken_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    n_broken = text.count(_REPLACEMENT)
    n_sound = sum(character > "\x7f" for character in text) - n_broken
    return n_sound >= _SOUND_PER_BROKEN * n_broken
