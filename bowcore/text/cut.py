"""Words of scripts that are written without spaces: Chinese, Japanese, Thai, Lao, Khmer and Burmese.

ICU cuts them with its dictionaries; without it, every two neighbouring letters are a word. Other scripts are left to
white space, in the same text too: `AT&T` stays one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

_RANGES = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59"  # Thai, without its signs
    "\u0e81-\u0edf"  # Lao
    "\u1000-\u1049\u1050-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17d3\u17d7\u17dc\u17dd\u17e0-\u17e9"  # Khmer
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b"  # radicals, repetition, numerals
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Hiragana and Katakana, half-width too
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
)
UNSPACED = f"[{_RANGES}]"
"""A letter of a script without spaces."""
BATCH = 4_096
"""Texts that are cut between two reports."""
_BETWEEN = "\ufdd0"  # no character: Unicode reserves it for use within a program
_NO_CUT = re.compile(f"{_BETWEEN}(?<!{UNSPACED}{_BETWEEN})(?!{UNSPACED})")
_LETTER = re.compile(UNSPACED)


def with_spaces(texts: pa.Array, report: Callable[[float], None] = lambda share: None) -> pa.Array:
    """Texts with a space between any two words, one of which is of a script without spaces; most texts have none.

    `report` is called with the share of many texts that are cut.
    """
    unspaced = pc.and_not(pc.match_substring_regex(texts, UNSPACED), pc.string_is_ascii(texts))
    if not pc.any(unspaced, min_count=0).as_py():
        return texts
    chosen, spaced = texts.filter(unspaced), []
    for first in range(0, len(chosen), BATCH):
        spaced.append(pa.array(map(_spaced, chosen.slice(first, BATCH).to_pylist()), texts.type))
        if len(chosen) > BATCH:
            report(min((first + BATCH) / len(chosen), 1.0))
    return pc.replace_with_mask(texts, unspaced, pa.concat_arrays(spaced))


def words_of(text: str) -> list[str]:
    """The words of a text: what white space separates, cut where a script has none.

    >>> words_of("我喜欢音乐 and AT&T")
    ['我', '喜欢', '音乐', 'and', 'AT&T']
    """
    found: list[str] = with_spaces(pa.array([text], pa.large_string()))[0].as_py().split()
    return found


def is_unspaced(text: str) -> bool:
    """Whether a text has a letter of a script without spaces."""
    return _LETTER.search(text) is not None


def gaps(text: str, words: Sequence[str]) -> list[str]:
    """What stands before each word of a text: a space, or nothing before the first and where the text was cut.

    >>> gaps("我喜欢音乐 and AT&T", ["我", "喜欢", "音乐", "and", "AT&T"])
    ['', '', '', ' ', ' ']

    Args:
        text: A text.
        words: Its words in reading order, or the first of them; words that are not those of the text have spaces.
    """
    found = ["", *[" "] * len(words)][: len(words)]
    if not is_unspaced(text):
        return found
    end = 0
    for place, word in enumerate(words):
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
        if not text.startswith(word, start):
            break
        if start == end:
            found[place] = ""
        end = start + len(word)
    return found


@cache
def has_dictionaries() -> bool:
    """Whether ICU is installed."""
    return find_spec("icu4py") is not None


def _spaced(text: str) -> str:
    words = _BETWEEN.join(_by_dictionary(text) if has_dictionaries() else _by_pairs(text))
    return _NO_CUT.sub("", words).replace(_BETWEEN, " ")


def _by_dictionary(text: str) -> Iterator[str]:
    from icu4py.breakers import WordBreaker  # here, as its library takes 30 MB

    return iter(WordBreaker(text, "root"))


def _by_pairs(text: str) -> Iterator[str]:
    """Overlapping pairs of letters with their marks, and the other characters one by one."""
    run: list[str] = []
    for sign in (*text, ""):
        is_mark = bool(run) and unicodedata.category(sign or "a")[0] == "M"
        if is_mark:
            run[-1] += sign
        elif sign and _LETTER.match(sign):
            run.append(sign)
        else:
            yield from ("".join(pair) for pair in pairwise(run)) if len(run) > 1 else run
            run = []
            if sign:
                yield sign
