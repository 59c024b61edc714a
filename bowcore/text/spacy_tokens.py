"""spaCy's English tokeniser on strings of ASCII letters and apostrophes, without spaCy.

A page must not import spaCy, but the tutorial removes stop words by spaCy's tokens: `gonna` becomes `gon` and `na`,
`dont` becomes `do` and `nt`. On such strings spaCy (3.8, `tokenizer.pyx`) applies its special cases, splits apostrophes
off both ends, and `'s` off the end; nothing else. The special cases are a data file that `write_special_cases`
generates from spaCy; a test compares file and tokeniser with the library.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

SPECIAL_CASES = Path(__file__).parent / "lists" / "spacy-special-cases.json"
_ALPHABET = re.compile(r"[A-Za-z']+")


@dataclass(frozen=True)
class SpecialCases:
    """Strings that spaCy splits by look-up.

    `whole` maps a string to its tokens. `parts` does so for a run of tokens left by the affix rules: `'` and
    `em` are joined to `'em` again.
    """

    whole: dict[str, tuple[str, ...]]
    parts: dict[tuple[str, ...], tuple[str, ...]]

    @cached_property
    def longest(self) -> int:
        """Length of the longest run in `parts`."""
        return max(map(len, self.parts))

    @cached_property
    def longest_string(self) -> int:
        """Length of the longest string in `whole`."""
        return max(map(len, self.whole))


@cache
def special_cases() -> SpecialCases:
    """The special cases of spaCy 3.8 that consist of ASCII letters and apostrophes."""
    text = files("bowcore.text").joinpath("lists", SPECIAL_CASES.name).read_text(encoding="utf-8")
    cases = json.loads(text)
    return SpecialCases(
        whole={string: tuple(tokens) for string, tokens in cases["whole"].items()},
        parts={tuple(run.split(" ")): tuple(tokens) for run, tokens in cases["parts"].items()},
    )


def tokenise(string: str) -> list[str]:
    """SpaCy's tokens of a string of ASCII letters and apostrophes."""
    cases = special_cases()

    def is_special(start: int, end: int) -> bool:
        return 0 < end - start <= cases.longest_string and string[start:end] in cases.whole

    start, end = (
        0,
        len(string),
    )  # affixes are split off by moving both: slices of a long string would take quadratic time
    before: list[str] = []
    after: list[str] = []
    while start < end and not is_special(start, end):
        prefix = int(string[start] == "'")
        if prefix and is_special(start + 1, end):
            suffix = 0
        else:
            suffix = _suffix(string, start + prefix, end)
            if suffix and is_special(start, end - suffix):
                prefix = 0
        if not prefix and not suffix:
            break
        before += ["'"] * prefix
        after += [string[end - suffix : end]] if suffix else []
        start, end = start + prefix, end - suffix
    middle = string[start:end]
    return _join_parts([*before, *cases.whole.get(middle, (middle,) if middle else ()), *reversed(after)])


def _suffix(string: str, start: int, end: int) -> int:
    """Length of the suffix that the suffix rules split off `string[start:end]`."""
    if string.endswith("'", start, end):
        return 1
    return 2 if string.endswith(("'s", "'S"), start, end) else 0


def _join_parts(tokens: list[str]) -> list[str]:
    """Tokens with every run that is a special case replaced; of overlapping runs the longest wins, then the first."""
    cases = special_cases()
    spans = [
        (first, first + length)
        for length in range(cases.longest, 0, -1)
        for first in range(len(tokens) - length + 1)
        if tuple(tokens[first : first + length]) in cases.parts
    ]
    seen: set[int] = set()
    chosen: dict[int, int] = {}
    for first, last in spans:
        if first not in seen and last - 1 not in seen:
            chosen[first] = last
        seen.update(range(first, last))
    joined: list[str] = []
    position = 0
    while position < len(tokens):
        last = chosen.get(position, position + 1)
        joined += cases.parts[tuple(tokens[position:last])] if position in chosen else tokens[position:last]
        position = last
    return joined


def write_special_cases(path: Path = SPECIAL_CASES) -> None:
    """Generate the data file from the installed spaCy; run by `python -m bowcore.text.spacy_tokens`."""
    import spacy
    from spacy.attrs import ORTH

    tokenizer: Any = spacy.blank("en").tokenizer
    whole = {
        string: [piece[ORTH] for piece in pieces]
        for string, pieces in sorted(tokenizer.rules.items())
        if _ALPHABET.fullmatch(string)
    }
    tokenizer.rules = {}  # the remaining affix rules find the run of a special case
    parts = {
        " ".join(token.text for token in tokenizer(string)): tokens
        for string, tokens in whole.items()
        if tokenizer.find_prefix(string) or tokenizer.find_suffix(string)
    }
    text = json.dumps({"whole": whole, "parts": parts}, indent=0, ensure_ascii=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_special_cases()
