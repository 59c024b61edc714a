"""Effects of switches from every combination of them: main effects and interactions of two, paired by article.

Every article is judged under every combination, so a contrast of combinations is one number for each article, and its
interval is that of a mean over articles. No articles are resampled: the bootstrap's standard error of a mean is the one
that is computed here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bowcore.judge.comparison import LEVEL, MIN_ARTICLES
from bowcore.judge.scores import CONFIDENCE

Combination = tuple[bool, ...]
"""Which of the switches are on, in their order."""
Right = Mapping[Combination, NDArray[np.bool_]]
"""Whether each article is right, by combination and seed: (n_seeds, n_documents)."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference in percentage points with its 95 % interval and the p-value of no difference.

    `p_holm` is the p-value after Holm's correction for all contrasts of its family.
    """

    difference: float
    low: float
    high: float
    p_value: float
    n_documents: int
    p_holm: float = math.nan

    @property
    def detectable(self) -> bool:
        """Whether it differs from 0 after the correction, on enough articles."""
        return self.n_documents >= MIN_ARTICLES and self.p_holm < LEVEL


@dataclass(frozen=True, slots=True)
class Effect(Contrast):
    """The effect of one switch, or the interaction of two, averaged over all settings of the others.

    An interaction is how much larger the effect of one is while the other is on.
    """

    switches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Against(Contrast):
    """A combination against the one with every switch off."""

    combination: Combination = ()


def combinations(n_switches: int) -> list[Combination]:
    """All of them, the last switch changing fastest; the first has every switch off."""
    return list(itertools.product((False, True), repeat=n_switches))


def effects(right: Right, switches: Sequence[str]) -> tuple[Effect, ...]:
    """Main effects in the order of the switches, then the interactions of two, with Holm's correction over all."""
    found = []
    for places in itertools.chain.from_iterable(itertools.combinations(range(len(switches)), n) for n in (1, 2)):
        signs = {one: math.prod(1 if one[place] else -1 for place in places) for one in combinations(len(switches))}
        # each of the 2^(k - n) settings of the other switches weighs the same
        by_article = sum(sign * right[one].astype(np.float64) for one, sign in signs.items())
        shares = np.asarray(by_article) / 2 ** (len(switches) - len(places))
        found.append(_effect(tuple(switches[place] for place in places), contrast(shares, bound=len(places))))
    adjusted = holm([one.p_value for one in found])
    return tuple(
        Effect(one.difference, one.low, one.high, one.p_value, one.n_documents, p_holm, one.switches)
        for one, p_holm in zip(found, adjusted, strict=True)
    )


def against_none(right: Right) -> tuple[Against, ...]:
    """Every other combination against the one with all switches off, with Holm's correction over all of them."""
    none, *others = sorted(right)
    base = right[none].astype(np.float64)
    found = [contrast(right[one].astype(np.float64) - base) for one in others]
    adjusted = holm([one.p_value for one in found])
    return tuple(
        Against(one.difference, one.low, one.high, one.p_value, one.n_documents, p_holm, combination)
        for one, p_holm, combination in zip(found, adjusted, others, strict=True)
    )


def contrast(by_seed: Floats, bound: float = 1.0) -> Contrast:
    """The mean of a contrast over articles, as percentage points.

    Two articles are added, one that gains and one that loses, as in `paired_interval`; their size is the root mean
    square of the articles that change, or `bound` if none does. Without them, the interval of few changes is too short,
    and that of none has no width. Over several seeds, the error of their mean (Student's t) is added.

    Args:
        by_seed: The contrast of each article, (n_seeds, n_documents), from -`bound` to `bound`.
        bound: Its largest possible size.
    """
    by_seed = np.atleast_2d(by_seed)
    values = by_seed.mean(axis=0)
    n = len(values)
    changed = values[values != 0]
    size = float(np.sqrt(np.mean(changed**2))) if len(changed) else bound
    mean = float(values.sum()) / (n + 2)
    spread = math.sqrt(max((float((values**2).sum()) + 2 * size**2) / (n + 2) - mean**2, 0.0))
    error = spread / math.sqrt(n + 2)
    z = float(special.ndtri((1 + CONFIDENCE) / 2))
    half = z * error
    if (n_seeds := len(by_seed)) > 1:
        of_seeds = float(by_seed.mean(axis=1).std(ddof=1)) / math.sqrt(n_seeds)
        half = math.hypot(half, float(special.stdtrit(n_seeds - 1, (1 + CONFIDENCE) / 2)) * of_seeds)
    p_value = 2 * float(special.ndtr(-abs(mean) / half * z))
    difference = float(values.mean())
    low, high = max(mean - half, -bound), min(mean + half, bound)
    return Contrast(100 * difference, 100 * low, 100 * high, min(p_value, 1.0), n)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values after Holm's step-down correction: the chance of any false finding among them stays at the level.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.array(p_values)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def _effect(switches: tuple[str, ...], found: Contrast) -> Effect:
    return Effect(found.difference, found.low, found.high, found.p_value, found.n_documents, math.nan, switches)
