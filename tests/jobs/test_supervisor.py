import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bowcore.errors import OutputError
from bowcore.jobs import jobs, supervisor
from bowcore.jobs.supervisor import supervise
from bowcore.store import locks
from bowcore.store.home import home_folder, logs_folder

Start = Callable[..., "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]

posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signals")


def test_workers_live_as_long_as_the_block(eventually: Eventually) -> None:
    with supervise():
        eventually(lambda: locks.worker_alive("quick") and locks.worker_alive("long"))
        job = jobs.submit("knit", {}, "quick", "k")
        eventually(lambda: jobs.get(job.id).state == "failed")
    assert not locks.worker_alive("quick")
    assert not locks.worker_alive("long")


def test_a_killed_worker_is_started_again_and_works(eventually: Eventually) -> None:
    with supervise(("quick",)) as workers:
        eventually(lambda: locks.worker_alive("quick"))
        first = workers["quick"].process
        assert first is not None
        first.kill()
        first.wait()
        job = jobs.submit("knit", {}, "quick", "k")
        eventually(lambda: jobs.get(job.id).state == "failed")
        second = workers["quick"].process
        assert second is not None
        assert second.pid != first.pid
    lines = [json.loads(line) for line in (logs_folder() / "server.log").read_text().splitlines()]
    errors = [line["message"] for line in lines if line["level"] == "ERROR"]
    assert errors == ["The process worker-quick ended with the code -9: without a word"]


def test_another_servers_worker_is_left_alone() -> None:
    with locks.worker_lock("quick"), supervise(("quick",)) as workers:
        assert not workers["quick"].started.wait(0.5)


@posix
def test_workers_exit_when_their_server_is_killed(start: Start, eventually: Eventually) -> None:
    server = start(
        "import threading\nfrom bowcore.jobs.supervisor import supervise\n"
        "with supervise(('quick',)): threading.Event().wait()"
    )
    eventually(lambda: locks.worker_alive("quick"))
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not locks.worker_alive("quick"))


def test_a_worker_tells_its_log_why_it_runs_no_job(eventually: Eventually, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", "sqlite://")  # the worker refuses an in-memory database with a message
    with supervise(("quick",)):
        log = logs_folder() / "worker-quick.log"
        eventually(lambda: log.exists() and "in-memory database" in log.read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["level"] for line in lines} == {"WARNING"}
    assert "Tried again in" in lines[0]["message"]


def test_a_lane_whose_worker_cannot_be_started_is_tried_again(
    eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.2)
    in_the_way = logs_folder() / "worker-quick.out"
    in_the_way.mkdir()  # no output can be opened
    with supervise(("quick",)) as workers:
        log = logs_folder() / "server.log"
        eventually(lambda: log.read_text().count("cannot be started; tried again in") >= 3)
        assert not workers["quick"].started.is_set()
        in_the_way.rmdir()
        eventually(lambda: locks.worker_alive("quick"))


def test_a_head_start_keeps_jobs_waiting_and_ends_with_the_server(eventually: Eventually) -> None:
    with supervise(("quick",), head_start=600.0) as workers:
        assert not workers["quick"].started.wait(0.5)
    with supervise(("quick",), head_start=0.1) as workers:
        eventually(lambda: locks.worker_alive("quick"))


@posix
@pytest.mark.faults
@pytest.mark.slow
def test_a_home_that_is_moved_away_and_back_is_not_made_again_and_loses_no_job(
    home: Path, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    with supervise(("quick",)) as workers:
        eventually(lambda: locks.worker_alive("quick"))
        waiting = jobs.submit("knit", {}, "quick", "before")
        eventually(lambda: jobs.get(waiting.id).state == "failed")
        first, away = workers["quick"].process, home.parent / "away"
        assert first is not None
        home.rename(away)
        with pytest.raises(OutputError, match="was deleted or replaced"):
            home_folder()
        if "BOWLAB_RUNS_URL" not in os.environ:  # on a server, jobs can be asked for
            with pytest.raises(OutputError, match="was deleted or replaced"):
                jobs.submit("knit", {}, "quick", "k")
        first.kill()
        first.wait()
        eventually(lambda: "worker-quick cannot be started" in caplog.text)
        assert not home.exists()
        away.rename(home)
        job = jobs.submit("knit", {}, "quick", "k")
        eventually(lambda: jobs.get(job.id).state == "failed")
        assert jobs.get(waiting.id).state == "failed"
