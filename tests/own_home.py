import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowcore.experiment.memo import process_memo
from bowcore.store import database

ROOT = Path(__file__).parents[1]
HANDLERS = {
    name: f"sample_handlers:{name}"
    for name in ("count", "endless", "deaf", "deaf_at_first", "refuse", "crash", "threads", "odd", "too_large")
}
# Set this to a PostgreSQL URL to run every test here against it as well; each gets a schema of its own.
POSTGRESQL = os.environ.get("BOWLAB_TEST_POSTGRESQL")


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh BOWLAB_HOME with a fresh runs database, for this process and the workers that it starts."""
    for variable in ("BOWLAB_ARTEFACTS", "BOWLAB_RUNS_URL", "BOWLAB_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    process_memo().clear()
    if request.param == "postgresql" and POSTGRESQL:
        schema = f"test_{uuid.uuid4().hex}"
        server = sa.create_engine(POSTGRESQL)
        with server.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
        server.dispose()
        monkeypatch.setenv("BOWLAB_RUNS_URL", f"{POSTGRESQL}?options=-csearch_path%3D{schema}")
    yield tmp_path / "home"
    process_memo().clear()
    for engine in database._engines.values():
        engine.dispose()
    database._engines.clear()


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handlers of `sample_handlers`, in this process."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr("bowcore.tasks.handlers.HANDLERS", HANDLERS)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python code in a process that knows the sample handlers; whatever still runs is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        prelude = f"from bowcore.tasks.handlers import HANDLERS; HANDLERS.update({HANDLERS})\n"
        paths = [str(ROOT), str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def start_worker(start: Callable[[str], subprocess.Popen[str]]) -> Callable[..., subprocess.Popen[str]]:
    """Start a worker of a lane in its own process."""
    return lambda lane="long": start(f"from bowcore.tasks.runner import work; work({lane!r})")


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Return when a condition holds; fail when it doesn't within two minutes."""

    def eventually(condition: Callable[[], bool]) -> None:
        pause, end = threading.Event(), time.monotonic() + 120
        while not condition():
            assert time.monotonic() < end, "the condition did not come to hold within two minutes"
            pause.wait(0.02)

    return eventually
