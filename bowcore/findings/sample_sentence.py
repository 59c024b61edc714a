"""A sentence of the corpus on which steps over words show what they do."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST, FEWEST, MOST = 100, 6, 25
"""Most characters of a sample sentence, which fit one line of its table; fewest and most words."""

_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|(?<=[。！？।؟])|\n+")
_KINDS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[^\W\d_]['’]s\b",  # a possessive
        r"[^\W\d_](?:n['’]t|['’](?:re|ve|ll|d|m))\b",  # a contraction
        r"\d",
        r"[^\W\d_]-[^\W\d_]",  # a compound
        r"[^\W\d_a-zA-Z]",  # a letter beyond a to z
        r"[^\w\s'’.,-]",  # a sign within the sentence
        r"\b[A-Z]\w",  # a capital
    )
)
"""What the steps of a recipe act on, in any language as far as it has it."""


def sample_sentence(texts: Iterable[str]) -> str:
    """The sentence with the most kinds of words that steps change, the first one of them.

    Sentences of 6 to 25 words are preferred; without any, it is the beginning of the first text that has a word.
    """
    best, most = "", -1
    beginning = ""
    for text in texts:
        beginning = beginning or " ".join(text.split()[:MOST])[:LONGEST].strip()
        for part in _END.split(text):
            sentence = " ".join(part.split())
            if len(sentence) <= LONGEST and FEWEST <= sentence.count(" ") + 1 <= MOST:
                kinds = sum(kind.search(sentence) is not None for kind in _KINDS)
                if kinds > most:
                    best, most = sentence, kinds
    return best or beginning
