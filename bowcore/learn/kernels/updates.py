"""Compiled updates of the first layer, touching only the weights of terms that a batch uses.

Weights are (n_terms, hidden), so that a term's weights lie side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from bowcore.learn.kernels.compiled import compiled
from bowcore.learn.kernels.rows import Floats, Integers
from bowcore.learn.kernels.vector_loops import add_rows, prefetch_columns, sum_active

COLUMN_BLOCK = 2_560  # hidden units at most that an update takes at once, for rows of gradients to stay cached
SEGMENT = 512  # columns that are asked for at once
TINY = 1e-30  # a running mean below it moves no weight; far below, numbers lose their leading digit and get slow
# Numba takes kernels from its cache on disk as long as this file is unchanged; it would miss a change of `vectors.py`.
VECTORS_DIGEST = "df2b5c232d3e"


@compiled()
def _sum_gradient(
    total: Floats,
    rows: Floats,
    active: Integers,
    pulls: Floats,
    directions: Floats,
    documents: Integers,
    values: Floats,
    first: int,
    last: int,
    low: int,
    ahead: Floats,
    following: int,
) -> None:
    """Fill `total` with columns from `low` on of a term's gradient, and ask for row `following` of `ahead`."""
    if directions.shape[0]:
        sum_active(total, active, documents, pulls, first, last, directions, ahead, following)
    else:
        total[:] = 0
        add_rows(total, rows, documents, values, first, last, low)


@compiled()
def _n_blocks(hidden: int, directions: Floats) -> Any:
    """Into how many blocks of columns an update is cut: rows of gradients are many times as large as their bits."""
    return 1 if directions.shape[0] else (hidden + COLUMN_BLOCK - 1) // COLUMN_BLOCK


@compiled()
def _width(size: int, directions: Floats) -> Any:
    """How many columns the sum of `size` columns of a gradient takes."""
    return directions.shape[1] if directions.shape[0] else size


@compiled(parallel=True)
def update_rmsprop(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    rows: Floats,
    active: Integers,
    pulls: Floats,
    directions: Floats,
    weights: Floats,
    squares: Floats,
    decays: Floats,
    share: Any,
    rate: Any,
    epsilon: Any,
) -> None:
    """Update the touched rows of `weights` and `squares` in place, by RMSprop (Tieleman and Hinton 2012, lecture 6.5).

    A row that was not touched has had zero gradients, which leave it where it is and only shrink its running square:
    `decays` makes up for the steps it missed.

    Args:
        terms: As in `TouchedTerms`.
        starts: As in `TouchedTerms`.
        documents: As in `TouchedTerms`.
        values: As in `TouchedTerms`.
        chunks: As in `TouchedTerms`.
        rows: As in `InputGradients`.
        active: As in `InputGradients`.
        pulls: What `InputGradients.pulls` gives.
        directions: As in `InputGradients`.
        weights: Shape (n_terms, hidden).
        squares: Running mean of squared gradients, same shape.
        decays: alpha to the power of the steps since the row was last touched, shape (n_touched,).
        share: 1 - alpha.
        rate: Learning rate.
        epsilon: Added to the root.
    """
    hidden, n_blocks = weights.shape[1], _n_blocks(weights.shape[1], directions)
    for block in range(n_blocks):
        low, high = block * hidden // n_blocks, (block + 1) * hidden // n_blocks
        for chunk in prange(chunks.size - 1):
            gradient = np.empty(_width(high - low, directions), weights.dtype)
            for touched in range(chunks[chunk], chunks[chunk + 1]):
                term, following, decay = terms[touched], terms[min(touched + 1, terms.size - 1)], decays[touched]
                _sum_gradient(
                    gradient, rows, active, pulls, directions, documents, values, starts[touched], starts[touched + 1],
                    low, weights, following,
                )  # fmt: skip
                for left in range(low, high, SEGMENT):
                    right = min(left + SEGMENT, high)
                    prefetch_columns(squares, following, left, right)
                    row, square, slopes = weights[term, left:right], squares[term, left:right], gradient[left - low :]
                    for j in range(row.size):
                        running = decay * square[j] + share * slopes[j] * slopes[j]
                        square[j] = running
                        row[j] -= rate * slopes[j] / (np.sqrt(running) + epsilon)


@compiled(parallel=True)
def update_sgd(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    rows: Floats,
    active: Integers,
    pulls: Floats,
    directions: Floats,
    weights: Floats,
    rate: Any,
) -> None:
    """Update the touched rows of `weights` in place, by plain gradient descent; arguments as in `update_rmsprop`."""
    for chunk in prange(chunks.size - 1):
        gradient = np.empty(_width(weights.shape[1], directions), weights.dtype)
        for touched in range(chunks[chunk], chunks[chunk + 1]):
            _sum_gradient(
                gradient, rows, active, pulls, directions, documents, values, starts[touched], starts[touched + 1],
                0, weights, terms[min(touched + 1, terms.size - 1)],
            )  # fmt: skip
            row = weights[terms[touched]]
            for j in range(row.size):
                row[j] -= rate * gradient[j]


@compiled(parallel=True)
def update_adam(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    rows: Floats,
    active: Integers,
    pulls: Floats,
    directions: Floats,
    weights: Floats,
    means: Floats,
    squares: Floats,
    mean_share: Any,
    square_keep: Any,
    square_share: Any,
    rate: Any,
    root_scale: Any,
    epsilon: Any,
) -> None:
    """Update the touched rows of `weights`, `means` and `squares` in place, by Adam (Kingma and Ba 2015, algorithm 1).

    Args:
        terms: As in `update_rmsprop`, like the eight after it.
        starts: See `terms`.
        documents: See `terms`.
        values: See `terms`.
        chunks: See `terms`.
        rows: See `terms`.
        active: See `terms`.
        pulls: See `terms`.
        directions: See `terms`.
        weights: Shape (n_terms, hidden).
        means: Running mean of gradients, same shape.
        squares: Running mean of squared gradients, same shape.
        mean_share: 1 - beta1.
        square_keep: beta2.
        square_share: 1 - beta2.
        rate: Learning rate with what it takes of the corrections of bias.
        root_scale: What the root takes of the corrections of bias.
        epsilon: Added to the scaled root.
    """
    for chunk in prange(chunks.size - 1):
        gradient = np.empty(_width(weights.shape[1], directions), weights.dtype)
        for touched in range(chunks[chunk], chunks[chunk + 1]):
            _sum_gradient(
                gradient, rows, active, pulls, directions, documents, values, starts[touched], starts[touched + 1],
                0, weights, terms[min(touched + 1, terms.size - 1)],
            )  # fmt: skip
            term = terms[touched]
            row, mean, square = weights[term], means[term], squares[term]
            for j in range(row.size):
                running = mean[j] + mean_share * (gradient[j] - mean[j])
                spread = square_keep * square[j] + square_share * gradient[j] * gradient[j]
                mean[j] = running
                square[j] = spread
                row[j] -= rate * running / (np.sqrt(spread) * root_scale + epsilon)


@compiled(parallel=True)
def coast_adam(
    terms: Integers,
    weights: Floats,
    means: Floats,
    squares: Floats,
    mean_share: Any,
    square_keep: Any,
    rate: Any,
    root_scale: Any,
    epsilon: Any,
) -> None:
    """Move the rows that a batch did not touch by what their running means still hold: Adam with zero gradients."""
    for untouched in prange(terms.size):
        term = terms[untouched]
        row, mean, square = weights[term], means[term], squares[term]
        for j in range(row.size):
            running = mean[j] - mean_share * mean[j]
            running = row.dtype.type(0) if abs(running) < TINY else running
            spread = square_keep * square[j]
            mean[j] = running
            square[j] = spread
            row[j] -= rate * running / (np.sqrt(spread) * root_scale + epsilon)
