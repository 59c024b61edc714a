"""The chain of steps: from numbered types to terms, with the effect of every step.

A chain is applied to distinct strings only. A `TermMap` has, for each type, its ordered list of strings so far.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.recipe.steps import TermsSpec
from bowcore.text.step_cache import Lexicon, StepCost, StepMemo, Strands


@dataclass(frozen=True, slots=True)
class TermMap:
    """For type t, the strings `strings[codes[offsets[t]:offsets[t + 1]]]`, in reading order."""

    strings: pa.StringArray
    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]

    @property
    def n_types(self) -> int:
        """Number of input types."""
        return len(self.offsets) - 1

    def matrix(self) -> sparse.csr_matrix:
        """How often each type yields each string: int32 CSR, (n_types, n_strings)."""
        ones = np.ones(len(self.codes), dtype=np.int32)
        shape = (self.n_types, len(self.strings))
        matrix = sparse.csr_matrix((ones, self.codes.copy(), self.offsets.copy()), shape=shape)
        matrix.sum_duplicates()
        return matrix

    def frequencies(self, type_frequencies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Occurrences of each string, given those of each type: (n_strings,)."""
        weights = np.repeat(type_frequencies, np.diff(self.offsets))
        return np.bincount(self.codes, weights=weights, minlength=len(self.strings)).astype(np.int64)

    def expand(self, ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The stream of string codes of documents given as type ids, and the offset of each document in it."""
        if len(self.codes) == self.n_types and (np.diff(self.offsets) == 1).all():
            return self.codes[ids], offsets
        lengths = np.diff(self.offsets)[ids]
        if (lengths <= 1).all():  # most recipes split no type, or few that occur
            kept = lengths == 1
            before = np.concatenate([[0], np.cumsum(kept)])
            return self.codes[self.offsets[ids[kept]]], before[offsets]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(ends[-1]) + np.repeat(self.offsets[:-1][ids] - ends[:-1], lengths)
        return self.codes[positions], ends[offsets]


@dataclass(frozen=True, slots=True)
class AppliedStep:
    """One step as applied: the strings before, their pieces, and the strings after.

    Piece i is `after.strings[codes[i]]` and came from `before.strings[parents[i]]`.
    """

    name: str
    before: TermMap
    after: TermMap
    parents: NDArray[np.int64]
    codes: NDArray[np.int32]


@dataclass(frozen=True)
class Chain:
    """All steps of a recipe over one set of types; `result.strings` are sorted by code point.

    `costs` has the time of each step, and whether its result was cached before this chain was requested.
    """

    result: TermMap
    costs: tuple[StepCost, ...]
    spec: TermsSpec
    lexicon: Lexicon

    @cached_property
    def steps(self) -> tuple[AppliedStep, ...]:
        """The steps, looked up in the lexicon on first access: a matrix needs only their result."""
        followed = self.lexicon.follow(self.spec)
        maps, numbers = zip(*(_compact(followed.strings, strands) for strands in followed.strands), strict=True)
        return tuple(
            _applied_step(memo, maps[at], maps[at + 1], numbers[at], numbers[at + 1])
            for at, memo in enumerate(followed.memos)
        )

    def after_each(self) -> dict[str, TermMap]:
        """What each type is after each step, by the name of the step; looked up, with the strings of the lexicon."""
        followed = self.lexicon.follow(self.spec)
        return {
            memo.name: TermMap(followed.strings, strands.offsets, strands.codes)
            for memo, strands in zip(followed.memos, followed.strands[1:], strict=True)
        }


def identity_map(types: pa.StringArray) -> TermMap:
    """Every type as it is."""
    return TermMap(types, np.arange(len(types) + 1, dtype=np.int64), np.arange(len(types), dtype=np.int32))


def apply_chain(types: pa.StringArray, spec: TermsSpec, lexicon: Lexicon | None = None) -> Chain:
    """The recipe's steps applied, in order, to distinct types.

    A `lexicon` over the same types caches what steps made of strings; without one, nothing is cached.
    """
    lexicon = lexicon or Lexicon(types)
    followed = lexicon.follow(spec)
    outcome, n_strings = followed.strands[-1], len(followed.strings)
    occurs = np.zeros(n_strings, dtype=np.bool_)
    occurs[outcome.codes] = True
    numbers, strings = lexicon.sorted_by_code_point(np.flatnonzero(occurs).astype(np.int32))
    codes = _places(numbers, n_strings)[outcome.codes]
    codes.flags.writeable = False
    return Chain(TermMap(strings, outcome.offsets, codes), followed.costs, spec, lexicon)


_LEXICONS: OrderedDict[int, Lexicon] = OrderedDict()
_LEXICONS_LOCK = threading.Lock()
KEPT_LEXICONS = 4  # as many corpora, or ways of reading one, as a class is likely to have open at once


def lexicon_of(types: pa.StringArray) -> Lexicon:
    """The lexicon of these types (the same object), shared by all threads; least recently used ones are dropped."""
    with _LEXICONS_LOCK:
        # a lexicon keeps its types alive, so no other object can have the same identity
        lexicon = _LEXICONS.setdefault(id(types), Lexicon(types))
        _LEXICONS.move_to_end(id(types))
        while len(_LEXICONS) > KEPT_LEXICONS:
            _LEXICONS.popitem(last=False)
    return lexicon


def _compact(strings: pa.StringArray, strands: Strands) -> tuple[TermMap, NDArray[np.int64]]:
    """Strands over the strings that occur in them, in order of first appearance, and the numbers of these strings."""
    n_codes = len(strands.codes)
    first = np.full(len(strings), n_codes, dtype=np.int64)
    first[strands.codes[::-1]] = np.arange(n_codes - 1, -1, -1)  # with duplicate indices the last assignment wins
    numbers = strands.codes[np.sort(first[first < n_codes])].astype(np.int64)
    codes = _places(numbers, len(strings))[strands.codes]
    return TermMap(strings.take(pa.array(numbers)), strands.offsets, codes), numbers


def _applied_step(
    memo: StepMemo, before: TermMap, after: TermMap, numbers: NDArray[np.int64], numbers_after: NDArray[np.int64]
) -> AppliedStep:
    each = Strands(np.arange(len(numbers) + 1, dtype=np.int64), numbers.astype(np.int32))
    pieces = memo.apply(each)
    parents = np.repeat(np.arange(len(numbers)), np.diff(pieces.offsets))
    highest = max(numbers_after.max(initial=-1), pieces.codes.max(initial=-1))
    return AppliedStep(memo.name, before, after, parents, _places(numbers_after, int(highest) + 1)[pieces.codes])


def _places(numbers: NDArray[np.integer], n_strings: int) -> NDArray[np.int32]:
    """Index of each string in `numbers`."""
    places = np.zeros(n_strings, dtype=np.int32)
    places[numbers] = np.arange(len(numbers), dtype=np.int32)
    return places
