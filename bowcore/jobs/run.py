"""One job, from claim to end; and a job of one's own, run in this process when its turn comes."""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bowcore.errors import BowlabError, OutputError
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.jobs.record import Record
from bowcore.store import locks

_HERE = uuid.uuid4().hex
_LOOK_EVERY = 0.1  # seconds between two looks at a job that somebody else runs

OnEvent = Callable[[dict[str, Any]], None]
OnMessage = Callable[[str], None]
Handler = Callable[[dict[str, Any], JobContext], Record | None]
"""Does a job and gives its result, None if it was cut short before it had any."""
Handlers = Callable[[str], Handler]
"""The function that does a kind of job; raises RunError where no function does."""


def run_claimed(
    job: Job,
    handler_for: Handlers,
    leaving: threading.Event | None = None,
    on_event: OnEvent | None = None,
    on_message: OnMessage | None = None,
) -> Job:
    """Do a claimed job and record how it ended. Else only what ends this process comes out as an exception.

    Raises:
        OutputError: How it ended cannot be recorded. The next claim in its lane will call it interrupted.
    """
    context = JobContext(job.id, leaving, on_event, on_message)
    try:
        with context:
            result = handler_for(job.kind)(job.payload, context)
    except BowlabError as error:
        jobs.fail(job.id, str(error))
    except Exception as error:  # noqa: BLE001 - one broken job must not take the lane down; it is logged and shown
        traceback.print_exc(file=sys.stderr)
        shown = "".join(traceback.format_exception_only(error)).strip()
        jobs.fail(job.id, f"The job crashed: {shown}. Its log has the details.")
    except KeyboardInterrupt:
        with contextlib.suppress(OutputError):  # an end that is not recorded is found by the next holder of the slot
            jobs.mark_stopped(job.id)
        raise
    except BaseException:
        with contextlib.suppress(OutputError):
            jobs.mark_interrupted(job.id)
        raise
    else:
        end = {"": jobs.finish, "stop": jobs.mark_stopped, "leaving": jobs.mark_interrupted}[context.cut_short_by]
        end(job.id, {} if result is None else result.to_json())
    return jobs.get(job.id)


def run_here(
    handler_for: Handlers,
    kind: str,
    payload: Mapping[str, Any],
    lane: locks.Lane,
    key: str,
    on_event: OnEvent = lambda event: None,
    on_message: OnMessage = lambda message: None,
) -> Job:
    """Have a job done while this process waits, and return it when it has ended.

    It takes its turn in the lane's queue, then runs in this process. If an equal job runs elsewhere already, that one
    is followed instead, and done here if that process goes away. Either way `on_event` sees every event, and
    `on_message` hears what is said on the way: of a job that is followed, what stands there at each look.

    An interrupt from the keyboard marks the job as stopped and is passed on.
    """
    runner = f"{_HERE}-{uuid.uuid4().hex}"
    with locks.runner_lock(runner):
        while True:
            job = jobs.submit(kind, payload, lane, key, runner)
            if job.runner == runner or jobs.adopt(job.id, runner):
                return _run_in_turn(job, handler_for, runner, on_event, on_message)
            followed = _follow(job, runner, on_event, on_message)
            if followed.state != "interrupted":
                return followed
            # its process has gone, perhaps long ago: a new job goes on here with what that one had kept


def ran_here(job: Job) -> bool:
    """Whether this process ran a job that it asked for, where another's may have been followed."""
    return job.runner.startswith(_HERE)


def _run_in_turn(job: Job, handler_for: Handlers, runner: str, on_event: OnEvent, on_message: OnMessage) -> Job:
    pause = threading.Event()
    try:
        while jobs.get(job.id).open:
            with locks.slot_lock(job.lane, timeout=1.0) as held:  # looks up now and then: the job may be stopped
                claimed = jobs.claim(job.lane, runner) if held else None
                if claimed is not None:
                    return run_claimed(claimed, handler_for, on_event=on_event, on_message=on_message)
            pause.wait(_LOOK_EVERY)
    except KeyboardInterrupt:
        with contextlib.suppress(OutputError):
            jobs.request_stop(job.id)
        raise
    return jobs.get(job.id)


def _follow(job: Job, runner: str, on_event: OnEvent, on_message: OnMessage) -> Job:
    pause, seen, heard = threading.Event(), 0, ""
    while True:
        with locks.slot_lock(job.lane, timeout=0) as held:
            if held:
                jobs.claim(job.lane, runner)  # finds nothing to run: it marks the jobs whose process has gone
        now = jobs.get(job.id)  # before the events: what a job reports last is written before it ends
        for event in jobs.events(job.id, after=seen):
            seen = event.number
            on_event(event.body)
        if now.message != heard:
            heard = now.message
            on_message(f"{heard}{time_left(now.seconds_left)}")
        if not now.open:
            return now
        pause.wait(_LOOK_EVERY)
