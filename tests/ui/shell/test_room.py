"""The figures that the teacher of a room sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bowcore.store import artefacts
from bowcore.store.disk import bytes_on_disk
from bowcore.tasks.handlers import HANDLERS
from ui.shell import room

HELD = 60_000_000


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def test_memory_is_that_of_the_server_its_workers_and_their_children() -> None:
    holding = f"import sys; held = b'x' * {HELD}; print('ready', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holding!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        (child,) = psutil.Process(worker.pid).children()
        parts = [psutil.Process(), psutil.Process(worker.pid), child]
        others = [one for one in parts[0].children(recursive=True) if one.pid not in {part.pid for part in parts}]
        expected = sum(process.memory_info().rss for process in (*parts, *others))
        found = room._own_memory()
        worker.communicate()
    assert child.pid != worker.pid and expected > HELD
    assert found == pytest.approx(expected, abs=HELD / 20)
    assert room._own_memory() < expected - HELD / 2


def keep(name: str, n_bytes: int) -> None:
    artefacts.store(name, lambda folder: (folder / "file").write_bytes(bytes(n_bytes)))


def test_the_bytes_that_are_kept_are_counted_once_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now, kept, counts = 0.0, artefacts.kept, []
    monkeypatch.setattr(room.time, "monotonic", lambda: now)
    monkeypatch.setattr(artefacts, "kept", lambda: counts.append(now) or kept())
    keep("probe-0123456789ab", 500_000)
    first = room._kept_bytes()
    assert first == sum(bytes_on_disk(item.path) for item in kept()) > 500_000
    keep("probe-0123456789ac", 700_000)
    now = 9.0
    assert room._kept_bytes() == first
    now = 10.0
    assert room._kept_bytes() == sum(item.n_bytes for item in kept()) > first
    assert counts == [0.0, 10.0]


def test_another_folder_is_counted_on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("probe-0123456789ab", 500_000)
    assert room._kept_bytes() > 500_000
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(tmp_path / "elsewhere"))
    assert room._kept_bytes() == 0


def test_every_kind_of_job_has_a_name_for_people() -> None:
    assert room.KINDS.keys() == HANDLERS.keys()
    assert not set(room.KINDS.values()) & set(HANDLERS)
