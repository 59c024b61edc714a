"""Compiled kernels that train the first layer on sparse rows, touching only the weights that a batch uses.

Weights of the first layer are (n_terms, hidden), so that a term's weights lie side by side. Every number is summed by
one thread in an order that no thread count changes: results are the same with 1 thread and with 32.

Fast-math is limited to fused multiply-add and signed zeros: a loss that is not a number must stay visible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit, prange

from bowcore.learn.prefetch import prefetch
from bowcore.learn.rows import Floats, Integers

COLUMN_BLOCK = 2_560  # hidden units at most that `update_rmsprop` takes at once, for gradients to stay cached
LINE, LINES_AHEAD = 16, 4  # numbers in a cache line; lines of the next term that are asked for while one is updated
DOCUMENT_SHARES = 16  # of a batch in `backward_output`, however many threads there are
TINY = 1e-30  # a running mean below it moves no weight; far below, numbers lose their leading digit and get slow

_STRICT = frozenset({"contract", "nsz"})
_REORDER = _STRICT | {"reassoc"}

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(*, reorder: bool = False, parallel: bool = False) -> Callable[[_Kernel], _Kernel]:
    # Numba ships no types; this keeps those of the kernels.
    fastmath = set(_REORDER if reorder else _STRICT)
    return cast(Callable[[_Kernel], _Kernel], njit(cache=True, parallel=parallel, fastmath=fastmath))


@_compiled()
def _add_rows(
    total: Floats, rows: Floats, positions: Integers, values: Floats, first: int, last: int, low: int
) -> None:
    """Add `values[k] * rows[positions[k]]` to `total` for k from `first` to `last`; columns from `low` on."""
    # Eight rows at once load and store `total` an eighth as often.
    k, high = first, low + total.size
    while k + 8 <= last:
        row_0, row_1 = rows[positions[k], low:high], rows[positions[k + 1], low:high]
        row_2, row_3 = rows[positions[k + 2], low:high], rows[positions[k + 3], low:high]
        row_4, row_5 = rows[positions[k + 4], low:high], rows[positions[k + 5], low:high]
        row_6, row_7 = rows[positions[k + 6], low:high], rows[positions[k + 7], low:high]
        value_0, value_1, value_2, value_3 = values[k], values[k + 1], values[k + 2], values[k + 3]
        value_4, value_5, value_6, value_7 = values[k + 4], values[k + 5], values[k + 6], values[k + 7]
        for j in range(total.size):
            left = value_0 * row_0[j] + value_1 * row_1[j] + value_2 * row_2[j] + value_3 * row_3[j]
            right = value_4 * row_4[j] + value_5 * row_5[j] + value_6 * row_6[j] + value_7 * row_7[j]
            total[j] += left + right
        k += 8
    while k + 2 <= last:
        row_0, row_1 = rows[positions[k], low:high], rows[positions[k + 1], low:high]
        value_0, value_1 = values[k], values[k + 1]
        for j in range(total.size):
            total[j] += value_0 * row_0[j] + value_1 * row_1[j]
        k += 2
    if k < last:
        row_0, value_0 = rows[positions[k], low:high], values[k]
        for j in range(total.size):
            total[j] += value_0 * row_0[j]


@_compiled(reorder=True)
def _dot(left: Floats, right: Floats) -> Any:
    total = left.dtype.type(0)
    for j in range(left.size):
        total += left[j] * right[j]
    return total


@_compiled(parallel=True)
def forward(
    indptr: Integers,
    indices: Integers,
    data: Floats,
    hidden_weights: Floats,
    hidden_bias: Floats,
    output_weights: Floats,
    output_bias: Floats,
    activations: Floats,
    logits: Floats,
) -> None:
    """Fill `activations` (n_documents, hidden) and `logits` (n_documents, n_classes) from CSR rows."""
    zero = activations.dtype.type(0)
    for document in prange(indptr.size - 1):
        row = activations[document]
        row[:] = hidden_bias
        _add_rows(row, hidden_weights, indices, data, indptr[document], indptr[document + 1], 0)
        for j in range(row.size):
            row[j] = max(row[j], zero)  # in this order of arguments not-a-number stays
        for label in range(output_bias.size):
            logits[document, label] = output_bias[label] + _dot(row, output_weights[label])


@_compiled(parallel=True)
def backward_output(
    logit_gradients: Floats,
    output_weights: Floats,
    activations: Floats,
    output_gradients: Floats,
    bias_gradients: Floats,
) -> None:
    """Turn `activations` in place into the gradients at the hidden layer's input.

    `output_gradients` (n_classes, hidden) and `bias_gradients` (hidden,) are filled on the way.
    """
    n_documents, hidden = activations.shape
    n_classes = output_weights.shape[0]
    sums = np.zeros((DOCUMENT_SHARES, n_classes + 1, hidden), activations.dtype)
    for share in prange(DOCUMENT_SHARES):
        back, bias = np.empty(hidden, activations.dtype), sums[share, n_classes]
        for document in range(share * n_documents // DOCUMENT_SHARES, (share + 1) * n_documents // DOCUMENT_SHARES):
            row = activations[document]
            back[:] = 0
            for label in range(n_classes):
                slope, weights, gradients = logit_gradients[document, label], output_weights[label], sums[share, label]
                for j in range(hidden):
                    gradients[j] += slope * row[j]
                    back[j] += slope * weights[j]
            for j in range(hidden):
                # The slope of ReLU at 0 is taken as 0, as PyTorch takes it.
                row[j] = back[j] if row[j] > 0 else row.dtype.type(0)
                bias[j] += row[j]
    output_gradients[:] = 0
    bias_gradients[:] = 0
    for share in range(DOCUMENT_SHARES):
        output_gradients += sums[share, :n_classes]
        bias_gradients += sums[share, n_classes]


@_compiled(parallel=True)
def update_rmsprop(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    gradients: Floats,
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
        gradients: At the hidden layer's input, shape (n_documents, hidden).
        weights: Shape (n_terms, hidden).
        squares: Running mean of squared gradients, same shape.
        decays: alpha to the power of the steps since the row was last touched, shape (n_touched,).
        share: 1 - alpha.
        rate: Learning rate.
        epsilon: Added to the root.
    """
    hidden = weights.shape[1]
    n_blocks = (hidden + COLUMN_BLOCK - 1) // COLUMN_BLOCK
    for block in range(n_blocks):
        low, high = block * hidden // n_blocks, (block + 1) * hidden // n_blocks
        for chunk in prange(chunks.size - 1):
            gradient = np.empty(high - low, weights.dtype)
            for touched in range(chunks[chunk], chunks[chunk + 1]):
                following = terms[min(touched + 1, terms.size - 1)]
                for ahead in range(low, min(low + LINES_AHEAD * LINE, high), LINE):
                    prefetch(weights, following, ahead)
                    prefetch(squares, following, ahead)
                first, last = starts[touched], starts[touched + 1] - 1
                row, square = weights[terms[touched], low:high], squares[terms[touched], low:high]
                # The last document's gradient is added on the way: half of a batch's terms have no other.
                decay, last_row, last_value = decays[touched], gradients[documents[last], low:high], values[last]
                if first == last:
                    for j in range(row.size):
                        slope = last_value * last_row[j]
                        running = decay * square[j] + share * slope * slope
                        square[j] = running
                        row[j] -= rate * slope / (np.sqrt(running) + epsilon)
                else:
                    gradient[:] = 0
                    _add_rows(gradient, gradients, documents, values, first, last, low)
                    for j in range(row.size):
                        slope = gradient[j] + last_value * last_row[j]
                        running = decay * square[j] + share * slope * slope
                        square[j] = running
                        row[j] -= rate * slope / (np.sqrt(running) + epsilon)


@_compiled(parallel=True)
def update_sgd(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    gradients: Floats,
    weights: Floats,
    rate: Any,
) -> None:
    """Update the touched rows of `weights` in place, by plain gradient descent; arguments as in `update_rmsprop`."""
    for chunk in prange(chunks.size - 1):
        gradient = np.empty(weights.shape[1], weights.dtype)
        for touched in range(chunks[chunk], chunks[chunk + 1]):
            gradient[:] = 0
            _add_rows(gradient, gradients, documents, values, starts[touched], starts[touched + 1], 0)
            row = weights[terms[touched]]
            for j in range(row.size):
                row[j] -= rate * gradient[j]


@_compiled(parallel=True)
def update_adam(
    terms: Integers,
    starts: Integers,
    documents: Integers,
    values: Floats,
    chunks: Integers,
    gradients: Floats,
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
        terms: As in `update_rmsprop`, like the five after it.
        starts: See `terms`.
        documents: See `terms`.
        values: See `terms`.
        chunks: See `terms`.
        gradients: See `terms`.
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
        gradient = np.empty(weights.shape[1], weights.dtype)
        for touched in range(chunks[chunk], chunks[chunk + 1]):
            gradient[:] = 0
            _add_rows(gradient, gradients, documents, values, starts[touched], starts[touched + 1], 0)
            term = terms[touched]
            row, mean, square = weights[term], means[term], squares[term]
            for j in range(row.size):
                running = mean[j] + mean_share * (gradient[j] - mean[j])
                spread = square_keep * square[j] + square_share * gradient[j] * gradient[j]
                mean[j] = running
                square[j] = spread
                row[j] -= rate * running / (np.sqrt(spread) * root_scale + epsilon)


@_compiled(parallel=True)
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
