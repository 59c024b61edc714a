"""Recall, precision and F1 averaged over the classes, each with an interval: macro and weighted differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bowcore.judge.scores import CONFIDENCE
from bowcore.nouns import Word

Floats = NDArray[np.float64]

EXPLAINED = {
    "macro recall": "mean over the classes, each counted once; also called balanced accuracy",
    "macro precision": "mean over the classes that are ever predicted, each counted once",
    "macro F1": "mean over the classes, each counted once: small classes weigh as much as large ones",
    "weighted F1": Word(lambda noun: f"mean over the classes, each counted as often as it has {noun.many}"),
}
"""What each average is."""
LEAST_PER_CLASS = 5
"""Mean number of articles of a class from which averages have intervals. Instead, for macro F1 it is that of the median
class, for macro precision how often the median class is predicted."""
MOST_ABSENT = 0.02
"""Share of the classes that may be predicted without having articles, for macro F1 and macro precision: one of 50."""
_SHRINKAGE = 2.0  # imaginary articles of each class, distributed like all articles
_Z = float(special.ndtri((1 + CONFIDENCE) / 2))


@dataclass(frozen=True, slots=True)
class Average:
    """A mean of the classes' scores with its 95 % interval, all from 0 to 1; NaN for what is undefined or unknown."""

    name: str
    value: float
    low: float
    high: float
    n_classes: int

    @property
    def explained(self) -> str:
        """What is averaged, and how."""
        return f"{EXPLAINED[self.name]}"


def averages(matrix: NDArray[Any]) -> tuple[Average, ...]:
    """The four averages of `EXPLAINED` of a confusion matrix, in that order.

    The interval is Wilson's for as many articles as give a share the same variance. That variance follows from the
    delta method for multinomial counts, of a matrix in which each class has two more articles that are distributed like
    those of all classes: a class whose few articles are all right is not taken as certain. The interval of macro F1 is
    that of a larger value, since F1 of few articles is too low on average. Simulated coverage: docs/decisions/0052.

    Source: Franco, Little, Louis and Slud (2019), "Comparative study of confidence intervals for proportions in complex
    sample surveys", Journal of Survey Statistics and Methodology 7: Wilson's interval with the effective sample size.
    """
    counts = np.asarray(matrix, np.float64)
    smooth, found = _smooth(counts), []
    for name in EXPLAINED:
        values, weights = _scores(counts, name)
        known = ~np.isnan(values) & (weights > 0)
        if not known.any():
            found.append(Average(name, math.nan, math.nan, math.nan, 0))
            continue
        weights = np.where(known, weights, 0.0) / weights[known].sum()
        value = float(weights[known] @ values[known])
        missing, inflated = _of_few(counts, weights) if name == "macro F1" else (0.0, 1.0)
        low, high = _interval(value + missing, smooth, name, weights, inflated)
        low, high = (math.nan, math.nan) if _too_few(counts, name) else (min(low, value), max(high, value))
        found.append(Average(name, value, low, high, int(known.sum())))
    return tuple(found)


def _too_few(counts: Floats, name: str) -> bool:
    """Whether the classes have too few articles for an interval of this average."""
    actual, called = counts.sum(axis=1), counts.sum(axis=0)
    if name in ("macro recall", "weighted F1"):
        return bool(actual[actual > 0].mean() < LEAST_PER_CLASS)
    absent = (called > 0) & (actual == 0)  # their score is 0, whatever it would be with articles
    if absent.sum() > MOST_ABSENT * np.count_nonzero(actual + called):
        return True
    sizes = actual if name == "macro F1" else called
    return bool(np.median(sizes[sizes > 0]) < LEAST_PER_CLASS)


def _scores(counts: Floats, name: str) -> tuple[Floats, Floats]:
    """A score of each class, NaN where it is undefined, and its weight."""
    right, actual, called = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    of = {"macro recall": (right, actual), "macro precision": (right, called)}.get(name, (2 * right, actual + called))
    values = np.full(len(counts), math.nan)
    np.divide(*of, out=values, where=of[1] > 0)
    return values, actual if name == "weighted F1" else np.ones(len(counts))


def _smooth(counts: Floats) -> Floats:
    n_classes, sizes, right = len(counts), counts.sum(axis=1), np.trace(counts)
    accuracy = (right + 0.5) / (counts.sum() + 1)
    usual = np.full(counts.shape, (1 - accuracy) / max(n_classes - 1, 1))
    np.fill_diagonal(usual, accuracy)
    pulled = np.where(sizes > 0, _SHRINKAGE / (sizes + _SHRINKAGE), 0.0)[:, None]
    smoothed: Floats = (1 - pulled) * counts + pulled * sizes[:, None] * usual
    return smoothed


def _of_few(counts: Floats, weights: Floats) -> tuple[float, float]:
    """What the mean F1 of the classes lacks on average, and by how much its variance is too small.

    Of n articles that are of a class or predicted as it, a share j is both, and F1 is 2 j / (1 + j): a curve that bends
    down, so that its mean lies below by about j (1 - j) / (1 + j)^3 × 2 / n. The n - 1 in place makes it exact for one
    article and within a tenth for two. Each class's j is pulled to that of all by one article. Weighted F1 lacks next
    to nothing: a class that happens to have more articles weighs more.
    """
    right = counts.diagonal()
    n = counts.sum(axis=0) + counts.sum(axis=1) - right
    there = np.maximum(n, 1.0)
    share = (right + (right.sum() + 0.5) / (n.sum() + 1)) / (n + 1)
    unlike = share * (1 - share) * (there + 1) ** 2 / (there**2 + there + 1)  # unbiased if the classes are alike
    missing = 2 * unlike / ((1 + share) * (2 + (1 + share) ** 2 * (there - 1)))
    return float(weights @ missing), (1 + np.count_nonzero(n) / n.sum()) ** 2


def _interval(value: float, smooth: Floats, name: str, weights: Floats, inflated: float) -> tuple[float, float]:
    value, scores = min(value, 1.0), np.nan_to_num(_scores(smooth, name)[0])
    centre, variance = float(weights @ scores), inflated * _variance(smooth, scores, name, weights)
    n = centre * (1 - centre) / variance if variance > 0 else float(smooth.sum())
    spread = _Z**2 / n
    middle = (value + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(max(value * (1 - value), 0.0) / n + spread / (4 * n)) / (1 + spread)
    # exact at both ends, where rounding would leave 0.9999 instead of 1
    low, high = (0.0 if value <= 0 else middle - half), (1.0 if value >= 1 else middle + half)
    return max(low, 0.0), min(high, 1.0)


def _variance(smooth: Floats, scores: Floats, name: str, weights: Floats) -> float:
    actual, called = smooth.sum(axis=1), smooth.sum(axis=0)
    if name in ("macro recall", "macro precision"):
        # given the sizes of the classes, or how often each is predicted, the shares are independent
        sizes = actual if name == "macro recall" else called
        each = np.divide(scores * (1 - scores), sizes, out=np.zeros_like(scores), where=sizes > 0)
        return float(weights**2 @ each)
    whole = np.where(actual + called > 0, actual + called, 1.0)
    slope = weights * scores / whole
    # one more article in a cell: a mistake lowers the F1 of its true and of its predicted class
    change = -(slope[:, None] + slope[None, :])
    np.fill_diagonal(change, weights * (2 - 2 * scores) / whole)
    return float((smooth * change**2).sum())
