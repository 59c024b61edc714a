"""Dropout while learning: cells of the input, and hidden units, each with a probability of its own.

What stays is divided by the probability to stay, so that sums keep their mean and predictions need no correction
(Srivastava et al. 2014; `torch.nn.Dropout`). Empty cells are 0 either way, so only filled ones are drawn.

The masks of a batch follow from the seed, the epoch and the batch alone: a resumed training draws the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.learn.kernels.batch import Floats, SparseRows
from bowcore.recipe.specs import NetworkSpec

STREAM = 2
"""The seed's third stream of random numbers: the first two shuffle the articles and choose those evaluated."""


class Dropout:
    """Draws the masks of a training's batches."""

    def __init__(self, spec: NetworkSpec, dtype: np.dtype[Any]) -> None:
        self._spec, self._dtype = spec, dtype

    def of_batch(self, rows: SparseRows, hidden: int, epoch: int, batch: int) -> tuple[SparseRows, Floats | None]:
        """The batch without its dropped cells, and the factors of the hidden units of each row, None without dropout.

        Args:
            rows: The batch.
            hidden: Number of hidden units.
            epoch: Counted from 1.
            batch: Number of batches learned in the epoch before this one.
        """
        spec = self._spec
        if not (spec.word_dropout or spec.hidden_dropout):
            return rows, None
        seed = np.random.SeedSequence(spec.network_seed, spawn_key=(STREAM, epoch, batch))
        words, units = (np.random.default_rng(child) for child in seed.spawn(2))
        if spec.word_dropout:
            rows = self._drop_cells(rows, spec.word_dropout, words)
        if not spec.hidden_dropout:
            return rows, None
        return rows, self._factors((rows.n_rows, hidden), spec.hidden_dropout, units)

    def _drop_cells(self, rows: SparseRows, share: float, generator: np.random.Generator) -> SparseRows:
        stays = generator.random(rows.data.size, np.float32) >= share
        indptr = np.concatenate(([0], np.cumsum(stays)))[rows.indptr]
        return SparseRows(indptr, rows.indices[stays], rows.data[stays] * self._scale(share))

    def _factors(self, shape: tuple[int, int], share: float, generator: np.random.Generator) -> NDArray[Any]:
        factors: NDArray[Any] = (generator.random(shape, np.float32) >= share) * self._scale(share)
        return factors

    def _scale(self, share: float) -> Any:
        return self._dtype.type(1 / (1 - share))
