import dataclasses
from pathlib import Path

import numpy as np
import pytest

from bowcore.errors import OutputError, RunError
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.network import initial_weights, load_weights
from bowcore.learn.network.passes import Evaluation
from bowcore.learn.network.training_state import KeptEpoch

EPOCH = EpochDone(1, 9, 1.0, 1.0, 0.5, 1.0, 0.5, 10, 1.0, 0.5, 0.1, 0.1)


def judge_all(kept, losses):
    """Judge epochs of these losses; all hidden weights of epoch n are n, and all probabilities 1 / (n + 1)."""
    epochs, weights = (), initial_weights(4, 3, 2, seed=0)
    for number, loss in enumerate(losses, start=1):
        epochs = (*epochs, dataclasses.replace(EPOCH, epoch=number, validation_loss=loss))
        weights.hidden_weights[:] = number
        kept.judge(epochs, Evaluation(loss, 0.5, np.log(np.full((3, 2), 1 / (number + 1)))), weights)
        yield epochs
    weights.hidden_weights[:] = 99  # a batch of the next epoch


@pytest.mark.parametrize(
    ("keep", "losses", "best", "epoch"),
    [("best", (3, 2, 4), 2, 2), ("best", (2, 2, 2), 1, 1), ("last", (3, 2, 4), 2, 3), ("last", (1,), 1, 1)],
)
def test_the_earliest_of_the_lowest_losses_is_best_and_the_recipe_says_which_is_kept(
    tmp_path, keep, losses, best, epoch
):
    kept = KeptEpoch(tmp_path, keep)
    *_, epochs = judge_all(kept, losses)
    result = kept.result(epochs, stopped=False)
    assert (result.best_epoch, result.kept_epoch) == (best, epoch)
    np.testing.assert_allclose(result.validation_probabilities, 1 / (epoch + 1))
    kept.copy_weights(tmp_path / "copy")
    assert (load_weights(tmp_path / "copy").hidden_weights == epoch).all()
    for path in tmp_path.glob("kept-*"):
        path.write_bytes(b"") if path.stat().st_nlink == 1 else path.unlink()
    assert (load_weights(tmp_path / "copy").hidden_weights == epoch).all(), "whatever becomes of the others"
    with pytest.raises(OutputError, match="cannot be written"):
        kept.copy_weights(tmp_path / "no folder" / "copy")


def test_on_another_disk_the_weights_are_copied(tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(18, "Invalid cross-device link")

    kept = KeptEpoch(tmp_path, "best")
    *_, _ = judge_all(kept, (3, 2))
    monkeypatch.setattr("os.link", refuse)
    kept.copy_weights(tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_nlink == 1
    assert (load_weights(tmp_path / "copy").hidden_weights == 2).all()


def test_before_the_first_epoch_there_is_nothing_to_keep(tmp_path):
    kept = KeptEpoch(tmp_path, "best")
    for ask in (lambda: kept.result((), stopped=True), lambda: kept.copy_weights(tmp_path / "copy")):
        with pytest.raises(RunError, match="before its first epoch"):
            ask()


def test_only_the_weights_that_are_kept_or_that_the_checkpoint_needs_are_on_disk(tmp_path):
    kept, found = KeptEpoch(tmp_path, "best"), []
    for number, _ in enumerate(judge_all(kept, (5, 4, 6, 3, 2, 7)), start=1):
        if number in (2, 6):
            kept.checkpointed()
        found.append({int(path.stem.removeprefix("kept-")) for path in tmp_path.iterdir()})
    assert found == [{1}, {2}, {2}, {2, 4}, {2, 5}, {5}]


def test_weights_that_cannot_be_written_are_copied_from_memory_and_written_when_they_can(tmp_path, monkeypatch):
    kept = KeptEpoch(tmp_path, "best")
    judged = judge_all(kept, (5, 4))
    next(judged)

    def refuse(self, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        next(judged)
        with pytest.raises(OutputError, match="No space left"):
            kept.write_pending()
    next(judged, None)  # a batch of the next epoch changes the weights
    assert (kept.epoch, kept.best) == (2, 2)
    kept.copy_weights(tmp_path / "copy")
    kept.write_pending()
    for name in ("copy", "kept-2.safetensors"):
        assert (load_weights(tmp_path / name).hidden_weights == 2).all()
