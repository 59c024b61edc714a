"""`kill -9` of the worker, of the server and of a command at random moments of a training.

Three kills of one training, one of each victim; BOWLAB_TEST_KILLS sets the number for several trainings of five kills,
each with a seed of its own. Nothing finished is lost, nothing half-written is read, and a training goes on to the
numbers of one that nobody killed.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.store import artefacts
from bowcore.store.home import runs_url
from bowcore.store.keys import result_key
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import Trained
from tests.pages.plain import RECOMMENDED
from ui.answers import corpus_digest

Start = Callable[[str], "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal"),
]

EPOCHS = 60
KILLS = int(os.environ.get("BOWLAB_TEST_KILLS", "3"))
RECIPE = RECOMMENDED.change(training_articles=300, epochs=EPOCHS, hidden=64)
PAYLOADS: dict[str, dict[str, str]] = {}
"""By key."""
SERVER = """
import threading
from bowcore.jobs import supervisor
supervisor.FIRST_PAUSE = 0.05
with supervisor.supervise(("long",)): threading.Event().wait()
"""
COMMAND = "import sys\nfrom bowcore.tasks.runner import run_here\nrun_here('train', {}, 'long', {!r})"


@pytest.mark.parametrize("seed", range(max(KILLS // 5, 1)))
def test_a_training_survives_every_kill(
    seed: int, start: Start, eventually: Eventually, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPE.change(network_seed=seed)
    key = result_key(recipe, "network", corpus_digest(recipe))
    PAYLOADS[key] = {"recipe": recipe.to_toml()}
    chance = random.Random(seed)
    victims = [chance.choice(("worker", "server", "command")) for _ in range(min(KILLS, 5))]
    victims[:3] = "worker", "server", "command"
    server: subprocess.Popen[str] | None = None
    for victim in victims:
        seen = n_epochs(key)
        if victim == "command":
            stop(server)
            server, process = None, start(COMMAND.format(PAYLOADS[key], key))
        else:
            server = server or start(SERVER)
            process = server
            ask(key)
        eventually(lambda seen=seen, victim=victim: goes_on(key, seen, by_page=victim != "command"))
        threading.Event().wait(chance.uniform(0, 0.2))
        if victim == "worker":
            with_its_pid(key, lambda pid: os.kill(pid, signal.SIGKILL))
        else:
            process.kill()
            process.wait()
            server = None
        check_what_is_kept(key)
    server = server or start(SERVER)

    def is_done() -> bool:
        ask(key)
        job = jobs.latest("train", key)
        return job is not None and job.state == "done"

    eventually(is_done)
    check_what_is_kept(key)
    stop(server)
    ended = jobs.latest("train", key)
    assert ended is not None
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "undisturbed"))
    process_memo().clear()
    undisturbed = run_here("train", PAYLOADS[key], "long", key)
    assert losses(ended) == losses(undisturbed)
    assert (ended.result or {})["weights_digest"] == (undisturbed.result or {})["weights_digest"]


def losses(job: Job) -> list[float | None]:
    return [epoch.validation_loss for epoch in Trained.from_json(job.result or {}).epochs]


def ask(key: str) -> None:
    """Ask for the training as a page does, unless it waits, runs or is done."""
    job = jobs.latest("train", key)
    if job is None or job.state in ("interrupted", "failed", "stopped"):
        assert job is None or "died" in job.error or not job.error
        jobs.submit("train", PAYLOADS[key], "long", key)


def of_key(key: str) -> list[Job]:
    return [job for job in jobs.recent("train", 1000) if job.key == key]


def goes_on(key: str, seen: int, *, by_page: bool) -> bool:
    """Whether the training runs and has got further; a page asks for it again where it was cut short."""
    threading.Event().wait(0.1)  # whoever looks takes the processor from the training
    if by_page:
        ask(key)
    job = jobs.latest("train", key)
    return job is not None and (job.state == "done" or (job.state == "running" and n_epochs(key) > seen))


def with_its_pid(key: str, act: Callable[[int], None]) -> None:
    job = jobs.latest("train", key)
    assert job is not None
    pid = int(job.worker.split(".")[1])
    if job.open and psutil.pid_exists(pid):
        act(pid)


def epochs_by_job(key: str) -> list[dict[int, float]]:
    """The epochs that each attempt has reported, with their validation loss, oldest attempt first."""
    return [
        {
            event.body["epoch"]: event.body["validation_loss"]
            for event in jobs.events(job.id)
            if event.body["event"] == "EpochDone"
        }
        for job in reversed(of_key(key))
    ]


def n_epochs(key: str) -> int:
    """Epochs that anybody has ever reported."""
    return max((max(found, default=0) for found in epochs_by_job(key)), default=0)


def check_what_is_kept(key: str) -> None:
    url = sa.make_url(runs_url())
    if url.get_backend_name() == "sqlite":  # a server's database is no file, and one of its name would be made here
        with closing(sqlite3.connect(str(url.database))) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [artefacts.damage(artefact) for artefact in artefacts.kept() if artefacts.damage(artefact)] == []
    furthest, losses = 0, {}
    for found in epochs_by_job(key):
        assert list(found) == list(range(1, len(found) + 1))  # an attempt tells all epochs that it goes on from
        for epoch, loss in found.items():
            assert losses.setdefault(epoch, loss) == loss
        if found:
            assert max(found) >= furthest - 1  # reported, and killed before it was saved: it is computed once more
            furthest = max(furthest, max(found))


def stop(server: subprocess.Popen[str] | None) -> None:
    if server is not None:
        server.kill()
        server.wait()
