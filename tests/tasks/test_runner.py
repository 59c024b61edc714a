import os
import time
from pathlib import Path

import pytest

from bowcore.store.home import training_folder
from bowcore.store.work_folders import working_in
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


def test_a_training_that_a_process_works_in_is_not_deleted_by_a_clock_that_is_set_forward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running, paused = training_folder("running"), saved_training("paused", days=0)
    with working_in(running, "bbc-news"):
        (running / "checkpoint.npz").write_bytes(b"weights")
        ahead = time.time() + 365 * 86_400
        monkeypatch.setattr(time, "time", lambda: ahead)
        assert sweep_trainings() == 1
        assert (running / "checkpoint.npz").is_file() and not paused.exists()
