"""Every compiled loop: forward, back to the hidden layer's input, and the updates of the first layer.

All in one module, because numba's cache on disk notices a change of the file that defines a kernel, not of a module
that this file imports. Plain numba: `docs/decisions/0013-kernels.md` has what other ways gained.

Every number is summed by one thread in an order that no thread count changes: results are the same with 1 thread and
with 32. Fast-math is limited to fused multiply-add and signed zeros: a loss that is not a number must stay visible.

Weights of the first layer are (n_terms, hidden), so that a term's weights are contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import get_num_threads, njit, prange, set_num_threads

from bowcore.learn.kernels.batch import Floats, Gradients, Integers, SparseRows, TouchedTerms
from bowcore.learn.network.network import Weights

DOCUMENT_SHARES = 16  # of a batch in `learn_batch`, for any number of threads
TINY = 1e-30  # a running mean below it moves no weight; far below, numbers become subnormal and slow

SMALL_WORK = 4_000_000
"""Cells of a batch times hidden units, below which one thread is used. On an idle computer a second one saves 2 ms at
most. While other processes have its processor, each loop of a batch waits for it, whatever the work."""

_STRICT = frozenset({"contract", "nsz"})
_REORDER = _STRICT | {"reassoc"}

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(*, reorder: bool = False, parallel: bool = False) -> Callable[[_Kernel], _Kernel]:
    """Compile, kept in numba's cache on disk; `reorder` lets a loop sum in any order.

    Numba ships no types; this keeps those of the function.
    """
    fastmath = set(_REORDER if reorder else _STRICT)
    return cast(Callable[[_Kernel], _Kernel], njit(cache=True, parallel=parallel, fastmath=fastmath))


@contextmanager
def threads_for(work: int) -> Iterator[None]:
    """Run loops inside the block on one thread if their work is small; results do not depend on it."""
    allowed = get_num_threads()
    if work < SMALL_WORK:
        set_num_threads(1)
    try:
        yield
    finally:
        set_num_threads(allowed)


class RMSpropStep(NamedTuple):
    """Numbers of a step of RMSprop: 1 - alpha, the learning rate, and what is added to the root."""

    share: Any
    rate: Any
    epsilon: Any


class AdamStep(NamedTuple):
    """Numbers of a step of Adam, in the dtype of the weights.

    Attributes:
        mean_share: 1 - beta1.
        square_keep: beta2.
        square_share: 1 - beta2.
        rate: Learning rate with its part of the corrections of bias.
        root_scale: The root's part of the corrections of bias.
        epsilon: Added to the scaled root.
    """

    mean_share: Any
    square_keep: Any
    square_share: Any
    rate: Any
    root_scale: Any
    epsilon: Any


@_compiled(reorder=True)
def _dot(left: Floats, right: Floats) -> Any:
    total = left.dtype.type(0)
    for j in range(left.size):
        total += left[j] * right[j]
    return total


@_compiled()
def _add_scaled(total: Floats, factor: Any, row: Floats) -> None:
    for j in range(total.size):
        total[j] += factor * row[j]


@_compiled()
def _add_rows(total: Floats, rows: Floats, positions: Integers, values: Floats, first: int, last: int) -> None:
    """Add `values[k] * rows[positions[k]]` to `total` for k from `first` to before `last`, eight rows at once."""
    k = first
    while k + 8 <= last:
        a, b, c, d = rows[positions[k]], rows[positions[k + 1]], rows[positions[k + 2]], rows[positions[k + 3]]
        e, f, g, h = rows[positions[k + 4]], rows[positions[k + 5]], rows[positions[k + 6]], rows[positions[k + 7]]
        p, q, r, s = values[k], values[k + 1], values[k + 2], values[k + 3]
        t, u, v, w = values[k + 4], values[k + 5], values[k + 6], values[k + 7]
        for j in range(total.size):
            total[j] += (p * a[j] + q * b[j] + r * c[j] + s * d[j]) + (t * e[j] + u * f[j] + v * g[j] + w * h[j])
        k += 8
    while k + 4 <= last:
        a, b, c, d = rows[positions[k]], rows[positions[k + 1]], rows[positions[k + 2]], rows[positions[k + 3]]
        p, q, r, s = values[k], values[k + 1], values[k + 2], values[k + 3]
        for j in range(total.size):
            total[j] += (p * a[j] + q * b[j]) + (r * c[j] + s * d[j])
        k += 4
    while k + 2 <= last:
        a, b, p, q = rows[positions[k]], rows[positions[k + 1]], values[k], values[k + 1]
        for j in range(total.size):
            total[j] += p * a[j] + q * b[j]
        k += 2
    if k < last:
        _add_scaled(total, values[k], rows[positions[k]])


@_compiled()
def _scale(values: Floats, factors: Floats) -> None:
    for j in range(values.size):
        values[j] *= factors[j]


@_compiled()
def _activate(units: Floats, rows: SparseRows, document: int, weights: Weights) -> None:
    """Fill `units` with the hidden layer of one document."""
    units[:] = weights.hidden_bias
    _add_rows(units, weights.hidden_weights, rows.indices, rows.data, rows.indptr[document], rows.indptr[document + 1])
    for j in range(units.size):
        units[j] = max(units[j], units.dtype.type(0))  # in this order of arguments not-a-number stays


@_compiled()
def _answer(logits: Floats, units: Floats, weights: Weights) -> None:
    for label in range(logits.size):
        logits[label] = weights.output_bias[label] + _dot(units, weights.output_weights[label])


@_compiled(parallel=True)
def forward(rows: SparseRows, weights: Weights, logits: Floats) -> None:
    """Fill `logits`, shape (n_documents, n_classes)."""
    n_documents = rows.indptr.size - 1
    for share in prange(DOCUMENT_SHARES):
        units = np.empty(weights.hidden_bias.size, logits.dtype)
        for document in range(share * n_documents // DOCUMENT_SHARES, (share + 1) * n_documents // DOCUMENT_SHARES):
            _activate(units, rows, document, weights)
            _answer(logits[document], units, weights)


@_compiled(parallel=True)
def learn_batch(rows: SparseRows, labels: Integers, weights: Weights, found: Gradients, factors: Floats) -> None:
    """Fill `found` with the gradients of the mean cross-entropy, one document at a time: its hidden layer is cached.

    `factors` multiply the hidden units of each document, 0 for one that is dropped; with no rows they change nothing.
    """
    drops = factors.shape[0] > 0
    n_documents, (n_classes, hidden) = labels.size, weights.output_weights.shape
    sums = np.zeros((DOCUMENT_SHARES, n_classes + 1, hidden), weights.hidden_bias.dtype)
    for share in prange(DOCUMENT_SHARES):
        units = np.empty(hidden, weights.hidden_bias.dtype)
        bias = sums[share, n_classes]
        for document in range(share * n_documents // DOCUMENT_SHARES, (share + 1) * n_documents // DOCUMENT_SHARES):
            logits, slopes, back = found.logits[document], found.slopes[document], found.hidden[document]
            _activate(units, rows, document, weights)
            if drops:
                _scale(units, factors[document])
            _answer(logits, units, weights)
            largest, total = np.float64(logits.max()), 0.0
            for label in range(n_classes):
                total += np.exp(logits[label] - largest)
            back[:] = 0
            for label in range(n_classes):
                slopes[label] = (np.exp(logits[label] - largest) / total - (label == labels[document])) / n_documents
                _add_scaled(sums[share, label], slopes[label], units)
                _add_scaled(back, slopes[label], weights.output_weights[label])
            if drops:
                _scale(back, factors[document])
            for j in range(hidden):
                # The slope of ReLU at 0 is taken as 0, as PyTorch takes it.
                back[j] = back[j] if units[j] > 0 else units.dtype.type(0)
                bias[j] += back[j]
    found.output_weights[:] = 0
    found.hidden_bias[:] = 0
    for share in range(DOCUMENT_SHARES):
        for label in range(n_classes):
            found.output_weights[label] += sums[share, label]
        found.hidden_bias[:] += sums[share, n_classes]
    for label in range(n_classes):
        slope_sum = 0.0
        for document in range(n_documents):
            slope_sum += found.slopes[document, label]
        found.output_bias[label] = slope_sum


@_compiled()
def _sum_gradient(gradient: Floats, hidden: Floats, batch: TouchedTerms, touched: int) -> None:
    """Fill `gradient` with the gradients of a term's weights."""
    gradient[:] = 0
    _add_rows(gradient, hidden, batch.documents, batch.values, batch.starts[touched], batch.starts[touched + 1])


@_compiled(parallel=True)
def update_rmsprop(
    batch: TouchedTerms, hidden: Floats, weights: Floats, squares: Floats, decays: Floats, step: RMSpropStep
) -> None:
    """Update the touched rows of `weights` and `squares` in place, by RMSprop (Tieleman and Hinton 2012, lecture 6.5).

    A row that was not touched has had zero gradients, which leave it where it is and only shrink its running square:
    `decays` makes up for the steps it missed.

    Args:
        batch: The touched terms.
        hidden: As in `Gradients`.
        weights: Shape (n_terms, hidden).
        squares: Running mean of squared gradients, same shape.
        decays: alpha to the power of the steps since the row was last touched, shape (n_touched,).
        step: The step's numbers.
    """
    for chunk in prange(batch.chunks.size - 1):
        gradient = np.empty(weights.shape[1], weights.dtype)
        for touched in range(batch.chunks[chunk], batch.chunks[chunk + 1]):
            _sum_gradient(gradient, hidden, batch, touched)
            term, decay = batch.terms[touched], decays[touched]
            row, square = weights[term], squares[term]
            for j in range(row.size):
                running = decay * square[j] + step.share * gradient[j] * gradient[j]
                square[j] = running
                row[j] -= step.rate * gradient[j] / (np.sqrt(running) + step.epsilon)


@_compiled(parallel=True)
def update_sgd(batch: TouchedTerms, hidden: Floats, weights: Floats, rate: Any) -> None:
    """Update the touched rows of `weights` in place, by plain gradient descent; arguments as in `update_rmsprop`."""
    for chunk in prange(batch.chunks.size - 1):
        gradient = np.empty(weights.shape[1], weights.dtype)
        for touched in range(batch.chunks[chunk], batch.chunks[chunk + 1]):
            _sum_gradient(gradient, hidden, batch, touched)
            row = weights[batch.terms[touched]]
            for j in range(row.size):
                row[j] -= rate * gradient[j]


@_compiled(parallel=True)
def update_adam(
    batch: TouchedTerms, hidden: Floats, weights: Floats, means: Floats, squares: Floats, step: AdamStep
) -> None:
    """Update the touched rows of `weights`, `means` and `squares` in place, by Adam (Kingma and Ba 2015, algorithm 1).

    Args:
        batch: The touched terms.
        hidden: As in `Gradients`.
        weights: Shape (n_terms, hidden).
        means: Running mean of gradients, same shape.
        squares: Running mean of squared gradients, same shape.
        step: The step's numbers.
    """
    for chunk in prange(batch.chunks.size - 1):
        gradient = np.empty(weights.shape[1], weights.dtype)
        for touched in range(batch.chunks[chunk], batch.chunks[chunk + 1]):
            _sum_gradient(gradient, hidden, batch, touched)
            term = batch.terms[touched]
            row, mean, square = weights[term], means[term], squares[term]
            for j in range(row.size):
                running = mean[j] + step.mean_share * (gradient[j] - mean[j])
                spread = step.square_keep * square[j] + step.square_share * gradient[j] * gradient[j]
                mean[j] = running
                square[j] = spread
                row[j] -= step.rate * running / (np.sqrt(spread) * step.root_scale + step.epsilon)


@_compiled(parallel=True)
def coast_adam(terms: Integers, weights: Floats, means: Floats, squares: Floats, step: AdamStep) -> None:
    """Move the rows that a batch did not touch by what their running means still hold: Adam with zero gradients."""
    for untouched in prange(terms.size):
        term = terms[untouched]
        row, mean, square = weights[term], means[term], squares[term]
        for j in range(row.size):
            running = mean[j] - step.mean_share * mean[j]
            running = row.dtype.type(0) if abs(running) < TINY else running
            spread = step.square_keep * square[j]
            mean[j] = running
            square[j] = spread
            row[j] -= step.rate * running / (np.sqrt(spread) * step.root_scale + step.epsilon)
