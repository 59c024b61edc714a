"""Compiling the kernels before somebody waits for them: paid once a machine, then read from the disk."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from scipy import sparse

from bowcore.learn.kernels.batch import Gradients, SparseRows, TouchedTerms
from bowcore.learn.kernels.loops import forward, learn_batch
from bowcore.learn.network.network import Weights
from bowcore.learn.network.optimisers import OPTIMISERS

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


def _run_all(kind: type[np.floating[Any]] = np.float32) -> None:
    """Run every kernel on numbers of one kind; trainings have the default."""
    rows = SparseRows.of(sparse.csr_matrix(np.eye(3)), kind)
    weights = Weights(*(np.ones(shape, kind) for shape in ((3, 2), (2,), (2, 2), (2,))))
    gradients = Gradients.empty(rows.n_rows, weights)
    forward(rows, weights, gradients.logits)
    learn_batch(rows, np.zeros(3, np.int32), weights, gradients)
    for optimiser in OPTIMISERS.values():
        optimiser(weights, 0.001).step(TouchedTerms.of(rows, n_terms=3), gradients)
