import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from bowcore.errors import DatabaseError, OutputError
from bowcore.jobs import jobs, pauses
from bowcore.people import Person, acting
from bowcore.store import database, locks
from bowcore.store.home import runs_url
from bowcore.tasks.runner import run_here, work

Start = Callable[..., "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]


def test_a_job_runs_in_this_process_and_is_recorded(handlers: None) -> None:
    seen: list[dict[str, Any]] = []
    job = run_here("count", {"to": 3}, "long", "k", seen.append)
    assert (job.state, job.result) == ("done", {"counted": 3})
    assert seen == [{"i": 0}, {"i": 1}, {"i": 2}] == [event.body for event in jobs.events(job.id)]


def test_an_equal_job_that_waits_for_the_worker_is_taken_over(handlers: None) -> None:
    waiting = jobs.submit("count", {"to": 1}, "long", "k")
    assert run_here("count", {"to": 1}, "long", "k").id == waiting.id
    assert len(jobs.recent()) == 1


def test_an_equal_job_that_runs_elsewhere_is_followed_to_its_end(start_worker: Start, eventually: Eventually) -> None:
    elsewhere = jobs.submit("endless", {}, "long", "k")
    start_worker()
    eventually(lambda: len(jobs.events(elsewhere.id)) == 1)
    seen: list[dict[str, Any]] = []

    def note(event: dict[str, Any]) -> None:
        seen.append(event)
        jobs.request_stop(elsewhere.id)

    job = run_here("endless", {}, "long", "k", note)
    assert (job.id, job.state) == (elsewhere.id, "stopped")
    assert seen == [{"begun": True}, {"ended": True}]


def test_messages_are_received_from_a_job_here_and_from_a_followed_one(
    start_worker: Start, eventually: Eventually, handlers: None
) -> None:
    messages: list[str] = []
    run_here("count", {"to": 3}, "long", "here", on_message=messages.append)
    assert messages == ["counted 1", "counted 2", "counted 3"]
    elsewhere = jobs.submit("endless", {}, "long", "elsewhere")
    start_worker()
    eventually(lambda: jobs.get(elsewhere.id).progress > 0)
    jobs.report(elsewhere.id, message="half of it")
    heard: list[str] = []

    def note(message: str) -> None:
        heard.append(message)
        jobs.request_stop(elsewhere.id)

    run_here("endless", {}, "long", "elsewhere", on_message=note)
    assert heard == ["half of it"]


def test_a_followed_job_runs_here_if_its_process_dies(
    start_worker: Start, eventually: Eventually, handlers: None, tmp_path: Path
) -> None:
    payload = {"mark": str(tmp_path / "mark")}
    elsewhere = jobs.submit("deaf_at_first", payload, "long", "k")
    worker = start_worker()
    eventually(lambda: len(jobs.events(elsewhere.id)) == 1)
    seen: list[dict[str, Any]] = []

    def note(event: dict[str, Any]) -> None:
        seen.append(event)
        worker.kill()

    job = run_here("deaf_at_first", payload, "long", "k", note)
    assert (job.state, job.result) == ("done", {"process": os.getpid()})
    assert jobs.get(elsewhere.id).state == "interrupted"
    assert seen == [{"again": False}, {"again": True}]


def test_a_command_that_was_killed_is_run_again_at_the_first_request(
    start: Start, eventually: Eventually, handlers: None, tmp_path: Path
) -> None:
    payload = {"mark": str(tmp_path / "mark")}
    killed = start(f"from bowcore.tasks.runner import run_here; run_here('deaf_at_first', {payload}, 'long', 'k')")
    eventually(lambda: (job := jobs.latest("deaf_at_first", "k")) is not None and len(jobs.events(job.id)) == 1)
    killed.kill()
    killed.wait()
    job = run_here("deaf_at_first", payload, "long", "k")
    assert (job.state, job.result) == ("done", {"process": os.getpid()})


def test_a_job_here_waits_for_the_worker(start_worker: Start, eventually: Eventually, handlers: None) -> None:
    first = jobs.submit("endless", {}, "long", "first")
    start_worker()
    eventually(lambda: len(jobs.events(first.id)) == 1)
    stopper = threading.Timer(0.3, jobs.request_stop, [first.id])
    stopper.start()
    second = run_here("count", {"to": 1}, "long", "second")
    stopper.join()
    ended = jobs.get(first.id).finished
    assert ended is not None and second.started is not None
    assert ended <= second.started


def test_a_waiting_job_here_can_be_stopped_from_a_page(handlers: None, eventually: Eventually) -> None:
    with locks.slot_lock("long"):
        ended: list[jobs.Job] = []
        command = threading.Thread(target=lambda: ended.append(run_here("count", {"to": 1}, "long", "k")))
        command.start()
        eventually(lambda: jobs.latest("count", "k") is not None)
        waiting = jobs.latest("count", "k")
        assert waiting is not None
        jobs.request_stop(waiting.id)
        command.join(15)
    assert [job.state for job in ended] == ["stopped"]


def test_the_lane_continues_after_a_command_that_died(start: Start, eventually: Eventually, handlers: None) -> None:
    command = start("from bowcore.tasks.runner import run_here; run_here('deaf', {}, 'long', 'mine')")
    eventually(lambda: (job := jobs.latest("deaf", "mine")) is not None and len(jobs.events(job.id)) == 3)
    later = jobs.submit("count", {"to": 1}, "long", "later")
    command.kill()
    command.wait()
    work("long", until_idle=True)
    died = jobs.latest("deaf", "mine")
    assert died is not None
    assert (died.state, jobs.get(later.id).state) == ("interrupted", "done")


def test_a_keyboard_interrupt_stops_a_job_here(handlers: None) -> None:
    def press(event: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here("count", {"to": 3}, "long", "k", press)
    stopped = jobs.latest("count", "k")
    assert stopped is not None
    assert stopped.state == "stopped"
    assert [event.body for event in jobs.events(stopped.id)] == [{"i": 0}]


@contextmanager
def full_disk(*arguments: Any, **named: Any) -> Iterator[NoReturn]:
    raise DatabaseError("The runs database cannot be written: database or disk is full.")
    yield


def test_an_end_that_cannot_be_recorded_is_an_error_and_the_next_claim_marks_it_interrupted(
    handlers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = jobs.end

    def end_on_a_full_disk(*arguments: Any, **named: Any) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(database, "writing", full_disk)
            end(*arguments, **named)

    monkeypatch.setattr(jobs, "end", end_on_a_full_disk)
    monkeypatch.setattr(pauses, "END_WITHIN", 0.3)
    with pytest.raises(OutputError, match="disk is full"):
        run_here("refuse", {}, "long", "k")
    (job,) = jobs.recent()
    assert job.state == "running"
    work("long", until_idle=True)
    assert jobs.get(job.id).state == "interrupted"


def test_a_database_that_is_locked_for_long_fails_no_job_and_loses_no_event(
    handlers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sa.make_url(runs_url())
    if url.get_backend_name() != "sqlite":
        pytest.skip("a server has no lock on the whole database")
    for name, value in {"BUSY_TIMEOUT": 50, "PATIENCE": 0.0}.items():
        monkeypatch.setattr(database, name, value)  # the lock lasts many times as long as anybody waits
    database.engine()
    other = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
    freed = threading.Timer(1.0, other.close)

    def lock(event: dict[str, Any]) -> None:
        if event == {"i": 0}:
            other.execute("BEGIN IMMEDIATE")
            freed.start()

    ended = run_here("count", {"to": 5}, "long", "k", lock)
    freed.join()
    assert (ended.state, ended.progress) == ("done", 1.0)
    assert [event.body for event in jobs.events(ended.id)] == [{"i": i} for i in range(5)]


def test_a_keyboard_interrupt_works_on_a_full_disk(handlers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(event: dict[str, Any]) -> None:
        monkeypatch.setattr(database, "writing", full_disk)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here("count", {"to": 3}, "long", "k", press)


def test_a_job_of_guests_alone_ends_after_twice_what_they_may_use_once_others_wait(
    handlers: None, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setenv("BOWLAB_GUEST_SECONDS", "0.1")
    guest = Person("0123456789abcdef")

    def run() -> jobs.Job:
        with acting(guest):
            return run_here("endless", {}, "long", "k")

    def running() -> jobs.Job:
        eventually(lambda: bool(jobs.running("long")))
        return jobs.running("long")[0]

    with ThreadPoolExecutor(1) as pool:
        overdue, first = pool.submit(run), running()
        time.sleep(1.0)
        assert jobs.get(first.id).state == "running", "nobody waits"
        jobs.submit("count", {"to": 1}, "long", "another")
        job = overdue.result(30)
        assert (job.id, job.state) == (first.id, "stopped")
        assert "as others wait: guests may use 0.1\u00a0s." in job.error
    for waiting in jobs.in_turn("long"):
        jobs.request_stop(waiting.id)
    with ThreadPoolExecutor(1) as pool:
        again, shared = pool.submit(run), running()
        assert jobs.submit("endless", {}, "long", "k").id == shared.id, "the teacher asks for it too"
        jobs.submit("count", {"to": 1}, "long", "another")
        time.sleep(1.0)
        assert jobs.get(shared.id).state == "running"
        jobs.request_stop(shared.id)
        assert (again.result(30).state, again.result(30).error) == ("stopped", "")
