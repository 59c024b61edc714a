import os
import time
from pathlib import Path

from bowcore.store.home import training_folder
from bowcore.tasks.runner import sweep_trainings


def saved_training(key: str, days: float) -> Path:
    folder = training_folder(key)
    folder.mkdir(parents=True)
    (folder / "checkpoint.npz").write_bytes(b"weights")
    long_ago = time.time() - days * 86_400
    os.utime(folder, (long_ago, long_ago))
    return folder


def test_only_trainings_that_nobody_resumed_for_a_month_are_deleted() -> None:
    assert sweep_trainings() == 0, "there is no folder of trainings yet"
    saved_training("old", days=31)
    new = saved_training("new", days=29)
    assert sweep_trainings() == 1
    assert list(new.parent.iterdir()) == [new]
