"""Estimated memory and time of a training, and a check that it fits before it starts."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any

from bowcore.matrix.features import Features
from bowcore.memory import VARIABLE, check_bytes
from bowcore.nouns import TEXTS
from bowcore.recipe.specs import OPTIMISER_OPTIONS, NetworkSpec

_LOGIT_BYTES = 40
"""Bytes of a validation logit at the peak: float32, its temporary float64 logarithm, and the best epoch's copy."""
_GROUPED_CELL_BYTES = 12
"""Bytes of a batch's cell while the batch is grouped by term."""


@dataclass(frozen=True, slots=True)
class NetworkSizes:
    """What the cost of a training depends on: the network, its batches, and articles and filled cells."""

    n_terms: int
    hidden: int
    n_classes: int
    batch_size: int
    n_nonzero: int
    n_train: int
    optimiser: str = "rmsprop"
    n_validation: int = 0
    n_validation_nonzero: int = 0


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """Estimated cost of a training of these sizes; seconds are those of learning, without evaluation."""

    n_parameters: int
    memory_bytes: int
    seconds_per_epoch: float
    sizes: NetworkSizes


def training_cost(features: Features, spec: NetworkSpec) -> NetworkCost:
    """Estimated cost of training this network on these articles."""
    return estimate(
        NetworkSizes(
            features.n_terms, spec.hidden, features.n_classes, spec.batch_size, features.train.nnz,
            features.train.shape[0], spec.optimiser, features.validation.shape[0], features.validation.nnz,
        )
    )  # fmt: skip


def baseline_seconds(n_nonzero: int) -> float:
    """Rough time of the baselines in seconds, mostly logistic regression."""
    return 0.02 + 2.5e-7 * n_nonzero


def estimate(sizes: NetworkSizes) -> NetworkCost:
    """Estimate the cost of a training.

    Memory counts float32 weights and the optimiser's state of each, the hidden layer of a batch, its cells grouped by
    term, the training matrix twice, in order and shuffled, and the validation matrix once, with its logits of this
    epoch and of the best. Time is from measurements on 2 cores; it is a hint, not a promise.
    """
    sizes = replace(sizes, batch_size=max(1, min(sizes.batch_size, sizes.n_train)))
    n_terms, hidden, n_classes, n_nonzero = sizes.n_terms, sizes.hidden, sizes.n_classes, sizes.n_nonzero
    n_parameters = n_terms * hidden + hidden + hidden * n_classes + n_classes
    optimiser = OPTIMISER_OPTIONS[sizes.optimiser]
    memory = 4 * ((1 + optimiser.moments) * n_parameters + sizes.batch_size * hidden) + 8 * n_terms + 32 * n_nonzero
    memory += 8 * sizes.n_validation_nonzero + _LOGIT_BYTES * sizes.n_validation * n_classes
    memory += _GROUPED_CELL_BYTES * (n_nonzero * sizes.batch_size // max(1, sizes.n_train))
    n_batches = math.ceil(sizes.n_train / sizes.batch_size)
    entries = n_nonzero / max(1, n_batches)
    touched = min(n_terms, entries, 1.7 * entries**0.8)  # distinct terms grow slower than the text (Heaps)
    seconds_per_batch = 4e-4 + 9e-8 * entries + hidden * (1e-10 * entries + 4.5e-10 * touched)
    if optimiser.moves_all:
        seconds_per_batch += 8e-10 * n_parameters
    speed = 2 / (os.cpu_count() or 1)
    return NetworkCost(n_parameters, memory, n_batches * seconds_per_batch * speed, sizes)


def check_fits(cost: NetworkCost, budget_bytes: int | None = None) -> None:
    """Refuse a network that would not fit, naming the cheapest change that would.

    Raises:
        MemoryBudgetError: The estimate is above the budget.
    """
    what = f"Training {cost.n_parameters:,} parameters"
    check_bytes(what, cost.memory_bytes, lambda budget: _remedy(cost.sizes, budget), budget_bytes)


def _largest(sizes: NetworkSizes, name: str, budget: int) -> int:
    def memory(value: int) -> int:
        change: dict[str, Any] = {name: value}
        return estimate(replace(sizes, **change)).memory_bytes

    # Memory is linear in each size, so two points give the line.
    one, two = memory(1), memory(2)
    return 1 + (budget - one) // max(1, two - one) if one <= budget else 0


def _remedy(sizes: NetworkSizes, budget: int) -> str:
    # A smaller batch costs nothing of the model, so it comes first; below 32 it would cost too much time.
    batch_size = _largest(sizes, "batch_size", budget)
    if batch_size >= min(32, sizes.batch_size):
        return f"Lower the batch size from {sizes.batch_size:,} to {batch_size:,}."
    hidden, n_terms = _largest(sizes, "hidden", budget), _largest(sizes, "n_terms", budget)
    if hidden:
        remedy = f"Lower the hidden units from {sizes.hidden:,} to {hidden:,}"
        return f"{remedy}, or the vocabulary from {sizes.n_terms:,} to {n_terms:,} terms." if n_terms else f"{remedy}."
    return f"No size of network fits: use fewer training {TEXTS}, or set {VARIABLE} higher."
