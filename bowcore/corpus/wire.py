"""Tags of news agencies and constant phrases, found by where they stand: at the edges of many articles, seldom inside.

A tag is what stands in brackets at the end of a field ("… rates (AP)"), in brackets before a dash at its beginning
("LONDON (Reuters) - …"), or alone before such a dash ("AFP - …"). What is only ever found alone before a dash, such as
"NEW YORK - …", is a place line. Once found, a tag counts wherever it stands in brackets or before a dash, inside a text
too. No name of an agency stands in this module.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.class_columns import class_columns
from bowcore.corpus.residue import shares_by_class

MIN_ARTICLES = 5
MOSTLY_TAG = 0.5
"""A tag stands in an edge position in at least this share of the articles that hold it at all."""
MOST_PLACES = 40  # place lines looked for in all texts: each costs a pass
MOST_PHRASES = 60  # of an edge of a field, for the same reason
MIN_PHRASE_ARTICLES = 10
MOSTLY_EDGE = 0.8
"""A constant phrase stands at the edge in at least this share of the articles that hold it at all."""
PHRASE_LENGTHS = (3, 4, 5, 6, 8)  # words
MIN_NEIGHBOURS = 0.5
"""Different words beside a phrase, as a share of its articles: fewer, and the articles themselves are repeated."""

_OPEN, _CLOSE, _DASH = r"[(\[（【［]", r"[)\]）】］]", r"(?:--?|–|—|:|：)"
_INSIDE = r"(?P<tag>[^()\[\]（）【】［］]{2,30})"
_FORMS: dict[str, str] = {
    "in brackets at the end": rf"{_OPEN}{_INSIDE}{_CLOSE}[\s.]*$",
    "in brackets at the beginning": rf"^[^()\[\]（）【】［］]{{0,60}}{_OPEN}{_INSIDE}{_CLOSE}\s*(?:{_DASH}|$)",
    "before a dash": r"^(?P<tag>\p{Lu}[^\s()]*(?: [^\s()]+){0,3}?) (?:--?|–|—) ",
}
BRACKETS = tuple(_FORMS)[:2]
_BEFORE = re.compile(rf"{_OPEN}[ \t]*$")
_BEHIND = re.compile(rf"[ \t]*{_CLOSE}")
_DASH_BEHIND = re.compile(r" (?:--?|–|—) ")


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """What stands at the edge of many articles; `in_brackets` tells a tag from a place line.

    `positions` are the open articles that carry it, ascending: at an edge, and of a tag also in brackets or before a
    dash inside a text. `n_edge` of them hold it at an edge; `n_anywhere` counts all that hold these words.
    """

    text: str
    forms: tuple[str, ...]
    positions: NDArray[np.int64]
    n_edge: int
    n_anywhere: int

    @property
    def in_brackets(self) -> bool:
        """Whether it is ever found in brackets."""
        return any(form in BRACKETS for form in self.forms)

    @property
    def at_edge(self) -> float:
        """Share of the articles holding it that hold it at an edge."""
        return self.n_edge / self.n_anywhere


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """Words that begin or end many articles, and seldom stand elsewhere."""

    text: str
    edge: str
    positions: NDArray[np.int64]
    n_anywhere: int

    @property
    def at_edge(self) -> float:
        """Share of the articles holding it that hold it at this edge."""
        return len(self.positions) / self.n_anywhere


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """Tags, most articles first, place lines apart from them, and constant phrases."""

    tags: tuple[Tag, ...]
    places: tuple[Tag, ...]
    phrases: tuple[Phrase, ...]

    @property
    def tagged(self) -> NDArray[np.int64]:
        """Open articles with a tag, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *(tag.positions for tag in self.tags)]))


def find_wire(fields: Sequence[pa.Array]) -> Wire:
    """Look at both edges of every field of the open articles, each field an array with one text an article."""
    edges: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for field in fields:
        for form, pattern in _FORMS.items():
            for position, text in _captured(field, pattern):
                edges[text][form].add(position)
    whole = _Whole(fields)
    found = []
    for text, positions, forms in _candidates(edges):
        tag = Tag(text, forms, positions, len(positions), whole.count(text) or 1)
        if tag.at_edge >= MOSTLY_TAG:
            marked = whole.marked(text) if tag.in_brackets else positions
            found.append(replace(tag, positions=np.union1d(positions, marked)))
    found.sort(key=lambda tag: (-len(tag.positions), tag.text))
    tags = tuple(tag for tag in found if tag.in_brackets)
    places = tuple(tag for tag in found if not tag.in_brackets)
    return Wire(tags, places, _phrases(fields, whole, {tag.text for tag in found}))


def tag_table(
    tags: Sequence[Tag | Phrase], labels: NDArray[np.int32], class_names: Sequence[str], name: str = "tag"
) -> pd.DataFrame:
    """One row a tag or phrase: itself, `articles`, `at the edge` (share), and its articles' share of each class.

    The columns of the classes are called `share_columns`.
    """
    columns = share_columns(class_names, name)
    rows = []
    for tag in tags:
        by_class = shares_by_class(tag.positions, labels, class_names)
        row = {name: tag.text, "articles": len(tag.positions), "at the edge": tag.at_edge}
        row |= dict(zip(columns, by_class["articles"] / max(len(tag.positions), 1), strict=True))
        rows.append(row)
    return pd.DataFrame(rows, columns=[name, "articles", "at the edge", *columns])


def share_columns(class_names: Sequence[str], name: str = "tag") -> tuple[str, ...]:
    """What the columns of the classes are called in a table of tags or phrases."""
    return class_columns(class_names, (name, "edge", "articles", "at the edge"))


def spans_by_article(tags: Sequence[Tag | Phrase], n_articles: int) -> pa.Array:
    """Tags or phrases that each article carries, joined by spaces: one text an article, empty for most."""
    held: list[list[str]] = [[] for _ in range(n_articles)]
    for tag in tags:
        for position in tag.positions.tolist():
            held[position].append(tag.text)
    return pa.array([" ".join(texts) for texts in held], pa.large_string())


def _candidates(
    edges: dict[str, dict[str, set[int]]],
) -> list[tuple[str, NDArray[np.int64], tuple[str, ...]]]:
    """What stands at an edge of `MIN_ARTICLES` or more and is mostly letters; of place lines the most frequent."""
    found = []
    for text, by_form in edges.items():
        positions = np.array(sorted(set().union(*by_form.values())), dtype=np.int64)
        if len(positions) >= MIN_ARTICLES and sum(letter.isalpha() for letter in text) > len(text) / 2:
            found.append((text, positions, tuple(form for form in _FORMS if form in by_form)))
    found.sort(key=lambda item: (-len(item[1]), item[0]))
    alone = [item[0] for item in found if not set(item[2]) & set(BRACKETS)]
    left_out = set(alone[MOST_PLACES:])
    return [item for item in found if item[0] not in left_out]


def _captured(field: pa.Array, pattern: str) -> list[tuple[int, str]]:
    # RE2 answers whether a text matches ten times faster than what a group holds
    holders = np.flatnonzero(pc.match_substring_regex(field, pattern).to_numpy(zero_copy_only=False))
    texts = pc.struct_field(pc.extract_regex(field.take(pa.array(holders)), pattern), "tag").to_pylist()
    return [(int(position), text.strip()) for position, text in zip(holders, texts, strict=True)]


class _Whole:
    """All texts of a field as one: Python finds a string in it five times as fast as Arrow finds it text by text."""

    def __init__(self, fields: Sequence[pa.Array]) -> None:
        self.parts = ["\n".join(field.to_pylist()) for field in fields]
        lengths = [pc.utf8_length(field).to_numpy(zero_copy_only=False) + 1 for field in fields]
        self.ends = [np.cumsum(length) for length in lengths]

    def count(self, text: str) -> int:
        """Articles that hold a text, with no letter or digit right before or behind it."""
        return len(self._holding(text, lambda part, start, end: True))

    def marked(self, text: str) -> NDArray[np.int64]:
        """Articles that hold a text in brackets or before a dash, ascending."""
        return self._holding(
            text,
            lambda part, start, end: (
                _DASH_BEHIND.match(part, end) is not None
                or (
                    _BEHIND.match(part, end) is not None and _BEFORE.search(part[max(start - 4, 0) : start]) is not None
                )
            ),
        )

    def _holding(self, text: str, fits: Callable[[str, int, int], bool]) -> NDArray[np.int64]:
        pattern = re.compile(rf"{re.escape(text)}(?!\w)")
        held = []
        for part, ends in zip(self.parts, self.ends, strict=True):
            whole = [
                found.start()
                for found in pattern.finditer(part)
                if _begins_word(part, found.start()) and fits(part, found.start(), found.end())
            ]
            held.append(np.searchsorted(ends, np.array(whole, dtype=np.int64), side="right"))
        return np.unique(np.concatenate(held)).astype(np.int64)


def _begins_word(part: str, start: int) -> bool:
    return start == 0 or not (part[start - 1].isalnum() or part[start - 1] == "_")


def _phrases(fields: Sequence[pa.Array], whole: _Whole, known: set[str]) -> tuple[Phrase, ...]:
    found: dict[str, Phrase] = {}
    for field in fields:
        for edge in ("beginning", "end"):
            words = _edge_words(field, edge)
            for text, positions in _edge_phrases(words, edge)[:MOST_PHRASES]:
                tokens = set(re.findall(r"[^\s()]+", text))
                if text in found or any(set(tag.split()) <= tokens for tag in known):
                    continue
                n_anywhere = whole.count(text)
                if len(positions) >= MOSTLY_EDGE * n_anywhere:
                    found[text] = Phrase(text, edge, positions, max(n_anywhere, len(positions)))
    return tuple(sorted(found.values(), key=lambda phrase: (-len(phrase.positions), phrase.text)))


def _edge_words(field: pa.Array, edge: str) -> list[list[str]]:
    """The outermost words of every text, in reading order, one more than the longest phrase."""
    most = PHRASE_LENGTHS[-1] + 1
    trimmed = pc.utf8_trim(pc.utf8_trim_whitespace(field), " .…\"'")
    split = pc.utf8_split_whitespace(trimmed, max_splits=most, reverse=edge == "end").to_pylist()
    if edge == "end":
        return [words[-most:] if len(words) > most else words for words in split]
    return [words[:most] for words in split]


def _edge_phrases(words: list[list[str]], edge: str) -> list[tuple[str, NDArray[np.int64]]]:
    """Phrases at this edge of `MIN_PHRASE_ARTICLES` or more, the longest of those that share their articles."""
    held: dict[int, dict[str, list[int]]] = {}
    alive = list(range(len(words)))
    for length in PHRASE_LENGTHS:
        by_phrase: dict[str, list[int]] = defaultdict(list)
        for position in alive:
            mine = words[position]
            if len(mine) > length:
                by_phrase[" ".join(mine[:length] if edge == "beginning" else mine[-length:])].append(position)
        held[length] = {text: places for text, places in by_phrase.items() if len(places) >= MIN_PHRASE_ARTICLES}
        alive = [position for places in held[length].values() for position in places]
    kept: list[tuple[str, NDArray[np.int64]]] = []
    taken: Counter[int] = Counter()
    for length in reversed(PHRASE_LENGTHS):
        for text, places in held[length].items():
            beside = {words[place][length if edge == "beginning" else -length - 1] for place in places}
            covered = sum(taken[place] > 0 for place in places)
            if len(beside) < MIN_NEIGHBOURS * len(places) or covered > 0.5 * len(places):
                continue
            taken.update(places)
            kept.append((text, np.array(sorted(places), dtype=np.int64)))
    return sorted(kept, key=lambda item: (-len(item[1]), item[0]))
