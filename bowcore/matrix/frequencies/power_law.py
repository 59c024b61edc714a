"""The size distribution: how many terms occur how often, and the power law its tail may follow.

After Clauset, Shalizi and Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009): the exponent by
maximum likelihood (section 3.1, appendix B), the least count by the smallest Kolmogorov–Smirnov distance (3.3), the
uncertainty of both by resampling the terms (3.3, end). Ranks are not used, since they derive from the counts.

Terms with equal counts weigh the same, so all computation uses the few hundred distinct counts and the number of terms
with each. Resampling 60,000 terms is then one multinomial draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from bowcore.errors import RecipeError
from bowcore.matrix.frequencies.sizes import Sizes
from bowcore.matrix.frequencies.zipf import log_spaced_ranks
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal

MIN_TAIL = 50
"""Least number of terms in a tail: below it the exponent of even a perfect power law is unreliable (section 3.4)."""

MAX_CANDIDATES = 60
MIN_EXPONENT, MAX_EXPONENT = 1.01, 20.0
_STEP = 1e-4  # step of the finite differences of the zeta function's logarithm
_CLIPPED = 1e-6  # exponents are clipped as logarithms, and 1 + exp(log(19)) is slightly less than 20
_FAR = 16.0  # from here on the Euler–Maclaurin sum is accurate to 1e-10, in a third of the time

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """Terms that occur at least `x_min` times: the share that occurs x times is proportional to x to the -`exponent`.

    `distance` is the largest difference between the observed and the fitted share of terms up to a count.
    """

    exponent: float
    x_min: int
    n_tail: int
    distance: float

    @property
    def rank_exponent(self) -> float:
        """The slope s of counts over ranks implied by the exponent: 1 + 1 / s."""
        return 1 / (self.exponent - 1)

    def tail(self, counts: NDArray[Any]) -> Floats:
        """Share of the tail's terms that occur at least as often, for counts from `x_min` on."""
        whole = float(special.zeta(self.exponent, self.x_min))
        shares: Floats = _zeta(self.exponent, counts.astype(np.float64)) / whole
        return shares


@dataclass(frozen=True, slots=True)
class PowerLawFit:
    """The power law with the smallest distance, every least count tried, and intervals from resampled terms.

    `tried` has the columns `x_min`, `n_tail`, `exponent` and `distance`, without the least counts whose exponent is
    outside the search range. Intervals are the middle 95 % of `n_resamples`, each with its own least count; resamples
    that no exponent in the range fits are left out.
    """

    best: PowerLaw
    tried: pd.DataFrame
    interval: tuple[float, float]
    x_min_interval: tuple[int, int]
    n_resamples: int


def fit_power_law(sizes: Sizes, n_resamples: int = 200, seed: int = 0) -> PowerLawFit:
    """Exponent, least count, and their intervals.

    Every distinct count that leaves 50 terms is tried as the least count; a resample chooses among at most 60 of them,
    evenly spaced on a logarithmic axis.

    Raises:
        RecipeError: No least count leaves 50 terms with two different counts, or every tail is too steep.
    """
    tried, allowed = _try_each(sizes)
    best = _best(tried)
    at = allowed[int(tried["distance"].argmin())]
    candidates = np.union1d(allowed[log_spaced_ranks(len(allowed), MAX_CANDIDATES) - 1], at)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(sizes.n, sizes.n_terms / sizes.n, size=n_resamples)
    resampled, apart = _fit_each(sizes.counts, drawn, candidates)
    told = np.flatnonzero(np.isfinite(apart).any(axis=1))
    if not len(told):
        raise _too_steep(sizes)
    chosen = apart[told].argmin(axis=1)
    middle = np.quantile(resampled[told, chosen], [0.025, 0.975])
    least = np.quantile(sizes.counts[candidates][chosen], [0.025, 0.975], method="inverted_cdf")
    return PowerLawFit(
        best=best,
        tried=tried[np.isfinite(tried["distance"])].reset_index(drop=True),
        interval=(float(middle[0]), float(middle[1])),
        x_min_interval=(int(least[0]), int(least[1])),
        n_resamples=len(told),
    )


def best_power_law(sizes: Sizes) -> PowerLaw:
    """The power law with the smallest distance, without intervals.

    Raises:
        RecipeError: See `fit_power_law`.
    """
    return _best(_try_each(sizes)[0])


def _try_each(sizes: Sizes) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """A row per least count that leaves enough terms, as in `PowerLawFit.tried`, and its index in the sizes."""
    behind = np.cumsum(sizes.n_terms[::-1])[::-1]
    allowed = np.flatnonzero(behind[:-1] >= MIN_TAIL)  # a single count has no shape
    if not len(allowed):
        raise RecipeError(
            f"A tail needs at least {MIN_TAIL} terms with two different counts; here {sizes.n:,} terms have "
            f"{len(sizes.counts):,}. Keep more terms, or read more {TEXTS}."
        )
    exponents, distances = _fit_each(sizes.counts, sizes.n_terms[None, :], allowed)
    if not np.isfinite(distances).any():
        raise _too_steep(sizes)
    columns = {"x_min": sizes.counts[allowed], "n_tail": behind[allowed]}
    return pd.DataFrame({**columns, "exponent": exponents[0], "distance": distances[0]}), allowed


def _best(tried: pd.DataFrame) -> PowerLaw:
    row = tried.iloc[int(tried["distance"].argmin())]
    return PowerLaw(float(row["exponent"]), int(row["x_min"]), int(row["n_tail"]), float(row["distance"]))


def _too_steep(sizes: Sizes) -> RecipeError:
    return RecipeError(
        f"The counts of these {sizes.n:,} terms fall too steeply for a power law: in every tail nearly all terms occur "
        f"about equally often, and the exponent would be {decimal(MAX_EXPONENT, 0)} or more. Keep more terms, or read "
        f"more {TEXTS}."
    )


def _fit_each(
    counts: NDArray[np.int64], n_terms: NDArray[np.int64], candidates: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Exponents and distances of each sample (a row of `n_terms`) for each least count: (n_samples, n_candidates)."""
    x = counts.astype(np.float64)
    behind = np.cumsum(n_terms[:, ::-1], axis=1)[:, ::-1].astype(np.float64)
    logs = np.cumsum((n_terms * np.log(x))[:, ::-1], axis=1)[:, ::-1]
    n_tail = np.maximum(behind[:, candidates], 1)
    exponents = maximise_likelihood(logs[:, candidates] / n_tail, x[candidates])
    distances = np.empty_like(exponents)
    for place, start in enumerate(candidates):
        found = 1 - np.append(behind[:, start + 1 :], np.zeros((len(behind), 1)), axis=1) / n_tail[:, place, None]
        distances[:, place] = _distance(found, exponents[:, place], x[start:])
    # a resample may leave a tail with too few terms, or with a single count, which any steep line fits
    distances[(behind[:, candidates] < MIN_TAIL / 2) | (exponents >= MAX_EXPONENT - _CLIPPED)] = np.inf
    return exponents, distances


def maximise_likelihood(mean_log: Floats, x_min: Floats) -> Floats:
    """The maximum-likelihood exponents of tails with these mean logarithms of counts.

    The derivative of the logarithm of zeta(exponent, x_min) must equal minus the mean logarithm. Solved by Newton's
    method in the logarithm of exponent - 1, in which that derivative is nearly linear.

    Args:
        mean_log: Mean natural logarithm of the counts of each tail, (..., n_candidates).
        x_min: Least counts, (n_candidates,).
    """
    excess = np.maximum(mean_log - np.log(x_min - 0.5), 1e-9)  # equation 3.7, close for large counts
    low, high = np.log(MIN_EXPONENT - 1), np.log(MAX_EXPONENT - 1)
    place = np.clip(-np.log(excess), low, high)
    least = np.broadcast_to(x_min, mean_log.shape)
    for _ in range(12):
        exponent = 1 + np.exp(place)
        below, at, above = (np.log(_zeta(exponent + step, least)) for step in (-_STEP, 0.0, _STEP))
        slope = (above - below) / (2 * _STEP) + mean_log
        curve = np.maximum((above - 2 * at + below) / _STEP**2, 1e-12)
        change = np.clip(slope / curve / (exponent - 1), -1, 1)
        place = np.clip(place - change, low, high)
        if np.abs(change).max(initial=0) < 1e-9:
            break
    exponents: Floats = 1 + np.exp(place)
    return exponents


def _distance(found: Floats, exponents: Floats, x: Floats) -> Floats:
    """Largest difference over all integers, computed at the counts: between two of them only the fit changes."""
    ends = np.union1d(x + 1, x[1:])
    fitted = 1 - _zeta_table(exponents, ends) / _zeta(exponents, x[:1])[:, None]
    largest: Floats = np.abs(found - fitted[:, np.searchsorted(ends, x + 1)]).max(axis=1)
    if len(x) > 1:
        before_next = fitted[:, np.searchsorted(ends, x[1:])]
        largest = np.maximum(largest, np.abs(found[:, :-1] - before_next).max(axis=1))
    return largest


def _zeta_table(exponents: Floats, q: Floats) -> Floats:
    """The Hurwitz zeta function for every exponent and every q, ascending: (n_exponents, n_q)."""
    n_near = int(np.searchsorted(q, _FAR))
    a, x = exponents, q[n_near:]
    third = a * (a + 1) * (a + 2)
    # Euler–Maclaurin, DLMF 25.11.43, as one matrix product: the powers take most of the time
    factors = np.stack([1 / (a - 1), np.full_like(a, 0.5), a / 12, -third / 720, third * (a + 3) * (a + 4) / 30240])
    far = np.exp(np.outer(-a, np.log(x)))
    far *= factors.T @ np.stack([x, np.ones_like(x), 1 / x, x**-3, x**-5])
    near: Floats = special.zeta(a[:, None], q[None, :n_near])
    return np.concatenate([near, far], axis=1)


def _zeta(exponent: Any, q: Floats) -> Floats:
    """The Hurwitz zeta function, the sum of k to the -exponent over k from q on."""
    exponent, q = np.broadcast_arrays(exponent, q)
    near = q < _FAR
    sums = np.empty(q.shape)
    sums[near] = special.zeta(exponent[near], q[near])
    a, x = exponent[~near], q[~near]
    inverse = 1 / x
    square = inverse * inverse
    series = x / (a - 1) + 0.5 + a * inverse * (
        1 / 12 - (a + 1) * (a + 2) * square * (1 / 720 - (a + 3) * (a + 4) * square / 30240)
    )  # fmt: skip
    sums[~near] = np.exp(-a * np.log(x)) * series
    return sums
