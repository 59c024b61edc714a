"""How often terms occur, by rank. The straight lines are the naive fits, shown for how much they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.errors import RecipeError

Frequencies = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The `n_terms` most frequent terms make up at least `share` of the tokens; one term fewer does not."""

    share: float
    n_terms: int
    n_tokens: int


@dataclass(frozen=True, slots=True)
class NaiveLine:
    """A least-squares line through log10 count over log10 rank, from `first_rank` to `last_rank` inclusive.

    Every rank has equal weight, so the thousands of rare terms dominate the line; and ranks derive from the counts, so
    the usual standard errors are meaningless. It draws a line; it does not test Zipf's law.
    """

    slope: float
    intercept: float
    first_rank: int
    last_rank: int

    @property
    def exponent(self) -> float:
        """The negated slope, as Zipf's exponent is usually given."""
        return -self.slope


def rank_terms(terms: pa.StringArray, term_frequency: Frequencies, document_frequency: Frequencies) -> pd.DataFrame:
    """Terms that occur, most frequent first, ties in the order given (alphabetical in a vocabulary).

    Columns `term`, `rank` (from 1, all different), `count` (tokens), `document_count`, `share` (of all tokens).
    """
    present = np.flatnonzero(term_frequency)
    order = present[np.argsort(-term_frequency[present].astype(np.int64), kind="stable")]
    counts = term_frequency[order].astype(np.int64)
    return pd.DataFrame(
        {
            "term": terms.take(pa.array(order)).to_pandas().astype("str"),
            "rank": np.arange(1, len(order) + 1),
            "count": counts,
            "document_count": document_frequency[order].astype(np.int64),
            "share": counts / max(int(counts.sum()), 1),
        }
    )


def hapax_share(term_frequency: Frequencies) -> float:
    """Share of the occurring terms that occur exactly once; 0 if no term occurs."""
    present = int(np.count_nonzero(term_frequency))
    return int(np.count_nonzero(term_frequency == 1)) / present if present else 0.0


def coverage(term_frequency: Frequencies, shares: Sequence[float] = (0.5, 0.9, 0.99)) -> tuple[Coverage, ...]:
    """Number of most frequent terms that make up each share (0 to 1) of the tokens."""
    running = np.cumsum(np.sort(term_frequency.astype(np.int64))[::-1])
    if not len(running) or not running[-1]:
        return tuple(Coverage(share, 0, 0) for share in shares)
    # 0.9 × 10 may round to 9.000000000000002, so allow a millionth of a token
    needed = [np.searchsorted(running, share * int(running[-1]) - 1e-6) for share in shares]
    return tuple(Coverage(share, int(at) + 1, int(running[at])) for share, at in zip(shares, needed, strict=True))


def log_spaced_ranks(n: int, k: int = 400) -> NDArray[np.int64]:
    """At most `k` ranks from 1 to `n`, ascending, including both ends, evenly spaced on a logarithmic axis.

    >>> log_spaced_ranks(1000, 4).tolist()
    [1, 10, 100, 1000]
    """
    if n <= k:
        return np.arange(1, n + 1, dtype=np.int64)
    return np.unique(np.round(np.geomspace(1, n, k)).astype(np.int64))


def naive_line(counts: Frequencies, first_rank: int = 1, last_rank: int | None = None) -> NaiveLine:
    """The naive straight line through counts by rank: descending, all above 0, rank 1 first.

    `last_rank` is clipped to the last term.

    Raises:
        RecipeError: The range has fewer than 2 ranks.
    """
    last = len(counts) if last_rank is None else min(last_rank, len(counts))
    if first_rank < 1 or last - first_rank < 1:
        raise RecipeError(
            f"Ranks {first_rank:,} to {last:,} contain fewer than 2 of the {len(counts):,} terms; a line needs 2. "
            "Widen the range, or keep more terms."
        )
    x = np.log10(np.arange(first_rank, last + 1))
    y = np.log10(counts[first_rank - 1 : last])
    from_mean = x - x.mean()
    slope = float(from_mean @ (y - y.mean()) / (from_mean @ from_mean))
    return NaiveLine(slope, float(y.mean() - slope * x.mean()), first_rank, last)
