"""Compiling the kernels before somebody waits for them: paid once a machine, then read from the disk."""

from __future__ import annotations

import threading

import numpy as np
from scipy import sparse

from bowcore.learn.kernels.forward_back import backward_output, both_ways, forward
from bowcore.learn.kernels.input_gradients import InputGradients
from bowcore.learn.kernels.rows import SparseRows, TouchedTerms
from bowcore.learn.kernels.updates import coast_adam, update_adam, update_rmsprop, update_sgd

_lock = threading.Lock()
_warmed: list[bool] = []


def warm_kernels() -> None:
    """Compile every kernel, or load it from the cache on disk, before the first training needs it.

    Once a process; whoever asks meanwhile waits for the end. Two threads must not compute at once: numba's layer for
    machines without OpenMP and TBB ends the process then.
    """
    with _lock:
        if not _warmed:
            _run_all()
            _warmed.append(True)


def _run_all() -> None:
    kind = np.float32  # the one that trainings have
    rows = SparseRows.of(sparse.csr_matrix(np.eye(3)), kind)
    touched = TouchedTerms.of(rows, n_terms=3)
    weights, bias, activations = np.ones((3, 2), kind), np.zeros(2, kind), np.empty((3, 2), kind)
    output_weights, output_bias, logits = np.ones((2, 2), kind), np.zeros(2, kind), np.empty((3, 2), kind)
    forward(rows.indptr, rows.indices, rows.data, weights, bias, output_weights, output_bias, activations, logits)
    backward_output(logits, output_weights, activations, np.empty((2, 2), kind), np.empty(2, kind))
    one, labels = kind(1), np.zeros(3, np.int32)
    by_bits = InputGradients.unfilled(3, output_weights)
    both_ways(
        rows.indptr, rows.indices, rows.data, weights, bias, output_weights, output_bias, by_bits.directions,
        labels, logits, by_bits.slopes, by_bits.active, np.empty((2, 2), kind), np.empty(2, kind),
    )  # fmt: skip
    grouped = InputGradients.of_rows(activations).for_kernels(touched)
    update_rmsprop(*grouped, weights, np.ones((3, 2), kind), np.ones(3, kind), one, one, one)
    update_sgd(*grouped, weights, one)
    means, squares = np.ones((3, 2), kind), np.ones((3, 2), kind)
    update_adam(*grouped, weights, means, squares, one, one, one, one, one, one)
    coast_adam(touched.terms, weights, means, squares, one, one, one, one, one)
