"""Effect of the steps on all words, step by step, and on one text, word by word.

No step is run again: the chain keeps the strings before and after every step, and the frequencies of types are known.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.text.cut import words_of
from bowcore.text.tagger.words import STEP as LEMMAS
from bowcore.text.tagger.words import Pieces, joined
from bowcore.text.terms import AppliedStep, Chain, TermMap, apply_chain, identity_map
from bowcore.text.units import number_units, read_own_texts

Frequencies = NDArray[np.int64]
SYMBOL = r"\p{So}"
"""Symbols that are no punctuation: emoji, arrows, stars."""
Status = Literal["kept", "changed", "split", "dropped", "unknown"]


@dataclass(frozen=True, slots=True)
class Fate:
    """The outcome of a step for one string, and its number of occurrences in the text."""

    before: str
    after: tuple[str, ...]
    occurrences: int


@dataclass(frozen=True, slots=True)
class Affected:
    """The strings with the same kind of outcome: how many, their occurrences, and the most frequent of them."""

    n_strings: int
    n_tokens: int
    top: tuple[Fate, ...]

    def table(self) -> pd.DataFrame:
        """The most frequent, one per row: `before`, `after` (pieces joined by spaces), `occurrences`."""
        rows = [(fate.before, " ".join(fate.after), fate.occurrences) for fate in self.top]
        return pd.DataFrame(rows, columns=["before", "after", "occurrences"])


@dataclass(frozen=True, slots=True)
class StepEffect:
    """Effect of one step on the strings that occur.

    Every string is dropped, split (several pieces), changed (one piece, not itself) or left as it is. `merged` are
    the changed ones whose piece is also another string's: they lose a column of their own.
    """

    name: str
    n_tokens_before: int
    n_tokens_after: int
    n_strings_before: int
    n_strings_after: int
    dropped: Affected
    split: Affected
    changed: Affected
    merged: Affected
    lost_signs: tuple[tuple[str, int], ...] = ()
    """Emoji and other symbols that no piece has any more, most frequent first, and their occurrences."""


@dataclass(frozen=True, slots=True)
class TracedTerm:
    """A term, and whether it is a column; always true without a vocabulary.

    `others` is the name of the column for all unknown terms, if there is one.
    """

    term: str
    known: bool
    others: str = ""

    @property
    def column(self) -> str:
        """The column that counts it; empty if none does."""
        return self.term if self.known else self.others


@dataclass(frozen=True, slots=True)
class TracedUnit:
    """One unit of a text on its way through the steps.

    Attributes:
        unit: The string between white space.
        after: Its strings after each step of the trace; an empty tuple once it is dropped. If the tagger's lemmas are
            used, they are the first.
        terms: The terms counted for it in the end.
        status: `dropped` no term is left; `unknown` none of its terms is in the vocabulary; `split` it is several
            terms; `changed` it is one other term; `kept`.
        decided_by: The step that dropped it, first split it or first changed it; `vocabulary` for unknown; empty
            for kept.
        changed_by: All steps that changed it.
    """

    unit: str
    after: tuple[tuple[str, ...], ...]
    terms: tuple[TracedTerm, ...]
    status: Status
    decided_by: str
    changed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A text through every step of a recipe.

    Attributes:
        text: The text that was split into units, after repair.
        steps: Names of the recipe's steps, in order.
        units: The units in reading order.
        groups: Word groups (n-grams) of neighbouring terms, shorter ones first, each in reading order.
    """

    text: str
    steps: tuple[str, ...]
    units: tuple[TracedUnit, ...]
    groups: tuple[TracedTerm, ...]


def whole_chain(chain: Chain) -> AppliedStep:
    """All steps as one, from the types to the final terms, named `all steps`."""
    result = chain.result
    types = chain.steps[0].before.strings if chain.steps else result.strings.take(pa.array(result.codes))
    parents = np.repeat(np.arange(result.n_types), np.diff(result.offsets))
    return AppliedStep("all steps", identity_map(types), result, parents, result.codes)


def step_effects(chain: Chain, type_frequencies: Frequencies, k: int = 10) -> tuple[StepEffect, ...]:
    """The effect of each step: see `step_effect`."""
    return tuple(step_effect(step, type_frequencies, k) for step in chain.steps)


def step_effect(step: AppliedStep, type_frequencies: Frequencies, k: int = 10) -> StepEffect:
    """The effect of one step on the strings that occur, with the `k` most frequent ones of each outcome.

    `type_frequencies`, (n_types,), counts each type's occurrences in some texts.
    """
    before = step.before.frequencies(type_frequencies)
    after = step.after.frequencies(type_frequencies)
    occurs = before > 0
    n_pieces = np.bincount(step.parents, minlength=len(before))
    single = occurs & (n_pieces == 1)
    changed = single & _is_other(step, n_pieces)
    fates = {"dropped": occurs & (n_pieces == 0), "split": occurs & (n_pieces > 1)}
    fates |= {"changed": changed, "merged": changed & _sharing(step, single)}
    return StepEffect(
        name=step.name,
        n_tokens_before=int(before.sum()),
        n_tokens_after=int(after.sum()),
        n_strings_before=int(occurs.sum()),
        n_strings_after=int(np.count_nonzero(after)),
        lost_signs=_lost_signs(step, before, k),
        **{name: _affected(step, chosen, before, k) for name, chosen in fates.items()},
    )


def _lost_signs(step: AppliedStep, frequencies: Frequencies, k: int) -> tuple[tuple[str, int], ...]:
    # most strings are ASCII, which has none
    likely = ~pc.string_is_ascii(step.before.strings).to_numpy(zero_copy_only=False) & (frequencies > 0)
    chosen = np.flatnonzero(likely)
    strings = step.before.strings.take(pa.array(chosen))
    has_signs = pc.match_substring_regex(strings, SYMBOL)
    chosen = chosen[has_signs.to_numpy(zero_copy_only=False)]
    strings = strings.filter(has_signs).to_pylist()
    starts, ends = np.searchsorted(step.parents, chosen), np.searchsorted(step.parents, chosen, side="right")
    lost: Counter[str] = Counter()
    for string, start, end, n in zip(strings, starts, ends, frequencies[chosen].tolist(), strict=True):
        left = Counter("".join(step.after.strings.take(pa.array(step.codes[start:end])).to_pylist()))
        gone = Counter(string) - left
        lost.update({sign: n * times for sign, times in gone.items() if unicodedata.category(sign) == "So"})
    return tuple(sorted(lost.items(), key=lambda one: (-one[1], one[0]))[:k])


def as_read(text: str, recipe: Recipe) -> str:
    """A reader's own text as its words are read: repaired, if the recipe says so."""
    read: str = read_own_texts([text], recipe.text)[0].as_py()
    return read


def trace(text: str, recipe: Recipe, vocabulary: Vocabulary | None = None, lemmas: Pieces | None = None) -> Trace:
    """A reader's own text followed through repair and every step to its terms and word groups.

    `lemmas` are those of each word of the text after `as_read`: the steps start from them, and the tagger's work is
    the first step of the trace. Without them, words are followed as written.
    """
    return traces([text], recipe, vocabulary, None if lemmas is None else [lemmas])[0]


def traces(
    texts: Sequence[str],
    recipe: Recipe,
    vocabulary: Vocabulary | None = None,
    lemmas: Sequence[Pieces] | None = None,
) -> list[Trace]:
    """`trace` for each text, in a fraction of the time: one takes the steps 10 ms, mostly to compile their patterns."""
    reads: list[str] = read_own_texts(texts, recipe.text).to_pylist()
    words = [words_of(read) if lemmas is None else read.split() for read in reads]
    pieces = [tuple((word,) for word in text) for text in words] if lemmas is None else lemmas
    units = number_units(pa.array([joined(text) for text in pieces], pa.string()))
    chain = apply_chain(units.types, recipe.terms)
    names = (*(() if lemmas is None else (LEMMAS,)), *(step.name for step in chain.steps))
    every = [piece for text in pieces for piece in text]
    ends = np.cumsum([0, *map(len, every)])
    columns = [] if lemmas is None else [every]
    columns += [_strings(step.after, units.ids, ends) for step in chain.steps]
    terms = _strings(chain.result, units.ids, ends)
    traced = _traced_units([word for text in words for word in text], columns, terms, names, vocabulary)
    edges = np.cumsum([0, *map(len, words)]).tolist()
    return [
        _of_text(read, names, traced[start:end], recipe, vocabulary)
        for read, (start, end) in zip(reads, pairwise(edges), strict=True)
    ]


def trace_types(
    text: str, words: Sequence[str], ids: NDArray[np.int32], chain: Chain, recipe: Recipe, vocabulary: Vocabulary
) -> Trace:
    """`trace` of a text of the corpus as it is read, whose words are the types `ids` of the corpus's chain.

    Looked up, in a fifth of the time.
    """
    steps, each = chain.after_each(), np.arange(len(ids) + 1)
    columns = [_strings(after, ids, each) for after in steps.values()]
    terms = columns[-1] if columns else [(word,) for word in words]
    return _of_text(
        text, tuple(steps), _traced_units(words, columns, terms, tuple(steps), vocabulary), recipe, vocabulary
    )


def _of_text(
    read: str, names: tuple[str, ...], traced: tuple[TracedUnit, ...], recipe: Recipe, vocabulary: Vocabulary | None
) -> Trace:
    stream = [term.term for unit in traced for term in unit.terms]
    groups = tuple(
        _known(" ".join(stream[at : at + length]), vocabulary)
        for length in range(2, recipe.terms.ngrams + 1)
        for at in range(len(stream) - length + 1)
    )
    return Trace(read, names, traced, groups)


def _traced_units(
    units: Sequence[str],
    columns: Sequence[Sequence[tuple[str, ...]]],
    terms: Sequence[tuple[str, ...]],
    names: tuple[str, ...],
    vocabulary: Vocabulary | None,
) -> tuple[TracedUnit, ...]:
    return tuple(
        _traced_unit(unit, tuple(column[i] for column in columns), terms[i], names, vocabulary)
        for i, unit in enumerate(units)
    )


def _traced_unit(
    unit: str,
    after: tuple[tuple[str, ...], ...],
    terms: tuple[str, ...],
    names: tuple[str, ...],
    vocabulary: Vocabulary | None,
) -> TracedUnit:
    stages = ((unit,), *after)
    changed_by = tuple(name for name, was, now in zip(names, stages, after, strict=False) if was != now)
    known = tuple(_known(term, vocabulary) for term in terms)
    status: Status
    if not terms:
        status, decided_by = "dropped", names[after.index(())]
    elif not any(term.known for term in known):
        status, decided_by = "unknown", "vocabulary"
    elif len(terms) > 1:
        status, decided_by = "split", next(name for name, now in zip(names, after, strict=True) if len(now) > 1)
    elif terms != (unit,):
        status, decided_by = "changed", changed_by[0]
    else:
        status, decided_by = "kept", ""
    return TracedUnit(unit, after, known, status, decided_by, changed_by)


def _known(term: str, vocabulary: Vocabulary | None) -> TracedTerm:
    if vocabulary is None:
        return TracedTerm(term, True)
    # the terms are sorted; a hash table over all of them would take longer than a sentence's few look-ups
    terms = vocabulary.known_terms
    at = bisect_left(range(len(terms)), term, key=lambda position: terms[position].as_py())
    return TracedTerm(term, at < len(terms) and terms[at].as_py() == term, vocabulary.unknown)


def _strings(term_map: TermMap, ids: NDArray[np.int32], ends: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """The strings of each word; word i has the units `ids[ends[i]:ends[i + 1]]`."""
    stream, offsets = term_map.expand(ids, ends)
    strings = term_map.strings.take(pa.array(stream)).to_pylist()
    return [tuple(strings[start:end]) for start, end in pairwise(offsets)]


def _sharing(step: AppliedStep, single: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mask of single-piece strings that share their piece with another such string."""
    chosen = single[step.parents]
    n_sources = np.bincount(step.codes[chosen], minlength=len(step.after.strings))
    sharing = np.zeros(len(single), dtype=np.bool_)
    sharing[step.parents[chosen]] = n_sources[step.codes[chosen]] > 1
    return sharing


def _is_other(step: AppliedStep, n_pieces: NDArray[np.int64]) -> NDArray[np.bool_]:
    alone = n_pieces[step.parents] == 1
    before = step.before.strings.take(pa.array(step.parents[alone]))
    after = step.after.strings.take(pa.array(step.codes[alone]))
    other = np.zeros(len(n_pieces), dtype=np.bool_)
    other[step.parents[alone]] = pc.not_equal(before, after).to_numpy(zero_copy_only=False)
    return other


def _affected(step: AppliedStep, chosen: NDArray[np.bool_], frequencies: Frequencies, k: int) -> Affected:
    positions = np.flatnonzero(chosen)
    top = positions[np.argsort(-frequencies[positions], kind="stable")][:k]
    before = step.before.strings.take(pa.array(top)).to_pylist()
    starts, ends = np.searchsorted(step.parents, top), np.searchsorted(step.parents, top, side="right")
    fates = tuple(
        Fate(string, tuple(step.after.strings.take(pa.array(step.codes[start:end])).to_pylist()), int(occurrences))
        for string, start, end, occurrences in zip(before, starts, ends, frequencies[top], strict=True)
    )
    return Affected(len(positions), int(frequencies[positions].sum()), fates)
