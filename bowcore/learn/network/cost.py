"""What training a network would take in memory and time, told before it starts, and refused where it would not fit."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any

from bowcore.matrix.features import Features
from bowcore.memory import VARIABLE, check_bytes
from bowcore.recipe.specs import OPTIMISER_OPTIONS, NetworkSpec

_AN_ANSWER = 40
"""Bytes of a logit at the peak: float32, its temporary float64 logarithm, and the best epoch's copy."""
_A_GROUPED_CELL = 12
"""Bytes of a batch's cell while the batch is grouped by term."""


@dataclass(frozen=True, slots=True)
class NetworkCost:
    """What a training would take, with the sizes it was estimated from."""

    n_parameters: int
    memory_bytes: int
    seconds_per_epoch: float
    n_terms: int
    hidden: int
    n_classes: int
    batch_size: int
    n_nonzero: int
    n_train: int
    optimiser: str
    n_validation: int
    n_validation_nonzero: int


def training_cost(features: Features, spec: NetworkSpec) -> NetworkCost:
    """What training this network on these articles would take."""
    return estimate(
        features.n_terms, spec.hidden, features.n_classes, spec.batch_size, features.train.nnz,
        features.train.shape[0], spec.optimiser, features.validation.shape[0], features.validation.nnz,
    )  # fmt: skip


def baseline_seconds(n_nonzero: int) -> float:
    """Rough time of the baselines in seconds, mostly logistic regression."""
    return 2.5e-6 * n_nonzero


def estimate(
    n_terms: int,
    hidden: int,
    n_classes: int,
    batch_size: int,
    n_nonzero: int,
    n_train: int,
    optimiser: str = "rmsprop",
    n_validation: int = 0,
    n_validation_nonzero: int = 0,
) -> NetworkCost:
    """Estimate parameters, memory in training and seconds per epoch, without evaluation.

    Memory counts float32 weights and what the optimiser remembers of each, the hidden layer of as many articles as a
    batch has, a batch's cells grouped by term, the training matrix twice, in order and shuffled, and the validation
    matrix once, with its answers of this epoch and of the best.
    Time is from measurements on 2 cores; it is a hint, not a promise.
    """
    batch_size = max(1, min(batch_size, n_train))
    n_parameters = n_terms * hidden + hidden + hidden * n_classes + n_classes
    known = OPTIMISER_OPTIONS[optimiser]
    memory = 4 * ((1 + known.moments) * n_parameters + batch_size * hidden) + 8 * n_terms + 32 * n_nonzero
    memory += 8 * n_validation_nonzero + _AN_ANSWER * n_validation * n_classes
    memory += _A_GROUPED_CELL * (n_nonzero * batch_size // max(1, n_train))
    n_batches = math.ceil(n_train / batch_size)
    entries = n_nonzero / max(1, n_batches)
    touched = min(n_terms, entries, 1.7 * entries**0.8)  # distinct terms grow slower than the text (Heaps)
    seconds_of_batch = 4e-4 + 9e-8 * entries + hidden * (1e-10 * entries + 4.5e-10 * touched)
    if known.moves_all:
        seconds_of_batch += 8e-10 * n_parameters
    speed = 2 / (os.cpu_count() or 1)
    return NetworkCost(
        n_parameters, memory, n_batches * seconds_of_batch * speed,
        n_terms, hidden, n_classes, batch_size, n_nonzero, n_train, optimiser, n_validation, n_validation_nonzero,
    )  # fmt: skip


def check_fits(cost: NetworkCost, budget_bytes: int | None = None) -> None:
    """Refuse a network that would not fit, naming the cheapest change that would.

    Raises:
        MemoryBudgetError: The estimate is above the budget.
    """
    what = f"Training {cost.n_parameters:,} parameters"
    check_bytes(what, cost.memory_bytes, lambda budget: _remedy(cost, budget), budget_bytes)


def _memory(cost: NetworkCost, **sizes: Any) -> int:
    changed = replace(cost, **sizes)
    return estimate(
        changed.n_terms, changed.hidden, changed.n_classes, changed.batch_size, changed.n_nonzero, changed.n_train,
        changed.optimiser, changed.n_validation, changed.n_validation_nonzero,
    ).memory_bytes  # fmt: skip


def _largest(cost: NetworkCost, size: str, budget: int) -> int:
    # Memory is linear in each size, so two points give the line.
    one, two = _memory(cost, **{size: 1}), _memory(cost, **{size: 2})
    return 1 + (budget - one) // max(1, two - one) if one <= budget else 0


def _remedy(cost: NetworkCost, budget: int) -> str:
    # A smaller batch costs nothing of the model, so it comes first; below 32 it would cost too much time.
    batch_size = _largest(cost, "batch_size", budget)
    if batch_size >= min(32, cost.batch_size):
        return f"Lower the batch size from {cost.batch_size:,} to {batch_size:,}."
    hidden, n_terms = _largest(cost, "hidden", budget), _largest(cost, "n_terms", budget)
    if hidden and n_terms:
        return (
            f"Lower the hidden units from {cost.hidden:,} to {hidden:,}, "
            f"or the vocabulary from {cost.n_terms:,} to {n_terms:,} terms."
        )
    if hidden:
        return f"Lower the hidden units from {cost.hidden:,} to {hidden:,}."
    return f"No size of network fits: use fewer training articles, or set {VARIABLE} higher."
