"""Tags of news agencies and constant phrases: text found at the edges of many articles and rarely inside.

A tag is text in brackets at the end of a field ("… rates (AP)"), in brackets before a dash at its beginning
("LONDON (Reuters) - …"), or alone before such a dash ("AFP - …"). Text found only before a dash, such as
"NEW YORK - …", is a place line. A tag that was found counts wherever it occurs in brackets or before a dash, also
inside a text. No name of an agency is hard-coded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.corpus import class_columns
from bowcore.findings.edge_phrases import EDGES, edge_phrases
from bowcore.findings.phrase_search import CLOSE, OPEN, matching, search_phrases

MIN_ARTICLES = 5
MIN_TAG_SHARE = 0.5
"""Smallest share of the articles containing a tag that have it at an edge."""
MAX_PLACES = 40  # place lines searched for in all texts, at the cost of a pass each
MAX_PHRASES = 60  # per edge of a field, for the same reason
MIN_EDGE_SHARE = 0.8
"""Smallest share of the articles containing a constant phrase that have it at its edge."""

_DASH = r"(?:--?|–|—|:|：)"
_INSIDE = r"(?P<tag>[^()\[\]（）【】［］]{2,30})"
_FORMS: dict[str, str] = {
    "in brackets at the end": rf"{OPEN}{_INSIDE}{CLOSE}[\s.]*$",
    "in brackets at the beginning": rf"^[^()\[\]（）【】［］]{{0,60}}{OPEN}{_INSIDE}{CLOSE}\s*(?:{_DASH}|$)",
    "before a dash": r"^(?P<tag>\p{Lu}[^\s()]*(?: [^\s()]+){0,3}?) (?:--?|–|—) ",
}
BRACKETS = tuple(_FORMS)[:2]


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """Text at the edge of many articles; `in_brackets` distinguishes tags from place lines.

    `positions` are the open articles that carry it, ascending: at an edge, or for a tag also in brackets or before a
    dash inside a text. `n_edge` of them have it at an edge; `n_anywhere` counts all that contain these words.
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
        """Share of the articles containing it that have it at an edge."""
        return self.n_edge / self.n_anywhere


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """Words that begin or end many articles and rarely occur elsewhere."""

    text: str
    edge: str
    positions: NDArray[np.int64]
    n_anywhere: int

    @property
    def at_edge(self) -> float:
        """Share of the articles containing it that have it at this edge."""
        return len(self.positions) / self.n_anywhere


@dataclass(frozen=True, slots=True, eq=False)
class AgencyTags:
    """Tags, place lines and constant phrases, each with the most articles first."""

    tags: tuple[Tag, ...]
    places: tuple[Tag, ...]
    phrases: tuple[Phrase, ...]

    @property
    def tagged(self) -> NDArray[np.int64]:
        """Open articles with a tag, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *(tag.positions for tag in self.tags)]))


def find_agency_tags(fields: Sequence[pa.Array]) -> AgencyTags:
    """Tags and phrases at both edges of every field of the open articles; each field has one text per article."""
    edges: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for field in fields:
        for form, pattern in _FORMS.items():
            for position, text in _captured(field, pattern):
                edges[text][form].add(position)
    candidates = _candidates(edges)
    held = search_phrases(fields, [text for text, _, _ in candidates])
    found = []
    for text, positions, forms in candidates:
        tag = Tag(text, forms, positions, len(positions), len(held[text].anywhere) or 1)
        if tag.at_edge >= MIN_TAG_SHARE:
            marked = held[text].marked if tag.in_brackets else positions
            found.append(replace(tag, positions=np.union1d(positions, marked)))
    found.sort(key=lambda tag: (-len(tag.positions), tag.text))
    tags = tuple(tag for tag in found if tag.in_brackets)
    places = tuple(tag for tag in found if not tag.in_brackets)
    return AgencyTags(tags, places, _phrases(fields, {tag.text for tag in found}))


def tag_table(
    tags: Sequence[Tag | Phrase], labels: NDArray[np.int32], class_names: Sequence[str], name: str = "tag"
) -> pd.DataFrame:
    """One row per tag or phrase: its text, `articles`, `at the edge` (share), and its articles' share of each class.

    The class columns are named by `share_columns`.
    """
    columns = share_columns(class_names, name)
    rows = []
    for tag in tags:
        by_class = np.bincount(labels[tag.positions], minlength=len(class_names))
        row = {name: tag.text, "articles": len(tag.positions), "at the edge": tag.at_edge}
        row |= dict(zip(columns, by_class / max(len(tag.positions), 1), strict=True))
        rows.append(row)
    return pd.DataFrame(rows, columns=[name, "articles", "at the edge", *columns])


def share_columns(class_names: Sequence[str], name: str = "tag") -> tuple[str, ...]:
    """Column names of the classes in a table of tags or phrases."""
    return class_columns(class_names, (name, "edge", "articles", "at the edge"))


def spans_by_article(tags: Sequence[Tag | Phrase], n_articles: int) -> pa.Array:
    """Tags or phrases of each article, joined by spaces: one text per article, most of them empty."""
    held: list[list[str]] = [[] for _ in range(n_articles)]
    for tag in tags:
        for position in tag.positions.tolist():
            held[position].append(tag.text)
    return pa.array([" ".join(texts) for texts in held], pa.large_string())


def _candidates(
    edges: dict[str, dict[str, set[int]]],
) -> list[tuple[str, NDArray[np.int64], tuple[str, ...]]]:
    """Texts at an edge of at least `MIN_ARTICLES` articles, mostly letters; only the most frequent place lines."""
    found = []
    for text, by_form in edges.items():
        positions = np.array(sorted(set().union(*by_form.values())), dtype=np.int64)
        if len(positions) >= MIN_ARTICLES and sum(letter.isalpha() for letter in text) > len(text) / 2:
            found.append((text, positions, tuple(form for form in _FORMS if form in by_form)))
    found.sort(key=lambda item: (-len(item[1]), item[0]))
    alone = [item[0] for item in found if not set(item[2]) & set(BRACKETS)]
    left_out = set(alone[MAX_PLACES:])
    return [item for item in found if item[0] not in left_out]


def _captured(field: pa.Array, pattern: str) -> list[tuple[int, str]]:
    # RE2 decides whether a text matches ten times faster than it extracts a group
    holders = matching(field, pattern)
    texts = pc.struct_field(pc.extract_regex(field.take(pa.array(holders)), pattern), "tag").to_pylist()
    return [(int(position), text.strip()) for position, text in zip(holders, texts, strict=True)]


def _phrases(fields: Sequence[pa.Array], known: set[str]) -> tuple[Phrase, ...]:
    candidates = [
        (edge, text, positions)
        for field in fields
        for edge in EDGES
        for text, positions in edge_phrases(field, edge)[:MAX_PHRASES]
        if not _contains_any(text, known)
    ]
    held = search_phrases(fields, [text for _, text, _ in candidates])
    found: dict[str, Phrase] = {}
    for edge, text, positions in candidates:
        n_anywhere = len(held[text].anywhere)
        if text not in found and len(positions) >= MIN_EDGE_SHARE * n_anywhere:
            found[text] = Phrase(text, edge, positions, max(n_anywhere, len(positions)))
    return tuple(sorted(found.values(), key=lambda phrase: (-len(phrase.positions), phrase.text)))


def _contains_any(phrase: str, tags: set[str]) -> bool:
    words = set(re.findall(r"[^\s()]+", phrase))
    return any(set(tag.split()) <= words for tag in tags)
