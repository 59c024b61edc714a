"""The result of a training in its job's row. Pages import this module, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bowcore.jobs.job_context import Record
from bowcore.judge.scores import Accuracy
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME
from bowcore.learn.network.events import EpochDone
from bowcore.store import artefacts
from bowcore.store.home import training_folder

POINTS, REWOUND = "BatchPoints", "Rewound"
"""Events of a training's job besides those of the network: single batches of an epoch, and a new beginning."""


@dataclass(frozen=True, slots=True)
class Trained(Record):
    """A training that ended; every field is empty if no epoch was finished.

    Attributes:
        artefact: Name of the artefact with the kept network.
        weights_digest: Of its file of weights.
        kept_epoch: The epoch whose weights are kept.
        best_epoch: The epoch of lowest validation loss.
        stopped: Whether it was cut short.
        validation_accuracy: Of the kept weights.
        confusion: Validation articles by true class (rows) and predicted class, in the order of `class_names`.
        baselines: Validation accuracy of simple models by name; empty if they were not fitted.
        baseline_notes: A sentence on each of them.
        seconds: Of the whole job: counting, training and baselines.
        slowdown: Time of its epochs, in expected times; 0 if unknown.
        paused: Whether it gave up its place while it was paused.
        ended_early: Whether its patience was over before its last epoch; it is as complete as one with all epochs.
        warning: Why its newest state could not be saved, to go on with it later.
        code: Names the code and the libraries that trained it; an earlier version did not record it.
    """

    artefact: str = ""
    weights_digest: str = ""
    epochs: tuple[EpochDone, ...] = ()
    kept_epoch: int = 0
    best_epoch: int = 0
    stopped: bool = False
    validation_accuracy: float = 0.0
    confusion: tuple[tuple[int, ...], ...] = ()
    class_names: tuple[str, ...] = ()
    baselines: Mapping[str, float] = field(default_factory=dict)
    baseline_notes: Mapping[str, str] = field(default_factory=dict)
    n_train: int = 0
    n_validation: int = 0
    n_terms: int = 0
    corpus_digest: str = ""
    seconds: float = 0.0
    slowdown: float = 0.0
    warning: str = ""
    paused: bool = False
    ended_early: bool = False
    code: str = ""

    @property
    def complete(self) -> bool:
        """Whether all its epochs are done, or its patience was over before."""
        return bool(self.epochs) and (self.ended_early or len(self.epochs) >= self.epochs[-1].epochs)

    @property
    def accuracy(self) -> Accuracy:
        """Validation accuracy of the kept weights, with its interval."""
        return Accuracy.of(round(self.validation_accuracy * self.n_validation), self.n_validation)

    @property
    def guess_accuracy(self) -> float | None:
        """Validation accuracy of always guessing the largest class; an earlier version did not record it."""
        return self.epochs[-1].guess_accuracy if self.epochs and self.epochs[-1].n_validation else None

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The record that was written, by this version or one before."""
        known = {item.name for item in fields(EpochDone)}
        epochs = tuple(
            EpochDone(**{name: epoch[name] for name in known if name in epoch}) for epoch in body.get("epochs", ())
        )
        parts = {
            "epochs": epochs,
            "confusion": tuple(map(tuple, body.get("confusion", ()))),
            "class_names": tuple(body.get("class_names", ())),
        }
        return super(Trained, cls).from_json({**body, **parts})


def read_probabilities(artefact: str) -> NDArray[np.float64] | None:
    """Validation probabilities of a stored network, (n_validation, n_classes), read-only; None if it was deleted."""
    return artefacts.reading(artefact, _read_probabilities)


def _read_probabilities(folder: Path) -> NDArray[np.float64]:
    probabilities: NDArray[np.float64] = np.load(folder / "validation_probabilities.npy", allow_pickle=False)
    probabilities.flags.writeable = False
    return probabilities


def has_checkpoint(key: str) -> bool:
    """Whether a training with this result key can be resumed from a checkpoint."""
    return (training_folder(key) / CHECKPOINT_NAME).is_file()
