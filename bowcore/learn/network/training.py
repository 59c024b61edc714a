"""Training the two-layer network on sparse rows: an iterator of events, which can be stopped, kept and resumed.

    training = Training.start(features, spec, folder)
    for event in training.events(should_stop):
        ...
    result = training.result()

Same features, spec, machine and versions: same numbers, with any number of threads. Which epoch's weights are kept, and
where they lie, is the affair of `bowcore.learn.network.best_epoch`.
"""

from __future__ import annotations

import dataclasses
import math
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import DTypeLike

from bowcore.errors import RecipeError, RunError
from bowcore.learn.kernels.precompile import warm_kernels
from bowcore.learn.kernels.rows import SparseRows
from bowcore.learn.network.best_epoch import Kept, TrainingResult
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME, digest_features, read_checkpoint, write_checkpoint
from bowcore.learn.network.cost import check_fits, training_cost
from bowcore.learn.network.events import EpochDone, Event, Finished, Started
from bowcore.learn.network.network import Weights, initial_weights
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.passes import Evaluation, evaluate, learn
from bowcore.learn.network.training_state import UnderWay
from bowcore.matrix.features import Features
from bowcore.recipe.specs import NetworkSpec

EVALUATE_ALL_UP_TO = 1024
"""Widest hidden layer whose network is evaluated on all training articles after each epoch."""
EVALUATION_SAMPLE = 12_000


def never() -> bool:
    """Do not stop."""
    return False


class Training:
    """A training in progress. Make one with `start` or `resume`; it alone changes its weights.

    `folder` holds the weights of the kept epoch once later epochs have changed them, and the checkpoint.
    """

    def __init__(self, features: Features, spec: NetworkSpec, folder: Path, weights: Weights) -> None:
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
        if spec.hidden > EVALUATE_ALL_UP_TO and len(self._train) > EVALUATION_SAMPLE:
            rows = np.sort(sample.choice(len(self._train), EVALUATION_SAMPLE, replace=False))
            self._evaluated, self._evaluated_labels = self._train.take(rows), features.train_labels[rows]
        self._batch_size = min(spec.batch_size, len(self._train))
        self._workspace = np.empty((max(self._batch_size, 256), spec.hidden), dtype)
        self._done: tuple[EpochDone, ...] = ()
        self._kept = Kept(folder, spec.keep, features.n_classes)
        self._under_way: UnderWay | None = None
        self._torn = False
        self._stopped = False
        self._seconds = 0.0

    @classmethod
    def start(
        cls, features: Features, spec: NetworkSpec, folder: Path | None = None, dtype: DTypeLike = np.float32
    ) -> Training:
        """Begin with fresh weights; an earlier training in `folder` is given up. Without one, a temporary is made.

        Raises:
            RecipeError: A split has no articles.
            MemoryBudgetError: The network would not fit.
        """
        _check(features, spec)
        weights = initial_weights(features.n_terms, spec.hidden, features.n_classes, spec.network_seed, dtype)
        if folder is None:
            temporary = Path(tempfile.mkdtemp(prefix="bowlab-training-"))
            training = cls(features, spec, temporary, weights)
            weakref.finalize(training, shutil.rmtree, temporary, ignore_errors=True)
            return training
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CHECKPOINT_NAME).unlink(missing_ok=True)
        Kept.clear(folder)
        return cls(features, spec, folder, weights)

    @classmethod
    def resume(cls, features: Features, folder: Path, epochs: int | None = None) -> Training:
        """Go on from the checkpoint in `folder`, bit for bit as if there had been no pause.

        Args:
            features: The same as at the start.
            folder: Where `save_checkpoint` wrote.
            epochs: A new number of epochs; by default the one it was started with.

        Raises:
            RunError: The checkpoint cannot be read, or belongs to other features.
            MemoryBudgetError: The network would not fit.
        """
        header, arrays = read_checkpoint(folder / CHECKPOINT_NAME)
        if header["features"] != digest_features(features):
            raise RunError(f"The checkpoint in {folder} belongs to another recipe's features. Train from the start.")
        spec = NetworkSpec(**header["spec"])
        spec = dataclasses.replace(spec, epochs=spec.epochs if epochs is None else epochs)
        _check(features, spec)
        names = [item.name for item in dataclasses.fields(Weights)]
        training = cls(features, spec, folder, Weights(**{name: arrays[f"weights.{name}"] for name in names}))
        remembered = {name.removeprefix("optimiser."): values for name, values in arrays.items()}
        training._optimiser.restore(remembered)
        training._shuffle.bit_generator.state = header["shuffle"]
        training._done = tuple(EpochDone(**values) for values in header["epochs"])
        training._kept.restore(header, arrays["kept_log_probabilities"])
        training._under_way = UnderWay(**header["under_way"]) if header["under_way"] else None
        training._seconds = header["seconds"]
        return training

    @property
    def epochs(self) -> tuple[EpochDone, ...]:
        """One event for each epoch learned and evaluated."""
        return self._done

    @property
    def epochs_done(self) -> int:
        """How many epochs have been learned and evaluated."""
        return len(self._done)

    @property
    def begun(self) -> bool:
        """Whether any batch has been learned."""
        return self._under_way is not None or bool(self._done)

    def __iter__(self) -> Iterator[Event]:
        return self.events()

    def events(self, should_stop: Callable[[], bool] = never, epochs: int | None = None) -> Iterator[Event]:
        """Train and tell: `Started` before the first epoch, batches, epochs, and `Finished` at the end.

        Args:
            should_stop: Asked before every batch. What is learned by then stays, and a later call goes on from there.
            epochs: End so many more and return without `Finished` if some are left then; by default all.

        Raises:
            RecipeError: The loss is no longer a finite number.
            RunError: An earlier iteration was broken off within a batch.
        """
        self._check_whole()
        warm_kernels()  # a worker's thread may be at it: the two must not compute at once
        self._stopped = False
        last = self.spec.epochs if epochs is None else min(self.spec.epochs, self.epochs_done + epochs)
        if not self.begun:
            yield self._started()
        while self.epochs_done < last and not self._stopped:
            yield from self._epoch(should_stop)
        if self._stopped or self.epochs_done >= self.spec.epochs:
            yield Finished(self._kept.best, self._kept.epoch, self._stopped, self._seconds)

    def result(self) -> TrainingResult:
        """What the training leaves but for the weights, which may be gigabytes on disk.

        Raises:
            RunError: No epoch is done.
        """
        return self._kept.result(self._done, stopped=self._stopped)

    def kept_weights(self) -> Weights:
        """The weights of the kept epoch: the live ones, or those set aside, read into memory."""
        return self._kept.weights(self._live_kept)

    def save_kept(self, path: Path) -> None:
        """Write the kept weights as `save_weights` does, without reading them into memory a second time.

        Raises:
            RunError: No epoch is done.
            OutputError: The file cannot be written.
        """
        self._kept.write(self._live_kept, path)

    def save_checkpoint(self) -> Path:
        """Write all that `resume` needs into the folder, at whatever batch the training stands, and give the path.

        Raises:
            RunError: The training was broken off within a batch.
            OutputError: The file cannot be written.
        """
        self._check_whole()
        header = {
            "features": digest_features(self._features),
            "spec": dataclasses.asdict(self.spec),
            "shuffle": self._shuffle.bit_generator.state,
            "epochs": [dataclasses.asdict(epoch) for epoch in self._done],
            "under_way": self._under_way and dataclasses.asdict(self._under_way),
            "seconds": self._seconds,
            **self._kept.header(),
        }
        arrays = {f"weights.{item.name}": getattr(self._weights, item.name) for item in dataclasses.fields(Weights)}
        arrays |= {f"optimiser.{name}": values for name, values in self._optimiser.state().items()}
        arrays["kept_log_probabilities"] = self._kept.log_probabilities
        write_checkpoint(path := self.folder / CHECKPOINT_NAME, header, arrays)
        self._kept.rely()
        return path

    def _started(self) -> Started:
        spec, cost = self.spec, training_cost(self._features, self.spec)
        return Started(
            n_parameters=cost.n_parameters,
            n_train=len(self._train),
            n_validation=len(self._validation),
            n_terms=self._features.n_terms,
            hidden=spec.hidden,
            epochs=spec.epochs,
            batches_per_epoch=math.ceil(len(self._train) / self._batch_size),
            memory_bytes=cost.memory_bytes,
        )

    def _epoch(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        if should_stop():
            self._stopped = True
            return
        began, n_train = perf_counter(), len(self._train)
        if self._under_way is None:
            self._kept.set_aside(self._weights, self.epochs_done)
            self._under_way = UnderWay(self.epochs_done + 1, dict(self._shuffle.bit_generator.state))
        at, n_batches = self._under_way, math.ceil(n_train / self._batch_size)
        self._shuffle.bit_generator.state = at.shuffle
        self._seconds += perf_counter() - began
        began = perf_counter()
        order = self._shuffle.permutation(n_train)
        rows, labels = self._train.take(order), self._features.train_labels[order]
        while at.n_seen < n_train:
            low, high = at.n_seen, min(at.n_seen + self._batch_size, n_train)
            self._torn = True
            learned = self._finite(
                learn(self._weights, self._optimiser, rows.between(low, high), labels[low:high], self._workspace)
            )
            at.add(learned, high - low, perf_counter() - began)
            self._torn = False
            yield at.batch_done(n_batches)
            if at.n_seen < n_train and should_stop():
                self._stopped = True
                return
            began = perf_counter()
        yield self._evaluate(at)

    def _evaluate(self, at: UnderWay) -> EpochDone:
        began = perf_counter()
        train = self._finite(evaluate(self._weights, self._evaluated, self._evaluated_labels, self._workspace))
        validation = self._finite(
            evaluate(self._weights, self._validation, self._features.validation_labels, self._workspace)
        )
        evaluation_seconds = perf_counter() - began
        self._seconds += at.seconds + evaluation_seconds
        done = at.epoch_done(self.spec.epochs, train, len(self._evaluated), validation, evaluation_seconds)
        self._done = (*self._done, done)
        self._kept.judge(self._done, validation)
        self._under_way = None
        return done

    def _check_whole(self) -> None:
        if self._torn:
            raise RunError(
                f"Epoch {self.epochs_done + 1} was broken off within a batch. Go on from the last checkpoint."
            )

    def _finite(self, evaluation: Evaluation) -> Evaluation:
        if not evaluation.is_finite:
            raise RecipeError(
                f"The loss stopped being a number in epoch {self.epochs_done + 1}, at a learning rate of "
                f"{self.spec.learning_rate:g}. Lower the learning rate.",
                "learning_rate",
            )
        return evaluation

    @property
    def _live_kept(self) -> Weights | None:
        """The weights in memory, while they are those of the kept epoch."""
        return self._weights if self._kept.epoch == self.epochs_done and self._under_way is None else None


def _check(features: Features, spec: NetworkSpec) -> None:
    for name, n_documents in (("training", features.train.shape[0]), ("validation", features.validation.shape[0])):
        if n_documents == 0:
            raise RecipeError(f"There are 0 {name} articles; the network needs at least 1.", "training_articles")
    check_fits(training_cost(features, spec))
