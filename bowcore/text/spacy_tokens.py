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
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

SPECIAL_CASES = Path(__file__).parent / "lists" / "spacy-special-cases.json"
_ALPHABET = re.compile(r"[A-Za-z']+")


@dataclass(frozen=True, slots=True)
class SpecialCases:
    """Strings that spaCy splits by look-up.

    `whole` maps a string to its tokens. `parts` does so for a run of tokens left by the affix rules: `'` and
    `em` are joined to `'em` again.
    """

    whole: dict[str, tuple[str, ...]]
    parts: dict[tuple[str, ...], tuple[str, ...]]

    @property
    def longest(self) -> int:
        """Length of the longest run in `parts`."""
        return max(map(len, self.parts))


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
    whole = special_cases().whole
    if string in whole:
        return list(whole[string])
    before: list[str] = []
    after: list[str] = []
    while string and string not in whole:
        prefix = 1 if string[0] == "'" else 0
        if prefix and string[1:] in whole:
            before, string = [*before, "'"], string[1:]
            break
        suffix = _suffix(string[prefix:])
        if suffix and string[:-suffix] in whole:
            after, string = [*after, string[-suffix:]], string[:-suffix]
            break
        if not prefix and not suffix:
            break
        if prefix:
            before = [*before, "'"]
        if suffix:
            after = [*after, string[-suffix:]]
        string = string[prefix : len(string) - suffix]
    middle = list(whole.get(string, (string,))) if string else []
    return _join_parts([*before, *middle, *reversed(after)])


def _suffix(string: str) -> int:
    """Length of the suffix that the suffix rules split off."""
    if string.endswith("'"):
        return 1
    return 2 if string.endswith(("'s", "'S")) else 0


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
