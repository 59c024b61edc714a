"""Gradients of a batch's loss at the hidden layer's input, row by row or as what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.rows import Floats, Integers, TouchedTerms
from bowcore.learn.kernels.vector_loops import BLOCK, HAS_MASKS, MOST_DIRECTIONS, WIDTH

KernelArguments: TypeAlias = tuple[
    Integers, Integers, Integers, Floats, Integers, Floats, Integers, Floats, Floats
]  # fmt: skip

FEWEST_UNITS = 1_024
"""Hidden units below which rows of gradients stay in the cache and are added faster than bits."""


@dataclass(frozen=True, slots=True)
class InputGradients:
    """Gradients at the hidden layer's input, in one of two forms.

    A hidden unit that is active in an article passes on what reaches it, the others nothing. What reaches the units
    of an article is a mixture of the rows of the output weights by the article's slopes, which sum to zero over the
    classes: so it is also a mixture of each class's row less the last one's. With few classes these mixtures and one
    bit for each unit say all, in a thirtieth of the memory.

    Attributes:
        rows: Shape (n_documents, hidden); without rows where the other three say it.
        active: uint16, shape (n_documents, n_words): the bits of each article's active units, from the lowest on.
        slopes: Gradients at the logits, without the last class, shape (n_documents, n_classes - 1).
        directions: Each class's output weights less the last one's, shape (n_classes - 1, WIDTH * n_words) with zeros
            behind the hidden units, up to a multiple of `BLOCK`; without rows where `rows` says it.
    """

    rows: Floats
    active: NDArray[np.uint16]
    slopes: Floats
    directions: Floats

    @classmethod
    def of_rows(cls, rows: Floats) -> InputGradients:
        """Gradients that are given row by row."""
        none = np.empty((0, 0), rows.dtype)
        return cls(rows, np.empty((0, 0), np.uint16), none, none)

    @classmethod
    def unfilled(cls, n_documents: int, output_weights: Floats) -> InputGradients:
        """The form without rows, for a batch whose bits and slopes are still to be filled in.

        Raises:
            ValueError: The kernels cannot mix so many classes, or only one; `by_bits` says which they can.
        """
        n_classes, hidden = output_weights.shape
        if not 2 <= n_classes <= MOST_DIRECTIONS + 1:
            raise ValueError(f"Bits tell gradients of 2 to {MOST_DIRECTIONS + 1} classes, not of {n_classes}.")
        n_columns = BLOCK * -(-hidden // BLOCK)
        directions = np.zeros((n_classes - 1, n_columns), output_weights.dtype)
        directions[:, :hidden] = output_weights[:-1] - output_weights[-1]
        slopes = np.empty((n_documents, n_classes - 1), output_weights.dtype)
        return cls(
            np.empty((0, hidden), slopes.dtype),
            np.empty((n_documents, n_columns // WIDTH), np.uint16),
            slopes,
            directions,
        )

    def for_kernels(self, touched: TouchedTerms) -> KernelArguments:
        """What the update kernels take first: the touched terms, and these gradients with the slopes of each entry."""
        pulls = self.slopes
        if pulls.size:
            pulls = pulls[touched.documents]
            pulls *= touched.values[:, None]
        return (
            touched.terms, touched.starts, touched.documents, touched.values, touched.chunks,
            self.rows, self.active, pulls, self.directions,
        )  # fmt: skip


def by_bits(n_classes: int, hidden: int, *, has_masks: bool = HAS_MASKS) -> bool:
    """Whether such gradients are better told by bits than by rows, on this processor."""
    return has_masks and 2 <= n_classes <= MOST_DIRECTIONS + 1 and hidden >= FEWEST_UNITS
