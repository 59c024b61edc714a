import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bowcore.errors import RunError
from bowcore.jobs import jobs
from bowcore.store import locks
from bowcore.tasks.runner import run_here


def submit(key: str, lane: locks.Lane = "long", runner: str = "") -> jobs.Job:
    return jobs.submit("count", {"to": 3}, lane, key, runner)


def states(*submitted: jobs.Job) -> list[str]:
    return [jobs.get(job.id).state for job in submitted]


def test_equal_open_jobs_are_one_job() -> None:
    first = submit("a")
    assert submit("a") == first
    assert submit("b").id != first.id
    assert jobs.claim("long") == jobs.get(first.id)
    assert submit("a").id == first.id, "a running job is joined too"


def test_a_job_whose_equal_has_ended_is_a_new_job() -> None:
    first = submit("a")
    jobs.claim("long")
    jobs.end(first.id, "done", {"n": 1})
    second = submit("a")
    assert second.id != first.id
    assert states(first, second) == ["done", "queued"]
    assert jobs.latest("count", "a") == second


def test_threads_that_submit_the_same_job_at_once_get_one_job() -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait()
        return submit("same").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert len(jobs.recent()) == 1


def test_jobs_are_claimed_first_come_first_served_in_each_lane() -> None:
    submitted = [submit(key, lane) for key, lane in zip("abcd", ("long", "quick", "long", "long"), strict=True)]
    claimed = []
    while job := jobs.claim("long"):
        claimed.append(job.key)
        jobs.end(job.id, "done", {})
    assert claimed == ["a", "c", "d"]
    assert states(*submitted) == ["done", "queued", "done", "done"]


def test_two_claims_never_get_the_same_job() -> None:
    for i in range(40):
        submit(f"{i:02}")
    claimed: list[str] = []

    def claim_all(_: int) -> None:
        job: jobs.Job | None = None
        while job is not None or jobs.has_any("long", "queued", "running"):
            with locks.slot_lock("long"):
                job = jobs.claim("long")
                if job is not None:
                    claimed.append(job.key)
                    jobs.end(job.id, "done", {})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(claim_all, range(4)))
    assert claimed == [f"{i:02}" for i in range(40)]


def test_the_queue_position_counts_the_jobs_ahead_in_the_same_lane() -> None:
    a, other, b = submit("a"), submit("x", "quick"), submit("b")
    assert [jobs.queue_position(job.id) for job in (a, b, other)] == [1, 2, 1]
    jobs.claim("long")
    assert [jobs.queue_position(job.id) for job in (a, b)] == [0, 1]


def test_jobs_in_turn_are_those_of_the_lane_that_run_or_wait() -> None:
    ended, running, waiting = (submit(key) for key in "abc")
    submit("d", "quick")
    jobs.claim("long")
    jobs.end(ended.id, "done", {})
    jobs.claim("long")
    assert [(job.id, job.state) for job in jobs.in_turn("long")] == [(running.id, "running"), (waiting.id, "queued")]


def test_a_waiting_job_stops_at_once_and_is_never_claimed() -> None:
    a, b = submit("a"), submit("b")
    stopped = jobs.request_stop(a.id)
    assert (stopped.state, stopped.stop_requested) == ("stopped", True)
    assert stopped.finished is not None
    claimed = jobs.claim("long")
    assert claimed is not None
    assert claimed.id == b.id


def test_a_running_job_is_only_asked_to_stop() -> None:
    job = submit("a")
    jobs.claim("long")
    asked = jobs.request_stop(job.id)
    assert (asked.state, asked.stop_requested) == ("running", True)
    jobs.end(job.id, "stopped", {"epochs": 2})
    assert jobs.get(job.id).result == {"epochs": 2}


def test_stopping_a_finished_job_changes_nothing() -> None:
    job = submit("a")
    jobs.claim("long")
    jobs.end(job.id, "done", {"n": 1})
    before = jobs.get(job.id)
    assert jobs.request_stop(job.id) == before


def test_events_are_numbered_through_all_reports_of_a_job() -> None:
    job = submit("a")
    jobs.claim("long")
    jobs.report(job.id, 0.25, "first epoch", [{"epoch": 1}, {"epoch": 2}])
    jobs.report(job.id, events=[{"epoch": 3}])
    assert [(event.number, event.body["epoch"]) for event in jobs.events(job.id)] == [(1, 1), (2, 2), (3, 3)]
    assert [event.number for event in jobs.events(job.id, after=2)] == [3]
    now = jobs.get(job.id)
    assert (now.progress, now.message) == (0.25, "first epoch"), "a report without them leaves them as they were"


def test_a_diverged_loss_is_stored_as_null() -> None:
    job = submit("a")
    jobs.claim("long")
    jobs.report(job.id, events=[{"loss": float("nan"), "all": [1.5, float("inf")]}])
    assert jobs.events(job.id)[0].body == {"loss": None, "all": [1.5, None]}


def test_an_ended_job_is_not_ended_again() -> None:
    job = submit("a")
    jobs.claim("long")
    jobs.end(job.id, "failed", error="The disk is full.")
    jobs.end(job.id, "done", {"n": 1})
    now = jobs.get(job.id)
    assert (now.state, now.error, now.result) == ("failed", "The disk is full.", None)


def test_a_claim_marks_what_a_dead_process_left_running_as_interrupted() -> None:
    left, waiting = submit("a"), submit("b")
    jobs.claim("long")
    claimed = jobs.claim("long")
    assert claimed is not None
    assert claimed.id == waiting.id
    assert states(left, waiting) == ["interrupted", "running"]


def test_a_job_of_a_living_process_keeps_its_place_and_one_of_a_dead_process_does_not() -> None:
    mine, other = submit("a", runner="command"), submit("b")
    with locks.runner_lock("command"):
        assert jobs.claim("long") is None, "the worker waits for the command's turn to pass"
    claimed = jobs.claim("long")
    assert claimed is not None
    assert claimed.id == other.id
    assert states(mine, other) == ["interrupted", "running"]


def test_a_command_waits_for_earlier_jobs_only_while_a_worker_lives() -> None:
    submit("a")
    mine = submit("b", runner="command")
    with locks.worker_lock("long"):
        assert jobs.claim("long", "command") is None
    claimed = jobs.claim("long", "command")
    assert claimed is not None
    assert claimed.id == mine.id


def test_a_waiting_job_is_adopted_at_its_place_and_only_once() -> None:
    job = submit("a")
    assert jobs.adopt(job.id, "command")
    assert not jobs.adopt(job.id, "another")
    claimed = jobs.claim("long", "command")
    assert claimed is not None
    assert (claimed.id, claimed.runner) == (job.id, "command")


def test_recent_lists_the_newest_first_and_can_keep_to_one_kind() -> None:
    for key in "abc":
        submit(key)
    other = jobs.submit("split", {}, "quick", "a")
    assert [job.key for job in jobs.recent("count", 2)] == ["c", "b"]
    assert jobs.recent()[0] == other


def test_an_unknown_job_is_named_in_the_error() -> None:
    with pytest.raises(RunError, match="no job 'feed'"):
        jobs.get("feed")


def test_an_unknown_lane_is_refused() -> None:
    with pytest.raises(ValueError, match="quick, long"):
        jobs.submit("count", {}, "slow", "a")  # type: ignore[arg-type]  # what the test is about


def test_writers_and_readers_together_never_find_the_database_locked() -> None:
    submitted = [submit(f"{i}") for i in range(8)]
    with locks.slot_lock("long"):
        jobs.claim("long")
    done = threading.Event()

    def write(job: jobs.Job) -> None:
        for i in range(25):
            jobs.report(job.id, i / 25, f"step {i}", [{"i": i}])
            jobs.submit("count", {}, "quick", f"{job.key}-{i}")

    def read(_: int) -> int:
        n_reads = 0
        while not done.is_set():
            progress = jobs.get(submitted[0].id).progress
            assert round(progress * 25) <= len(jobs.events(submitted[0].id)), "progress never runs ahead of its events"
            n_reads += 1
        return n_reads

    with ThreadPoolExecutor(12) as pool:
        readers = [pool.submit(read, i) for i in range(4)]
        list(pool.map(write, submitted))
        done.set()
        assert all(reader.result() > 0 for reader in readers)
    for job in submitted:
        assert [event.body["i"] for event in jobs.events(job.id)] == list(range(25))
    assert len(jobs.recent(limit=1000)) == 8 + 8 * 25


def test_a_job_is_seen_otherwise_after_each_report_and_its_end_and_the_same_in_between(handlers: None) -> None:
    seen: list[object] = []
    ended = run_here("count", {"to": 3}, "long", "k", lambda event: seen.append(jobs.seen([jobs.recent()[0].id])))
    now = jobs.seen([ended.id])
    assert list(now) == [ended.id] and now[ended.id][0] == "done"
    assert len(seen) == 3 and now not in seen
    assert jobs.seen([ended.id]) == now and jobs.seen([]) == {}
    assert jobs.seen([ended.id, "0" * 32]) == now
