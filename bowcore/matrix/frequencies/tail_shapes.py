"""Alternative shapes of a tail of counts, each compared with the power law by its likelihood.

A power law that fits says little if another shape fits as well. The comparison is Vuong's likelihood ratio
(Econometrica 57, 1989), as in Clauset, Shalizi and Newman (2009), section 5 and appendix C. All shapes are
distributions of integers from the tail's least count on, with maximum-likelihood parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bowcore.matrix.frequencies.power_law import PowerLaw
from bowcore.matrix.frequencies.sizes import Sizes

Floats = NDArray[np.float64]
LogProbability = Callable[[Floats], Floats]

CERTAIN = 0.05
_SUMMED = 1000  # terms of a series summed one by one; an integral approximates the rest
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The power law against another shape on the same tail.

    `log_ratio` is the logarithm of the likelihood ratio: above 0 the power law is likelier. `p` is the probability of a
    ratio at least as far from 0 if both were equally close to the truth; for a shape that includes the power law as a
    special case, the probability of a gain as large if the power law were true: half of chi-squared's, since the rate
    of the cut-off cannot be below 0 (Self and Liang, JASA 82, 1987, case 5).
    """

    shape: str
    log_ratio: float
    p: float
    parameters: dict[str, float]
    nested: bool

    @property
    def verdict(self) -> str:
        """Which of the two fits better, if they can be distinguished."""
        if self.p >= CERTAIN:
            return "cannot be told apart"
        return "the power law fits better" if self.log_ratio > 0 else f"the {self.shape} fits better"


def compare_shapes(sizes: Sizes, law: PowerLaw) -> tuple[Comparison, ...]:
    """Lognormal, exponential and truncated power law against the power law, on its tail."""
    tail = sizes.from_count(law.x_min)
    x = tail.counts.astype(np.float64)
    weights = tail.n_terms.astype(np.float64)
    power = _power_law(law.exponent, law.x_min)(x)
    compared = []
    for shape, fit in SHAPES.items():
        probability, parameters = fit(x, weights, law)
        differences = power - probability(x)
        nested = shape == "truncated power law"
        ratio = float(weights @ differences)
        if nested:
            ratio = min(ratio, 0.0)  # the larger family includes the power law: a positive ratio is a rounding error
        compared.append(Comparison(shape, ratio, _p_value(differences, weights, ratio, nested), parameters, nested))
    return tuple(compared)


def _p_value(differences: Floats, weights: Floats, ratio: float, nested: bool) -> float:
    if nested:  # Wilks' theorem, with one extra parameter on the boundary of its range
        return float(special.chdtrc(1, 2 * abs(ratio))) / 2 if ratio else 1.0
    n = weights.sum()
    variance = float(weights @ (differences - ratio / n) ** 2) / n
    return float(special.erfc(abs(ratio) / np.sqrt(2 * n * variance))) if variance > 0 else 1.0


def _power_law(exponent: float, x_min: int) -> LogProbability:
    whole = np.log(special.zeta(exponent, x_min))
    return lambda x: -exponent * np.log(x) - whole


def _fit_exponential(x: Floats, weights: Floats, law: PowerLaw) -> tuple[LogProbability, dict[str, float]]:
    """Geometric decay: each further occurrence is as likely as the one before."""
    rate = np.log1p(1 / max(float(weights @ (x - law.x_min)) / weights.sum(), 1e-12))
    first = np.log(-np.expm1(-rate))
    return (lambda at: first - rate * (at - law.x_min)), {"rate": float(rate)}


def _fit_lognormal(x: Floats, weights: Floats, law: PowerLaw) -> tuple[LogProbability, dict[str, float]]:
    """A lognormal variable rounded to integers; the mean of its logarithm may be below the tail."""

    def probability(parameters: Floats) -> LogProbability:
        mean, spread = parameters[0], np.exp(parameters[1])

        def above(at: Floats) -> Floats:
            tails: Floats = special.log_ndtr((mean - np.log(at)) / spread)
            return tails

        whole = above(np.array([law.x_min - 0.5]))[0]

        def told(at: Floats) -> Floats:
            low, high = above(at - 0.5), above(at + 0.5)
            with np.errstate(divide="ignore"):  # tails that are equal in floating point: probability 0
                return np.asarray(low + np.log(-np.expm1(high - low)) - whole)

        return told

    logs = np.log(x)
    middle = float(weights @ logs) / weights.sum()
    spread = np.sqrt(max(float(weights @ (logs - middle) ** 2) / weights.sum(), 1e-2))
    best = _likeliest(probability, x, weights, np.array([middle - spread, np.log(2 * spread)]), ((-500, 30), (-4, 4)))
    return probability(best), {"mean of the logarithm": float(best[0]), "its deviation": float(np.exp(best[1]))}


def _fit_truncated(x: Floats, weights: Floats, law: PowerLaw) -> tuple[LogProbability, dict[str, float]]:
    """A power law with an exponential cut-off: the power law itself as the rate goes to 0."""

    def probability(parameters: Floats) -> LogProbability:
        exponent, rate = parameters[0], np.exp(parameters[1])
        with np.errstate(divide="ignore"):  # a rate at which the sum underflows: infinite, so never the likeliest
            whole = np.log(cut_off_sum(exponent, rate, law.x_min))
        return lambda at: -exponent * np.log(at) - rate * at - whole

    start = np.array([law.exponent, -np.log(x[-1])])
    best = _likeliest(probability, x, weights, start, ((0.0, 20.0), (-np.log(x[-1]) - 12, 2.0)))
    return probability(best), {"exponent": float(best[0]), "rate": float(np.exp(best[1]))}


SHAPES: dict[str, Callable[[Floats, Floats, PowerLaw], tuple[LogProbability, dict[str, float]]]] = {
    "lognormal": _fit_lognormal,
    "exponential": _fit_exponential,
    "truncated power law": _fit_truncated,
}


def cut_off_sum(exponent: float, rate: float, x_min: int) -> float:
    """The sum of k^-exponent · e^(-rate · k) over k from `x_min` on.

    The first thousand terms are summed; the rest is an Euler–Maclaurin sum, its integral computed by Gauss–Legendre
    quadrature over the logarithm.
    """
    k = np.arange(x_min, x_min + _SUMMED, dtype=np.float64)
    first = float(np.exp(-exponent * np.log(k) - rate * k).sum())
    start = float(x_min + _SUMMED)
    reach = np.log(745 / (rate * start)) if rate * start < 745 else 0.0  # beyond it, e^-745 underflows
    if reach <= 0:
        return first
    if exponent > 1:
        reach = min(reach, 40 / (exponent - 1))
    u = (_NODES + 1) * reach / 2
    logs = (1 - exponent) * (u + np.log(start)) - rate * start * np.exp(u)
    integral = float(_WEIGHTS @ np.exp(logs)) * reach / 2
    edge = float(np.exp(-exponent * np.log(start) - rate * start))
    return first + integral + edge / 2 + edge * (exponent / start + rate) / 12


def _likeliest(
    probability: Callable[[Floats], LogProbability],
    x: Floats,
    weights: Floats,
    start: Floats,
    bounds: tuple[tuple[float, float], ...],
) -> Floats:
    from scipy.optimize import minimize  # imported here to keep it out of the application's first screen

    def unlikely(parameters: Floats) -> float:
        value = -float(weights @ probability(parameters)(x))
        return value if np.isfinite(value) else 1e300

    options = {"xatol": 1e-7, "fatol": 1e-7, "maxiter": 4000, "maxfev": 4000}
    found = minimize(unlikely, start, method="Nelder-Mead", bounds=bounds, options=options)
    best: Floats = found.x
    return best
