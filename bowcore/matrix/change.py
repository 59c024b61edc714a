"""What a change of the recipe did to the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.numbers import counted


@dataclass(frozen=True, eq=False)
class VocabularyChange:
    """Terms removed and added by a change; the tables are built on access.

    Attributes:
        before: The vocabulary before the change.
        after: The vocabulary after it.
        places: Position in `before` of each term of `after`; -1 for a new one.
    """

    before: Vocabulary
    after: Vocabulary
    places: NDArray[np.int64]

    @cached_property
    def lost(self) -> NDArray[np.bool_]:
        """Mask of the terms of `before` that are gone."""
        gone = np.ones(self.before.n_terms, dtype=np.bool_)
        gone[self.places[~self.new]] = False
        return gone

    @cached_property
    def new(self) -> NDArray[np.bool_]:
        """Mask of the terms of `after` that are new."""
        return self.places < 0

    @property
    def sentence(self) -> str:
        """The change in a few words, such as "312 terms gone, 4 new" or "4 terms new"."""
        n_gone, n_come = int(self.lost.sum()), int(self.new.sum())
        if not n_gone and not n_come:
            return f"The same {self.after.n_terms:,} terms"
        if not n_gone:
            return f"{counted(n_come, 'term')} new"
        return f"{counted(n_gone, 'term')} gone" + (f", {n_come:,} new" if n_come else "")

    @cached_property
    def gone(self) -> pd.DataFrame:
        """Terms that are gone, most frequent first: `term`, and `term_frequency`, `document_frequency` before."""
        return _ranked(self.before, self.lost)

    @cached_property
    def come(self) -> pd.DataFrame:
        """New terms, most frequent first: `term`, and `term_frequency`, `document_frequency` after."""
        return _ranked(self.after, self.new)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every term whose occurrences changed: `term`, `before`, `after`, `change`, largest change first."""
        return _changes(self)


def vocabulary_change(before: Vocabulary, after: Vocabulary) -> VocabularyChange:
    """Compare two vocabularies term by term."""
    if before.terms.equals(after.terms):
        return VocabularyChange(before, after, np.arange(after.n_terms))
    found = pc.index_in(after.terms, before.terms).fill_null(-1)
    return VocabularyChange(before, after, found.to_numpy().astype(np.int64))


def _ranked(vocabulary: Vocabulary, chosen: NDArray[np.bool_]) -> pd.DataFrame:
    positions = np.flatnonzero(chosen)
    # terms are sorted, so a stable sort keeps ties in alphabetical order
    positions = positions[np.argsort(-vocabulary.term_frequency[positions], kind="stable")]
    return pd.DataFrame(
        {
            "term": _strings(vocabulary.terms, positions),
            "term_frequency": vocabulary.term_frequency[positions],
            "document_frequency": vocabulary.document_frequency[positions],
        }
    )


def _changes(change: VocabularyChange) -> pd.DataFrame:
    before, after, lost, new = change.before, change.after, change.lost, change.new
    old = change.places[~new]
    parts = [
        (before.terms, np.flatnonzero(lost), before.term_frequency[lost], np.zeros(int(lost.sum()), dtype=np.int64)),
        (after.terms, np.flatnonzero(new), np.zeros(int(new.sum()), dtype=np.int64), after.term_frequency[new]),
        (after.terms, np.flatnonzero(~new), before.term_frequency[old], after.term_frequency[~new]),
    ]
    table = pd.concat(
        [
            pd.DataFrame({"term": _strings(terms, rows), "before": was, "after": now, "change": now - was})
            for terms, rows, was, now in parts
        ],
        ignore_index=True,
    )
    table = table[table["change"] != 0].sort_values("term", kind="stable")
    return table.sort_values("change", key=np.abs, ascending=False, kind="stable").reset_index(drop=True)


def _strings(terms: pa.StringArray, positions: NDArray[np.int64]) -> pd.Series:
    return terms.take(pa.array(positions)).to_pandas().astype("str")
