import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from bowcore.jobs import jobs
from bowcore.jobs.supervisor import supervise
from bowcore.store import locks
from bowcore.store.home import logs_folder

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


def test_a_workers_output_goes_to_its_log(eventually: Eventually, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_RUNS_URL", "sqlite://")  # the worker refuses an in-memory database with a message
    with supervise(("quick",)):
        log = logs_folder() / "worker-quick.log"
        eventually(lambda: log.exists() and "in-memory database" in log.read_text())


def test_a_head_start_keeps_jobs_waiting_and_ends_with_the_server(eventually: Eventually) -> None:
    with supervise(("quick",), head_start=600.0) as workers:
        assert not workers["quick"].started.wait(0.5)
    with supervise(("quick",), head_start=0.1) as workers:
        eventually(lambda: locks.worker_alive("quick"))
