"""Seeded draws of rows: stratified by class, of whole groups, and samples.

The stratified draw reimplements scikit-learn's `StratifiedShuffleSplit` (1.9, `model_selection/_split.py`) in NumPy, so
that a page process gets the tutorial's rows without importing scikit-learn; a test compares the two row by row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import CorpusError
from bowcore.nouns import TEXTS
from bowcore.recipe.specs import SplitSpec

Rows = NDArray[np.int64]


def stratified_draw(labels: NDArray[np.int32], n_drawn: int, spec: SplitSpec) -> tuple[Rows, Rows]:
    """Remaining and drawn positions, in scikit-learn's order, with equal class shares.

    Raises:
        CorpusError: No article drawn, or fewer left than classes.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    counts = np.bincount(codes)
    n_left = len(labels) - n_drawn
    if n_drawn < 1 or n_left < len(classes):
        raise CorpusError(
            f"{len(labels):,} {TEXTS} of {len(classes)} classes cannot be split into {n_left:,} and {n_drawn:,} "
            f"with every class in the larger part. Add {TEXTS} or merge classes."
        )
    generator = np.random.RandomState(spec.split_seed)
    members = np.split(np.argsort(codes, kind="mergesort"), np.cumsum(counts)[:-1])
    n_left_by_class = _shares(counts, n_left, generator)
    n_drawn_by_class = _shares(counts - n_left_by_class, n_drawn, generator)
    left: list[Rows] = []
    drawn: list[Rows] = []
    for position, member in enumerate(members):
        shuffled = member[generator.permutation(counts[position])]
        n_first, n_second = n_left_by_class[position], n_drawn_by_class[position]
        left.append(shuffled[:n_first])
        drawn.append(shuffled[n_first : n_first + n_second])
    return generator.permutation(np.concatenate(left)), generator.permutation(np.concatenate(drawn))


def draw_groups(
    labels: NDArray[np.int32], groups: NDArray[np.int32], n_drawn: int, spec: SplitSpec
) -> tuple[Rows, Rows]:
    """Remaining and drawn positions, about `n_drawn` of them, with no group in both and nearly equal class shares.

    A group counts as its most frequent class. Groups are drawn in a random order, each unless it would exceed its
    class's share by more than half of itself.

    Raises:
        CorpusError: No group could be drawn, or none left.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    n_groups, n_classes = int(group_of.max()) + 1, int(labels.max()) + 1
    pairs = np.bincount(group_of * n_classes + labels, minlength=n_groups * n_classes).reshape(n_groups, n_classes)
    class_of, sizes = pairs.argmax(axis=1), pairs.sum(axis=1)
    wanted = np.bincount(class_of, weights=sizes, minlength=n_classes) * n_drawn / len(labels)
    is_drawn = np.zeros(n_groups, dtype=bool)
    n_of_class = np.zeros(n_classes)
    for group in np.random.RandomState(spec.split_seed).permutation(n_groups):
        if n_of_class[class_of[group]] + sizes[group] / 2 <= wanted[class_of[group]]:
            is_drawn[group] = True
            n_of_class[class_of[group]] += sizes[group]
    if not is_drawn.any() or is_drawn.all():
        raise CorpusError(
            f"{n_groups:,} groups of {len(labels):,} {TEXTS} cannot be split so that about {n_drawn:,} are drawn and "
            "no group is divided. Choose another group column, or none with group=-."
        )
    return np.flatnonzero(~is_drawn[group_of]), np.flatnonzero(is_drawn[group_of])


def _shares(counts: NDArray[np.int64], n_draws: int, generator: np.random.RandomState) -> NDArray[np.int64]:
    """The most likely draw without replacement; the generator breaks ties (scikit-learn's `_approximate_mode`)."""
    expected = counts / counts.sum() * n_draws
    floored = np.floor(expected)
    missing = int(n_draws - floored.sum())
    if missing > 0:
        remainder = expected - floored
        for value in np.sort(np.unique(remainder))[::-1]:
            (positions,) = np.where(remainder == value)
            n_added = min(len(positions), missing)
            floored[generator.choice(positions, size=n_added, replace=False)] += 1
            missing -= n_added
            if missing == 0:
                break
    shares: NDArray[np.int64] = floored.astype(np.int64)
    return shares


def sample_documents(labels: NDArray[np.int32], n_kept: int, seed: int) -> Rows:
    """Positions of a seeded, stratified sample of the training articles, in order; 0 keeps all.

    Exactly `n_kept`, unless there are more classes: a class keeps at least one article, so very small samples are
    not exactly proportional.
    """
    if n_kept <= 0 or n_kept >= len(labels):
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(labels))
    counts = np.bincount(labels)
    expected = counts * n_kept / len(labels)
    kept = np.where(counts > 0, np.maximum(1, np.floor(expected)), 0).astype(np.int64)
    for position in np.argsort(-(expected - np.floor(expected)), kind="stable"):
        if kept.sum() >= n_kept:
            break
        if kept[position] < counts[position]:
            kept[position] += 1
    # articles the smallest classes got beyond their share come from the class furthest above its own
    while kept.sum() > n_kept and (kept > 1).any():
        kept[np.where(kept > 1, kept - expected, -np.inf).argmax()] -= 1
    rank_in_class = np.empty(len(labels), dtype=np.int64)
    for position in range(len(counts)):
        members = order[labels[order] == position]
        rank_in_class[members] = np.arange(len(members))
    return np.flatnonzero(rank_in_class < kept[labels])
