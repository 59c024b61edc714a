"""A preview of document-frequency limits: the terms they would remove."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bowcore.matrix.vocabulary import max_documents

Frequencies = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Removed:
    """Terms removed by a limit: their columns, most frequent first, and the number of their occurrences."""

    columns: NDArray[np.int64]
    n_tokens: int

    @property
    def n_terms(self) -> int:
        """Number of terms removed."""
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class LimitPreview:
    """Terms kept and removed by a lower and an upper limit. `n_terms` and `n_tokens` count all terms."""

    n_terms: int
    n_tokens: int
    rare: Removed
    common: Removed

    @property
    def n_left(self) -> int:
        """Number of terms kept."""
        return self.n_terms - self.rare.n_terms - self.common.n_terms

    @property
    def n_tokens_left(self) -> int:
        """Occurrences of the terms kept."""
        return self.n_tokens - self.rare.n_tokens - self.common.n_tokens


def preview_limits(
    term_frequency: Frequencies,
    document_frequency: Frequencies,
    n_documents: int,
    min_documents: int,
    max_document_share: float,
) -> LimitPreview:
    """Terms that would be removed by a minimum of `min_documents` articles and a maximum share of articles.

    Frequencies are those of training articles, (n_terms,); terms that occur in no training article are never columns.
    A term removed by both limits counts as rare.
    """
    present = document_frequency > 0
    rare = present & (document_frequency < min_documents)
    common = present & ~rare & (document_frequency > max_documents(max_document_share, n_documents))
    return LimitPreview(
        n_terms=int(present.sum()),
        n_tokens=int(term_frequency.sum()),
        rare=_removed(rare, term_frequency),
        common=_removed(common, term_frequency),
    )


def terms_by_minimum(document_frequency: Frequencies, most: int = 60) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Minimum document frequencies, log-spaced from 1, and the number of terms that each would keep."""
    highest = int(document_frequency.max(initial=0))
    if not highest:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    minima = np.unique(np.round(np.geomspace(1, highest, most)).astype(np.int64))
    at_least = np.cumsum(np.bincount(document_frequency, minlength=highest + 1)[::-1])[::-1]
    return minima, at_least[minima]


def _removed(chosen: NDArray[np.bool_], term_frequency: Frequencies) -> Removed:
    columns = np.flatnonzero(chosen)
    order = np.argsort(-term_frequency[columns], kind="stable")
    return Removed(columns[order], int(term_frequency[columns].sum()))
