"""Lemmas word by word: the lemmas of each word of a short text, and the tokens of each word.

Words are separated by white space. The tagger reads tokens: `wasn't` is `was` and `n't`, each with its own lemma. Only
a worker calls `load_language`, which imports spaCy; pages receive the results as plain strings.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any

from bowcore.text.characters import straight
from bowcore.text.tagger.texts import find_model

Pieces = tuple[tuple[str, ...], ...]
"""The pieces that each word of a text became, in reading order."""

STEP = "lemmas"
"""Name of the tagger where it is shown as a step; it comes before all steps of a recipe."""

_UNUSED = ("ner", "parser", "senter")


@cache
def load_language() -> Any:
    """The spaCy pipeline that lemmas need, loaded once per process, which takes seconds.

    Raises:
        RunError: No model is installed, or its files are not the known ones.
    """
    import spacy

    language: Any = spacy.load(find_model(), exclude=list(_UNUSED))
    language.max_length = sys.maxsize  # spaCy's limit is for the parser's memory
    return language


def lemmas_of_words(text: str) -> Pieces:
    """The lemmas of each word of a text, in context: one for each token of the word, at least one.

    Raises:
        RunError: No model is installed, or its files are not the known ones.
    """
    text = straight(text)
    words = text.split()
    starts = _starts(text, words)
    found: list[list[str]] = [[] for _ in words]
    for token in load_language()(text):
        if not token.is_space:
            found[bisect_right(starts, token.idx) - 1] += token.lemma_.split()
    return tuple(map(tuple, found))


def joined(lemmas: Pieces) -> str:
    """A text of lemmas, in the form of the articles of a lemma recipe."""
    return " ".join(lemma for word in lemmas for lemma in word)


def tokens_of_words(words: Iterable[str]) -> Pieces:
    """The tokens of each word, which do not depend on context.

    Raises:
        RunError: No model is installed, or its files are not the known ones.
    """
    tokeniser = load_language().tokenizer
    return tuple(tuple(token.text for token in tokeniser(straight(word))) for word in words)


def _starts(text: str, words: list[str]) -> list[int]:
    """Start offset of each word."""
    ends = accumulate(words, lambda at, word: text.index(word, at) + len(word), initial=0)
    return [end - len(word) for end, word in zip(list(ends)[1:], words, strict=True)]
