"""Dropout against stock PyTorch with the same masks, and what it leaves unchanged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from bowcore.learn.kernels.batch import SparseRows
from bowcore.learn.network.dropout import Dropout
from bowcore.learn.network.events import BatchDone, EpochDone
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.learn.network.training import Training
from bowcore.matrix.features import Features
from bowcore.recipe.specs import NetworkSpec

SPEC = NetworkSpec(hidden=7, epochs=3, batch_size=25, learning_rate=0.01, network_seed=3)


def train(features: Features, spec: NetworkSpec) -> list[EpochDone]:
    return [event for event in Training.start(features, spec, dtype=np.float64) if isinstance(event, EpochDone)]


@pytest.mark.parametrize("words", [0.0, 0.3])
@pytest.mark.parametrize("units", [0.0, 0.5])
@pytest.mark.parametrize("optimiser", ["rmsprop", "adam"])
def test_training_follows_pytorch_with_the_same_masks(
    features: Features, words: float, units: float, optimiser: str
) -> None:
    spec = dataclasses.replace(SPEC, word_dropout=words, hidden_dropout=units, optimiser=optimiser)
    network = to_module(initial_weights(features.n_terms, 7, 3, seed=3, dtype=np.float64))
    step = {"rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}[optimiser](network.parameters(), lr=0.01)
    entropy, dropout = torch.nn.functional.cross_entropy, Dropout(spec, np.dtype(np.float64))
    shuffle = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    validation = torch.from_numpy(features.validation.toarray().astype(np.float64))
    wanted = torch.from_numpy(features.validation_labels.astype(np.int64))
    all_rows = SparseRows.of(features.train, np.float64)
    for done in train(features, spec):
        order = shuffle.permutation(all_rows.n_rows)
        for batch, first in enumerate(range(0, len(order), 25)):
            chosen = order[first : first + 25]
            rows, factors = dropout.of_batch(all_rows.take(chosen), 7, done.epoch, batch)
            cells = np.zeros((len(chosen), features.n_terms))
            cells[np.repeat(np.arange(len(chosen)), np.diff(rows.indptr)), rows.indices] = rows.data
            hidden = torch.relu(network[0](torch.from_numpy(cells)))
            logits = network[2](hidden if factors is None else hidden * torch.from_numpy(factors))
            step.zero_grad()
            entropy(logits, torch.from_numpy(features.train_labels[chosen].astype(np.int64))).backward()
            step.step()
        # judged without dropout
        assert done.validation_loss == pytest.approx(entropy(network(validation), wanted).item(), rel=1e-9)


def test_masks_drop_their_share_and_keep_the_mean(features: Features) -> None:
    spec, rows = NetworkSpec(word_dropout=0.25, hidden_dropout=0.4), SparseRows.of(features.train, np.float64)
    drawn = [Dropout(spec, np.dtype(np.float64)).of_batch(rows, 50, 1, batch) for batch in range(40)]
    kept = sum(left.data.size for left, _ in drawn) / (40 * rows.data.size)
    assert kept == pytest.approx(0.75, abs=0.02)
    assert sum(left.data.sum() for left, _ in drawn) == pytest.approx(40 * rows.data.sum(), rel=0.03)
    factors = np.concatenate([factors for _, factors in drawn if factors is not None])
    assert factors.shape == (40 * rows.n_rows, 50)
    assert set(np.unique(factors)) == {0.0, 1 / 0.6}
    assert (factors == 0).mean() == pytest.approx(0.4, abs=0.01)
    assert not np.array_equal(drawn[0][0].data, drawn[1][0].data)


def test_without_dropout_a_batch_is_passed_on_as_it_is(features: Features) -> None:
    rows = SparseRows.of(features.train, np.float32)
    assert Dropout(NetworkSpec(), np.dtype(np.float32)).of_batch(rows, 8, 1, 0) == (rows, None)


def test_a_resumed_training_draws_the_same_masks(features: Features, tmp_path_factory: pytest.TempPathFactory) -> None:
    spec = dataclasses.replace(SPEC, word_dropout=0.3, hidden_dropout=0.5)
    folder = tmp_path_factory.mktemp("training")
    training = Training.start(features, spec, folder)
    events = training.events()
    for _ in range(3):  # the sizes, and two batches of three
        event = next(events)
    assert isinstance(event, BatchDone)
    training.save_checkpoint()
    resumed = [event.validation_loss for event in Training.resume(features, folder) if isinstance(event, EpochDone)]
    whole = [event.validation_loss for event in Training.start(features, spec) if isinstance(event, EpochDone)]
    assert resumed == whole
