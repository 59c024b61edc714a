import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bowcore.store import locks
from bowcore.store.home import locks_folder

Start = Callable[..., "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]


def test_a_worker_counts_as_alive_exactly_while_it_holds_its_lock() -> None:
    assert not locks.worker_alive("long")
    with locks.worker_lock("long"):
        assert locks.worker_alive("long")
        assert not locks.worker_alive("quick")
    assert not locks.worker_alive("long")


def test_checking_whether_a_worker_is_alive_does_not_keep_its_lock() -> None:
    assert not locks.worker_alive("long")
    with locks.worker_lock("long"):
        pass


def test_a_held_slot_is_not_acquired(home: Path) -> None:
    with locks.slot_lock("long") as first, locks.slot_lock("long", timeout=0) as second:
        assert (first, second) == (True, False)
    with locks.slot_lock("long", timeout=0) as third:
        assert third


def test_the_lock_of_a_killed_process_is_free(start: Start, eventually: Eventually) -> None:
    holder = start(
        "import threading\nfrom bowcore.store import locks\n"
        "with locks.worker_lock('long'), locks.slot_lock('long'): threading.Event().wait()"
    )
    eventually(lambda: locks.worker_alive("long"))
    holder.kill()
    holder.wait()
    with locks.worker_lock("long"), locks.slot_lock("long", timeout=0) as held:
        assert held


def test_a_runner_leaves_no_file_behind() -> None:
    with locks.runner_lock("command"):
        assert locks.runner_alive("command")
    assert not locks.runner_alive("command")
    assert list(locks_folder().glob("runner-*")) == []


def test_workers_of_another_database_are_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with locks.worker_lock("long"):
        monkeypatch.setenv("BOWLAB_RUNS_URL", f"sqlite:///{tmp_path / 'another.sqlite'}")
        assert not locks.worker_alive("long")
