"""The chain of steps: from numbered types to terms, with what every step did.

A chain is applied to distinct strings only. A `TermMap` gives, for each type, its ordered list of strings so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.recipe import TermsSpec
from bowcore.text.steps import Pieces, apply_step


@dataclass(frozen=True, slots=True)
class TermMap:
    """For type t, the strings `strings[codes[offsets[t]:offsets[t + 1]]]`, in reading order."""

    strings: pa.StringArray
    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]

    @property
    def n_types(self) -> int:
        """Number of types that go in."""
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
        """The stream of string codes of documents given as type ids, and where each document begins in it."""
        lengths = np.diff(self.offsets)[ids]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(ends[-1]) + np.repeat(self.offsets[:-1][ids] - ends[:-1], lengths)
        return self.codes[positions], ends[offsets]


@dataclass(frozen=True, slots=True)
class AppliedStep:
    """One step as it was applied: the strings before, their pieces, and the strings after.

    Piece i is `after.strings[codes[i]]` and came from `before.strings[parents[i]]`.
    """

    name: str
    before: TermMap
    after: TermMap
    parents: NDArray[np.int64]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Chain:
    """All steps of a recipe over one set of types; `result.strings` are sorted by code point."""

    steps: tuple[AppliedStep, ...]
    result: TermMap


def identity_map(types: pa.StringArray) -> TermMap:
    """Every type as it is."""
    return TermMap(types, np.arange(len(types) + 1, dtype=np.int64), np.arange(len(types), dtype=np.int32))


def apply_chain(types: pa.StringArray, spec: TermsSpec) -> Chain:
    """Apply the recipe's steps, in its order, to distinct types."""
    steps: list[AppliedStep] = []
    current = identity_map(types)
    for name in spec.order:
        pieces = apply_step(name, current.strings, spec)
        if pieces is None:
            continue
        applied = _compose(name, current, pieces)
        steps.append(applied)
        current = applied.after
    return Chain(tuple(steps), _sorted(current))


def _compose(name: str, before: TermMap, pieces: Pieces) -> AppliedStep:
    encoded = pieces.strings.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    starts = np.searchsorted(pieces.parents, np.arange(len(before.strings) + 1)).astype(np.int64)
    step = TermMap(encoded.dictionary, starts, codes)
    composed, offsets = step.expand(before.codes, before.offsets)
    return AppliedStep(name, before, TermMap(encoded.dictionary, offsets, composed), pieces.parents, codes)


def _sorted(term_map: TermMap) -> TermMap:
    # UTF-8 sorts like code points, so Arrow's order is Python's, and scikit-learn's
    order = pc.array_sort_indices(term_map.strings).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return TermMap(term_map.strings.take(pa.array(order)), term_map.offsets, rank[term_map.codes])
