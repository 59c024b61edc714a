"""Events of a training, in the order in which they occur; each can be written as one line of JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

EVALUATE_ALL_UP_TO = 1024
"""Widest hidden layer whose network is evaluated on all training articles after each epoch."""
EVALUATION_SAMPLE = 12_000
MOST_POINTS = 400
"""Batches of a whole training whose loss and accuracy are kept as points: every k-th, none of them averaged."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base class of the events."""

    def to_json(self) -> str:
        """The event as one line of JSON: its fields and, under `event`, its name."""
        return json.dumps({"event": type(self).__name__, **dataclasses.asdict(self)}, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Started(Event):
    """Sizes, before the first batch. `memory_bytes` is an estimate."""

    n_parameters: int
    n_train: int
    n_validation: int
    n_terms: int
    hidden: int
    epochs: int
    batches_per_epoch: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class BatchDone(Event):
    """One batch has been learned. Epochs and batches count from 1.

    The running figures are means over the documents of this epoch so far, each evaluated just before it was learned.
    `seconds` is the time spent optimising in this epoch so far. `loss` and `accuracy` are of this batch alone.
    """

    epoch: int
    batch: int
    batches: int
    running_loss: float
    running_accuracy: float
    seconds: float
    loss: float = 0.0
    accuracy: float = 0.0


@dataclass(frozen=True, slots=True)
class EpochDone(Event):
    """One epoch has been learned and evaluated.

    Attributes:
        running_train_loss: Mean over documents, each evaluated just before it was learned.
        running_train_loss_batch_mean: Unweighted mean of the batches' means, in which a document of a short last
            batch weighs more. The tutorial prints this one.
        running_train_accuracy: Share predicted correctly, each just before it was learned.
        train_loss: Evaluated after the epoch on `n_train_evaluated` training articles.
        train_accuracy: Evaluated like `train_loss`.
        seconds: Time spent optimising.
        evaluation_seconds: Time spent evaluating.
        n_validation: Articles behind `validation_accuracy`; 0 in records of an earlier version.
        guess_accuracy: Share of them that are of the largest class of the training articles: a constant guess.
    """

    epoch: int
    epochs: int
    running_train_loss: float
    running_train_loss_batch_mean: float
    running_train_accuracy: float
    train_loss: float
    train_accuracy: float
    n_train_evaluated: int
    validation_loss: float
    validation_accuracy: float
    seconds: float
    evaluation_seconds: float
    n_validation: int = 0
    guess_accuracy: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The training has ended. Epochs are 0 if it was stopped before the first one was done.

    `best_epoch` has the lowest validation loss, the earliest of equals; `kept_epoch` is the one whose weights are kept.
    `stopped` says whether it was cut short, `ended_early` whether `patience` epochs brought no lower validation loss;
    `seconds` include evaluation.
    """

    best_epoch: int
    kept_epoch: int
    stopped: bool
    seconds: float
    ended_early: bool = False
