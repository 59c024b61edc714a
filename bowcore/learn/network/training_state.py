"""An epoch that has begun and not ended: beside weights and optimiser, all that its next batch needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bowcore.learn.network.events import BatchDone, EpochDone
from bowcore.learn.network.passes import Evaluation


@dataclass(slots=True)
class UnderWay:
    """How far an epoch has come, and what its batches add up to.

    Attributes:
        epoch: Counted from 1.
        shuffle: State of the generator before it drew the epoch's order, which follows from it.
        batches: Batches learned.
        n_seen: Their articles.
        n_right: Articles answered rightly, each just before it was learned.
        loss_sum: Of these articles.
        batch_means: Sum of the mean losses of the batches.
        seconds: Spent on learning.
    """

    epoch: int
    shuffle: dict[str, Any]
    batches: int = 0
    n_seen: int = 0
    n_right: int = 0
    loss_sum: float = 0.0
    batch_means: float = 0.0
    seconds: float = 0.0

    def add(self, learned: Evaluation, n_documents: int, seconds: float) -> None:
        """Count a batch that has been learned."""
        self.batches += 1
        self.n_seen += n_documents
        self.n_right += round(learned.accuracy * n_documents)
        self.loss_sum += learned.loss * n_documents
        self.batch_means += learned.loss
        self.seconds += seconds

    def batch_done(self, n_batches: int) -> BatchDone:
        """The event that tells of the newest batch."""
        share = self.n_right / self.n_seen
        return BatchDone(self.epoch, self.batches, n_batches, self.loss_sum / self.n_seen, share, self.seconds)

    def epoch_done(
        self, epochs: int, train: Evaluation, n_evaluated: int, validation: Evaluation, evaluation_seconds: float
    ) -> EpochDone:
        """The event that tells of the whole epoch, of `epochs`, once all batches are learned."""
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
