import os
import time
from pathlib import Path

from bowcore.store.home import training_folder
from bowcore.tasks import checkpoints


def at_rest(key: str, days: float) -> Path:
    folder = training_folder(key)
    folder.mkdir(parents=True)
    (folder / "checkpoint.npz").write_bytes(b"weights")
    long_ago = time.time() - days * 86_400
    os.utime(folder, (long_ago, long_ago))
    return folder


def test_a_training_is_saved_when_its_checkpoint_is_there() -> None:
    assert not checkpoints.saved("a")
    at_rest("a", days=0)
    assert (checkpoints.saved("a"), checkpoints.saved("b")) == (True, False)


def test_only_trainings_that_rest_for_a_month_are_swept() -> None:
    assert checkpoints.sweep() == 0, "there is no folder of trainings yet"
    at_rest("old", days=31)
    new = at_rest("new", days=29)
    assert checkpoints.sweep() == 1
    assert list(new.parent.iterdir()) == [new]
