"""Phrases that begin or end many articles; of phrases with the same articles, the longest."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Positions = NDArray[np.int64]
Edge = Literal["beginning", "end"]
EDGES: tuple[Edge, Edge] = ("beginning", "end")

MIN_PHRASE_ARTICLES = 10
PHRASE_LENGTHS = (3, 4, 5, 6, 8)  # words
MIN_NEIGHBOURS = 0.5
"""Smallest number of different words next to a phrase, as a share of its articles; below it, whole articles repeat."""
_N_WORDS = PHRASE_LENGTHS[-1] + 1  # words read at each edge: one more than the longest phrase


def edge_phrases(field: pa.Array, edge: Edge) -> list[tuple[str, Positions]]:
    """Phrases at this edge of at least `MIN_PHRASE_ARTICLES` texts, with their texts: most texts first."""
    words, spellings = _outer_words(field, edge)
    groups = _same_words(words)
    kept: list[tuple[str, Positions]] = []
    taken = np.zeros(len(words), dtype=bool)
    for length in reversed(PHRASE_LENGTHS):
        for places in groups[length]:
            n_neighbours, n_covered = len(np.unique(words[places, length])), int(taken[places].sum())
            if n_neighbours < MIN_NEIGHBOURS * len(places) or n_covered > 0.5 * len(places):
                continue
            taken[places] = True
            mine = words[places[0], :length]
            read = spellings.take(pa.array(mine if edge == "beginning" else mine[::-1])).to_pylist()
            kept.append((" ".join(read), places))
    return sorted(kept, key=lambda item: (-len(item[1]), item[0]))


def _outer_words(field: pa.Array, edge: Edge) -> tuple[NDArray[np.int64], pa.Array]:
    """Indices of the outermost words of every text, from the edge inwards, and their spellings.

    Shape (n_texts, `_N_WORDS`); -1 where a text has fewer words.
    """
    trimmed = pc.utf8_trim(pc.utf8_trim_whitespace(field), " .…\"'")
    lists = pc.utf8_split_whitespace(trimmed, max_splits=_N_WORDS, reverse=edge == "end")
    bounds = lists.offsets.to_numpy().astype(np.int64)
    steps = np.arange(_N_WORDS)
    there = steps < np.diff(bounds)[:, None]
    places = bounds[:-1, None] + steps if edge == "beginning" else bounds[1:, None] - 1 - steps
    # the rest of a long text, after its outer words, is never used
    encoded = lists.values.take(pa.array(places[there])).dictionary_encode()
    words = np.full(there.shape, -1, dtype=np.int64)
    words[there] = encoded.indices.to_numpy(zero_copy_only=False)
    return words, encoded.dictionary


def _same_words(words: NDArray[np.int64]) -> dict[int, list[Positions]]:
    """For each length, groups of enough texts, ascending, that share their outer words and have one word more."""
    held: dict[int, list[Positions]] = {}
    n_words = (words >= 0).sum(axis=1)
    places = np.flatnonzero(n_words > PHRASE_LENGTHS[0])
    groups, length = np.zeros(len(places), dtype=np.int64), 0
    n_numbers = int(words.max(initial=-1)) + 1
    for longer in PHRASE_LENGTHS:
        enough = n_words[places] > longer
        places, groups = places[enough], groups[enough]
        for step in range(length, longer):
            _, groups = np.unique(groups * n_numbers + words[places, step], return_inverse=True)
        sizes = np.bincount(groups, minlength=1)
        many = sizes[groups] >= MIN_PHRASE_ARTICLES
        places, groups, length = places[many], groups[many], longer
        order = np.argsort(groups, kind="stable")
        parted = np.flatnonzero(np.diff(groups[order])) + 1
        held[longer] = np.split(places[order], parted) if len(places) else []
    return held
