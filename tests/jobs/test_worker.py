import signal
import subprocess
import threading
from collections.abc import Callable

import pytest

from bowcore.errors import RunError
from bowcore.jobs import jobs
from bowcore.store import locks
from bowcore.tasks.runner import work

Start = Callable[..., "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]

posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signals")


def submit(kind: str, lane: locks.Lane = "long", key: str = "k", **payload: int | str) -> jobs.Job:
    return jobs.submit(kind, payload, lane, key)


def state(job: jobs.Job) -> str:
    return jobs.get(job.id).state


def bodies(job: jobs.Job) -> list[dict[str, object]]:
    return [event.body for event in jobs.events(job.id)]


def test_a_finished_job_keeps_its_events_in_order_and_its_result(handlers: None) -> None:
    job = submit("count", to=50)
    work("long", until_idle=True)
    now = jobs.get(job.id)
    assert (now.state, now.progress, now.message, now.result) == ("done", 1.0, "counted 50", {"counted": 50})
    assert bodies(job) == [{"i": i} for i in range(50)]
    assert now.started is not None and now.finished is not None
    assert now.created <= now.started <= now.finished


def test_the_message_of_a_bowlab_error_is_shown_unchanged(handlers: None) -> None:
    job = submit("refuse")
    work("long", until_idle=True)
    assert (state(job), jobs.get(job.id).error) == ("failed", "The file has 3 rows; give it at least 20.")


@pytest.mark.parametrize(
    ("refused_by", "why"), [("Arrow", "offset overflow while concatenating arrays"), ("the system", "MemoryError")]
)
def test_what_does_not_fit_ends_in_one_sentence_and_the_lane_continues(
    handlers: None, refused_by: str, why: str
) -> None:
    large, later = submit("too_large", refused_by=refused_by), submit("count", key="later", to=1)
    work("long", until_idle=True)
    assert jobs.get(large.id).error == (
        f"This is too large for the memory, or for one column ({why}). Use a smaller corpus, shorter texts, or shorter "
        "word groups."
    )
    assert (state(large), state(later)) == ("failed", "done")


def test_a_crash_is_shown_and_logged_and_the_lane_continues(handlers: None, caplog: pytest.LogCaptureFixture) -> None:
    crashed, later = submit("crash", zero=0), submit("count", key="later", to=1)
    work("long", until_idle=True)
    assert jobs.get(crashed.id).error.startswith("The job crashed: ZeroDivisionError: ")
    assert bodies(crashed) == [{"before": True}]
    assert "sample_handlers.py" in caplog.text
    assert state(later) == "done"


def test_an_event_that_is_not_json_fails_only_its_job(handlers: None) -> None:
    odd, later = submit("odd"), submit("count", key="later", to=1)
    work("long", until_idle=True)
    assert "Object of type set is not JSON serializable" in jobs.get(odd.id).error
    assert (state(odd), state(later)) == ("failed", "done")


def test_an_unknown_kind_fails_with_the_known_kinds_in_its_message(handlers: None) -> None:
    job = submit("knit")
    work("long", until_idle=True)
    assert "No job is called 'knit'; this version knows count, crash" in jobs.get(job.id).error


def test_a_second_worker_for_a_lane_is_refused() -> None:
    with locks.worker_lock("long"), pytest.raises(RunError, match="already serves the long lane"):
        work("long", until_idle=True)


def test_a_stopped_job_keeps_its_events_and_partial_result(start_worker: Start, eventually: Eventually) -> None:
    job = submit("endless")
    start_worker()
    eventually(lambda: len(bodies(job)) == 1)
    jobs.request_stop(job.id)
    eventually(lambda: state(job) == "stopped")
    assert bodies(job) == [{"begun": True}, {"ended": True}]
    assert jobs.get(job.id).result == {"cut": True}


@posix
def test_a_killed_workers_job_is_interrupted_by_the_next_one_with_its_events(
    start_worker: Start, eventually: Eventually
) -> None:
    job = submit("deaf")
    first = start_worker()
    eventually(lambda: len(bodies(job)) == 3)
    later = submit("count", key="later", to=1)
    first.kill()
    first.wait()
    assert not locks.worker_alive("long")
    assert state(job) == "running", "nobody has looked yet"
    start_worker()
    eventually(lambda: state(later) == "done")
    assert state(job) == "interrupted"
    assert bodies(job) == [{"i": 0}, {"i": 1}, {"i": 2}]


def test_a_worker_exits_when_its_parents_pipe_closes(start_worker: Start, eventually: Eventually) -> None:
    worker = start_worker("quick")
    eventually(lambda: locks.worker_alive("quick"))
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(120) == 0
    assert not locks.worker_alive("quick")


def test_a_running_job_is_interrupted_when_the_parent_exits(start_worker: Start, eventually: Eventually) -> None:
    job = submit("endless")
    worker = start_worker()
    eventually(lambda: len(bodies(job)) == 1)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(120) == 0
    assert state(job) == "interrupted"
    assert bodies(job) == [{"begun": True}, {"ended": True}]


@posix
def test_a_terminated_worker_ends_its_job_first(start_worker: Start, eventually: Eventually) -> None:
    job = submit("endless")
    worker = start_worker()
    eventually(lambda: len(bodies(job)) == 1)
    worker.terminate()
    assert worker.wait(120) == 0
    assert state(job) == "interrupted"


@posix
def test_a_job_that_never_checks_for_a_stop_does_not_keep_its_worker(start: Start, eventually: Eventually) -> None:
    job = submit("deaf")
    worker = start(
        "from bowcore.jobs import worker; from bowcore.tasks.runner import work; worker.GRACE = 0.1; work('long')"
    )
    eventually(lambda: len(bodies(job)) == 3)
    worker.terminate()
    assert worker.wait(120) == 1
    work("long", until_idle=True)
    assert state(job) == "interrupted"


RESTING = (
    "from bowcore.jobs import worker; from bowcore.tasks.runner import work; "
    "worker.REST, worker.MUCH = 0.2, {much}; work('{lane}')"
)


def test_a_worker_that_rests_with_much_memory_leaves_for_a_fresh_one(start: Start, eventually: Eventually) -> None:
    job = submit("count", to=3)
    worker = start(RESTING.format(much=1, lane="long"))
    assert worker.wait(120) == 0
    assert state(job) == "done"


@pytest.mark.parametrize(("much", "lane"), [(10**12, "long"), (1, "quick")])
def test_a_worker_of_little_memory_or_of_the_quick_lane_stays(
    much: int, lane: locks.Lane, start: Start, eventually: Eventually
) -> None:
    worker = start(RESTING.format(much=much, lane=lane))
    job = submit("count", lane, to=3)
    eventually(lambda: state(job) == "done")
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0.6)


def test_the_quick_lane_uses_one_thread(start_worker: Start, eventually: Eventually) -> None:
    job = submit("threads", "quick")
    start_worker("quick")
    eventually(lambda: state(job) == "done")
    assert jobs.get(job.id).result == {"omp": "1", "numba": "1"}


def test_a_lane_waits_while_another_process_has_the_slot(handlers: None) -> None:
    job = submit("count", to=1)
    with locks.slot_lock("long"):
        worker = threading.Thread(target=work, args=("long",), kwargs={"until_idle": True})
        worker.start()
        worker.join(0.4)
        assert (worker.is_alive(), state(job)) == (True, "queued")
    worker.join(15)
    assert state(job) == "done"
