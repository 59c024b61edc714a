"""Two accuracies compared: of two models on the same articles, or of one model on validation and test articles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bowcore.judge.confusion import Labels, confusion_matrix
from bowcore.judge.scores import CONFIDENCE, Share
from bowcore.nouns import TEXTS, Word
from bowcore.numbers import points_alike

LEVEL = 1 - CONFIDENCE
MIN_ARTICLES = 30
"""Fewer are not compared: each moves the difference by more than 3 points."""

TOO_FEW = Word(lambda noun: f"too few {noun.many} to compare (at least {MIN_ARTICLES})")


@dataclass(frozen=True, slots=True)
class PairedChange:
    """What a change of the recipe did to the predictions for the same articles.

    Attributes:
        n_documents: Articles that both models classified.
        n_fixed: Wrong before, right after.
        n_broken: Right before, wrong after.
        n_changed_label: Articles whose prediction changed; some may be wrong both times.
        difference: Accuracy after minus accuracy before, in percentage points.
        low: Lower end of its 95 % interval, in percentage points.
        high: Upper end.
        p_value: Exact two-sided McNemar test of "as many fixed as broken".
    """

    n_documents: int
    n_fixed: int
    n_broken: int
    n_changed_label: int
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def enough(self) -> bool:
        """Whether there are enough articles to compare two models on."""
        return self.n_documents >= MIN_ARTICLES

    @property
    def detectable(self) -> bool:
        """Whether the exact test rejects "as many fixed as broken" and the interval excludes 0, on enough articles."""
        return self.enough and self.p_value < LEVEL and (self.low > 0 or self.high < 0)

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `no detectable change` or `too few articles to compare`."""
        if not self.enough:
            return f"{TOO_FEW}"
        if not self.detectable:
            return "no detectable change"
        return "better" if self.difference > 0 else "worse"

    @property
    def ends(self) -> str:
        """The interval in words: `−1.2 to +0.3`."""
        _, low, high = points_alike(self.difference, self.low, self.high)
        return f"{low} to {high}"

    @property
    def in_points(self) -> str:
        """The difference with its sign, with as many decimals as its interval."""
        return points_alike(self.difference, self.low, self.high)[0]


def paired_change(labels: Labels, before: Labels, after: Labels) -> PairedChange:
    """The change between two models' predictions, class indices of shape (n_documents,), article by article.

    The interval covers other articles drawn like these; it does not cover other seeds or training articles, nor the
    number of recipes tried before.
    """
    n = len(labels)
    if not n == len(before) == len(after):
        raise ValueError(f"{n} labels, {len(before)} and {len(after)} predictions are not of the same {TEXTS}.")
    right_before, right_after = before == labels, after == labels
    n_fixed = int(np.count_nonzero(~right_before & right_after))
    n_broken = int(np.count_nonzero(right_before & ~right_after))
    low, high = paired_interval(n_fixed, n_broken, n)
    return PairedChange(
        n_documents=n,
        n_fixed=n_fixed,
        n_broken=n_broken,
        n_changed_label=int(np.count_nonzero(before != after)),
        difference=100 * (n_fixed - n_broken) / n,
        low=100 * low,
        high=100 * high,
        p_value=mcnemar_p_value(n_fixed, n_broken),
    )


@dataclass(frozen=True, slots=True, eq=False)
class WhoChanged:
    """The articles whose prediction changed, as positions in the order of the labels: each of them in one list.

    Attributes:
        fixed: Wrong before, right after.
        broken: Right before, wrong after.
        moved: Wrong both times, with two different classes.
    """

    fixed: NDArray[np.int64]
    broken: NDArray[np.int64]
    moved: NDArray[np.int64]


def who_changed(labels: Labels, before: Labels, after: Labels) -> WhoChanged:
    """Who was fixed and who was broken between two models' predictions, (n_documents,), article by article."""
    right_before, right_after = before == labels, after == labels
    changed = (before != after) & ~right_before & ~right_after
    found = (~right_before & right_after, right_before & ~right_after, changed)
    return WhoChanged(*(np.flatnonzero(mask).astype(np.int64) for mask in found))


def matrix_change(labels: Labels, before: Labels, after: Labels, n_classes: int) -> NDArray[np.int64]:
    """How many more articles each cell of the confusion matrix has after than before; every row adds up to 0."""
    return confusion_matrix(labels, after, n_classes) - confusion_matrix(labels, before, n_classes)


def paired_interval(
    n_fixed: int, n_broken: int, n_documents: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The confidence interval of (n_fixed - n_broken) / n_documents, within -1 and 1.

    Laplace's added article on each side keeps the interval from shrinking to zero width if no article changed. Of 56
    articles or more, up to 60 of them changed, it excludes 0 whenever the exact test has p < 0.05, but also for some p
    from 0.05 to 0.072: 17 fixed and 7 broken of 5,777 have p 0.064. So a change is detectable only if both agree.

    Source: Bonett and Price (2012), "Adjusted Wald confidence interval for a difference of binomial proportions based
    on paired data", Journal of Educational and Behavioral Statistics 37(4); recommended by Fagerland, Lydersen and
    Laake (2014), "Recommended tests and confidence intervals for paired binomial proportions", section 4.
    """
    if n_documents < 1 or min(n_fixed, n_broken) < 0 or n_fixed + n_broken > n_documents:
        raise ValueError(f"{n_fixed} fixed and {n_broken} broken of {n_documents} {TEXTS} cannot be compared.")
    fixed, broken = (n_fixed + 1) / (n_documents + 2), (n_broken + 1) / (n_documents + 2)
    shift = fixed - broken
    half = float(special.ndtri((1 + confidence) / 2)) * math.sqrt((fixed + broken - shift**2) / (n_documents + 2))
    return max(shift - half, -1.0), min(shift + half, 1.0)


def mcnemar_p_value(n_fixed: int, n_broken: int) -> float:
    """Probability that a fair coin splits the changed articles at least as unevenly; 1 if no article changed.

    Source: McNemar (1947), "Note on the sampling error of the difference between correlated proportions", in its
    exact form: twice the smaller tail of Binomial(n_fixed + n_broken, 1/2), at most 1.
    """
    return min(1.0, 2 * float(special.bdtr(min(n_fixed, n_broken), n_fixed + n_broken, 0.5)))


def describe_change(change: PairedChange, unit: str | Word = TEXTS) -> str:
    """The change in one sentence, without a full stop.

    >>> describe_change(PairedChange(334, 2, 1, 3, 0.3, -0.9, 1.5, 1.0))
    '3 of 334 articles changed label (2 fixed, 1 broken): no detectable change'
    """
    changed = f"{change.n_changed_label:,} of {change.n_documents:,} {unit} changed label"
    if change.n_changed_label == 0:
        return f"{changed}: {change.verdict}"
    parts = [f"{change.n_fixed:,} fixed", f"{change.n_broken:,} broken"]
    if still_wrong := change.n_changed_label - change.n_fixed - change.n_broken:
        parts.append(f"{still_wrong:,} wrong both times")
    verdict = change.verdict
    if change.detectable:
        verdict = f"{change.in_points} points (95\N{NO-BREAK SPACE}% interval {change.ends})"
    return f"{changed} ({', '.join(parts)}): {verdict}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Validation accuracy minus test accuracy, with its 95 % interval, all in percentage points.

    `n_documents` is the smaller of the two numbers of articles.
    """

    difference: float
    low: float
    high: float
    n_documents: int

    @property
    def detectable(self) -> bool:
        """Whether the interval excludes 0, on enough articles."""
        return self.n_documents >= MIN_ARTICLES and (self.low > 0 or self.high < 0)

    @property
    def in_words(self) -> str:
        """`**+1.2 points** (+0.4 to +2.0)`, and whether that is detectable."""
        difference, low, high = points_alike(self.difference, self.low, self.high)
        verdict = f"{TOO_FEW}" if self.n_documents < MIN_ARTICLES else "no detectable gap"
        return f"**{difference} points** ({low} to {high})" + ("" if self.detectable else f": {verdict}")


def accuracy_gap(validation: Share, test: Share) -> Gap:
    """The gap between two independent shares (Newcombe 1998, Statistics in Medicine 17, method 10).

    The interval combines the Wilson intervals of both: it covers the sampling of articles, not that the recipe was
    chosen by looking at validation articles.
    """
    difference = validation.value - test.value
    below = math.hypot(validation.value - validation.low, test.high - test.value)
    above = math.hypot(validation.high - validation.value, test.value - test.low)
    n_documents = min(validation.n_documents, test.n_documents)
    return Gap(100 * difference, 100 * (difference - below), 100 * (difference + above), n_documents)
