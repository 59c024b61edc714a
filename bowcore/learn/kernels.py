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

from bowcore.learn.rows import Floats, Integers
from bowcore.learn.vectors import activate, add_rows, prefetch_columns, sum_active

COLUMN_BLOCK = 2_560  # hidden units at most that an update takes at once, for rows of gradients to stay cached
SEGMENT = 512  # columns that are asked for at once
DOCUMENT_SHARES = 16  # of a batch in `both_ways` and `backward_output`, however many threads there are
TINY = 1e-30  # a running mean below it moves no weight; far below, numbers lose their leading digit and get slow

# Numba takes kernels from its cache on disk as long as this file is unchanged; it would miss a change of `vectors.py`.
VECTORS_DIGEST = "6f6d41921e44"

_STRICT = frozenset({"contract", "nsz"})
_REORDER = _STRICT | {"reassoc"}

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(*, reorder: bool = False, parallel: bool = False) -> Callable[[_Kernel], _Kernel]:
    # Numba ships no types; this keeps those of the kernels.
    fastmath = set(_REORDER if reorder else _STRICT)
    return cast(Callable[[_Kernel], _Kernel], njit(cache=True, parallel=parallel, fastmath=fastmath))


@_compiled(reorder=True)
def _dot(left: Floats, right: Floats) -> Any:
    total = left.dtype.type(0)
    for j in range(left.size):
        total += left[j] * right[j]
    return total


@_compiled()
def _add_scaled(total: Floats, factor: Any, row: Floats) -> None:
    for j in range(row.size):
        total[j] += factor * row[j]


@_compiled()
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


@_compiled()
def _n_blocks(hidden: int, directions: Floats) -> Any:
    """Into how many blocks of columns an update is cut: rows of gradients are many times as large as their bits."""
    return 1 if directions.shape[0] else (hidden + COLUMN_BLOCK - 1) // COLUMN_BLOCK


@_compiled()
def _width(size: int, directions: Floats) -> Any:
    """How many columns the sum of `size` columns of a gradient takes."""
    return directions.shape[1] if directions.shape[0] else size


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
        add_rows(row, hidden_weights, indices, data, indptr[document], indptr[document + 1], 0)
        for j in range(row.size):
            row[j] = max(row[j], zero)  # in this order of arguments not-a-number stays
        for label in range(output_bias.size):
            logits[document, label] = output_bias[label] + _dot(row, output_weights[label])


@_compiled(parallel=True)
def both_ways(
    indptr: Integers,
    indices: Integers,
    data: Floats,
    hidden_weights: Floats,
    hidden_bias: Floats,
    output_weights: Floats,
    output_bias: Floats,
    directions: Floats,
    labels: Integers,
    logits: Floats,
    slopes: Floats,
    active: Integers,
    output_gradients: Floats,
    bias_gradients: Floats,
) -> None:
    """Forward, and back to the hidden layer's input, article by article while its hidden layer is at hand.

    Args:
        indptr: Of the batch as CSR rows.
        indices: See `indptr`.
        data: See `indptr`.
        hidden_weights: Shape (n_terms, hidden).
        hidden_bias: Shape (hidden,).
        output_weights: Shape (n_classes, hidden).
        output_bias: Shape (n_classes,).
        directions: As in `InputGradients`.
        labels: Classes of the articles.
        logits: Filled, shape (n_documents, n_classes).
        slopes: Filled as in `InputGradients`.
        active: Filled as in `InputGradients`.
        output_gradients: Filled, shape (n_classes, hidden).
        bias_gradients: Of the hidden layer; filled, shape (hidden,).
    """
    n_documents, (n_classes, hidden) = indptr.size - 1, output_weights.shape
    documents = np.arange(n_documents)
    sums = np.zeros((DOCUMENT_SHARES, n_classes + 1, directions.shape[1]), output_weights.dtype)
    for share in prange(DOCUMENT_SHARES):
        row, bias = np.zeros(directions.shape[1], output_weights.dtype), sums[share, n_classes]
        units = row[:hidden]
        first, last = share * n_documents // DOCUMENT_SHARES, (share + 1) * n_documents // DOCUMENT_SHARES
        for document in range(first, last):
            units[:] = hidden_bias
            add_rows(units, hidden_weights, indices, data, indptr[document], indptr[document + 1], 0)
            activate(row, active[document])
            answers = logits[document]
            for label in range(n_classes):
                answers[label] = output_bias[label] + _dot(units, output_weights[label])
            largest, total = np.float64(answers.max()), 0.0
            for label in range(n_classes):
                total += np.exp(answers[label] - largest)
            for label in range(n_classes):
                slope = (np.exp(answers[label] - largest) / total - (label == labels[document])) / n_documents
                if label < n_classes - 1:
                    slopes[document, label] = slope
                _add_scaled(sums[share, label], row.dtype.type(slope), row)
        sum_active(bias, active, documents, slopes, first, last, directions, output_weights, 0)
    output_gradients[:] = 0
    bias_gradients[:] = 0
    for share in range(DOCUMENT_SHARES):
        output_gradients += sums[share, :n_classes, :hidden]
        bias_gradients += sums[share, n_classes, :hidden]


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


@_compiled(parallel=True)
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


@_compiled(parallel=True)
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
