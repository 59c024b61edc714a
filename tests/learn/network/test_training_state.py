import dataclasses

import numpy as np
import pytest

from bowcore.errors import OutputError, RunError
from bowcore.learn.network.best_epoch import Kept
from bowcore.learn.network.events import EpochDone
from bowcore.learn.network.network import initial_weights, load_weights
from bowcore.learn.network.passes import Evaluation

EPOCH = EpochDone(1, 9, 1.0, 1.0, 0.5, 1.0, 0.5, 10, 1.0, 0.5, 0.1, 0.1)


def judged(tmp_path, losses, keep="best"):
    kept = Kept(tmp_path, keep, n_classes=2)
    epochs = ()
    for number, loss in enumerate(losses, start=1):
        epochs = (*epochs, dataclasses.replace(EPOCH, epoch=number, validation_loss=loss))
        kept.judge(epochs, Evaluation(loss, 0.5, np.log(np.full((3, 2), 1 / (number + 1)))))
    return kept, epochs


@pytest.mark.parametrize(
    ("keep", "losses", "best", "epoch"),
    [("best", (3, 2, 4), 2, 2), ("best", (2, 2, 2), 1, 1), ("last", (3, 2, 4), 2, 3), ("last", (1,), 1, 1)],
)
def test_the_earliest_of_the_lowest_losses_is_best_and_the_recipe_says_which_is_kept(
    tmp_path, keep, losses, best, epoch
):
    kept, epochs = judged(tmp_path, losses, keep)
    weights = initial_weights(4, 3, 2, seed=0)
    result = kept.result(epochs, stopped=False)
    assert (result.best_epoch, result.kept_epoch) == (best, epoch)
    np.testing.assert_allclose(result.validation_probabilities, 1 / (epoch + 1))
    assert kept.weights(weights) is weights


def test_weights_set_aside_are_those_from_before_the_next_epoch_and_are_read_from_disk(tmp_path):
    kept, _ = judged(tmp_path, (1,))
    weights = initial_weights(4, 3, 2, seed=0)
    before = weights.hidden_weights.copy()
    kept.set_aside(weights, epochs_done=1)
    weights.hidden_weights[:] = 7
    np.testing.assert_array_equal(kept.weights(None).hidden_weights, before)
    kept.write(None, tmp_path / "copy.safetensors")
    np.testing.assert_array_equal(load_weights(tmp_path / "copy.safetensors").hidden_weights, before)
    with pytest.raises(OutputError, match="cannot be written"):
        kept.write(None, tmp_path / "no folder" / "copy.safetensors")


def test_before_the_first_epoch_there_is_nothing_to_keep(tmp_path):
    with pytest.raises(RunError, match="before its first epoch"):
        Kept(tmp_path, "best", 2).result((), stopped=True)
    with pytest.raises(RunError, match="before its first epoch"):
        Kept(tmp_path, "best", 2).weights(None)


def test_a_checkpoint_needs_no_other_weights_than_those_that_are_kept(tmp_path):
    kept, epochs = Kept(tmp_path, "best", 2), ()
    weights = initial_weights(4, 3, 2, seed=0)
    for number, loss in enumerate((5, 4, 6, 3, 2, 7, 8), start=1):
        kept.set_aside(weights, epochs_done=number - 1)
        epochs = (*epochs, dataclasses.replace(EPOCH, epoch=number, validation_loss=loss))
        kept.judge(epochs, Evaluation(loss, 0.5, np.log(np.full((3, 2), 0.5))))
        header = kept.header()
        kept.rely()
        left = sorted(path.name for path in tmp_path.iterdir())
        # epochs 3, 6 and 7 are worse than one before; the kept weights of the others are live, and in the checkpoint
        assert left == {3: ["kept-2.safetensors"], 6: ["kept-5.safetensors"], 7: ["kept-5.safetensors"]}.get(number, [])
        assert header["set_aside"] == {3: 2, 6: 5, 7: 5}.get(number, 0)


def test_a_copy_of_weights_set_aside_stays_as_it_is_when_they_are_set_aside_anew(tmp_path, monkeypatch):
    for name in ("linked", "copied"):
        weights = initial_weights(4, 3, 2, seed=0)
        before = weights.hidden_weights.copy()
        kept, _ = judged(tmp_path, (1,))
        kept.set_aside(weights, epochs_done=1)
        kept.write(None, tmp_path / name)
        weights.hidden_weights[:] = 7
        again, _ = judged(tmp_path, (1,))
        again.set_aside(weights, epochs_done=1)
        np.testing.assert_array_equal(load_weights(tmp_path / name).hidden_weights, before)

        def refuse(*arguments):
            raise OSError("This disk knows one name a file.")

        monkeypatch.setattr("bowcore.learn.network.best_epoch.os.link", refuse)
