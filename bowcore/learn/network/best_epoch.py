"""The weights that a training keeps: the live ones until a later epoch changes them, from then on a file."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import OutputError, RunError
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.network import Weights, load_weights, save_weights
from bowcore.learn.network.passes import Evaluation

_FILES = "kept-*.safetensors"


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training leaves: which weights are kept, and what they say about the validation articles.

    Attributes:
        kept_epoch: By `NetworkSpec.keep` the epoch of lowest validation loss, or the last one done.
        best_epoch: The epoch of lowest validation loss, the earliest of equals.
        stopped: Whether it was stopped before its last epoch.
        epochs: One event for each epoch done.
        validation_probabilities: float64, shape (n_validation, n_classes).
        validation_predictions: int32, shape (n_validation,).
    """

    kept_epoch: int
    best_epoch: int
    stopped: bool
    epochs: tuple[EpochDone, ...]
    validation_probabilities: NDArray[np.float64]
    validation_predictions: NDArray[np.int32]


class Kept:
    """Knows which epoch is kept and where its weights lie.

    Attributes:
        epoch: The kept one, counted from 1; 0 before any is done.
        best: The epoch of lowest validation loss, the earliest of equals.
        log_probabilities: What the kept weights say of the validation articles, shape (n_validation, n_classes).
    """

    def __init__(self, folder: Path, keep: str, n_classes: int) -> None:
        self.epoch = 0
        self.best = 0
        self.log_probabilities = np.empty((0, n_classes))
        self._folder = folder
        self._keep = keep
        self._set_aside = 0  # the epoch whose weights lie in the folder
        self._checkpointed = 0  # the epoch whose weights in the folder the checkpoint relies on

    @staticmethod
    def clear(folder: Path) -> None:
        """Give up the weights that an earlier training left in the folder."""
        for path in folder.glob(_FILES):
            path.unlink()

    def judge(self, epochs: tuple[EpochDone, ...], validation: Evaluation) -> None:
        """Decide on the newest of the finished epochs, whose answers to the validation articles are given."""
        newest = epochs[-1]
        if not self.best or newest.validation_loss < epochs[self.best - 1].validation_loss:
            self.best = newest.epoch
        if self._keep == "last" or self.best == newest.epoch:
            self.epoch, self.log_probabilities = newest.epoch, validation.log_probabilities

    def set_aside(self, live: Weights, epochs_done: int) -> None:
        """Store the weights to be kept just before the next epoch changes them; on disk, as they may be gigabytes."""
        if self.epoch and self.epoch == epochs_done and self._set_aside != self.epoch:
            path = self._path(self.epoch)
            path.unlink(missing_ok=True)  # never written into: `write` may have given the file a second name
            save_weights(live, path)
            if self._set_aside not in (0, self._checkpointed):
                self._path(self._set_aside).unlink(missing_ok=True)
            self._set_aside = self.epoch

    def weights(self, live: Weights | None) -> Weights:
        """The kept weights; `live` are the training's where they are still those of the kept epoch.

        Raises:
            RunError: No epoch is done.
        """
        self._check()
        return load_weights(self._path(self._set_aside)) if live is None else live

    def result(self, epochs: tuple[EpochDone, ...], *, stopped: bool) -> TrainingResult:
        """What the training leaves.

        Raises:
            RunError: No epoch is done.
        """
        self._check()
        probabilities = np.exp(self.log_probabilities)
        predictions = np.asarray(self.log_probabilities.argmax(axis=1), dtype=np.int32)
        probabilities.flags.writeable = predictions.flags.writeable = False
        return TrainingResult(self.epoch, self.best, stopped, epochs, probabilities, predictions)

    def write(self, live: Weights | None, path: Path) -> None:
        """Write the kept weights as `save_weights` does, without reading them into memory a second time.

        Weights that were set aside get a second name where the system allows it: a gigabyte takes seconds to copy.

        Raises:
            RunError: No epoch is done.
            OutputError: The file cannot be written.
        """
        self._check()
        if live is not None:
            save_weights(live, path)
            return
        with contextlib.suppress(OSError):
            os.link(self._path(self._set_aside), path)
            return
        try:
            shutil.copyfile(self._path(self._set_aside), path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}. Free disk space first.") from error

    def header(self) -> dict[str, Any]:
        """What a checkpoint has to say of it, beside `log_probabilities`."""
        return {"best_epoch": self.best, "kept_epoch": self.epoch, "set_aside": self._needed}

    def restore(self, header: dict[str, Any], log_probabilities: Any) -> None:
        """Take over what a checkpoint said."""
        self.best, self.epoch = header["best_epoch"], header["kept_epoch"]
        self._set_aside = self._checkpointed = header["set_aside"]
        self.log_probabilities = log_probabilities

    def rely(self) -> None:
        """From now on a checkpoint needs the weights that were set aside, if they are kept, and none before them."""
        self._checkpointed = self._set_aside = self._needed
        needed = self._path(self._set_aside)
        for path in self._folder.glob(_FILES):
            if path != needed:
                path.unlink(missing_ok=True)

    @property
    def _needed(self) -> int:
        """The epoch whose file is the only place of the kept weights; 0 while they are live."""
        return self._set_aside if self._set_aside == self.epoch else 0

    def _check(self) -> None:
        if not self.epoch:
            raise RunError("The training was stopped before its first epoch was done, so there is nothing to keep.")

    def _path(self, epoch: int) -> Path:
        return self._folder / f"kept-{epoch}.safetensors"
