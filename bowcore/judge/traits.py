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
        `before`), `p_value`, `detectable`.
    """
    if not len(labels) == len(before) == len(after):
        raise ValueError(f"{len(labels)} labels, {len(before)} and {len(after)} predictions differ in their {TEXTS}.")
    fixed, broken = (before != labels) & (after == labels), (before == labels) & (after != labels)
    counts = [(name, int(m.sum()), int((fixed & m).sum()), int((broken & m).sum())) for name, m in masks.items()]
    return _ranked([row for row in counts if row[1] >= least])


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


def _ranked(counts: Sequence[tuple[str, int, int, int]]) -> pd.DataFrame:
    confidence = 1 - LEVEL / max(len(counts), 1)
    rows = []
    for name, n, n_fixed, n_broken in counts:
        low, high = paired_interval(n_fixed, n_broken, n, confidence)
        p = min(1.0, mcnemar_p_value(n_fixed, n_broken) * len(counts))
        detectable = p < LEVEL and (low > 0 or high < 0)
        difference = 100 * (n_fixed - n_broken) / n
        rows.append((name, n, n_fixed, n_broken, difference, 100 * low, 100 * high, p, detectable))
    columns = ["slice", "n", "n_fixed", "n_broken", "difference", "low", "high", "p_value", "detectable"]
    table = pd.DataFrame(rows, columns=columns)
    nearest = np.where(table["low"] > 0, table["low"], np.where(table["high"] < 0, -table["high"], 0.0))
    order = np.lexsort((-table["difference"].abs().to_numpy(), -nearest))
    return table.iloc[order].reset_index(drop=True)
