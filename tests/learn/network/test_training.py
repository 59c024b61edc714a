import dataclasses

import numba
import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from bowcore.errors import MemoryBudgetError, RecipeError, RunError
from bowcore.learn.network import training as module
from bowcore.learn.network.checkpoint import read_checkpoint
from bowcore.learn.network.events import BatchDone, EpochDone, Finished, Started
from bowcore.learn.network.network import initial_weights, load_weights, log_softmax, logits, to_module
from bowcore.learn.network.optimisers import OPTIMISERS
from bowcore.learn.network.training import Training
from bowcore.matrix.features import Features
from bowcore.recipe.specs import NetworkSpec

SPEC = NetworkSpec(hidden=8, epochs=4, batch_size=16, learning_rate=0.01)
TORCH = {"rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD, "adam": torch.optim.Adam}
NAMES = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")


def without_seconds(events):
    timeless = {"seconds": 0.0, "evaluation_seconds": 0.0}
    fields = [{item.name for item in dataclasses.fields(event)} for event in events]
    return [
        dataclasses.replace(event, **{name: value for name, value in timeless.items() if name in names})
        for event, names in zip(events, fields, strict=True)
    ]


def assert_same_weights(left, right):
    for name in NAMES:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


@pytest.fixture
def start(tmp_path_factory):
    """Start a training in a folder of its own."""
    return lambda features, spec: Training.start(features, spec, tmp_path_factory.mktemp("training"))


def kept_weights(training):
    training.save_kept(training.folder / "copy.safetensors")
    return load_weights(training.folder / "copy.safetensors")


def stop_after(n_batches):
    asked = iter(range(n_batches + 1))
    return lambda: next(asked) == n_batches


def test_a_tiny_corpus_is_learned():
    # Terms: apple, bread, goal, match. Two kitchens, two pitches; validation mixes them differently.
    train = sparse.csr_matrix(np.array([[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 3, 0]], np.int32))
    validation = sparse.csr_matrix(np.array([[1, 0, 0, 0], [0, 0, 0, 1]], np.int32))
    labels = np.array([0, 0, 1, 1], np.int32)
    terms = pa.array(["apple", "bread", "goal", "match"])
    features = Features(train, validation, labels, np.array([0, 1], np.int32), terms, ("food", "sport"))
    training = Training.start(features, NetworkSpec(hidden=6, epochs=60, batch_size=2, learning_rate=0.01))
    *_, finished = training
    result = training.result()
    assert finished == Finished(60, 60, False, finished.seconds)
    assert result.epochs[-1].train_loss < 0.05 < result.epochs[0].train_loss
    assert result.epochs[-1].train_accuracy == 1
    np.testing.assert_array_equal(result.validation_predictions, [0, 1])
    assert result.validation_probabilities[[0, 1], [0, 1]].min() > 0.9


def test_events_are_sizes_then_batches_then_epochs_then_the_end(features):
    events = list(Training.start(features, SPEC))
    started = events[0]
    assert (started.n_train, started.n_validation, started.n_terms) == (60, 30, 40)
    assert (started.hidden, started.epochs, started.batches_per_epoch) == (8, 4, 4)
    assert started.n_parameters == 40 * 8 + 8 + 8 * 3 + 3
    kinds = [type(event) for event in events]
    assert kinds == [Started, *([BatchDone] * 4 + [EpochDone]) * 4, Finished]
    batches = [(event.epoch, event.batch) for event in events if isinstance(event, BatchDone)]
    assert batches == [(epoch, batch) for epoch in range(1, 5) for batch in range(1, 5)]


@pytest.mark.parametrize("optimiser", TORCH)
def test_whole_batches_follow_stock_pytorch_epoch_by_epoch(features, optimiser):
    spec = NetworkSpec(hidden=7, epochs=15, batch_size=1000, learning_rate=0.01, optimiser=optimiser, network_seed=3)
    reference = to_module(initial_weights(features.n_terms, 7, 3, seed=3, dtype=np.float64))
    step = TORCH[optimiser](reference.parameters(), lr=0.01)
    entropy = torch.nn.functional.cross_entropy
    parts = {}
    for name in ("train", "validation"):
        values = torch.from_numpy(getattr(features, name).toarray().astype(np.float64))
        parts[name] = values, torch.from_numpy(getattr(features, f"{name}_labels").astype(np.int64))
    training = Training.start(features, spec, dtype=np.float64)
    for event in training:
        if isinstance(event, EpochDone):
            running = entropy(reference(parts["train"][0]), parts["train"][1])
            step.zero_grad()
            running.backward()
            step.step()
            assert event.running_train_loss == pytest.approx(running.item(), rel=1e-9)
            for name in ("train", "validation"):
                answers = reference(parts[name][0])
                assert getattr(event, f"{name}_loss") == pytest.approx(
                    entropy(answers, parts[name][1]).item(), rel=1e-9
                )
                right = (answers.argmax(1) == parts[name][1]).double().mean().item()
                assert getattr(event, f"{name}_accuracy") == pytest.approx(right)
    assert training.epochs_done == 15


def test_running_figures_weigh_documents_and_the_tutorials_weighs_batches(features):
    spec = dataclasses.replace(SPEC, batch_size=50, epochs=1)  # batches of 50 and 10
    _, first, second, done, _ = Training.start(features, spec)
    last_batch = (60 * second.running_loss - 50 * first.running_loss) / 10
    assert done.running_train_loss == second.running_loss
    assert done.running_train_loss_batch_mean == pytest.approx((first.running_loss + last_batch) / 2)
    assert done.running_train_loss_batch_mean != pytest.approx(done.running_train_loss)
    assert done.running_train_accuracy == second.running_accuracy
    assert (first.running_accuracy * 50) % 1 == pytest.approx(0, abs=1e-9)


def test_the_epoch_of_lowest_validation_loss_is_kept(make_features, start):
    features = make_features(n_train=20, n_validation=200, density=0.05)
    spec = NetworkSpec(hidden=32, epochs=40, batch_size=4, learning_rate=0.01)
    training = start(features, spec)
    *_, finished = training
    result = training.result()
    losses = [epoch.validation_loss for epoch in result.epochs]
    assert 1 <= result.kept_epoch < 40, "the example must overfit before its end"
    assert result.kept_epoch == result.best_epoch == finished.kept_epoch == 1 + int(np.argmin(losses))
    scores = log_softmax(logits(kept_weights(training), features.validation))
    loss = -scores[np.arange(200), features.validation_labels].mean()
    assert loss == pytest.approx(min(losses), rel=1e-5)
    np.testing.assert_allclose(result.validation_probabilities, np.exp(scores), rtol=1e-4)


def test_the_last_epoch_is_kept_if_the_recipe_says_so(features, start):
    training = start(features, dataclasses.replace(SPEC, epochs=12, keep="last", learning_rate=0.1))
    list(training)
    result = training.result()
    assert result.kept_epoch == 12
    assert result.best_epoch == 1 + int(np.argmin([epoch.validation_loss for epoch in result.epochs]))
    scores = log_softmax(logits(kept_weights(training), features.validation))
    np.testing.assert_array_equal(result.validation_predictions, scores.argmax(axis=1))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two processors")
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_one_and_two_threads_give_the_same_numbers(make_features, optimiser, start, monkeypatch):
    monkeypatch.setattr("bowcore.learn.kernels.loops.SMALL_WORK", 0)  # else all of it would be done on one
    features = make_features(n_train=200, n_terms=300, counts=False)
    spec = NetworkSpec(hidden=301, epochs=2, batch_size=64, optimiser=optimiser)
    results = []
    try:
        for n_threads in (1, 2):
            numba.set_num_threads(n_threads)
            training = start(features, spec)
            events = without_seconds(list(training))
            results.append((events, kept_weights(training)))
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    (events_1, weights_1), (events_2, weights_2) = results
    assert events_1 == events_2
    assert_same_weights(weights_1, weights_2)


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(features, tmp_path, keep, optimiser, start):
    spec = dataclasses.replace(SPEC, epochs=9, keep=keep, optimiser=optimiser, learning_rate=0.03)
    whole = start(features, spec)
    expected = list(whole)
    events = []
    training = Training.start(features, spec, tmp_path)
    for _ in range(5):
        events += training.events(epochs=2)
        training.save_checkpoint()
        training = Training.resume(features, tmp_path)
    assert without_seconds(events) == without_seconds(expected)
    result, expected_result = training.result(), whole.result()
    assert_same_weights(kept_weights(training), kept_weights(whole))
    assert result.kept_epoch == expected_result.kept_epoch
    np.testing.assert_array_equal(result.validation_probabilities, expected_result.validation_probabilities)


@pytest.mark.parametrize("optimiser", ["adam", "adam-lazy"])
def test_a_checkpoint_of_adam_holds_both_moments_of_every_array(features, tmp_path, optimiser):
    training = Training.start(features, dataclasses.replace(SPEC, optimiser=optimiser), tmp_path)
    list(training.events(epochs=1))
    _, arrays = read_checkpoint(training.save_checkpoint())
    for name in NAMES:
        for moment in ("mean", "square"):
            assert arrays[f"optimiser.{moment}.{name}"].shape == arrays[f"weights.{name}"].shape
            assert arrays[f"optimiser.{moment}.{name}"].any()


def test_weights_that_a_checkpoint_needs_stay_when_later_ones_are_better(make_features, tmp_path, start):
    features = make_features(n_train=60, n_validation=60)
    spec = NetworkSpec(hidden=8, epochs=12, batch_size=2, learning_rate=0.1, optimiser="sgd", network_seed=3)
    whole = start(features, spec)
    list(whole)
    losses = [epoch.validation_loss for epoch in whole.result().epochs]
    best = [1 + int(np.argmin(losses[: epoch + 1])) for epoch in range(len(losses))]
    pause = next((epoch for epoch in range(2, 12) if best[epoch - 1] < epoch and best[-1] > epoch), 0)
    assert pause, "the example's loss must rise and later fall below its earlier minimum"
    training = Training.start(features, spec, tmp_path)
    list(training.events(epochs=pause))
    training.save_checkpoint()
    kept = kept_weights(training)
    list(training)
    again = Training.resume(features, tmp_path)
    assert again.result().kept_epoch == best[pause - 1] < training.result().kept_epoch
    assert_same_weights(kept_weights(again), kept)


def test_a_finished_training_can_be_given_more_epochs(features, tmp_path, start):
    longer = dataclasses.replace(SPEC, epochs=6)
    whole = start(features, longer)
    list(whole)
    short = Training.start(features, SPEC, tmp_path)
    list(short)
    short.save_checkpoint()
    again = Training.resume(features, tmp_path, epochs=6)
    assert [type(event) for event in again].count(EpochDone) == 2
    assert_same_weights(kept_weights(again), kept_weights(whole))


@pytest.mark.parametrize("keep", ["best", "last"])
def test_stopping_between_batches_keeps_the_epochs_that_are_done(features, keep, start):
    spec = dataclasses.replace(SPEC, keep=keep)
    one_epoch = start(features, dataclasses.replace(spec, epochs=1))
    list(one_epoch)
    training = start(features, spec)
    events = list(training.events(should_stop=stop_after(6)))  # 4 batches an epoch
    assert [type(event) for event in events] == [Started, *[BatchDone] * 4, EpochDone, *[BatchDone] * 2, Finished]
    assert events[-1].stopped
    assert (events[-1].best_epoch, events[-1].kept_epoch) == (1, 1)
    result = training.result()
    assert result.stopped
    assert_same_weights(kept_weights(training), kept_weights(one_epoch))


def test_a_training_stopped_before_its_first_epoch_has_no_result(features, tmp_path):
    training = Training.start(features, SPEC)
    events = list(training.events(should_stop=stop_after(2)))
    assert events[-1] == Finished(0, 0, True, events[-1].seconds)
    for ask in (training.result, lambda: training.save_kept(tmp_path / "weights")):
        with pytest.raises(RunError, match="before its first epoch"):
            ask()


@pytest.mark.parametrize("keep", ["best", "last"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_training_paused_at_any_batch_continues_bit_for_bit(features, tmp_path, keep, optimiser, start):
    spec = dataclasses.replace(SPEC, epochs=3, keep=keep, optimiser=optimiser, learning_rate=0.03)
    whole = start(features, spec)
    expected = without_seconds(list(whole))
    for n_batches in range(1, 12):  # 4 an epoch: in the first epoch, at the ends of epochs, in later ones
        first = Training.start(features, spec, tmp_path)
        events = list(first.events(should_stop=stop_after(n_batches)))[:-1]
        first.save_checkpoint()
        second = Training.resume(features, tmp_path)
        assert second.begun
        assert without_seconds(events + list(second)) == expected
        assert_same_weights(kept_weights(second), kept_weights(whole))
        probabilities = [training.result().validation_probabilities for training in (second, whole)]
        np.testing.assert_array_equal(*probabilities)


def test_a_pause_after_every_batch_changes_nothing_and_seconds_add_up(features, tmp_path, start):
    whole = start(features, SPEC)
    expected = without_seconds(list(whole))
    training, events = Training.start(features, SPEC, tmp_path), []
    while training.epochs_done < SPEC.epochs:
        events += [event for event in training.events(stop_after(1)) if not isinstance(event, Finished)]
        training.save_checkpoint()
        training = Training.resume(features, tmp_path)
    assert without_seconds(events) == expected[:-1]
    assert_same_weights(kept_weights(training), kept_weights(whole))
    last_batches = [event.seconds for event in events if isinstance(event, BatchDone) and event.batch == 4]
    assert [epoch.seconds for epoch in training.epochs] == last_batches


def test_an_iteration_left_between_batches_continues_in_the_next_one(features):
    whole = Training.start(features, SPEC)
    expected = without_seconds(list(whole))
    training, events = Training.start(features, SPEC), []
    for event in training:
        events.append(event)
        if isinstance(event, BatchDone) and event.batch == 3:
            break
    assert without_seconds(events + list(training)) == expected


def test_a_training_broken_off_within_a_batch_is_neither_saved_nor_continued(features, tmp_path, monkeypatch):
    training = Training.start(features, SPEC, tmp_path)
    events = training.events()
    next(events), next(events)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "learn", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(events)
    for ask in (training.save_checkpoint, lambda: list(training)):
        with pytest.raises(RunError, match="broken off within a batch"):
            ask()


def test_a_training_without_a_folder_keeps_no_weights_but_has_its_result(features, tmp_path):
    training, kept = Training.start(features, SPEC), Training.start(features, SPEC, tmp_path)
    list(training), list(kept)
    probabilities = [each.result().validation_probabilities for each in (training, kept)]
    np.testing.assert_array_equal(*probabilities)
    for ask in (training.save_checkpoint, lambda: training.save_kept(tmp_path / "weights")):
        with pytest.raises(RunError, match="has no folder"):
            ask()


def test_a_checkpoint_whose_kept_weights_are_gone_is_refused(features, tmp_path):
    training = Training.start(features, SPEC, tmp_path)
    list(training.events(epochs=1))
    training.save_checkpoint()
    (tmp_path / "kept-1.safetensors").unlink()
    with pytest.raises(RunError, match="Train again from the start"):
        Training.resume(features, tmp_path)


def test_a_checkpoint_of_other_features_is_refused(features, make_features, tmp_path):
    training = Training.start(features, SPEC, tmp_path)
    list(training.events(epochs=1))
    training.save_checkpoint()
    with pytest.raises(RunError, match="another recipe"):
        Training.resume(make_features(seed=6), tmp_path)


def test_a_new_start_deletes_the_earlier_training_in_the_folder(features, tmp_path):
    training = Training.start(features, SPEC, tmp_path)
    list(training.events(epochs=2))
    training.save_checkpoint()
    Training.start(features, SPEC, tmp_path)
    with pytest.raises(RunError, match="cannot be read"):
        Training.resume(features, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_repeats_a_training_and_another_seed_does_not(features):
    def final(seed):
        training = Training.start(features, dataclasses.replace(SPEC, network_seed=seed))
        list(training)
        return training.result().epochs[-1].validation_loss

    assert final(1) == final(1) != final(2)


def test_a_wide_network_is_evaluated_on_a_fixed_sample_and_says_so(features, monkeypatch):
    monkeypatch.setattr(module, "EVALUATE_ALL_UP_TO", 7)
    monkeypatch.setattr(module, "EVALUATION_SAMPLE", 12)
    runs = []
    for _ in range(2):
        training = Training.start(features, SPEC)
        list(training)
        runs.append(training.result().epochs)
    assert all(epoch.n_train_evaluated == 12 for epoch in runs[0])
    assert (runs[0][0].train_accuracy * 12) % 1 == pytest.approx(0, abs=1e-9)
    assert [epoch.train_loss for epoch in runs[0]] == [epoch.train_loss for epoch in runs[1]]


def test_a_learning_rate_that_is_far_too_high_is_named_in_the_error(make_features):
    features = make_features()
    large = dataclasses.replace(features, train=features.train.astype(np.float64) * 1e15)
    spec = NetworkSpec(hidden=4, epochs=20, batch_size=4, learning_rate=10.0, optimiser="sgd")
    with pytest.raises(RecipeError, match="Lower the learning rate") as caught:
        list(Training.start(large, spec))
    assert caught.value.field == "learning_rate"


def test_empty_splits_and_networks_beyond_the_budget_are_refused(features, monkeypatch):
    for name in ("train", "validation"):
        empty = {name: getattr(features, name)[:0], f"{name}_labels": np.zeros(0, np.int32)}
        with pytest.raises(RecipeError, match="There are 0"):
            Training.start(dataclasses.replace(features, **empty), SPEC)
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.000001")
    with pytest.raises(MemoryBudgetError):
        Training.start(features, SPEC)


def test_documents_without_any_term_are_trained_on_too(make_features):
    features = make_features(density=0.01)
    assert (np.diff(features.train.indptr) == 0).any()
    *_, finished = Training.start(features, dataclasses.replace(SPEC, batch_size=1, epochs=1))
    assert finished.kept_epoch == 1


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_a_training_ends_when_its_patience_is_over(make_features, tmp_path, patience):
    features = make_features(n_train=20, n_validation=200, density=0.05)
    spec = NetworkSpec(hidden=32, epochs=40, batch_size=4, learning_rate=0.01)
    losses = [event.validation_loss for event in Training.start(features, spec) if isinstance(event, EpochDone)]
    waits = [epoch - int(np.argmin(losses[:epoch])) - 1 for epoch in range(1, 41)]
    expected = 1 + waits.index(patience)
    training = Training.start(features, dataclasses.replace(spec, patience=patience), tmp_path)
    *_, finished = training
    assert expected < 40
    assert (training.epochs_done, training.finished) == (expected, True)
    assert (finished.stopped, finished.ended_early, finished.best_epoch) == (False, True, expected - patience)
    assert [event.validation_loss for event in training.epochs] == losses[:expected]
    training.save_checkpoint()
    assert Training.resume(features, tmp_path).finished


def test_single_batches_are_kept_as_points_and_survive_a_pause(features, tmp_path):
    events = list(training := Training.start(features, SPEC))
    batches = [event for event in events if isinstance(event, BatchDone)]
    found = [(epoch, *point) for epoch, points in training.points.items() for point in points]
    assert found == [(event.epoch, event.batch, event.loss, event.accuracy) for event in batches]
    done = [event for event in events if isinstance(event, EpochDone)]
    for epoch in done:  # four batches of 16, 16, 16 and 12 articles
        losses = [event.loss for event in batches if event.epoch == epoch.epoch]
        assert epoch.running_train_loss == pytest.approx(np.average(losses, weights=[16, 16, 16, 12]))
    paused = Training.start(features, SPEC, tmp_path)
    list(paused.events(stop_after(6)))
    paused.save_checkpoint()
    list(resumed := Training.resume(features, tmp_path))
    assert resumed.points == training.points


def test_a_long_training_keeps_few_points(features, monkeypatch):
    monkeypatch.setattr(module, "MOST_POINTS", 5)
    list(training := Training.start(features, SPEC))
    assert [[point[0] for point in points] for points in training.points.values()] == [[1], [1], [1], [1]]
