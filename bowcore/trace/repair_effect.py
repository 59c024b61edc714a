"""Effect of the repair of leftovers on words, as `bowcore.trace.lineage` reports it for the steps after it.

Repair works on whole texts, so the outcome is per occurrence: `Canada` alone is unchanged, but in `Canada #39;s` it
becomes `Canada's`. A word's pieces are the words that contain its remaining letters or their replacement. Only the
places around leftovers are examined, each distinct one once.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.text.characters import COMPOSE, RULES, recoded
from bowcore.text.repair import REPAIRS, is_suspect, repair
from bowcore.text.units import Units
from bowcore.trace.lineage import Affected, Fate, StepEffect

Pieces = tuple[tuple[str, ...], ...]
"""For each word of a place, in reading order, the words it became; an empty tuple if nothing is left of it."""
Outcomes = Counter[tuple[str, tuple[str, ...]]]
"""Occurrences of a word and the words it became."""

_NO_WORD = -1  # owner of a space
_OPEN_TAG = r"</?[A-Za-z][^<>]*$"


def _filled_in(replacement: str) -> Callable[[re.Match[str]], str]:
    # `expand` parses what it fills in every time
    return (lambda found: found.expand(replacement)) if "\\" in replacement else lambda found: replacement


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    *((re.compile(pattern), meaning) for pattern, meaning in (*RULES, COMPOSE)),
    # as RE2 reads them
    *((re.compile(pattern, re.ASCII), _filled_in(replacement)) for _, pattern, replacement in REPAIRS),
)


def repair_effect(fields: Sequence[pa.Array], raw: Units, repaired: Units, k: int = 10) -> StepEffect:
    """The effect of the repair on the words of some articles; a word counts under each outcome of its occurrences.

    `merged` are the changed words whose piece is also another word's, one that joined them or one that existed already.
    Words that became one word are listed together in `top`, as in `Canada #39;s`. Tokens before are those after, plus
    the dropped and joined ones, minus the pieces beyond the first.

    Args:
        fields: The texts as written, one array per field: each is repaired by itself.
        raw: Their units as written, all fields of an article together.
        repaired: Their units after the repair.
        k: Largest number of examples of each outcome.
    """
    found = _Found()
    for texts in fields:
        for place, after, n in changed_places(texts):
            found.add(place.split(), pieces_of(place, after), n)
    merged = found.merged(raw)
    shared = {after for _, after in merged}
    return StepEffect(
        name="repair",
        n_tokens_before=len(raw.ids),
        n_tokens_after=len(repaired.ids),
        n_strings_before=len(raw.types),
        n_strings_after=len(repaired.types),
        dropped=_affected(found.dropped, found.dropped, k),
        split=_affected(found.split, found.split, k),
        changed=_affected(found.changed, found.joined, k),
        merged=_affected(merged, {pair: n for pair, n in found.joined.items() if pair[1] in shared}, k),
    )


def pieces_of(place: str, repaired: str) -> Pieces:
    r"""The pieces that each word of a text became.

    >>> pieces_of("in Canada #39;s lt;b/gt; far\\near", "in Canada's   far near")
    (('in',), ("Canada's",), ("Canada's",), (), ('far', 'near'))

    Args:
        place: The text as written.
        repaired: The same after `repair`.
    """
    words, after = place.split(), repaired.split()
    first = _n_equal(words, after)
    last = _n_equal(words[first:][::-1], after[first:][::-1])
    if len(words) - first - last > 1:
        return _traced(place, words)
    middle = [tuple(after[first : len(after) - last])] * (len(words) - first - last)
    return (*((word,) for word in words[:first]), *middle, *((word,) for word in words[len(words) - last :]))


@dataclass(slots=True)
class _Found:
    """Occurrences of each outcome. `joined` has the changed words too, those that became one word under one key."""

    dropped: Outcomes = field(default_factory=Counter)
    split: Outcomes = field(default_factory=Counter)
    changed: Outcomes = field(default_factory=Counter)
    joined: Outcomes = field(default_factory=Counter)

    def add(self, words: Sequence[str], pieces: Pieces, n: int) -> None:
        """Add a place that occurs `n` times."""
        together: list[str] = []
        for position, (word, became) in enumerate(zip(words, pieces, strict=True)):
            if not became:
                self.dropped[word, ()] += n
            elif len(became) > 1:
                self.split[word, became] += n
            elif became[0] != word:
                self.changed[word, became] += n
                together.append(word)
                # the next word joins it if it became the very same word
                if position + 1 == len(words) or pieces[position + 1] is not became:
                    self.joined[" ".join(together), became] += n
                    together = []

    def merged(self, raw: Units) -> Outcomes:
        """The changed words whose piece another word became or is."""
        sources: dict[str, set[str]] = defaultdict(set)
        for word, (piece,) in self.changed:
            sources[piece].add(word)
        touched: Counter[str] = Counter()
        for (word, _), n in (self.dropped + self.split + self.changed).items():
            touched[word] += n
        for piece, frequency in zip(sources, _frequencies(list(sources), raw), strict=True):
            if frequency > touched[piece]:
                sources[piece].add(piece)
        return Counter({pair: n for pair, n in self.changed.items() if len(sources[pair[1][0]]) > 1})


def _frequencies(strings: list[str], units: Units) -> NDArray[np.int64]:
    places = pc.index_in(pa.array(strings, pa.string()), units.types)
    frequencies = units.frequencies()
    known = places.is_valid().to_numpy(zero_copy_only=False)
    found = np.zeros(len(strings), dtype=np.int64)
    found[known] = frequencies[places.drop_null().to_numpy()]
    return found


def _affected(outcomes: Outcomes, examples: dict[tuple[str, tuple[str, ...]], int], k: int) -> Affected:
    top = sorted(examples.items(), key=lambda one: (-one[1], one[0]))[:k]
    fates = tuple(Fate(before, after, n) for (before, after), n in top)
    return Affected(len({word for word, _ in outcomes}), outcomes.total(), fates)


def changed_places(texts: pa.Array) -> Iterable[tuple[str, str, int]]:
    """Every distinct place that the repair changes: before, after, and its number of occurrences in the texts.

    A place is a leftover, its whole tag, and the word it may be joined to; repaired alone it gives the same result.
    """
    # split at single spaces, so that a place keeps its spaces: an entity takes one space with it
    lists = pc.split_pattern(texts.filter(is_suspect(texts)), " ")
    encoded = lists.flatten().dictionary_encode()
    codes, names = encoded.indices.to_numpy(), encoded.dictionary
    if not len(codes):
        return ()
    starts = np.zeros(len(codes) + 1, dtype=np.bool_)
    starts[np.cumsum(pc.list_value_length(lists).to_numpy())] = True  # at every text but the first
    core = _in_tags(names, codes, starts[:-1]) | _mask(is_suspect(names))[codes]
    chosen = core.copy()
    chosen[:-1] |= core[1:] & ~starts[1:-1]  # and the word before it
    begins = chosen & (~np.concatenate([[False], chosen[:-1]]) | starts[:-1])
    offsets = np.append(np.flatnonzero(begins[chosen]), np.count_nonzero(chosen))
    words = names.take(pa.array(codes[chosen])).cast(pa.large_string())
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), words)
    counted = pc.binary_join(lists, pa.scalar(" ", words.type)).value_counts()
    places = counted.field("values")
    repaired = repair(places)
    is_changed = pc.not_equal(places, repaired)
    columns = (array.filter(is_changed).to_pylist() for array in (places, repaired, counted.field("counts")))
    return zip(*columns, strict=True)


def _in_tags(names: pa.Array, codes: NDArray[np.int32], starts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask of everything between the start of a tag and the next end of a tag in the same text, inclusive."""
    signs = recoded(names)
    for kind, pattern, replacement in REPAIRS:
        if kind == "mark-up" and replacement in "<>":
            signs = pc.replace_substring_regex(signs, pattern, replacement)
    opens = np.flatnonzero(_matches(signs, _OPEN_TAG)[codes])
    closes = np.flatnonzero(_matches(signs, ">")[codes])
    at = np.searchsorted(closes, opens, side="right")
    opens, ends = opens[at < len(closes)], closes[at[at < len(closes)]]
    text = np.cumsum(starts)
    same = text[opens] == text[ends]
    depth = np.zeros(len(codes) + 1, dtype=np.int64)
    np.add.at(depth, opens[same], 1)
    np.add.at(depth, ends[same] + 1, -1)
    inside: NDArray[np.bool_] = np.cumsum(depth[:-1]) > 0
    return inside


def _matches(names: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return _mask(pc.match_substring_regex(names, pattern))


def _mask(found: pa.BooleanArray) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return mask


def _n_equal(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the common prefix of two lists of words."""
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n


def _traced(place: str, words: Sequence[str]) -> Pieces:
    """`pieces_of`, computed by following every letter through the patterns."""
    text, owners = place, _owners(place)
    for pattern, meaning in _RULES:
        matches = list(pattern.finditer(text))
        if not matches:
            continue
        parts: list[str] = []
        after: list[int] = []
        end = 0
        for match in matches:
            new = meaning(match)
            # a replacement belongs to the word in which the leftover began, after the space it took with it
            owner = next((owners[at] for at in range(*match.span()) if owners[at] != _NO_WORD), _NO_WORD)
            mine = [_NO_WORD if letter.isspace() else owner for letter in new]
            if match.re.groups:  # the letters on both sides keep their owners
                mine[0], mine[-1] = owners[match.start()], owners[match.end() - 1]
                mine[1:-1] = [owners[match.end() - 1]] * (len(mine) - 2)
            parts += [text[end : match.start()], new]
            after += [*owners[end : match.start()], *mine]
            end = match.end()
        text, owners = "".join([*parts, text[end:]]), [*after, *owners[end:]]
    became: list[list[tuple[str, ...]]] = [[] for _ in words]
    for at in re.finditer(r"\S+", text):
        piece = (at.group(),)  # one tuple for all words that it joins
        for owner in sorted(set(owners[at.start() : at.end()]) - {_NO_WORD}):
            became[owner].append(piece)
    return tuple(pieces[0] if len(pieces) == 1 else tuple(word for (word,) in pieces) for pieces in became)


def _owners(text: str) -> list[int]:
    owners = [_NO_WORD] * len(text)
    for number, at in enumerate(re.finditer(r"\S+", text)):
        owners[at.start() : at.end()] = [number] * (at.end() - at.start())
    return owners
