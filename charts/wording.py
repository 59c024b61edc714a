"""How charts write labels."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def short(label: str, limit: int = 24) -> str:
    """The label, or its beginning when it is longer than `limit` characters."""
    return label if len(label) <= limit else label[: limit - 1] + "…"


def short_names(names: Sequence[str], least: int = 3) -> dict[str, str]:
    """The shortest beginnings, of one length and at least `least` letters, that tell all names apart.

    >>> short_names(["business", "politics", "tech"])
    {'business': 'bus', 'politics': 'pol', 'tech': 'tec'}
    """
    longest = max((len(name) for name in names), default=0)
    for length in range(least, longest):
        cut = {name: name[:length] for name in names}
        if len(set(cut.values())) == len(set(names)):
            return cut
    return {name: name for name in names}


def in_lines(sentence: str, characters: int = 50) -> list[str]:
    """The sentence in lines that fit a chart of 420 px: a Vega title does not wrap by itself."""
    # A number and its % stay on one line: textwrap breaks at spaces, not at no-break spaces
    return textwrap.wrap(sentence.replace(" %", "\N{NO-BREAK SPACE}%"), characters) or [""]


def listed(words: Sequence[str]) -> str:
    """Words with commas and a final "and"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
