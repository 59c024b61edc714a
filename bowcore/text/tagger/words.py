"""Lemmas word by word: what the tagger makes of each word of a few lines, and the tokens that it cuts a word into.

A word is what stands between white space. The tagger reads tokens: `wasn't` is `was` and `n't`, and each has a lemma.
Only a worker calls `load_language`, which imports spaCy; what it finds is handed to pages as plain strings.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any

from bowcore.text.tagger.texts import find_model

Pieces = tuple[tuple[str, ...], ...]
"""For each word of a text, in reading order, what became of it."""

STEP = "lemmas"
"""Name of what the tagger does to a word, where it is told as a step; it comes before all steps of a recipe."""

_UNUSED = ("ner", "parser", "senter")


@cache
def load_language() -> Any:
    """The pipeline that lemmas need, loaded once a process, which takes seconds; it is the plain one of spaCy.

    Raises:
        RunError: There is no model, or it is not the known one.
    """
    import spacy

    language: Any = spacy.load(find_model(), exclude=list(_UNUSED))
    language.max_length = sys.maxsize  # spaCy's limit is for the parser's memory
    return language


def lemmas_of_words(text: str) -> Pieces:
    """The lemmas of each word of a text, read where it stands: one for each token of the word, at least one.

    Raises:
        RunError: There is no model, or it is not the known one.
    """
    words = text.split()
    starts = _starts(text, words)
    found: list[list[str]] = [[] for _ in words]
    for token in load_language()(text):
        if not token.is_space:
            found[bisect_right(starts, token.idx) - 1] += token.lemma_.split()
    return tuple(map(tuple, found))


def joined(lemmas: Pieces) -> str:
    """A text in lemmas, as the articles of a recipe of lemmas are read."""
    return " ".join(lemma for word in lemmas for lemma in word)


def tokens_of_words(words: Iterable[str]) -> Pieces:
    """The tokens of each word, which are the same wherever it stands.

    Raises:
        RunError: There is no model, or it is not the known one.
    """
    tokeniser = load_language().tokenizer
    return tuple(tuple(token.text for token in tokeniser(word)) for word in words)


def _starts(text: str, words: list[str]) -> list[int]:
    """Where each word begins."""
    ends = accumulate(words, lambda at, word: text.index(word, at) + len(word), initial=0)
    return [end - len(word) for end, word in zip(list(ends)[1:], words, strict=True)]
