"""Compiled passes of the network over sparse rows: forward, and back to the hidden layer's input.

Weights of the first layer are (n_terms, hidden), so that a term's weights lie side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from bowcore.learn.kernels.compiled import compiled
from bowcore.learn.kernels.rows import Floats, Integers
from bowcore.learn.kernels.vector_loops import activate, add_rows, sum_active

DOCUMENT_SHARES = 16  # of a batch in `both_ways` and `backward_output`, however many threads there are
# Numba takes kernels from its cache on disk as long as this file is unchanged; it would miss a change of `vectors.py`.
VECTORS_DIGEST = "df2b5c232d3e"


@compiled(reorder=True)
def _dot(left: Floats, right: Floats) -> Any:
    total = left.dtype.type(0)
    for j in range(left.size):
        total += left[j] * right[j]
    return total


@compiled()
def _add_scaled(total: Floats, factor: Any, row: Floats) -> None:
    for j in range(row.size):
        total[j] += factor * row[j]


@compiled(parallel=True)
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


@compiled(parallel=True)
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


@compiled(parallel=True)
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
