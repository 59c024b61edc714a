"""Classes in an order that puts those next to each other that a model confuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

METHOD = "hierarchical clustering, average linkage, optimal leaf order"


def confused_order(matrix: NDArray[Any]) -> NDArray[np.int64]:
    """Positions of the classes, those that are confused next to each other: (n_classes,).

    Two classes are as alike as the share of their articles that is predicted as the other one. They are clustered with
    average linkage, and the leaves of the tree are ordered so that neighbours are as alike as the tree allows. Of an
    order and its reverse, the one closer to that of the corpus is returned.

    Source: Bar-Joseph, Gifford and Jaakkola (2001), "Fast optimal leaf ordering for hierarchical clustering",
    Bioinformatics 17, in `scipy.cluster.hierarchy`.

    Args:
        matrix: Articles by true and predicted class, shape (n_classes, n_classes).
    """
    from scipy.cluster import hierarchy  # only for a reader who asks for the order
    from scipy.spatial.distance import squareform

    n_classes, sizes = len(matrix), matrix.sum(axis=1)
    if n_classes < 3:
        return np.arange(n_classes)
    alike = (matrix + matrix.T) / np.maximum(sizes[:, None] + sizes[None, :], 1)
    np.fill_diagonal(alike, 0.0)
    distances = 1.0 - alike
    np.fill_diagonal(distances, 0.0)
    tree = hierarchy.linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    order: NDArray[np.int64] = hierarchy.leaves_list(tree).astype(np.int64)
    # the sum of places times positions is larger for the direction that rises
    return order if order @ np.arange(n_classes) >= order[::-1] @ np.arange(n_classes) else order[::-1].copy()
