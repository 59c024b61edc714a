"""Training the two-layer network on sparse rows: an iterator of events that can be stopped, saved and resumed.

    training = Training.start(features, spec, folder)
    for event in training.events(should_stop):
        ...
    result = training.result()

The same features, spec, machine and versions give the same numbers, with any number of threads. `training_state`
decides which epoch's weights are kept.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import DTypeLike

from bowcore.errors import RecipeError, RunError
from bowcore.learn.kernels.batch import Gradients, SparseRows
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME, digest_features, read_checkpoint, write_checkpoint
from bowcore.learn.network.cost import check_fits, training_cost
from bowcore.learn.network.dropout import Dropout
from bowcore.learn.network.events import (
    EVALUATE_ALL_UP_TO,
    EVALUATION_SAMPLE,
    MOST_POINTS,
    EpochDone,
    Event,
    Finished,
    Started,
)
from bowcore.learn.network.network import Weights, initial_weights
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import Evaluation, evaluate, learn, warm_kernels
from bowcore.learn.network.training_state import KeptEpoch, TrainingResult, UnfinishedEpoch
from bowcore.matrix.features import Features
from bowcore.nouns import TEXTS
from bowcore.recipe.specs import NetworkSpec


class Training:
    """A training in progress, made by `start` or `resume`. Nothing else changes its weights.

    `folder` holds the weights of the kept epoch and the checkpoint; a training without one keeps neither.
    """

    def __init__(self, features: Features, spec: NetworkSpec, folder: Path | None, weights: Weights) -> None:
        dtype = weights.hidden_weights.dtype
        self.spec = spec
        self.folder = folder
        self._features = features
        self._weights = weights
        self._optimiser = OPTIMISERS[spec.optimiser](weights, spec.learning_rate)
        self._train = SparseRows.of(features.train, dtype)
        self._validation = SparseRows.of(features.validation, dtype)
        seeds = np.random.SeedSequence(spec.network_seed).spawn(2)
        self._shuffle, sample = np.random.default_rng(seeds[0]), np.random.default_rng(seeds[1])
        self._evaluated, self._evaluated_labels = self._train, features.train_labels
        if spec.hidden > EVALUATE_ALL_UP_TO and self._train.n_rows > EVALUATION_SAMPLE:
            rows = np.sort(sample.choice(self._train.n_rows, EVALUATION_SAMPLE, replace=False))
            self._evaluated, self._evaluated_labels = self._train.take(rows), features.train_labels[rows]
        self._batch_size = min(spec.batch_size, self._train.n_rows)
        self._gradients = Gradients.empty(self._batch_size, weights)
        self._dropout = Dropout(spec, dtype)
        self._points: dict[int, list[list[float]]] = {}
        self._done: tuple[EpochDone, ...] = ()
        self._kept = KeptEpoch(folder, spec.keep)
        self._unfinished: UnfinishedEpoch | None = None
        self._torn = False
        self._stopped = False
        self._seconds = 0.0
        guess = np.bincount(features.train_labels).argmax()
        self._guess_accuracy = float((features.validation_labels == guess).mean())

    @classmethod
    def start(
        cls, features: Features, spec: NetworkSpec, folder: Path | None = None, dtype: DTypeLike = np.float32
    ) -> Training:
        """Begin with initial weights, and delete an earlier training in `folder`. Without a folder no weights are kept.

        Raises:
            RecipeError: A split has no articles.
            MemoryBudgetError: The network would not fit.
        """
        _check(features, spec)
        weights = initial_weights(features.n_terms, spec.hidden, features.n_classes, spec.network_seed, dtype)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / CHECKPOINT_NAME).unlink(missing_ok=True)
            KeptEpoch.clear(folder)
        return cls(features, spec, folder, weights)

    @classmethod
    def resume(cls, features: Features, folder: Path, epochs: int | None = None) -> Training:
        """Continue from the checkpoint in `folder`, bit for bit as if there had been no pause.

        Args:
            features: The same as at the start.
            folder: Where `save_checkpoint` wrote.
            epochs: A new number of epochs; by default the one it was started with.

        Raises:
            RunError: The checkpoint or the kept weights cannot be read, or belong to other features.
            MemoryBudgetError: The network would not fit.
        """
        header, arrays = read_checkpoint(folder / CHECKPOINT_NAME)
        if header["features"] != digest_features(features):
            raise RunError(f"The checkpoint in {folder} belongs to another recipe's features. Train from the start.")
        spec = NetworkSpec(**header["spec"])
        spec = dataclasses.replace(spec, epochs=spec.epochs if epochs is None else epochs)
        _check(features, spec)
        weights = Weights(*(arrays[f"weights.{name}"] for name in Weights._fields))
        training = cls(features, spec, folder, weights)
        remembered = {name.removeprefix("optimiser."): values for name, values in arrays.items()}
        training._optimiser.restore(remembered)
        training._shuffle.bit_generator.state = header["shuffle"]
        training._done = tuple(EpochDone(**values) for values in header["epochs"])
        training._kept.restore(header, arrays["kept_log_probabilities"])
        training._unfinished = UnfinishedEpoch(**header["unfinished"]) if header["unfinished"] else None
        training._points = {int(epoch): points for epoch, points in header["points"].items()}
        training._seconds = header["seconds"]
        return training

    @property
    def epochs(self) -> tuple[EpochDone, ...]:
        """One event for each epoch learned and evaluated."""
        return self._done

    @property
    def epochs_done(self) -> int:
        """Number of epochs learned and evaluated."""
        return len(self._done)

    @property
    def batches_per_epoch(self) -> int:
        """Number of batches in an epoch; the last one may be short."""
        return math.ceil(self._train.n_rows / self._batch_size)

    @property
    def begun(self) -> bool:
        """Whether any batch has been learned."""
        return self._unfinished is not None or bool(self._done)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or the last `patience` of them brought no lower validation loss."""
        return self.epochs_done >= self.spec.epochs or self._ended_early

    @property
    def points(self) -> dict[int, list[list[float]]]:
        """Batch, loss and accuracy of single batches, each just before it was learned, by epoch; the newest is last."""
        at = self._unfinished
        return self._points if at is None else self._points | {at.epoch: at.points}

    @property
    def _ended_early(self) -> bool:
        patience = self.spec.patience
        return 0 < patience <= self.epochs_done - self._kept.best and self.epochs_done < self.spec.epochs

    def __iter__(self) -> Iterator[Event]:
        return self.events()

    def events(self, should_stop: Callable[[], bool] = lambda: False, epochs: int | None = None) -> Iterator[Event]:
        """Train, and yield `Started` before the first epoch, batches, epochs, and `Finished` at the end.

        Args:
            should_stop: Called before every batch. A later call of `events` continues after the last batch learned.
            epochs: Train this many more, and end without `Finished` if some are left; by default all.

        Raises:
            RecipeError: The loss is no longer a finite number.
            RunError: An earlier iteration ended in the middle of a batch.
        """
        self._check_whole()
        warm_kernels()  # waits for a worker's thread that warms them: the two must not compute at once
        self._stopped = False
        last = self.spec.epochs if epochs is None else min(self.spec.epochs, self.epochs_done + epochs)
        if not self.begun:
            yield self._started()
        while self.epochs_done < last and not self._stopped and not self._ended_early:
            yield from self._epoch(should_stop)
        if self._stopped or self.finished:
            yield Finished(self._kept.best, self._kept.epoch, self._stopped, self._seconds, self._ended_early)

    def result(self) -> TrainingResult:
        """Everything that the training leaves except the weights, which may be gigabytes on disk.

        Raises:
            RunError: No epoch is done.
        """
        return self._kept.result(self._done, stopped=self._stopped)

    def save_kept(self, path: Path) -> None:
        """Write the kept weights as `save_weights` does.

        Raises:
            RunError: No epoch is done, or the training has no folder.
            OutputError: The file cannot be written.
        """
        self._kept.copy_weights(path)

    def save_checkpoint(self) -> Path:
        """Write all that `resume` needs into the folder, after any batch, and return the path.

        Raises:
            RunError: The training ended in the middle of a batch, or has no folder.
            OutputError: The file cannot be written.
        """
        self._check_whole()
        if self.folder is None:
            raise RunError("This training has no folder to write a checkpoint into.")
        self._kept.write_pending()
        header = {
            "features": digest_features(self._features),
            "spec": dataclasses.asdict(self.spec),
            "shuffle": self._shuffle.bit_generator.state,
            "epochs": [dataclasses.asdict(epoch) for epoch in self._done],
            "unfinished": self._unfinished and dataclasses.asdict(self._unfinished),
            "points": self._points,
            "seconds": self._seconds,
            **self._kept.header(),
        }
        arrays = {f"weights.{name}": values for name, values in self._weights._asdict().items()}
        arrays |= {f"optimiser.{name}": values for name, values in self._optimiser.state().items()}
        arrays["kept_log_probabilities"] = self._kept.log_probabilities
        write_checkpoint(path := self.folder / CHECKPOINT_NAME, header, arrays)
        self._kept.checkpointed()
        return path

    def _started(self) -> Started:
        spec, cost = self.spec, training_cost(self._features, self.spec)
        return Started(
            n_parameters=cost.n_parameters,
            n_train=self._train.n_rows,
            n_validation=self._validation.n_rows,
            n_terms=self._features.n_terms,
            hidden=spec.hidden,
            epochs=spec.epochs,
            batches_per_epoch=self.batches_per_epoch,
            memory_bytes=cost.memory_bytes,
        )

    def _epoch(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        if should_stop():
            self._stopped = True
            return
        n_train = self._train.n_rows
        if self._unfinished is None:
            self._unfinished = UnfinishedEpoch(self.epochs_done + 1, dict(self._shuffle.bit_generator.state))
        at, n_batches = self._unfinished, self.batches_per_epoch
        self._shuffle.bit_generator.state = at.shuffle
        began = perf_counter()
        order = self._shuffle.permutation(n_train)
        rows, labels = self._train.take(order), self._features.train_labels[order]
        every = math.ceil(n_batches * self.spec.epochs / MOST_POINTS)
        while at.n_seen < n_train:
            low, high = at.n_seen, min(at.n_seen + self._batch_size, n_train)
            self._torn = True
            batch, units = self._dropout.of_batch(rows.between(low, high), self.spec.hidden, at.epoch, at.batches)
            learned = self._finite(
                learn(self._weights, self._optimiser, batch, labels[low:high], self._gradients, units)
            )
            is_point = ((at.epoch - 1) * n_batches + at.batches) % every == 0
            at.add(learned, high - low, perf_counter() - began, is_point=is_point)
            self._torn = False
            yield at.batch_done(n_batches)
            if at.n_seen < n_train and should_stop():
                self._stopped = True
                return
            began = perf_counter()
        yield self._evaluate(at)

    def _evaluate(self, at: UnfinishedEpoch) -> EpochDone:
        began = perf_counter()
        train = self._finite(evaluate(self._weights, self._evaluated, self._evaluated_labels))
        validation = self._finite(evaluate(self._weights, self._validation, self._features.validation_labels))
        evaluation_seconds = perf_counter() - began
        learned = at.epoch_done(self.spec.epochs, train, self._evaluated.n_rows, validation, evaluation_seconds)
        done = dataclasses.replace(learned, n_validation=self._validation.n_rows, guess_accuracy=self._guess_accuracy)
        self._kept.judge((*self._done, done), validation, self._weights)
        self._done = (*self._done, done)
        self._points[at.epoch] = at.points
        self._unfinished = None
        self._seconds += at.seconds + perf_counter() - began
        return done

    def _check_whole(self) -> None:
        if self._torn:
            raise RunError(
                f"Epoch {self.epochs_done + 1} was broken off within a batch. Continue from the last checkpoint."
            )

    def _finite(self, evaluation: Evaluation) -> Evaluation:
        if not math.isfinite(evaluation.loss):
            raise RecipeError(
                f"The loss stopped being a number in epoch {self.epochs_done + 1}, at a learning rate of "
                f"{self.spec.learning_rate:g}. Lower the learning rate.",
                "learning_rate",
            )
        return evaluation


def _check(features: Features, spec: NetworkSpec) -> None:
    for name, n_documents in (("training", features.train.shape[0]), ("validation", features.validation.shape[0])):
        if n_documents == 0:
            raise RecipeError(f"There are 0 {name} {TEXTS}; the network needs at least 1.", "training_articles")
    check_fits(training_cost(features, spec))
