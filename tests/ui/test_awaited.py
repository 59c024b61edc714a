"""What a page waits for: asked for once, again when it is lost, and told why it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.store.locks import worker_lock
from ui import awaited


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def ask() -> Job:
    return jobs.submit("tokens", {}, "quick", "key")


def find(made: str | None = None) -> str | Job:
    return awaited.find("tokens", "key", lambda: made, ask)


def end(how: str) -> Job:
    job = jobs.claim("quick")
    assert job is not None
    {"done": lambda: jobs.finish(job.id, {}), "failed": lambda: jobs.fail(job.id, "No room is left.")}[how]()
    return jobs.get(job.id)


def test_what_is_kept_needs_no_job() -> None:
    assert find("kept") == "kept"
    assert jobs.recent() == ()


def test_what_is_missing_is_asked_for_once() -> None:
    first, second = find(), find()
    assert isinstance(first, Job) and isinstance(second, Job)
    assert first.id == second.id
    assert len(jobs.recent()) == 1


def test_what_was_made_and_is_lost_is_asked_for_again() -> None:
    find()
    done = end("done")
    again = find()
    assert isinstance(again, Job) and again.id != done.id and again.open


def test_what_failed_just_now_is_told_and_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    find()
    failed = end("failed")
    found = find()
    assert isinstance(found, Job) and found.id == failed.id
    assert awaited.problem(found) == "No room is left."
    monkeypatch.setattr(awaited, "FAILED_FOR", -1.0)
    again = find()
    assert isinstance(again, Job) and again.id != failed.id


def test_a_worker_that_is_there_is_at_it_and_one_that_is_not_is_starting() -> None:
    job = find()
    assert isinstance(job, Job)
    assert awaited.problem(job) == "its worker is starting."
    with worker_lock("quick"):
        assert awaited.problem(job) == "updating …"


def test_a_dialog_waits_while_a_worker_is_at_it_and_not_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> str | Job:
        looks.append(len(looks))
        return find("kept" if len(looks) == 3 else None)

    monkeypatch.setattr(awaited, "POLL", 0.0)
    assert isinstance(awaited.soon(look), Job)
    assert looks == [0]
    with worker_lock("quick"):
        assert awaited.soon(look) == "kept"
    assert looks == [0, 1, 2]
