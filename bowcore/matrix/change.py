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
        lost: Boolean mask of the terms of `before` that are gone.
        new: Boolean mask of the terms of `after` that are new.
    """

    before: Vocabulary
    after: Vocabulary
    lost: NDArray[np.bool_]
    new: NDArray[np.bool_]

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
        return _changes(self.before, self.after, self.lost, self.new)


def vocabulary_change(before: Vocabulary, after: Vocabulary) -> VocabularyChange:
    """Compare two vocabularies term by term."""
    return VocabularyChange(before, after, _absent(before.terms, after.terms), _absent(after.terms, before.terms))


def _absent(terms: pa.StringArray, others: pa.StringArray) -> NDArray[np.bool_]:
    absent: NDArray[np.bool_] = ~pc.is_in(terms, others).to_numpy(zero_copy_only=False)
    return absent


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


def _changes(before: Vocabulary, after: Vocabulary, lost: NDArray[np.bool_], new: NDArray[np.bool_]) -> pd.DataFrame:
    old = np.flatnonzero(~lost)
    # the same terms; a word spelled like <UNK> may have another position than the column of that name
    added = pc.index_in(before.terms.take(pa.array(old)), after.terms).to_numpy(zero_copy_only=False).astype(np.int64)
    parts = [
        (before.terms, np.flatnonzero(lost), before.term_frequency[lost], np.zeros(int(lost.sum()), dtype=np.int64)),
        (after.terms, np.flatnonzero(new), np.zeros(int(new.sum()), dtype=np.int64), after.term_frequency[new]),
        (before.terms, old, before.term_frequency[old], after.term_frequency[added]),
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
