"""Who has a job: two homes on one database, suspended and dead processes, clocks that were set, several versions."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from bowcore.jobs import jobs, leases
from bowcore.jobs.jobs import Job
from bowcore.store import database, locks, tables
from bowcore.store.home import runs_url
from bowcore.tasks.runner import work
from ui import job_panel

Start = Callable[[str], "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]

SHORT = {"LEASE": 1.0, "BEAT": 0.1, "_SETTLED": 0.8}
"""Leases that end while a test waits."""
IN_A_HURRY = f"from bowcore.jobs import leases; vars(leases).update({SHORT})\n"
ELSEWHERE = "from bowcore.tasks.runner import work; work('long')"
COMMAND = "from bowcore.tasks.runner import run_here; print(run_here('endless', {}, 'long', 'k').state, flush=True)"
WEEK, HOUR = 7 * 86_400.0, 3_600.0

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows suspends no process by a signal")


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in SHORT.items():
        monkeypatch.setattr(leases, name, seconds)


@pytest.fixture
def elsewhere(start: Start, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], subprocess.Popen[str]]:
    """Start code in another home that shares this one's database."""
    monkeypatch.setenv("BOWLAB_RUNS_URL", runs_url())

    def elsewhere(code: str) -> subprocess.Popen[str]:
        with monkeypatch.context() as other:
            other.setenv("BOWLAB_HOME", str(home.parent / "another home"))
            return start(IN_A_HURRY + code)

    return elsewhere


def wait_until_it_runs(job: Job, eventually: Eventually) -> None:
    eventually(lambda: bool(jobs.events(job.id)))


def suspend(process: subprocess.Popen[str], eventually: Eventually) -> None:
    """Suspend a process that writes nothing now; in the middle of a write it would lock the database for everybody."""
    with database.writing():
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)


def test_two_homes_on_one_database_leave_each_other_their_jobs(
    elsewhere: Start, handlers: None, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = 4.0  # a busy machine may hold up the other process for longer than a second
    monkeypatch.setattr(leases, "LEASE", lease)
    theirs = jobs.submit("endless", {}, "long", "theirs")
    other = elsewhere(f"leases.LEASE = {lease}\n{ELSEWHERE}")
    wait_until_it_runs(theirs, eventually)
    ours = jobs.submit("count", {"to": 2}, "long", "ours")
    claimed = jobs.claim("long")  # which marks what dead processes left behind
    assert claimed is not None and claimed.id == ours.id
    jobs.end(ours.id, "done")
    pause, last = threading.Event(), time.monotonic() + 1.25 * lease
    while time.monotonic() < last:
        jobs.interrupt_running("long")
        pause.wait(0.05)
    assert jobs.get(theirs.id).state == "running"
    jobs.request_stop(theirs.id)
    eventually(lambda: not jobs.get(theirs.id).open)
    assert (jobs.get(theirs.id).state, jobs.get(theirs.id).result) == ("stopped", {"cut": True})
    other.kill()


def test_a_job_of_a_home_whose_process_was_killed_is_interrupted_when_its_lease_is_over(
    elsewhere: Start, eventually: Eventually
) -> None:
    theirs = jobs.submit("endless", {}, "long", "theirs")
    other = elsewhere(ELSEWHERE)
    wait_until_it_runs(theirs, eventually)
    other.kill()
    other.wait()
    jobs.interrupt_running("long")
    assert jobs.get(theirs.id).state == "running"  # it may be alive, as far as this home knows

    def is_over() -> bool:
        jobs.interrupt_running("long")
        return jobs.get(theirs.id).state == "interrupted"

    eventually(is_over)


def test_writes_of_a_process_that_comes_back_after_its_lease_change_nothing(
    elsewhere: Start, handlers: None, eventually: Eventually
) -> None:
    theirs = jobs.submit("endless", {}, "long", "k")
    other = elsewhere(ELSEWHERE)
    wait_until_it_runs(theirs, eventually)
    suspend(other, eventually)

    def is_over() -> bool:
        jobs.interrupt_running("long")
        return not jobs.get(theirs.id).open

    eventually(is_over)
    again = jobs.submit("count", {"to": 1}, "long", "k")
    work("long", until_idle=True)
    left = jobs.get(theirs.id), jobs.events(theirs.id), jobs.get(again.id)
    other.send_signal(signal.SIGCONT)
    after = jobs.submit("count", {"to": 1}, "long", "shows that the other one is done with it")
    eventually(lambda: jobs.get(after.id).state == "done")  # run by the process that came back
    assert (jobs.get(theirs.id), jobs.events(theirs.id), jobs.get(again.id)) == left
    assert left[0].state == "interrupted" and left[2].state == "done"


def test_the_lane_goes_on_when_a_command_is_suspended(start: Start, handlers: None, eventually: Eventually) -> None:
    command = start(IN_A_HURRY + COMMAND)
    eventually(lambda: bool(jobs.recent()) and bool(jobs.events(jobs.recent()[0].id)))
    (suspended,) = jobs.recent()
    suspend(command, eventually)
    next_one = jobs.submit("count", {"to": 1}, "long", "next")
    eventually(lambda: _worked("long") and jobs.get(next_one.id).state == "done")
    assert jobs.get(suspended.id).state == "interrupted"
    command.send_signal(signal.SIGCONT)
    assert command.stdout is not None and command.stdout.readline() == "interrupted\n"
    assert len(jobs.events(suspended.id)) == 1


def test_a_job_that_waits_for_a_suspended_command_delays_nobody(
    start: Start, handlers: None, eventually: Eventually
) -> None:
    with locks.slot_lock("long"):
        command = start(IN_A_HURRY + COMMAND)
        eventually(lambda: bool(jobs.recent()))
        suspend(command, eventually)
        assert leases.suspended(jobs.recent()[0].runner)
    waiting = jobs.recent()[0]
    next_one = jobs.submit("count", {"to": 1}, "long", "next")
    eventually(lambda: _worked("long") and jobs.get(next_one.id).state == "done")
    assert jobs.get(waiting.id).state == "queued"
    command.send_signal(signal.SIGCONT)
    wait_until_it_runs(waiting, eventually)


@pytest.mark.faults
def test_the_lane_goes_on_when_the_holder_of_its_slot_is_suspended_before_it_has_a_job(
    start: Start, handlers: None, eventually: Eventually
) -> None:
    held = (
        "with locks.slot_lock('long'):\n print(flush=True); sys.stdin.readline(); print(jobs.claim('long'), flush=True)"
    )
    holder = start(f"import sys\nfrom bowcore.jobs import jobs\nfrom bowcore.store import locks\n{held}")
    assert holder.stdin is not None and holder.stdout is not None and holder.stdout.readline() == "\n"
    job = jobs.submit("count", {"to": 1}, "long", "k")
    end = time.monotonic() + 2 * SHORT["_SETTLED"]
    while time.monotonic() < end:  # a process that is slow keeps the slot
        _worked("long")
    assert jobs.get(job.id).state == "queued"
    suspend(holder, eventually)
    eventually(lambda: _worked("long") and jobs.get(job.id).state == "done")
    with locks.slot_lock("long"):
        running, waiting = jobs.submit("count", {"to": 1}, "long", "runs"), jobs.submit("count", {}, "long", "waits")
        assert jobs.claim("long") is not None
        holder.send_signal(signal.SIGCONT)
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "None\n"  # it has lost the slot: it takes and ends nothing
        assert [jobs.get(job.id).state for job in (running, waiting)] == ["running", "queued"]


def _worked(lane: str) -> bool:
    """One look of a worker at its lane."""
    from bowcore.jobs import worker
    from bowcore.tasks.handlers import handler_for

    worker._work_once(lane, handler_for, threading.Event())  # type: ignore[arg-type]
    return True


def test_a_job_that_kills_its_process_twice_has_failed_with_a_sentence(
    start_worker: Start, handlers: None, eventually: Eventually
) -> None:
    for state in ("interrupted", "failed"):
        job = jobs.submit("endless", {}, "long", "k")
        victim = start_worker("long")
        wait_until_it_runs(job, eventually)
        victim.kill()
        victim.wait()
        jobs.interrupt_running("long")
        assert jobs.get(job.id).state == state
    failed = jobs.get(job.id)
    assert "died, 2 times in a row" in failed.error and "goes on from what was stored" in failed.error
    assert failed.killed_its_process and job_panel.failed_just_now(failed)
    assert not job_panel.is_worth_retrying(failed)
    asked_by_a_person = jobs.submit("count", {}, "long", "k")
    assert asked_by_a_person.attempt == 0


def test_a_shutdown_is_no_death(handlers: None) -> None:
    for _ in range(3):
        jobs.submit("endless", {}, "long", "k")
        claimed = jobs.claim("long")
        assert claimed is not None and claimed.attempt == 1
        jobs.end(claimed.id, "interrupted", attempt=1)
        assert jobs.get(claimed.id).state == "interrupted"


@pytest.mark.parametrize("shift", [WEEK, -HOUR])
def test_a_clock_that_is_set_ends_no_lease_that_is_renewed(shift: float, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _running_elsewhere()
    true_clock = database.clock
    monkeypatch.setattr(database, "clock", lambda connection: true_clock(connection) + shift)
    pause, end = threading.Event(), time.monotonic() + 1.2 * (SHORT["LEASE"] + SHORT["_SETTLED"])
    while time.monotonic() < end:
        assert not leases.over(jobs.get(job.id))
        assert leases.renew(job.id, job.attempt)
        pause.wait(0.05)


def test_a_clock_that_was_set_back_keeps_no_dead_holder_alive(
    eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _running_elsewhere()
    true_clock = database.clock
    monkeypatch.setattr(database, "clock", lambda connection: true_clock(connection) - HOUR)
    began = time.monotonic()
    eventually(lambda: leases.over(jobs.get(job.id)))
    assert time.monotonic() - began < HOUR / 100


def test_a_failure_before_the_clock_was_set_back_is_no_failure_of_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.submit("count", {}, "quick", "k")
    claimed = jobs.claim("quick")
    assert claimed is not None
    jobs.end(claimed.id, "failed", error="No room.")
    failed = jobs.get(claimed.id)
    assert job_panel.failed_just_now(failed)
    now = job_panel.time.time()
    monkeypatch.setattr(job_panel.time, "time", lambda: now - HOUR)
    assert not job_panel.failed_just_now(failed)


def test_a_job_of_another_version_is_left_to_it_and_taken_over_when_asked_for_again() -> None:
    job = jobs.submit("count", {}, "long", "k")
    _set(job.id, version="another")
    assert jobs.claim("long") is None
    assert not jobs.has_any("long", "queued")
    assert "another" not in job_panel._waits_for_worker(jobs.submit("count", {}, "long", "other"))
    assert job_panel._waits_for_worker(jobs.get(job.id)).startswith("It waits for a worker of the version")
    assert jobs.submit("count", {}, "long", "k").id == job.id  # no worker of that version serves this home
    claimed = jobs.claim("long")
    assert claimed is not None and claimed.id == job.id


def test_each_version_has_its_own_worker_in_one_home(monkeypatch: pytest.MonkeyPatch) -> None:
    with locks.worker_lock("long"):
        monkeypatch.setattr(locks, "version", lambda: "another")
        assert not locks.worker_alive("long")
        with locks.worker_lock("long"):
            assert locks.worker_alive("long")


def test_homes_have_names_of_their_own_that_stay(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = locks.place()
    locks._place.cache_clear()
    assert locks.place() == name
    monkeypatch.setenv("BOWLAB_HOME", str(home.parent / "another home"))
    assert locks.place() != name
    assert [path.name for path in locks.locks_folder().glob("place*")] == ["place"]


def _running_elsewhere() -> Job:
    """A job that a process of another home runs."""
    job = jobs.submit("count", {}, "long", "k")
    assert jobs.claim("long") is not None
    _set(job.id, worker=f"another.{os.getpid()}")
    return jobs.get(job.id)


def _set(job_id: str, **values: object) -> None:
    with database.writing() as connection:
        connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job_id).values(values))
