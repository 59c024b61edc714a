"""Validation articles that repeat a training article, and are easier than new ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bowcore.findings.near_duplicates import NearDuplicates, similar_texts

SIMILARITY = 0.8
"""From this similarity on, an article counts as a copy: `docs/decisions/0016-near-duplicates.md`."""
WORTH_SAYING = 0.01
"""Share of copies above which every accuracy is said to contain them."""


def find_copies(
    found: NearDuplicates, n_train: int, rows: NDArray[np.int64], similarity: float = SIMILARITY
) -> NDArray[np.bool_]:
    """Mask of validation articles that repeat one of the training articles in `rows`, exactly or nearly.

    Args:
        found: The near duplicates of the open articles.
        n_train: Training articles among them, which come first.
        rows: Positions of the training articles that a model learns from.
        similarity: Least similarity of a copy; raised to the one from which `found` is complete.

    Returns:
        Shape (n_validation,).
    """
    learned, texts = found.text_of[:n_train][rows], found.text_of[n_train:]
    marked = np.zeros(found.n_texts, dtype=bool)
    marked[learned[learned >= 0]] = True
    near = marked | similar_texts(found, max(similarity, found.complete_from), marked)
    copies: NDArray[np.bool_] = (texts >= 0) & np.append(near, False)[texts]
    return copies
