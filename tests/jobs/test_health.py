import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bowcore.jobs import health, jobs
from bowcore.jobs.health import Examiner
from bowcore.store import database, locks
from bowcore.store.home import runs_url


@pytest.fixture
def workers() -> Iterator[ExitStack]:
    """Every lane has a worker, until this is closed."""
    with ExitStack() as stack:
        for lane in locks.LANES:
            stack.enter_context(locks.worker_lock(lane))
        yield stack


def test_all_is_well_where_database_and_workers_answer(workers: ExitStack) -> None:
    found = Examiner().examine()
    assert found.ok
    workers_ok = {"quick": "ok", "long": "ok", "download": "ok"}
    assert found.to_json() == {"status": "ok", "database": "ok", "workers": workers_ok}


def test_a_killed_worker_is_named(
    start_worker: Callable[..., Any],
    eventually: Callable[[Callable[[], bool]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, examiner = start_worker("quick"), Examiner()
    eventually(lambda: examiner.examine().workers["quick"] == "ok")
    worker.kill()
    eventually(lambda: examiner.examine().workers["quick"] == "is starting")  # the next one, if there is to be one
    monkeypatch.setattr(health, "NEXT_LIMIT", 0.0)
    assert examiner.examine().workers["quick"] == "is not running"
    assert examiner.examine().status == "failing"


def test_workers_are_starting_until_they_were_seen_or_should_have_been(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(health.time, "monotonic", lambda: now)
    examiner = Examiner()
    with locks.worker_lock("quick"):
        found = examiner.examine()
    assert not found.ok
    starting = {"quick": "ok", "long": "is starting", "download": "is starting"}
    assert found.to_json() == {"status": "starting", "database": "ok", "workers": starting}
    assert examiner.examine().workers["quick"] == "is starting", "it was seen a moment ago, so the next one may come"
    now = health.NEXT_LIMIT
    assert examiner.examine().workers["quick"] == "is not running", "it was seen long ago"
    now = health.START_LIMIT
    late = {"quick": "is not running", "long": "is not running", "download": "is not running"}
    assert examiner.examine().to_json() == {"status": "failing", "database": "ok", "workers": late}


def test_a_worker_that_takes_no_jobs_is_named(workers: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(health.time, "monotonic", lambda: now)
    jobs.submit("count", {}, "long", "k")
    examiner = Examiner()
    assert examiner.examine().ok
    now = health.PATIENCE + 1
    assert examiner.examine().workers == {"quick": "ok", "long": "takes no jobs", "download": "ok"}
    claimed = jobs.claim("long")
    assert claimed is not None
    jobs.submit("count", {}, "long", "another")
    assert examiner.examine().ok, "a long job runs"
    now += health.PATIENCE + 1
    assert examiner.examine().ok


def test_a_damaged_database_is_told_without_its_address(workers: ExitStack, home: Path) -> None:
    jobs.recent()
    files = [path for path in home.rglob("*") if path.is_file() and path.name.startswith("runs.sqlite")]
    if not files:
        pytest.skip("the database of a server is not a file of this home")
    for engine in database._engines.values():
        engine.dispose()
    for path in files:
        path.write_bytes(b"this is no database" * 1000)
    found = Examiner().examine()
    assert found.database == "does not answer"
    assert str(home) not in json.dumps(found.to_json())


@pytest.mark.faults
def test_a_home_that_is_gone_is_told_of_the_database_and_the_workers_are_unknown(home: Path) -> None:
    examiner = Examiner()
    examiner.examine()
    home.rename(home.with_name("away"))
    try:
        found = examiner.examine()
    finally:
        home.with_name("away").rename(home)
    in_the_home = runs_url().startswith("sqlite")  # a server answers without the home
    assert found.database == ("does not answer" if in_the_home else "ok")
    assert set(found.workers.values()) == {"unknown"}
    assert found.status == "failing"
