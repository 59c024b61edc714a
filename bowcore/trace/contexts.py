"""Words in context: every occurrence of a term in the open articles, with the words to its left and right.

A term comes from certain types, so its occurrences are those of its types among the numbered units; no text is
searched. A word group is neighbouring terms; words that steps dropped between them are part of its context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import add
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.text.cut import gaps, is_unspaced
from bowcore.text.terms import TermMap
from bowcore.text.units import Units

N_WORDS = 14
N_CHARACTERS = 90  # a language without spaces has units as long as sentences


@dataclass(frozen=True, slots=True)
class Context:
    """One occurrence of a term.

    Attributes:
        document: Position among the open articles, training articles first.
        label: The article's class, an index into the class names.
        split: Split of the article.
        number: The article's number within its split, from 1.
        position: Index of `word` among the article's words, from 0.
        left: Words before it; begins with an ellipsis if the article begins earlier.
        word: The words that became the term.
        right: Words after it; ends with an ellipsis if the article continues.
    """

    document: int
    label: int
    split: Literal["training", "validation"]
    number: int
    position: int
    left: str
    word: str
    right: str


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Occurrences of a term in reading order: first and last unit, and the number of times it is counted there."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    times: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """All occurrences of a term, with summaries.

    `by_class` has a row for each class and split, with columns `label`, `split`, `occurrences`, `documents` (that
    contain the term) and `all_documents`. `forms` are the most frequent words that became the term, with their number
    of occurrences; a word group has none.
    """

    term: str
    texts: pa.Array
    units: Units
    places: Occurrences
    documents: NDArray[np.int64]
    labels: NDArray[np.int32]
    n_train: int
    by_class: pd.DataFrame
    forms: tuple[tuple[str, int], ...]

    @property
    def n_occurrences(self) -> int:
        """Number of times the term is counted."""
        return int(self.places.times.sum())

    @property
    def n_documents(self) -> int:
        """Number of articles that contain the term."""
        return int(self.by_class["documents"].sum())

    def sample(self, k: int, label: int | None = None) -> tuple[Context, ...]:
        """At most `k` occurrences in reading order, equally many of each class if possible, or of one class alone.

        Within a class they are spread evenly from its first occurrence to its last.
        """
        labels = self.labels[self.documents]
        groups = [np.flatnonzero(labels == each) for each in (np.unique(labels) if label is None else [label])]
        shares = even_shares([len(group) for group in groups], k)
        spread = [
            np.unique(np.linspace(0, len(group) - 1, n).round().astype(int))
            for group, n in zip(groups, shares, strict=True)
        ]

        @cache
        def words_of(document: int) -> _Words:
            return _Words(self.texts[document].as_py(), self.units.documents(document, document + 1))

        chosen = (int(at) for group, rows in zip(groups, spread, strict=True) for at in group[rows])
        return tuple(self._context(at, words_of(int(self.documents[at]))) for at in chosen)

    def _context(self, at: int, words: _Words) -> Context:
        document = int(self.documents[at])
        start, end = int(self.units.offsets[document]), int(self.units.offsets[document + 1])
        first, last = int(self.places.first[at]), int(self.places.last[at])
        left = words.read(max(0, first - N_WORDS - start), first - start)
        right = words.read(last + 1 - start, min(end, last + 1 + N_WORDS) - start)
        more_left, more_right = first - N_WORDS > start, last + 1 + N_WORDS < end
        in_training = document < self.n_train
        return Context(
            document=document,
            label=int(self.labels[document]),
            split="training" if in_training else "validation",
            number=document + 1 if in_training else document - self.n_train + 1,
            position=first - start,
            left=("… " if more_left or len(left) > N_CHARACTERS else "") + left[-N_CHARACTERS:],
            word=_shortened(words.read(first - start, last + 1 - start)),
            right=right[:N_CHARACTERS] + (" …" if more_right or len(right) > N_CHARACTERS else ""),
        )


def find_in_context(
    texts: pa.Array,
    units: Units,
    term_map: TermMap,
    term: str,
    labels: NDArray[np.int32],
    n_train: int,
    n_classes: int,
    *,
    ngrams: int = 1,
    only: NDArray[np.bool_] | None = None,
) -> Found:
    """Every occurrence of a term, or of a word group of up to `ngrams` terms, in the open articles.

    Args:
        texts: The texts that the words are from: (n_documents,).
        units: Numbered words of the open articles, training articles first.
        term_map: The terms of each distinct word under the recipe.
        term: A term; a word group has its terms joined by spaces.
        labels: Classes of the open articles, (n_documents,).
        n_train: Number of training articles among them.
        n_classes: Number of classes.
        ngrams: The longest word group of the recipe.
        only: Search these articles alone: (n_documents,).
    """
    places = find_occurrences(units, term_map, term, ngrams)
    documents = np.searchsorted(units.offsets, places.first, side="right") - 1
    if only is not None:
        kept = only[documents]
        places = Occurrences(places.first[kept], places.last[kept], places.times[kept])
        documents = documents[kept]
    searched = np.arange(units.n_documents) if only is None else np.flatnonzero(only)
    by_class = _by_class(documents, places.times, searched, labels, n_train, n_classes)
    return Found(term, texts, units, places, documents, labels, n_train, by_class, _forms(units, places))


def find_occurrences(units: Units, term_map: TermMap, term: str, ngrams: int = 1) -> Occurrences:
    """Occurrences of a term or a word group among all units; none for an unknown term."""
    found = [_places_of(units, term_map, codes) for codes in _readings(term_map, term, ngrams)]
    if not found:
        nowhere = np.empty(0, dtype=np.int64)
        return Occurrences(nowhere, nowhere, nowhere)
    if len(found) == 1:
        return found[0]
    first, last, times = (
        np.concatenate([getattr(part, name) for part in found]) for name in ("first", "last", "times")
    )
    order = np.lexsort((last, first))
    return Occurrences(first[order], last[order], times[order])


def first_contexts(
    texts: pa.Array,
    units: Units,
    term_map: TermMap,
    terms: Sequence[str],
    documents: Sequence[int],
    ngrams: int = 1,
    n_words: int = 5,
) -> list[str]:
    """Each term with `n_words` words on each side, at its first occurrence in the document of the same place.

    A term that does not occur there has an empty string.
    """
    found = []
    for term, document in zip(terms, documents, strict=True):
        one, its_terms = _alone(units.documents(document, document + 1), term_map)
        places = find_occurrences(one, its_terms, term, ngrams)
        if not len(places.first):
            found.append("")
            continue
        first, last = int(places.first[0]), int(places.last[0])
        start, end = max(first - n_words, 0), min(last + 1 + n_words, len(one.ids))
        words = _Words(texts[document].as_py(), one).read(start, end)[: 2 * N_CHARACTERS]
        found.append(f"{'… ' if start else ''}{words}{' …' if end < len(one.ids) else ''}")
    return found


def _alone(units: Units, term_map: TermMap) -> tuple[Units, TermMap]:
    """A few documents over the types that occur in them, and what these types become: a search takes as little time."""
    types, ids = np.unique(units.ids, return_inverse=True)
    pieces = [term_map.codes[term_map.offsets[each] : term_map.offsets[each + 1]] for each in types]
    numbers, codes = np.unique(np.concatenate([*pieces, np.empty(0, np.int32)]), return_inverse=True)
    offsets = np.cumsum([0, *map(len, pieces)])
    return (
        Units(ids.astype(np.int32), units.offsets, units.types.take(pa.array(types))),
        TermMap(term_map.strings.take(pa.array(numbers)), offsets, codes.astype(np.int32)),
    )


def even_shares(sizes: list[int], k: int) -> list[int]:
    """Number to take of each group so that there are `k` in total, as evenly as the sizes allow.

    >>> even_shares([100, 2, 50], 20)
    [9, 2, 9]
    """
    shares = [0] * len(sizes)
    left, waiting = k, sorted(range(len(sizes)), key=lambda group: sizes[group])
    for n_done, group in enumerate(waiting):
        shares[group] = min(sizes[group], left // (len(waiting) - n_done))
        left -= shares[group]
    return shares


def _readings(term_map: TermMap, term: str, ngrams: int) -> Iterator[tuple[int, ...]]:
    """The ways to read a string as one term, or as neighbouring terms: a term may contain a space."""
    words = term.split(" ")
    # a pasted article has hundreds of words, and as many substrings as their square
    longest = 1 + (pc.max(pc.count_substring(term_map.strings, " ")).as_py() or 0)
    if len(words) > ngrams * longest:
        return iter(())
    last = len(words) + 1
    asked = sorted({" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + longest + 1, last))})
    numbers = pc.index_in(pa.array(asked, pa.string()), term_map.strings).to_pylist()
    codes = {name: code for name, code in zip(asked, numbers, strict=True) if code is not None}

    def after(start: int, n_left: int) -> Iterator[tuple[int, ...]]:
        if start == len(words):
            yield ()
        elif n_left:
            for end in range(start + 1, min(start + longest, len(words)) + 1):
                name = " ".join(words[start:end])
                if name in codes:
                    yield from ((codes[name], *rest) for rest in after(end, n_left - 1))

    return after(0, ngrams)


def _places_of(units: Units, term_map: TermMap, codes: tuple[int, ...]) -> Occurrences:
    yielding = np.repeat(np.arange(term_map.n_types), np.diff(term_map.offsets))
    if len(codes) == 1:
        per_type = np.bincount(yielding[term_map.codes == codes[0]], minlength=term_map.n_types)
        first = np.flatnonzero((per_type > 0)[units.ids])
        return Occurrences(first, first, per_type[units.ids[first]])
    stream, offsets = term_map.expand(units.ids, units.offsets)
    starts = np.flatnonzero(stream[: max(len(stream) - len(codes) + 1, 0)] == codes[0])
    for place, code in enumerate(codes[1:], start=1):
        starts = starts[stream[starts + place] == code]
    ends = offsets[np.searchsorted(offsets, starts, side="right")]
    starts = starts[starts + len(codes) <= ends]
    owners = np.concatenate([[0], np.cumsum(np.diff(term_map.offsets)[units.ids])])
    first, last = (np.searchsorted(owners, at, side="right") - 1 for at in (starts, starts + len(codes) - 1))
    # one unit may contain a group more than once
    pairs, times = np.unique(np.stack([first, last], axis=1), axis=0, return_counts=True)
    return Occurrences(pairs[:, 0], pairs[:, 1], times)


def _by_class(
    documents: NDArray[np.int64],
    times: NDArray[np.int64],
    searched: NDArray[np.int64],
    labels: NDArray[np.int32],
    n_train: int,
    n_classes: int,
) -> pd.DataFrame:
    def table(of: NDArray[np.int64], weights: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        groups = labels[of] * 2 + (of >= n_train)
        return np.bincount(groups, weights=weights, minlength=2 * n_classes).astype(np.int64)

    return pd.DataFrame(
        {
            "label": np.repeat(np.arange(n_classes), 2),
            "split": ["training", "validation"] * n_classes,
            "occurrences": table(documents, times),
            "documents": table(np.unique(documents)),
            "all_documents": table(searched),
        }
    )


def _forms(units: Units, places: Occurrences, k: int = 6) -> tuple[tuple[str, int], ...]:
    """Spellings of a term, most frequent first; none if an occurrence has several words, since most are unique."""
    single = places.first == places.last
    if not single.all():
        return ()
    ids = units.ids[places.first[single]]
    numbers, n = np.unique(ids, return_counts=True)
    top = np.argsort(-n, kind="stable")[:k]
    names = units.types.take(pa.array(numbers[top])).to_pylist()
    return tuple((_shortened(name), int(count)) for name, count in zip(names, n[top], strict=True))


class _Words:
    """The words of one article, read as they stand in its text."""

    def __init__(self, text: str, units: Units) -> None:
        self._units = units
        # most texts have a space before each word, and few of a long article's words are read
        self._gaps = gaps(text, self._words(0, len(units.ids))) if is_unspaced(text) else None

    def read(self, first: int, last: int) -> str:
        """Words `first` to `last` (exclusive)."""
        words = self._words(first, last)
        if self._gaps is None:
            return " ".join(words)
        return "".join(map(add, self._gaps[first:last], words)).removeprefix(" ")

    def _words(self, first: int, last: int) -> list[str]:
        words: list[str] = self._units.types.take(pa.array(self._units.ids[first:last])).to_pylist()
        return words


def _shortened(word: str) -> str:
    return word if len(word) <= N_CHARACTERS else word[:N_CHARACTERS] + " …"
