"""Classes that are confused stand together, held against every possible order."""

from __future__ import annotations

import itertools

import numpy as np

from bowcore.judge.class_order import confused_order


def test_pairs_that_are_confused_become_neighbours() -> None:
    matrix = np.diag([20] * 6)
    for one, other, n in ((0, 3, 9), (1, 5, 8), (2, 4, 7), (3, 5, 2)):
        matrix[one, other] += n
    order = confused_order(matrix).tolist()
    assert sorted(order) == list(range(6))
    for one, other in ((0, 3), (1, 5), (2, 4)):
        assert abs(order.index(one) - order.index(other)) == 1
    assert abs(order.index(3) - order.index(5)) == 1, "the next largest confusion joins the ends of two pairs"


def test_two_blocks_are_ordered_as_well_as_any_order_that_keeps_them_apart() -> None:
    rng = np.random.default_rng(3)
    matrix = np.diag([50] * 6)
    for block in ((0, 2, 4), (1, 3, 5)):
        for one, other in itertools.permutations(block, 2):
            matrix[one, other] = rng.integers(5, 30)
    alike = (matrix + matrix.T) / (matrix.sum(axis=1)[:, None] + matrix.sum(axis=1))

    def quality(order: list[int]) -> float:
        return sum(alike[one, other] for one, other in itertools.pairwise(order))

    best = max(
        quality([*first, *second])
        for first in itertools.permutations((0, 2, 4))
        for second in itertools.permutations((1, 3, 5))
    )
    found = confused_order(matrix).tolist()
    assert {frozenset(found[:3]), frozenset(found[3:])} == {frozenset((0, 2, 4)), frozenset((1, 3, 5))}
    # the tree joins the closest pair of a block first, which may cost the best of its three orders
    assert quality(found) >= 0.8 * best


def test_without_mistakes_and_with_two_classes_the_corpus_decides() -> None:
    assert confused_order(np.array([[3, 9], [1, 4]])).tolist() == [0, 1]
    assert sorted(confused_order(np.diag([4, 0, 3, 2])).tolist()) == [0, 1, 2, 3]
