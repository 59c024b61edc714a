"""Errors against the number of training articles: a power law, its exponent, and what twice as many would give.

The law `error = a × n^-b` is a straight line of logarithms. It is fitted by least squares, each size weighted by the
inverse of its variance. Two sources of error are added: other validation articles, on which all sizes are judged
together, and other draws of training articles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bowcore.judge.scores import CONFIDENCE

N_SIZES, N_DRAWS = 7, 3
LEAST_PER_CLASS = 2
"""Training articles of the smallest size, for each class."""
LEAST_SIZES = 3
"""Sizes that a line is fitted through."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """The fitted law.

    Attributes:
        exponent: The b of `error = a × n^-b`: 0.3 means that twice the articles leave 2^-0.3 = 81 % of the errors.
        scale: The a.
        errors: The law's error at each size.
        doubled: Error at twice the largest size, if the law goes on.
        gain: Accuracy that twice the articles would add, in percentage points, if the law goes on.
        bend: Second-order term of the logarithms: below 0 errors fall faster than the law at last, above 0 slower.
        bends: Whether that differs from 0 beyond chance, so that the law should not be continued.
    """

    exponent: Estimate
    scale: float
    errors: tuple[float, ...]
    doubled: Estimate
    gain: Estimate
    bend: Estimate
    bends: bool


def sizes_of(n_train: int, n_classes: int) -> tuple[int, ...]:
    """Up to 7 sizes, each twice the one before and the last all articles; fewer if there are too few articles."""
    least = LEAST_PER_CLASS * n_classes
    sizes = [n_train // 2**power for power in range(N_SIZES)]
    return tuple(sorted({size for size in sizes if size >= least or size == n_train}))


def mean_error(wrong: NDArray[np.bool_]) -> Estimate:
    """Mean error of a size over its draws, (n_draws, n_documents), with its interval from articles and draws."""
    by_article = wrong.mean(axis=0)
    n_draws, n = wrong.shape
    z = float(special.ndtri((1 + CONFIDENCE) / 2))
    value = float(by_article.mean())
    # two articles are added, one right and one wrong, so that no errors have an interval with a width
    shrunk = (float(by_article.sum()) + 1) / (n + 2)
    spread = (float((by_article**2).sum()) + 1) / (n + 2) - shrunk**2
    half = z * math.sqrt(max(spread, 0.0) / (n + 2))
    if n_draws > 1:
        of_draws = math.sqrt(max(_spread(wrong), 0.0) / n_draws) * max(value, 0.5 / n)
        half = math.hypot(half, float(special.stdtrit(n_draws - 1, (1 + CONFIDENCE) / 2)) * of_draws)
    return Estimate(value, max(min(shrunk - half, value), 0.0), min(max(shrunk + half, value), 1.0))


def fit_power_law(sizes: Sequence[int], wrong: Sequence[NDArray[np.bool_]]) -> PowerLaw | None:
    """The law through the mean errors; None with fewer than 3 sizes.

    Args:
        sizes: Training articles, ascending.
        wrong: Whether each validation article is wrong, (n_draws, n_documents) for each size.
    """
    if len(sizes) < LEAST_SIZES:
        return None
    x, y, covariance, of_draws = _logarithms(sizes, wrong)
    weights = 1 / (np.diag(covariance) + of_draws)
    centre = float(np.average(x, weights=weights))
    line = _Line(
        np.stack([np.ones_like(x), x - centre], axis=1), y, weights, covariance, of_draws, _freedom(sizes, wrong)
    )
    curve = _Line(
        np.stack([np.ones_like(x), x - centre, (x - centre) ** 2], axis=1), y, weights, covariance, of_draws,
        line.freedom,
    )  # fmt: skip
    slope = line.estimate(np.array([0.0, 1.0]))
    ahead = line.estimate(np.array([1.0, math.log(2 * sizes[-1]) - centre]))
    bend = curve.estimate(np.array([0.0, 0.0, 1.0])) if len(sizes) > LEAST_SIZES else Estimate(0.0, -1.0, 1.0)
    last = math.exp(float(line.coefficients @ [1.0, x[-1] - centre]))
    left = 2**slope.value  # share of the errors that is left
    gain = 100 * last * (1 - left)
    ends = [100 * last * (1 - 2**end) for end in (slope.high, slope.low)]
    doubled = Estimate(*(math.exp(value) for value in (ahead.value, ahead.low, ahead.high)))
    return PowerLaw(
        exponent=Estimate(-slope.value, -slope.high, -slope.low),
        scale=math.exp(float(line.coefficients @ [1.0, -centre])),
        errors=tuple(math.exp(float(line.coefficients @ [1.0, at - centre])) for at in x),
        doubled=doubled,
        gain=Estimate(gain, *ends),
        bend=bend,
        bends=len(sizes) > LEAST_SIZES and not bend.low <= 0 <= bend.high,
    )


class _Line:
    """Weighted least squares of logarithms, with the variance that articles and draws give its coefficients."""

    def __init__(
        self, columns: Floats, y: Floats, weights: Floats, covariance: Floats, of_draws: Floats, freedom: float
    ) -> None:
        inverse = np.linalg.inv(columns.T @ (weights[:, None] * columns))
        self._map = inverse @ (columns.T * weights)
        self.coefficients: Floats = self._map @ y
        self.freedom = freedom
        self._covariance, self._of_draws = covariance, of_draws

    def estimate(self, direction: Floats) -> Estimate:
        """A combination of the coefficients with its interval: normal over articles, Student's t over draws."""
        row = direction @ self._map
        z = float(special.ndtri((1 + CONFIDENCE) / 2))
        t = float(special.stdtrit(self.freedom, (1 + CONFIDENCE) / 2)) if self.freedom else z
        half = math.hypot(
            z * math.sqrt(max(float(row @ self._covariance @ row), 0.0)),
            t * math.sqrt(max(float((row**2 * self._of_draws).sum()), 0.0)),
        )
        value = float(direction @ self.coefficients)
        return Estimate(value, value - half, value + half)


def _shares(sizes: Sequence[int], wrong: Sequence[NDArray[np.bool_]]) -> Floats:
    """What each size counts in the pooled variance between draws."""
    return np.array([(len(draws) - 1) / size for draws, size in zip(wrong, sizes, strict=True)])


def _freedom(sizes: Sequence[int], wrong: Sequence[NDArray[np.bool_]]) -> float:
    """Degrees of freedom of that variance (Satterthwaite 1946); 0 with one draw of each size."""
    shares, n = _shares(sizes, wrong), np.array([len(draws) - 1 for draws in wrong])
    return float(shares.sum() ** 2 / (shares[n > 0] ** 2 / n[n > 0]).sum()) if shares.any() else 0.0


def _logarithms(sizes: Sequence[int], wrong: Sequence[NDArray[np.bool_]]) -> tuple[Floats, Floats, Floats, Floats]:
    """Logarithms of sizes and errors; the errors' covariance over articles, and their variance over draws."""
    n = wrong[0].shape[1]
    by_article = np.stack([draws.mean(axis=0) for draws in wrong])
    errors = (by_article.sum(axis=1) + 0.5) / (n + 1)  # no errors have a logarithm too
    # of a logarithm, by the delta method: the covariance of the errors over their product
    covariance = np.atleast_2d(np.cov(by_article)) / n / np.outer(errors, errors)
    covariance = covariance + np.diag(0.5 / (n * errors) ** 2)
    # pooled as a multiple of 1/size, since small samples differ more from each other
    shares = _shares(sizes, wrong)
    spread = sum(_spread(draws) * (len(draws) - 1) for draws in wrong)
    pooled = max(spread / shares.sum(), 0.0) if shares.any() else 0.0
    of_draws = np.array([pooled / size / len(draws) for size, draws in zip(sizes, wrong, strict=True)])
    return np.log(np.array(sizes, dtype=np.float64)), np.log(errors), covariance, of_draws


def _spread(draws: NDArray[np.bool_]) -> float:
    """Variance of a size's error between draws, relative to the error squared.

    What single articles differ by between draws is in the variance over articles already, and is taken off.
    """
    if len(draws) < 2:
        return 0.0
    n: int = draws.shape[1]
    between = float(draws.mean(axis=1).var(ddof=1))
    single = float(draws.var(axis=0, ddof=1).mean()) / n
    error = max(float(draws.mean()), 0.5 / n)
    return (between - single) / (error * error)
