from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from bowcore.corpus.split import Documents, SealedTest, Split
from bowcore.experiment.stages import read_split
from bowcore.learn.network import training
from bowcore.learn.network.network import initial_weights, to_module
from bowcore.lessons import time_tutorial
from bowcore.lessons.time_tutorial import (
    clean,
    clean_and_count,
    count_here,
    dense_array_bytes,
    dense_epoch,
    dense_epoch_bytes,
    same_matrix,
    sparse_epoch,
    text_fields,
)
from bowcore.matrix.features import Features
from bowcore.recipe.presets import preset
from bowcore.recipe.specs import OPTIMISER_OPTIONS, NetworkSpec
from tests.small_corpora import one_document, twenty_classes, unbalanced

ROWS = [("Tom's 'big' day", "Don't panic, it's 3 o'clock"), ("The End", "of Café   society's dinner")]


def split_of(texts, labels, names):
    """A split whose validation articles are every third one, with the title cut off the first word."""

    def documents(rows):
        titles = [texts[row].partition(" ")[0] for row in rows]
        bodies = [texts[row].partition(" ")[2] for row in rows]
        articles = pa.table({"title": pa.array(titles, pa.string()), "body": pa.array(bodies, pa.string())})
        return Documents(np.array(rows, np.int64), articles, np.array([labels[row] for row in rows], np.int32))

    everything = list(range(len(texts)))
    train, validation = documents(everything), documents(everything[::3])
    return Split(train, validation, SealedTest(documents([]), len(names), train), names)


def features_of(n_train=40, n_terms=30, hidden_seed=0):
    generator = np.random.default_rng(hidden_seed)
    cells = sparse.random(n_train, n_terms, 0.2, "csr", rng=generator)
    labels = generator.integers(0, 3, n_train).astype(np.int32)
    terms = pa.array([f"t{number:02}" for number in range(n_terms)])
    return Features(cells, cells[:9], labels, labels[:9], terms, ("a", "b", "c"))


def test_the_tutorials_cleaning_worked_by_hand():
    assert clean(pd.Series(ROWS[0])).tolist() == ["tom big day", "don't panic it o'clock"]
    assert clean(pd.Series(["The Café's"]), lower_case=False).tolist() == ["The Caf"]


@pytest.mark.parametrize("lower_case", [True, False])
@pytest.mark.parametrize("corpus", [one_document, twenty_classes, unbalanced])
def test_pandas_and_countvectorizer_make_the_matrix_that_is_made_here(corpus, lower_case):
    split = split_of(*corpus())
    recipe = preset("tutorial-baseline").change(lower_case=lower_case)
    ours = count_here(read_split(split, recipe), split, recipe).counts
    parts = [text_fields(part) for part in (split.train, split.validation)]
    counted = clean_and_count(parts, lower_case=lower_case)
    assert same_matrix(ours, counted)
    for matrix, part in zip(counted[0], (ours.train, ours.validation), strict=True):
        assert matrix.sum() == part.sum() > 0
    others = clean_and_count(parts, lower_case=not lower_case)
    assert not same_matrix(ours, others)


def test_counts_of_two_hand_made_articles():
    titles, bodies = (pd.Series(column) for column in zip(*ROWS, strict=True))
    (matrix,), vectorizer = clean_and_count([(titles, bodies)])
    counts = Counter(dict(zip(vectorizer.get_feature_names_out(), matrix.toarray()[0].tolist(), strict=True)))
    assert +counts == Counter({"tom": 1, "big": 1, "day": 1, "don": 1, "panic": 1, "it": 1, "clock": 1})


def test_a_cell_that_differs_is_found():
    split = split_of(*unbalanced())
    recipe = preset("tutorial-baseline")
    ours = count_here(read_split(split, recipe), split, recipe).counts
    matrices, vectorizer = clean_and_count([text_fields(part) for part in (split.train, split.validation)])
    matrices[1].data[0] += 1
    assert not same_matrix(ours, (matrices, vectorizer))


@pytest.mark.parametrize("optimiser", OPTIMISER_OPTIONS)
def test_dense_batches_equal_stock_pytorch(optimiser):
    features = features_of()
    spec = NetworkSpec(hidden=5, batch_size=16, optimiser=optimiser, learning_rate=0.01, network_seed=3)
    found = dense_epoch(features, spec, 99)
    assert (found.n_timed, found.n_batches) == (3, 3)
    module = to_module(initial_weights(30, 5, 3, seed=3))
    step = {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}.get(optimiser, torch.optim.Adam)(
        module.parameters(), lr=0.01
    )
    cells = torch.from_numpy(features.train.toarray()).float()
    labels = torch.from_numpy(features.train_labels).long()
    order = np.random.default_rng(3).permutation(40)
    # the first batch is learned twice: once to make the optimiser's state, once to be timed
    for rows in (order[:16], order[:16], order[16:32], order[32:]):
        step.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(cells[rows]), labels[rows])
        loss.backward()
        step.step()
    assert found.loss == pytest.approx(loss.item(), rel=1e-6)


def test_batches_that_are_timed_are_scaled_up_to_the_rows_of_an_epoch(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(time_tutorial, "perf_counter", lambda: float(next(clock)))
    spec = NetworkSpec(hidden=5, batch_size=4)
    calls = []
    found = dense_epoch(features_of(), spec, 2, on_batch=lambda done, planned: calls.append((done, planned)))
    # each batch of 4 takes one tick of this clock, so 40 rows take 10
    assert (found.seconds, found.n_timed, found.n_batches) == (10.0, 2, 10)
    assert calls == [(1, 10), (2, 10)]
    longer = dense_epoch(features_of(), spec, 2, seconds=5)
    assert (longer.seconds, longer.n_timed) == (10.0, 5)


def test_a_stop_between_batches_leaves_no_figure():
    asked = iter([False, False, True])
    assert dense_epoch(features_of(), NetworkSpec(hidden=5, batch_size=4), should_stop=lambda: next(asked)) is None
    assert sparse_epoch(features_of(), NetworkSpec(hidden=5), should_stop=lambda: True) is None


def test_seconds_of_an_epoch_are_those_of_its_training(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(training, "perf_counter", lambda: float(next(clock)))
    assert sparse_epoch(features_of(), NetworkSpec(hidden=5, batch_size=10, epochs=7)) == 4.0


def test_dense_bytes_are_those_of_numpys_array():
    features = features_of()
    assert dense_array_bytes(40, 30) == features.train.astype(np.int64).toarray().nbytes
    assert dense_array_bytes(108_000, 59_544) == 51_446_016_000


def test_memory_of_dense_batches_holds_weights_gradients_moments_and_two_batches():
    features = features_of()

    def cost(**values):
        return dense_epoch_bytes(features, NetworkSpec(**{"hidden": 50, "batch_size": 8, **values}))

    assert cost(optimiser="adam") - cost(optimiser="sgd") == 2 * 4 * (31 * 50 + 51 * 3)
    assert cost(batch_size=9) - cost(batch_size=8) == 4 * (2 * 30 + 3 * 50)
