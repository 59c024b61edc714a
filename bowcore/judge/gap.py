"""The gap between validation and test accuracy: two samples of different articles."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bowcore.judge.scores import Share


@dataclass(frozen=True, slots=True)
class Gap:
    """Validation accuracy minus test accuracy, with its 95 % interval, all in percentage points."""

    difference: float
    low: float
    high: float

    @property
    def detectable(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def accuracy_gap(validation: Share, test: Share) -> Gap:
    """The gap between two independent shares (Newcombe 1998, Statistics in Medicine 17, method 10).

    The interval combines the Wilson intervals of both: it covers the sampling of articles, not that the recipe was
    chosen by looking at validation articles.
    """
    difference = validation.value - test.value
    below = math.hypot(validation.value - validation.low, test.high - test.value)
    above = math.hypot(validation.high - validation.value, test.value - test.low)
    return Gap(100 * difference, 100 * (difference - below), 100 * (difference + above))
