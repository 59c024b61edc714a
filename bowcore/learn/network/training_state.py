"""State of a training other than weights and optimiser: the unfinished epoch, and the epoch whose weights are kept."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowcore.errors import OutputError, RunError
from bowcore.learn.network.events import BatchDone, EpochDone
from bowcore.learn.network.network import Weights, save_weights
from bowcore.learn.network.passes import Evaluation

_FILES = "kept-*"


@dataclass(slots=True)
class UnfinishedEpoch:
    """Resumable state of an unfinished epoch: sums over its batches so far.

    Attributes:
        epoch: Counted from 1.
        shuffle: State of the generator before it drew the order of the epoch's articles.
        batches: Batches learned.
        n_seen: Articles in them.
        n_right: Articles predicted correctly, each just before it was learned.
        loss_sum: Sum of the losses of the articles, each just before it was learned.
        batch_means: Sum of the mean losses of the batches.
        seconds: Time spent learning.
        loss: Of the newest batch alone, as is `accuracy`.
        points: Batch, loss and accuracy of those batches that are kept as points.
    """

    epoch: int
    shuffle: dict[str, Any]
    batches: int = 0
    n_seen: int = 0
    n_right: int = 0
    loss_sum: float = 0.0
    batch_means: float = 0.0
    seconds: float = 0.0
    loss: float = 0.0
    accuracy: float = 0.0
    points: list[list[float]] = field(default_factory=list)

    def add(self, learned: Evaluation, n_documents: int, seconds: float, *, is_point: bool = False) -> None:
        """Add a batch that has been learned."""
        self.batches += 1
        self.n_seen += n_documents
        self.n_right += round(learned.accuracy * n_documents)
        self.loss_sum += learned.loss * n_documents
        self.batch_means += learned.loss
        self.seconds += seconds
        self.loss, self.accuracy = learned.loss, learned.accuracy
        if is_point:
            self.points.append([self.batches, learned.loss, learned.accuracy])

    def batch_done(self, n_batches: int) -> BatchDone:
        """The event of the newest batch."""
        share = self.n_right / self.n_seen
        running = self.loss_sum / self.n_seen, share, self.seconds
        return BatchDone(self.epoch, self.batches, n_batches, *running, self.loss, self.accuracy)

    def epoch_done(
        self, epochs: int, train: Evaluation, n_evaluated: int, validation: Evaluation, evaluation_seconds: float
    ) -> EpochDone:
        """The event of the whole epoch, one of `epochs`, once all batches are learned."""
        return EpochDone(
            epoch=self.epoch,
            epochs=epochs,
            running_train_loss=self.loss_sum / self.n_seen,
            running_train_loss_batch_mean=self.batch_means / self.batches,
            running_train_accuracy=self.n_right / self.n_seen,
            train_loss=train.loss,
            train_accuracy=train.accuracy,
            n_train_evaluated=n_evaluated,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            seconds=self.seconds,
            evaluation_seconds=evaluation_seconds,
        )


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The result of a training: the epoch whose weights are kept, and their predictions for the validation articles.

    `best_epoch` has the lowest validation loss, the earliest of equals; `kept_epoch` is that one or the last, as
    `NetworkSpec.keep` says. `stopped` says whether the training was cut short.
    `validation_probabilities` are float64, (n_validation, n_classes), `validation_predictions` int32, (n_validation,).
    """

    kept_epoch: int
    best_epoch: int
    stopped: bool
    epochs: tuple[EpochDone, ...]
    validation_probabilities: NDArray[np.float64]
    validation_predictions: NDArray[np.int32]


class KeptEpoch:
    """The epoch that a training keeps. Its weights are written when it has been evaluated, one file per epoch.

    Attributes:
        epoch: The kept one, counted from 1; 0 before any is done.
        best: The epoch of lowest validation loss, the earliest of equals.
        log_probabilities: Of the validation articles by the kept weights, shape (n_validation, n_classes).
    """

    def __init__(self, folder: Path | None, keep: str) -> None:
        self.epoch = 0
        self.best = 0
        self.log_probabilities = np.empty((0, 0))
        self._folder = folder
        self._keep = keep
        self._unwritten: Weights | None = None
        self._in_checkpoint = 0  # the epoch that a training resumed from the checkpoint would keep

    @staticmethod
    def clear(folder: Path) -> None:
        """Delete the weights that an earlier training left in the folder."""
        for path in folder.glob(_FILES):
            path.unlink()

    def judge(self, epochs: tuple[EpochDone, ...], validation: Evaluation, weights: Weights) -> None:
        """Decide whether to keep the newest epoch, given its evaluation and weights.

        Weights that cannot be written stay in memory.
        """
        newest = epochs[-1]
        is_best = not self.best or newest.validation_loss < epochs[self.best - 1].validation_loss
        if is_best or self._keep == "last":
            self._unwritten = None
            if self._folder is not None:
                try:
                    save_weights(weights, self._path(newest.epoch))
                except OutputError:  # the training goes on, and copies them from memory when it ends
                    self._unwritten = Weights(*(values.copy() for values in weights))
            self.epoch, self.log_probabilities = newest.epoch, validation.log_probabilities
            self._delete_others()
        if is_best:
            self.best = newest.epoch

    def result(self, epochs: tuple[EpochDone, ...], *, stopped: bool) -> TrainingResult:
        """Results of the training other than the weights.

        Raises:
            RunError: No epoch is done.
        """
        self._check()
        probabilities = np.exp(self.log_probabilities)
        predictions = np.asarray(self.log_probabilities.argmax(axis=1), dtype=np.int32)
        probabilities.flags.writeable = predictions.flags.writeable = False
        return TrainingResult(self.epoch, self.best, stopped, epochs, probabilities, predictions)

    def write_pending(self) -> None:
        """Write weights that could not be written before.

        Raises:
            OutputError: They cannot be written now either.
        """
        if self._unwritten is not None:
            save_weights(self._unwritten, self._path(self.epoch))
            self._unwritten = None

    def copy_weights(self, path: Path) -> None:
        """Give the file of the kept weights a second name, or copy it to another disk.

        Raises:
            RunError: No epoch is done.
            OutputError: The copy cannot be written.
        """
        self._check()
        if self._unwritten is not None:
            save_weights(self._unwritten, path)
            return
        try:
            path.unlink(missing_ok=True)  # perhaps the second name of another epoch's file, which is not to be written
            with contextlib.suppress(OSError):
                os.link(self._path(self.epoch), path)  # whatever replaces that file is another one
                return
            shutil.copyfile(self._path(self.epoch), path)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}. Free disk space first.") from error

    def header(self) -> dict[str, Any]:
        """Its part of a checkpoint's header."""
        return {"best_epoch": self.best, "kept_epoch": self.epoch}

    def restore(self, header: dict[str, Any], log_probabilities: Any) -> None:
        """Continue from a checkpoint.

        Raises:
            RunError: The file of the kept weights is gone.
        """
        self.best, self.epoch = header["best_epoch"], header["kept_epoch"]
        self._in_checkpoint = self.epoch
        self.log_probabilities = log_probabilities
        if self.epoch and not self._path(self.epoch).is_file():
            raise RunError(f"{self._path(self.epoch)} is missing. Train again from the start.")

    def checkpointed(self) -> None:
        """After a checkpoint was written, delete weights that only the previous one needed."""
        self._in_checkpoint = self.epoch
        self._delete_others()

    def _delete_others(self) -> None:
        if self._folder is not None:
            needed = {self._path(self.epoch), self._path(self._in_checkpoint)}
            for path in set(self._folder.glob(_FILES)) - needed:
                path.unlink(missing_ok=True)

    def _check(self) -> None:
        if not self.epoch:
            raise RunError("The training was stopped before its first epoch was done, so there is nothing to keep.")

    def _path(self, epoch: int) -> Path:
        if self._folder is None:
            raise RunError("This training has no folder, so its weights are not kept.")
        return self._folder / f"kept-{epoch}.safetensors"
