"""Traits of wrongly predicted articles, in both directions: who the errors are, and where they are frequent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from bowcore.judge.comparison import LEVEL, MIN_ARTICLES, Gap, accuracy_gap, mcnemar_p_value, paired_interval
from bowcore.judge.confusion import Labels
from bowcore.judge.scores import Share
from bowcore.nouns import TEXTS

Mask = NDArray[np.bool_]

SHORT_SHARE = 0.25
UNKNOWN_SHARE = 0.1
MOST_OF_ALL = 0.5
"""A slice of a larger share of the articles is not listed: it says what all articles together say."""
ALIKE = 0.5
"""Nor is one that shares with a listed one this much or more of the articles that either has (Jaccard)."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait of articles, and what it has to do with errors.

    Attributes:
        name: What the articles with it have.
        of_errors: Share of the wrong articles that have it.
        of_right: Share of the right articles that have it.
        within: Share of the articles with it that are wrong.
        without: Share of the others that are wrong.
        gap: `within` minus `without`.
    """

    name: str
    of_errors: Share
    of_right: Share
    within: Share
    without: Share
    gap: Gap


def find_traits(wrong: Mask, masks: Mapping[str, Mask]) -> tuple[Trait, ...]:
    """The traits of wrong and right articles.

    Args:
        wrong: Which articles are predicted wrongly, (n_documents,).
        masks: For each name of a trait, which articles have it.
    """
    found = []
    for name, mask in masks.items():
        both, n_with, n_wrong, n = int((wrong & mask).sum()), int(mask.sum()), int(wrong.sum()), len(wrong)
        within, without = Share.of(both, n_with), Share.of(n_wrong - both, n - n_with)
        of_errors, of_right = Share.of(both, n_wrong), Share.of(n_with - both, n - n_wrong)
        found.append(Trait(name, of_errors, of_right, within, without, accuracy_gap(within, without)))
    return tuple(found)


def shortest(n_words: NDArray[np.integer], share: float = SHORT_SHARE) -> tuple[Mask, int]:
    """Articles that are as short as the shortest `share` of all, and the most words that these have."""
    most = int(np.quantile(n_words, share, method="lower")) if len(n_words) else 0
    return n_words <= most, most


def rank_slices(
    labels: Labels, before: Labels, after: Labels, masks: Mapping[str, Mask], least: int = MIN_ARTICLES
) -> pd.DataFrame:
    """The slices in which two models' accuracies differ, those that differ most for certain first.

    They are ranked by the end of the interval that is nearest to no change; intervals that contain it come last, by the
    size of the difference. As many slices are looked at, the intervals are wider than those of one: together they cover
    with 95 % (Bonferroni), and the p-values are multiplied by the number of slices.

    Args:
        labels: True classes, (n_documents,).
        before: Predictions of one model.
        after: Predictions of the other.
        masks: For each name of a slice, which articles are in it.
        least: Slices of fewer articles are left out.

    Returns:
        Columns `slice`, `n`, `n_fixed`, `n_broken`, `difference`, `low`, `high` (percentage points, `after` minus
        `before`), `elsewhere` (the difference on all other articles, NaN without any), `p_value`, `detectable`.
    """
    if not len(labels) == len(before) == len(after):
        raise ValueError(f"{len(labels)} labels, {len(before)} and {len(after)} predictions differ in their {TEXTS}.")
    fixed, broken = (before != labels) & (after == labels), (before == labels) & (after != labels)
    counts = [(name, int(m.sum()), int((fixed & m).sum()), int((broken & m).sum())) for name, m in masks.items()]
    everything = len(labels), int(fixed.sum()), int(broken.sum())
    return _ranked([row for row in counts if row[1] >= least], everything)


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The first slices of a ranking that each say something of their own, and how many were passed over.

    Attributes:
        table: The rows of the ranking.
        n_large: Passed over for their share of all articles, `MOST_OF_ALL`.
        n_same: Passed over because they change as the articles elsewhere do: the change there is within the slice's
            95 % interval, that of one slice alone.
        n_alike: Passed over because they are nearly one that is listed, `ALIKE`.
    """

    table: pd.DataFrame
    n_large: int
    n_same: int
    n_alike: int


def list_slices(ranked: pd.DataFrame, masks: Mapping[str, Mask], most: int) -> Listed:
    """The first `most` slices that `rank_slices` made of these masks, without those that repeat others.

    Their intervals and p-values stay corrected for all slices of the ranking: all were looked at.
    """
    kept: list[int] = []
    listed: list[Mask] = []
    n_large = n_same = n_alike = 0
    for place, row in enumerate(ranked.itertuples()):
        if len(kept) == most:
            break
        mask = masks[str(row.slice)]
        low, high = paired_interval(row.n_fixed, row.n_broken, row.n)
        if np.count_nonzero(mask) > MOST_OF_ALL * len(mask):
            n_large += 1
        elif 100 * low <= row.elsewhere <= 100 * high:
            n_same += 1
        elif any(_jaccard(mask, other) >= ALIKE for other in listed):
            n_alike += 1
        else:
            kept.append(place)
            listed.append(mask)
    return Listed(ranked.iloc[kept].reset_index(drop=True), n_large, n_same, n_alike)


def word_masks(counts: sparse.csr_matrix, terms: Sequence[str], least: int, most: int) -> dict[str, Mask]:
    """Which articles have each of the `most` most widespread terms that at least `least` articles have and lack."""
    present = sparse.csc_matrix(counts)
    n = np.diff(present.indptr)
    usual = np.flatnonzero((n >= least) & (n <= counts.shape[0] - least))
    usual = usual[np.argsort(-n[usual], kind="stable")[:most]]
    found = {}
    for column in usual:
        mask = np.zeros(counts.shape[0], np.bool_)
        mask[present.indices[present.indptr[column] : present.indptr[column + 1]]] = True
        found[terms[int(column)]] = mask
    return found


def _jaccard(one: Mask, other: Mask) -> float:
    return int(np.count_nonzero(one & other)) / max(int(np.count_nonzero(one | other)), 1)


def _ranked(counts: Sequence[tuple[str, int, int, int]], everything: tuple[int, int, int]) -> pd.DataFrame:
    confidence = 1 - LEVEL / max(len(counts), 1)
    rows = []
    for name, n, n_fixed, n_broken in counts:
        low, high = paired_interval(n_fixed, n_broken, n, confidence)
        p = min(1.0, mcnemar_p_value(n_fixed, n_broken) * len(counts))
        detectable = p < LEVEL and (low > 0 or high < 0)
        difference = 100 * (n_fixed - n_broken) / n
        others, *changed = (whole - part for whole, part in zip(everything, (n, n_fixed, n_broken), strict=True))
        elsewhere = 100 * (changed[0] - changed[1]) / others if others else np.nan
        rows.append((name, n, n_fixed, n_broken, difference, 100 * low, 100 * high, elsewhere, p, detectable))
    columns = ["slice", "n", "n_fixed", "n_broken", "difference", "low", "high", "elsewhere", "p_value", "detectable"]
    table = pd.DataFrame(rows, columns=columns)
    nearest = np.where(table["low"] > 0, table["low"], np.where(table["high"] < 0, -table["high"], 0.0))
    order = np.lexsort((-table["difference"].abs().to_numpy(), -nearest))
    return table.iloc[order].reset_index(drop=True)
