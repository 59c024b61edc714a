"""The size distribution: how many terms occur how often, per count, in logarithmic bins, and cumulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many terms occur how often: distinct counts, ascending, and the number of terms with each."""

    counts: NDArray[np.int64]
    n_terms: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of terms."""
        return int(self.n_terms.sum())

    def from_count(self, least: int) -> Sizes:
        """The terms that occur at least `least` times."""
        kept = self.counts >= least
        return Sizes(self.counts[kept], self.n_terms[kept])

    def table(self) -> pd.DataFrame:
        """One row per distinct count: `count`, `n_terms`, `share` of all terms, `at_least`, the share from it on."""
        share = self.n_terms / max(self.n, 1)
        return pd.DataFrame(
            {
                "count": self.counts,
                "n_terms": self.n_terms,
                "share": share,
                "at_least": np.cumsum(self.n_terms[::-1])[::-1] / max(self.n, 1),
            }
        )

    def bins(self) -> pd.DataFrame:
        """Bins of doubling width: `low`, `high` (exclusive), `n_terms`, and `share` of all terms per count in the bin.

        Rare sizes vary between no term and one; the mean of a bin does not. Empty bins are left out.
        """
        if not len(self.counts):
            return pd.DataFrame({"low": [], "high": [], "n_terms": [], "share": []})
        place = np.floor(np.log2(self.counts)).astype(np.int64)
        n_terms = np.bincount(place, weights=self.n_terms).astype(np.int64)
        filled = np.flatnonzero(n_terms)
        low = 1 << filled
        return pd.DataFrame(
            {
                "low": low,
                "high": 2 * low,
                "n_terms": n_terms[filled],
                "share": n_terms[filled] / low / max(self.n, 1),
            }
        )


def count_sizes(term_frequency: NDArray[Any]) -> Sizes:
    """The size distribution of the terms that occur.

    >>> count_sizes(np.array([3, 0, 1, 1]))
    Sizes(counts=array([1, 3]), n_terms=array([2, 1]))
    """
    counts, n_terms = np.unique(term_frequency[term_frequency > 0].astype(np.int64), return_counts=True)
    return Sizes(counts, n_terms.astype(np.int64))
