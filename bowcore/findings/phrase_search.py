"""Search for many short texts as whole words: the articles that contain each, and those that have it as a tag.

Arrow's RE2 searches for a hundred texts in the time of one: all texts are searched for at once, then each half of them
in the articles that contain any, and so on. Python's `re`, which knows the letters of every script, decides in the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Positions = NDArray[np.int64]

MAX_TEXTS = 128  # per pattern: with more, RE2 gives up its fast automaton
MAX_CHARACTERS = 40  # of each text in a pattern: phrases of long words would make it too large for RE2
FEW = 32  # articles that Python searches faster than Arrow
_BETWEEN = "\0"
OPEN, CLOSE = r"[(\[（【［]", r"[)\]）】］]"
_BEFORE = re.compile(rf"{OPEN}[ \t]*$")
_AFTER = re.compile(rf"[ \t]*{CLOSE}")
_DASH_AFTER = re.compile(r" (?:--?|–|—) ")


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Articles that contain a text with no letter or digit right before or after it, ascending.

    `marked` are the ones that have it in brackets or before a dash.
    """

    anywhere: Positions
    marked: Positions


def search_phrases(fields: Sequence[pa.Array], texts: Sequence[str]) -> dict[str, Hits]:
    """Articles that contain each of these texts; each field is an array with one text per article."""
    wanted = list(dict.fromkeys(texts))
    anywhere: dict[str, list[Positions]] = {text: [] for text in wanted}
    marked: dict[str, list[Positions]] = {text: [] for text in wanted}
    for field in fields:
        for first in range(0, len(wanted), MAX_TEXTS):
            _sift(field, np.arange(len(field)), wanted[first : first + MAX_TEXTS], anywhere, marked)
    return {text: Hits(_union(anywhere[text]), _union(marked[text])) for text in wanted}


def matching(texts: pa.Array, pattern: str) -> Positions:
    """Positions of the texts that a pattern in RE2's syntax matches, ascending."""
    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return np.flatnonzero(found)


def _sift(
    articles: pa.Array,
    positions: Positions,
    texts: Sequence[str],
    anywhere: dict[str, list[Positions]],
    marked: dict[str, list[Positions]],
) -> None:
    if len(articles) > FEW:
        pattern = "|".join(sorted({re.escape(text[:MAX_CHARACTERS]) for text in texts}))
        likely = matching(articles, pattern)
        articles, positions = articles.take(pa.array(likely)), positions[likely]
    if not len(articles):
        return
    if len(articles) <= FEW or len(texts) == 1:
        joined = _Joined(articles, positions)
        for text in texts:
            found = joined.find(text)
            anywhere[text].append(found.anywhere)
            marked[text].append(found.marked)
        return
    half = len(texts) // 2
    for part in (texts[:half], texts[half:]):
        _sift(articles, positions, part, anywhere, marked)


class _Joined:
    """Articles joined to one string, which Python searches faster than one article after another."""

    def __init__(self, articles: pa.Array, positions: Positions) -> None:
        self._positions = positions
        self._whole = _BETWEEN.join(articles.to_pylist())
        self._ends = np.cumsum(pc.utf8_length(articles).to_numpy(zero_copy_only=False).astype(np.int64) + 1)

    def find(self, text: str) -> Hits:
        starts, marked = [], []
        for found in re.finditer(rf"{re.escape(text)}(?!\w)", self._whole):
            start, end = found.span()
            if self._begins_word(start):
                starts.append(start)
                if self._is_marked(start, end):
                    marked.append(start)
        return Hits(self._owners(starts), self._owners(marked))

    def _begins_word(self, start: int) -> bool:
        return start == 0 or not (self._whole[start - 1].isalnum() or self._whole[start - 1] == "_")

    def _is_marked(self, start: int, end: int) -> bool:
        in_brackets = _AFTER.match(self._whole, end) and _BEFORE.search(self._whole[max(start - 4, 0) : start])
        return in_brackets is not None or _DASH_AFTER.match(self._whole, end) is not None

    def _owners(self, starts: list[int]) -> Positions:
        places = np.searchsorted(self._ends, np.array(starts, dtype=np.int64), side="right")
        return self._positions[np.unique(places)]


def _union(found: list[Positions]) -> Positions:
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))
