"""Surface forms that a step merged into one term, and whether they occur in articles of different classes.

A merge is harmless if its forms mean the same, and loses information if they do not: `US` and `us`. Classes can show
it: for each merge, the forms' articles are tested for equal class shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse, special

from bowcore.text.terms import AppliedStep

Labels = NDArray[np.integer[Any]]
Counts = NDArray[np.int64]

MIN_ARTICLES = 10
"""A form that occurs alone in fewer articles is left out of the test."""
LEVEL = 0.05
"""Largest expected share of false positives among the flagged merges (false discovery rate)."""


@dataclass(frozen=True, slots=True)
class Merges:
    """The merges of one step over some articles.

    Attributes:
        groups: One row per merge, most tokens first: `term`, `n_forms`, `tokens`, `p_value` and `adjusted` (NaN if
            not tested), `difference` (largest difference between two tested forms in the share of one class, 0 to 1),
            `class` (index of that class, -1 if not tested), `verdict`.
        forms: One row per form, in the order of the groups, most frequent first: `group` (row of `groups`), `term`,
            `form`, `tokens`, `articles`.
        by_class: Articles of each class that contain each form, (n_forms, n_classes).
        alone: Of these, the articles that contain no other form of the same merge: the ones tested.
        n_tested: Number of merges tested.
        n_flagged: Number of merges whose forms differ.
    """

    groups: pd.DataFrame
    forms: pd.DataFrame
    by_class: Counts
    alone: Counts
    n_tested: int
    n_flagged: int


def find_merges(step: AppliedStep, type_counts: sparse.csr_matrix, labels: Labels, n_classes: int) -> Merges:
    """The merges of a step: strings that become the same string, each as its only piece.

    The test of a merge is Pearson's chi-squared test of forms against classes, over articles that contain exactly one
    of its forms: an article with two would be counted twice. It is applied where Cochran's rule holds: no expected
    count below 1, at most a fifth of them below 5 (Cochran 1954, "Some methods for strengthening the common chi-squared
    tests", section 2); p-values are adjusted for their number (Benjamini and Hochberg 1995, "Controlling the false
    discovery rate", section 3.1).

    Args:
        step: The step as applied to the types.
        type_counts: Occurrences of each type in each article: CSR, (n_articles, n_types).
        labels: Class indices, (n_articles,).
        n_classes: Number of classes.
    """
    tokens = step.before.frequencies(np.asarray(type_counts.sum(axis=0), dtype=np.int64).ravel())
    strings, codes = _merged_strings(step, tokens)
    targets, group = np.unique(codes, return_inverse=True)
    order = _by_frequency(group, tokens[strings], len(targets))
    strings, group, targets = strings[order[0]], order[1], targets[order[2]]
    by_class, alone = _count_articles(step, strings, group, type_counts, labels, n_classes)
    forms = pd.DataFrame(
        {
            "group": group,
            "term": _take(step.after.strings, targets[group]),
            "form": _take(step.before.strings, strings),
            "tokens": tokens[strings],
            "articles": by_class.sum(axis=1),
        }
    )
    tested = _test(group, len(targets), alone)
    groups = pd.DataFrame(
        {
            "term": _take(step.after.strings, targets),
            "n_forms": np.bincount(group, minlength=len(targets)),
            "tokens": np.bincount(group, weights=tokens[strings], minlength=len(targets)).astype(np.int64),
        }
    ).join(tested)
    n_flagged = int((groups["verdict"] == "differ").sum())
    return Merges(groups, forms, by_class, alone, int(groups["p_value"].notna().sum()), n_flagged)


def _merged_strings(step: AppliedStep, tokens: Counts) -> tuple[Counts, NDArray[np.int32]]:
    """Strings that occur and share their only piece with another such string; and the piece of each."""
    n_pieces = np.bincount(step.parents, minlength=len(tokens))
    single = ((tokens > 0) & (n_pieces == 1))[step.parents]
    strings, codes = step.parents[single], step.codes[single]
    shared = np.bincount(codes, minlength=len(step.after.strings))[codes] > 1
    return strings[shared], codes[shared]


def _by_frequency(group: Counts, tokens: Counts, n_groups: int) -> tuple[Counts, Counts, Counts]:
    """Order of the forms, their groups in that order, and order of the groups: most tokens first in both."""
    totals = np.bincount(group, weights=tokens, minlength=n_groups)
    groups = np.argsort(-totals, kind="stable")
    place = np.empty(n_groups, dtype=np.int64)
    place[groups] = np.arange(n_groups)
    forms = np.lexsort((-tokens, place[group]))
    return forms, place[group][forms], groups


def _count_articles(
    step: AppliedStep, strings: Counts, group: Counts, type_counts: sparse.csr_matrix, labels: Labels, n_classes: int
) -> tuple[Counts, Counts]:
    """Articles of each class that contain each form, and how many of them contain no other form of its group."""
    kept = np.full(len(step.before.strings), -1, dtype=np.int64)
    kept[strings] = np.arange(len(strings))
    column = kept[step.before.codes]
    rows = np.repeat(np.arange(step.before.n_types), np.diff(step.before.offsets))
    wanted = column >= 0
    shape = (step.before.n_types, len(strings))
    yields = sparse.csr_matrix((np.ones(int(wanted.sum()), np.int32), (rows[wanted], column[wanted])), shape=shape)
    held = type_counts @ yields
    article = np.repeat(np.arange(held.shape[0]), np.diff(held.indptr))
    # number of different forms of a group in an article
    n_groups = int(group.max(initial=-1)) + 1
    pairs = article * max(n_groups, 1) + group[held.indices]
    _, which, n_held = np.unique(pairs, return_inverse=True, return_counts=True)
    cell = held.indices.astype(np.int64) * n_classes + labels[article]
    cells = len(strings) * n_classes
    every = np.bincount(cell, minlength=cells).reshape(-1, n_classes)
    alone = np.bincount(cell[n_held[which] == 1], minlength=cells).reshape(-1, n_classes)
    return every, alone


def _test(group: Counts, n_groups: int, alone: Counts) -> pd.DataFrame:
    """Chi-squared tests of all groups at once: `p_value`, `adjusted`, `difference`, `class`, `verdict`."""
    n_classes = alone.shape[1]
    taking_part = alone.sum(axis=1) >= MIN_ARTICLES
    observed, of = alone[taking_part].astype(np.float64), group[taking_part]
    in_class = np.zeros((n_groups, n_classes))
    np.add.at(in_class, of, observed)
    n_forms = np.bincount(of, minlength=n_groups)
    per_form = observed.sum(axis=1)
    expected = per_form[:, None] * in_class[of] / np.maximum(in_class.sum(axis=1), 1)[of, None]
    filled = expected > 0  # a class in which no form occurs has no weight
    parts = np.divide((observed - expected) ** 2, expected, out=np.zeros_like(expected), where=filled)
    statistic = np.bincount(of, weights=parts.sum(axis=1), minlength=n_groups)
    n_filled = (in_class > 0).sum(axis=1)
    freedom = np.maximum(n_forms - 1, 0) * np.maximum(n_filled - 1, 0)
    below_five = np.bincount(of, weights=(filled & (expected < 5)).sum(axis=1), minlength=n_groups)
    below_one = np.bincount(of, weights=(filled & (expected < 1)).sum(axis=1), minlength=n_groups)
    testable = (freedom > 0) & (below_one == 0) & (below_five <= n_forms * n_filled / 5)
    p_value, adjusted = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    p_value[testable] = special.chdtrc(freedom[testable], statistic[testable])
    adjusted[testable] = adjust(p_value[testable])
    shares = observed / per_form[:, None] if len(observed) else observed
    most, least = np.full((n_groups, n_classes), -np.inf), np.full((n_groups, n_classes), np.inf)
    np.maximum.at(most, of, shares)
    np.minimum.at(least, of, shares)
    spread = np.where(testable[:, None], most - least, 0.0)
    verdict = np.where(testable, np.where(adjusted < LEVEL, "differ", "no detectable difference"), "too few")
    return pd.DataFrame(
        {
            "p_value": p_value,
            "adjusted": adjusted,
            "difference": np.where(testable, spread.max(axis=1), np.nan),
            "class": np.where(testable, spread.argmax(axis=1), -1),
            "verdict": verdict,
        }
    )


def adjust(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values adjusted so that those below a level contain at most that share of chance findings, (n,).

    Source: Benjamini and Hochberg (1995), "Controlling the false discovery rate", procedure (1).
    """
    n = len(p_values)
    order = np.argsort(p_values)[::-1]
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate(p_values[order] * n / np.arange(n, 0, -1))
    return np.minimum(adjusted, 1)


def _take(strings: pa.StringArray, positions: NDArray[np.integer[Any]]) -> pd.Series:
    return strings.take(pa.array(positions)).to_pandas().astype("str")
