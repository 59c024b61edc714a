"""Which signs the texts of a corpus are written with, and code for those that few corpora have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bowcore.recipe.specs import TextSpec
from bowcore.take_home.repairing import NO_REPAIRS, Repairs, find_repairs
from bowcore.text.characters import APOSTROPHES, JOINERS, JOINING, VIRAMAS, straight_strings
from bowcore.text.cut import UNSPACED, has_dictionaries
from bowcore.text.repair import repair
from bowcore.text.units import prepared

_BATCH = 4_096  # texts
_MOST_OF_SPACY = 400_000  # characters of a headline or body: both, longer by lemmas, stay below a million
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7FB))
"""Letters that compose into Korean syllables, though they are no marks."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What decides which lines the code needs; a line for signs that no text has would only be in the way.

    Strings are parts of a class of a regular expression, in ASCII; they are empty if no such sign occurs.

    Attributes:
        has_curly: Whether some apostrophe is not `'`, before a tagger too.
        is_decomposed: Whether NFC may change a text.
        is_stacked: Whether more than 30 marks follow each other, as these are not composed.
        has_bare_runs: Whether there are signs that a word may have, but that make none: marks, joiners, underscores.
        has_joiners: Whether there are zero-width joiners or non-joiners.
        marks: The marks, which Python does not count among the letters of a word.
        joining: Letters and marks between which a joiner belongs to the word.
        viramas: Marks after which a joiner belongs to the word.
        unspaced: Letters of scripts without spaces between words.
        repairs: The repairs that change some text.
        is_long: Whether a text has more characters than spaCy reads by default.
    """

    has_curly: bool
    is_decomposed: bool
    is_stacked: bool
    has_bare_runs: bool
    has_joiners: bool
    marks: str
    joining: str
    viramas: str
    unspaced: str
    repairs: Repairs = NO_REPAIRS
    is_long: bool = False


def find_signs(articles: pa.Table, spec: TextSpec) -> Signs:
    """The signs of all articles as the steps on words will meet them: after plain forms and repair."""
    written = pa.concat_arrays([articles[name].combine_chunks() for name in ("title", "body")])
    texts = straight_strings(written) if spec.units == "lemmas" else written
    texts = prepared(texts, replace(spec, repair=False))
    repairs = find_repairs(texts) if spec.repair else NO_REPAIRS
    signs = signs_among(_distinct(repair(texts) if repairs else texts))
    is_curly = spec.units == "lemmas" and not _distinct(written).isdisjoint(APOSTROPHES)
    return replace(
        signs,
        repairs=repairs,
        is_stacked=pc.any(pc.match_substring_regex(written, r"\p{M}{31}"), min_count=0).as_py(),
        has_curly=signs.has_curly or is_curly,
        has_bare_runs=signs.has_bare_runs or spec.units == "lemmas",  # a tagger may add some
        is_long=(pc.max(pc.utf8_length(written)).as_py() or 0) > _MOST_OF_SPACY,
    )


def signs_among(found: Iterable[str]) -> Signs:
    """What the signs that occur decide, together with what lower case and NFC make of them."""
    cased = {one for sign in found for one in sign + sign.lower() + sign.casefold()}
    signs = {one for sign in cased for one in sign + unicodedata.normalize("NFC", sign)}
    is_composed = all(unicodedata.is_normalized("NFC", sign) and not _is_jamo(ord(sign)) for sign in cased)
    marks = {sign for sign in signs if unicodedata.category(sign)[0] == "M"}
    return Signs(
        has_curly=not signs.isdisjoint(APOSTROPHES),
        is_decomposed=bool(marks) or not is_composed,
        is_stacked=False,
        has_bare_runs=bool(marks) or not signs.isdisjoint(f"_{JOINERS}"),
        has_joiners=not signs.isdisjoint(JOINERS),
        marks=_ranges(marks),
        joining=_ranges(filter(re.compile(f"[{JOINING}]").match, signs)),
        viramas=_ranges(filter(re.compile(f"[{VIRAMAS}]").match, signs)),
        unspaced=_ranges(filter(re.compile(UNSPACED).match, signs), block=UNSPACED),
    )


def escaped(text: str) -> str:
    """The text in ASCII, for a literal: fonts lack some signs."""
    return text.encode("unicode_escape").decode()


def cutting(signs: Signs) -> tuple[list[str], list[str]]:
    """Lines that define `cut`, which sets words of scripts without spaces apart, and their imports."""
    lines = [f'UNSPACED = "{signs.unspaced}"  # letters of scripts without spaces between words']
    imports = ["import re"]
    if has_dictionaries():
        words = 'words = "\\ufdd0".join(WordBreaker(text, "root"))  # ICU\'s dictionaries'
        imports.append("from icu4py.breakers import WordBreaker")
    else:
        words = f'words = re.sub(f"[{{UNSPACED}}][{{UNSPACED}}{signs.marks}]*", pairs, text)'
        lines += [
            "def pairs(run):  # every two neighbouring letters, each with its marks",
            f'    letters = re.findall(r"(?s:.){f"[{signs.marks}]*" if signs.marks else ""}", run[0])',
            '    return "\\ufdd0".join(["", *(map("".join, pairwise(letters)) if letters[1:] else letters), ""])',
        ]
        imports.append("from itertools import pairwise")
    return [
        *lines,
        "def cut(text):",
        f"    {words}",
        '    words = re.sub(f"\\ufdd0(?<![{UNSPACED}]\\ufdd0)(?![{UNSPACED}])", "", words)',
        '    return words.replace("\\ufdd0", " ") if re.search(f"[{UNSPACED}]", text) else text',
    ], imports


def joining_lines(signs: Signs) -> list[str]:
    """A line that defines `STRAY`, the pattern of what must stand before a joiner that no word needs."""
    inside = f"(?<=[{signs.joining}])[\\u200c\\u200d](?=[{signs.joining}])" if signs.joining else ""
    after = f"(?<=[{signs.viramas}])[\\u200c\\u200d]" if signs.viramas else ""
    both = "|".join(part for part in (inside, after) if part)
    return [f'STRAY = "{f"(?!{both})" if both else ""}"  # a joiner that belongs to its word is none']


def composing(signs: Signs) -> str:
    """Code of `composed`, where some text has too many marks in a row to be composed."""
    return f"""\
def composed(text, form="NFC"):  # more than 30 marks in a row stay as they are
    return text if re.search("[{signs.marks}]{{31}}", text) else unicodedata.normalize(form, text)"""


JOINED_CODE = """\
def parted(found):  # a stray joiner: between letters it goes, elsewhere it parts words
    around = found.string[max(found.start() - 1, 0) : found.end() + 1].replace(found[0], "")
    return "" if len(around) == 2 and all(unicodedata.category(sign)[0] in "LMN" for sign in around) else " "
def joined(text):
    text = re.sub("(?<=[\\u200c\\u200d])[\\u200c\\u200d]+", "", text)
    return re.sub(f"{STRAY}[\\u200c\\u200d]", parted, text)"""


def _distinct(texts: pa.Array) -> set[str]:
    """The signs of all texts; of ASCII letters, perhaps only some."""
    seen = np.zeros(0x110000, dtype=np.bool_)
    seen[ord("_")] = pc.any(pc.match_substring(texts, "_"), min_count=0).as_py()
    others = texts.filter(pc.invert(pc.string_is_ascii(texts)))
    for first in range(0, len(others), _BATCH):
        text = "".join(others.slice(first, _BATCH).to_pylist())
        seen[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)] = True
    return {chr(code) for code in np.flatnonzero(seen)}


def _is_jamo(code: int) -> bool:
    return any(first <= code <= last for first, last in _JAMO)


def _ranges(signs: Iterable[str], block: str = "") -> str:
    """The signs as parts of a class; with a `block`, its parts in which they are."""
    if block:
        parts = re.findall("(?s).-.|.", block[1:-1])
        found = list(signs)
        return "".join(escaped(part) for part in parts if any(part[0] <= sign <= part[-1] for sign in found))
    numbered = enumerate(sorted(map(ord, signs)))
    runs = (list(run) for _, run in groupby(numbered, key=lambda pair: pair[1] - pair[0]))
    return "".join(escaped(chr(run[0][1])) + (f"-{escaped(chr(run[-1][1]))}" if run[1:] else "") for run in runs)
