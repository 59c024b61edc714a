"""Cache of the steps over one set of types: each string seen is numbered once, with what each step made of it.

A step processes a string once in the lexicon's life. When a switch is flipped, the steps after it see mostly known
strings and only look up numbers: no string is cut, hashed or compared again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.recipe.steps import MASK, STEP_TABLE, TermsSpec
from bowcore.text.steps import apply_step

StepKey = tuple[str, tuple[Any, ...]]
"""A step and the values of the fields that it reads: its own, then those of its row's `also_reads`."""

KEPT_STEPS = 24  # about 2 MB each at 130,000 types
KEPT_PREFIXES = 16  # about 1.5 MB each

_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Strands:
    """Lists of numbers: list i is `codes[offsets[i]:offsets[i + 1]]`. Read-only, shared by all sessions."""

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class StepMemo:
    """Cached results of one step: those of string n are `codes[starts[n]:][:lengths[n]]`.

    Memos are replaced, never changed, so one session may read a memo while another extends it.
    """

    name: str
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    codes: NDArray[np.int32]

    def apply(self, strands: Strands) -> Strands:
        """The strands with every string replaced by the step's result."""
        lengths = self.lengths[strands.codes]
        if (lengths == 1).all():
            return _frozen(strands.offsets, self.codes[self.starts[strands.codes]])
        ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        if (lengths <= 1).all():
            kept = lengths == 1
            return _frozen(ends[strands.offsets], self.codes[self.starts[strands.codes[kept]]])
        positions = np.arange(ends[-1]) + np.repeat(self.starts[strands.codes] - ends[:-1], lengths)
        return _frozen(ends[strands.offsets], self.codes[positions])


@dataclass(frozen=True, slots=True)
class StepCost:
    """Cost of one step of a chain, measured the first time the chain up to it was applied.

    Attributes:
        name: The step.
        seconds: Wall time of that first time: processing new strings and looking up all of them.
        n_strings: Distinct input strings, counting each occurrence in a type's list.
        n_new: Strings that the step had not seen before, whatever the steps before it.
        from_cache: Whether that first time was before this chain was requested.
    """

    name: str
    seconds: float
    n_strings: int
    n_new: int
    from_cache: bool


@dataclass(frozen=True, slots=True)
class FollowedSteps:
    """Every type followed through a recipe's steps: the memo of each step in use, and the strands before and after it.

    `strings` are the lexicon's at that moment; numbers never change their meaning.
    """

    strings: pa.StringArray
    memos: tuple[StepMemo, ...]
    strands: tuple[Strands, ...]
    """Strands of the types themselves, then after each step."""
    costs: tuple[StepCost, ...]


class Lexicon:
    """Numbered strings over one set of distinct types, which come first. Thread-safe."""

    def __init__(self, types: pa.StringArray) -> None:
        self.types = types
        self._lock = threading.Lock()
        each = _frozen(np.arange(len(types) + 1, dtype=np.int64), np.arange(len(types), dtype=np.int32))
        self._state = _State(types, each)

    def follow(self, spec: TermsSpec) -> FollowedSteps:
        """All types followed through the recipe's steps, in order."""
        with self._lock:
            return self._state.follow(_taken(spec))

    def sorted_by_code_point(self, numbers: NDArray[np.int32]) -> tuple[NDArray[np.int32], pa.StringArray]:
        """The given distinct numbers in the order of their strings, and the strings."""
        with self._lock:
            return self._state.sort(numbers)


@dataclass(slots=True)
class _State:
    """Mutable state guarded by a lexicon's lock."""

    strings: pa.StringArray
    types: Strands
    memos: OrderedDict[StepKey, StepMemo] = field(default_factory=OrderedDict)
    prefixes: OrderedDict[tuple[StepKey, ...], tuple[StepMemo, Strands, StepCost]] = field(default_factory=OrderedDict)
    """By the first steps of a chain: their result, the memo of the last step, and its cost."""
    rank: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """Ranks of strings sorted before, so that the next sort finds nearly all in order; NaN for others."""

    def follow(self, keys: tuple[StepKey, ...]) -> FollowedSteps:
        strands, memos, costs = [self.types], [], []
        for n_steps, key in enumerate(keys, start=1):
            prefix = keys[:n_steps]
            from_cache = prefix in self.prefixes
            if not from_cache:
                began = perf_counter()
                memo, n_new = self._memo(key, strands[-1].codes)
                outcome = memo.apply(strands[-1])
                cost = StepCost(key[0], perf_counter() - began, len(strands[-1].codes), n_new, True)
                self.prefixes[prefix] = memo, outcome, cost
            self.prefixes.move_to_end(prefix)
            memo, outcome, cost = self.prefixes[prefix]
            memos.append(memo)
            strands.append(outcome)
            costs.append(cost if from_cache else replace(cost, from_cache=False))
        _forget(self.prefixes, KEPT_PREFIXES)
        _forget(self.memos, KEPT_STEPS)
        return FollowedSteps(self.strings, tuple(memos), tuple(strands), tuple(costs))

    def _memo(self, key: StepKey, codes: NDArray[np.int32]) -> tuple[StepMemo, int]:
        """The step's memo, extended by every string in `codes`, and how many of them were new to it."""
        empty = np.empty(0, dtype=np.int32)
        memo = self.memos.get(key) or StepMemo(key[0], empty, empty, empty)
        n_strings = len(self.strings)
        starts = np.full(n_strings, _UNKNOWN, dtype=np.int32)
        starts[: len(memo.starts)] = memo.starts
        asked = np.zeros(n_strings, dtype=np.bool_)
        asked[codes] = True
        new = np.flatnonzero(asked & (starts == _UNKNOWN))
        if len(new):
            memo = self._learn(key, memo, starts, new)
            for prefix, (_, outcome, cost) in self.prefixes.items():
                if prefix[-1] == key:  # the extended memo says the same of its strings, and the old one goes
                    self.prefixes[prefix] = memo, outcome, cost
        self.memos[key] = memo
        self.memos.move_to_end(key)
        return memo, len(new)

    def _learn(self, key: StepKey, memo: StepMemo, starts: NDArray[np.int32], new: NDArray[np.int64]) -> StepMemo:
        strings = self.strings if len(new) == len(self.strings) else self.strings.take(pa.array(new))
        pieces = apply_step(key[0], strings, _spec_of(key))
        if pieces is None:
            raise AssertionError(f"The step {key[0]} is skipped for some strings and not for others.")
        n_pieces = np.bincount(pieces.parents, minlength=len(new))
        lengths = np.zeros(len(starts), dtype=np.int32)
        lengths[: len(memo.lengths)] = memo.lengths
        lengths[new] = n_pieces
        starts[new] = len(memo.codes) + np.cumsum(n_pieces) - n_pieces
        codes = self._number(pieces.strings, new[pieces.parents])
        return StepMemo(memo.name, starts, lengths, np.concatenate([memo.codes, codes]))

    def _number(self, pieces: pa.StringArray, parents: NDArray[np.int64]) -> NDArray[np.int32]:
        """Numbers of pieces, most of which equal their parents; new strings get the next numbers."""
        other = pa.array(~_equals_parent(pieces, self.strings, parents))
        codes = parents.astype(np.int32)
        changed = pieces.filter(other).dictionary_encode()
        if not len(changed):
            return codes
        # all strings are looked up among the few changed ones: a table of all of them takes several times as long
        found = pc.index_in(self.strings, changed.dictionary)
        numbers = np.full(len(changed.dictionary), _UNKNOWN, dtype=np.int32)
        known = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        numbers[found.take(pa.array(known)).to_numpy()] = known
        new = numbers == _UNKNOWN
        numbers[new] = np.arange(len(self.strings), len(self.strings) + int(new.sum()))
        if new.any():
            self.strings = pa.concat_arrays([self.strings, changed.dictionary.filter(pa.array(new))])
        codes[other.to_numpy(zero_copy_only=False)] = numbers[changed.indices.to_numpy()]
        return codes

    def sort(self, numbers: NDArray[np.int32]) -> tuple[NDArray[np.int32], pa.StringArray]:
        if len(self.rank) < len(self.strings):
            self.rank = np.concatenate([self.rank, np.full(len(self.strings) - len(self.rank), np.nan)])
        numbers = numbers[np.argsort(self.rank[numbers], kind="stable")]  # NaN sorts to the end
        strings = self.strings.take(pa.array(numbers))
        if len(strings) > 1 and not pc.all(pc.less(strings[:-1], strings[1:])).as_py():
            # UTF-8 sorts like code points, so Arrow's order is Python's, and scikit-learn's
            order = pc.array_sort_indices(strings)
            numbers, strings = numbers[order.to_numpy()], strings.take(order)
        rank = self.rank[numbers]
        unplaced = np.isnan(rank)
        if unplaced.any():
            places = np.arange(len(numbers), dtype=np.float64)
            placed = ~unplaced
            first = placed.any()
            self.rank[numbers] = np.interp(places, places[placed], rank[placed]) if first else places
        return numbers, strings


def _equals_parent(pieces: pa.StringArray, strings: pa.StringArray, parents: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask of the pieces that equal their parents: (n_pieces,)."""
    sizes = pc.binary_length(strings).to_numpy()
    # a parent is copied once for each piece compared with it: a text without spaces may have 500,000 pieces
    equals: NDArray[np.bool_] = pc.binary_length(pieces).to_numpy() == sizes[parents]
    likely = np.flatnonzero(equals)
    whole = pc.equal(pieces.take(pa.array(likely)), strings.take(pa.array(parents[likely])))
    equals[likely] = whole.to_numpy(zero_copy_only=False)
    return equals


def only_steps(spec: TermsSpec, names: Collection[str]) -> TermsSpec:
    """The same steps in the same order, without all but the named ones."""
    return replace(spec, **{name: row.off for name, row in STEP_TABLE.items() if name not in names})


def _taken(spec: TermsSpec) -> tuple[StepKey, ...]:
    """The steps that the recipe uses, in order."""
    keys = ((name, tuple(getattr(spec, item) for item in _read_by(name))) for name in (*spec.order, MASK))
    return tuple(key for key in keys if _is_taken(key))


def _read_by(name: str) -> tuple[str, ...]:
    return (name, *STEP_TABLE[name].also_reads)


@lru_cache(maxsize=256)
def _is_taken(key: StepKey) -> bool:
    # whether a step is skipped does not depend on the strings; asking costs 2 ms if patterns must be compiled
    return apply_step(key[0], pa.array([], pa.string()), _spec_of(key)) is not None


def _spec_of(key: StepKey) -> TermsSpec:
    """The values that the step reads, and defaults for all others, so it cannot read values missing from its key."""
    return TermsSpec(**dict(zip(_read_by(key[0]), key[1], strict=True)))


def _forget(kept: OrderedDict[Any, Any], n_kept: int) -> None:
    while len(kept) > n_kept:
        kept.popitem(last=False)


def _frozen(offsets: NDArray[np.int64], codes: NDArray[np.int32]) -> Strands:
    offsets.flags.writeable = codes.flags.writeable = False
    return Strands(offsets, codes)
