"""Run one job, from claim to end; or submit a job and run it in this process when its turn comes."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bowcore.errors import BowlabError, OutputError, in_words
from bowcore.jobs import jobs, leases
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.leases import Heartbeat
from bowcore.jobs.pauses import insist
from bowcore.jobs.progress import time_left
from bowcore.nouns import noun, use
from bowcore.people import TEACHER, Person, acting
from bowcore.store import database, locks, logs

_log = logging.getLogger(__name__)

_HERE = uuid.uuid4().hex
_LOOK_EVERY = 0.1  # seconds between two checks of a job that another process runs

OnEvent = Callable[[dict[str, Any]], None]
OnMessage = Callable[[str], None]
Handler = Callable[[dict[str, Any], JobContext], Record | None]
"""Runs a job and returns its result, None if it was cut short before it had any."""
Handlers = Callable[[str], Handler]
"""Returns the handler of a kind of job; raises RunError if there is none."""


def run_claimed(
    job: Job,
    handler_for: Handlers,
    leaving: threading.Event | None = None,
    on_event: OnEvent | None = None,
    on_message: OnMessage | None = None,
) -> Job:
    """Run a claimed job and record how it ended. Only exceptions that end this process propagate.

    A fault of the database fails no job: its end is tried for minutes.

    Raises:
        DatabaseError: The outcome cannot be recorded. The next claim in its lane will mark it interrupted.
    """
    try:
        with logs.about_job(job.id), database.patiently(), Heartbeat(job.id, job.attempt) as heart:
            _run(job, handler_for, JobContext(job.id, leaving, on_event, on_message, heart))
    except BaseException as error:
        if not isinstance(error, Exception):
            with contextlib.suppress(OutputError):  # the next holder of the slot marks it interrupted
                state: jobs.State = "stopped" if isinstance(error, KeyboardInterrupt) else "interrupted"
                jobs.end(job.id, state, attempt=job.attempt)
        raise
    return jobs.get(job.id)


def _run(job: Job, handler_for: Handlers, context: JobContext) -> None:
    _log.info("A job of the kind %s begins, attempt %d", job.kind, job.attempt)
    try:
        with acting(Person(job.owner, is_teacher=job.owner == TEACHER.id)), context:
            _use_noun(job.payload)
            result = handler_for(job.kind)(job.payload, context)
    except BowlabError as error:
        _end(job, "failed", error=str(error))
    except Exception as error:  # noqa: BLE001 - one broken job must not take the lane down; it is logged and shown
        _log.exception("The job crashed")
        shown = "".join(traceback.format_exception_only(error)).strip()
        known = in_words(error)
        said = f"The job crashed: {shown}. Its log has the details." if known is error else str(known)
        _end(job, "failed", error=said)
    else:
        _end(job, context.cut_short_by or "done", {} if result is None else result.to_json(), context.why)


def _end(job: Job, state: jobs.State, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    insist(lambda: jobs.end(job.id, state, result, error, job.attempt))
    _log.info("It ends: %s", f"{state}. {error}" if error else state)


def _use_noun(payload: Mapping[str, Any]) -> None:
    """Call the texts what the corpus of the job's recipe calls them."""
    from bowcore.corpus.sources import noun_of  # pages, which only read jobs, need none of it
    from bowcore.recipe.recipe import Recipe

    recipe = payload.get("recipe")
    use(noun_of(Recipe.from_toml(recipe).corpus.corpus) if isinstance(recipe, str) else noun("text"))


def run_here(
    handler_for: Handlers,
    kind: str,
    payload: Mapping[str, Any],
    lane: locks.Lane,
    key: str,
    on_event: OnEvent = lambda event: None,
    on_message: OnMessage = lambda message: None,
) -> Job:
    """Submit a job, wait until it has ended, and return it.

    It runs in this process, when its turn comes in the lane's queue. If another process already runs an equal job, that
    one is followed, and runs here if that process exits. Either way `on_event` receives every event; `on_message`
    receives every message, of a followed job the newest one at each check.

    A keyboard interrupt marks the job as stopped and propagates.
    """
    runner = f"{leases.holder()}.{_HERE}-{uuid.uuid4().hex}"
    with locks.runner_lock(runner):
        while True:
            job = jobs.submit(kind, payload, lane, key, runner)
            if job.runner == runner or jobs.adopt(job.id, runner):
                return _run_in_turn(job, handler_for, runner, on_event, on_message)
            followed = _follow(job, runner, on_event, on_message)
            if followed.state != "interrupted":
                return followed
            # its process has exited, perhaps long ago: a new job continues here with what that one stored


def ran_here(job: Job) -> bool:
    """Whether this process ran the job, rather than following another's."""
    return f".{_HERE}-" in job.runner


def _run_in_turn(job: Job, handler_for: Handlers, runner: str, on_event: OnEvent, on_message: OnMessage) -> Job:
    pause = threading.Event()
    try:
        with Heartbeat(job.id, job.attempt) as waiting:
            while jobs.get(job.id).open:
                # returns now and then: the job may have been stopped
                with locks.slot_lock(job.lane, timeout=1.0) as held:
                    claimed = jobs.claim(job.lane, runner) if held else None
                    if claimed is not None:
                        waiting.end()
                        return run_claimed(claimed, handler_for, on_event=on_event, on_message=on_message)
                if not held:
                    jobs.release_suspended(job.lane)
                pause.wait(_LOOK_EVERY)
    except KeyboardInterrupt:
        with contextlib.suppress(OutputError):
            jobs.request_stop(job.id)
        raise
    return jobs.get(job.id)


def _follow(job: Job, runner: str, on_event: OnEvent, on_message: OnMessage) -> Job:
    pause, seen, shown = threading.Event(), 0, ""
    while True:
        with locks.slot_lock(job.lane, timeout=0) as held:
            if held:
                jobs.claim(job.lane, runner)  # runs nothing, but marks jobs whose process has exited
        if not held:
            jobs.release_suspended(job.lane)
        now = jobs.get(job.id)  # before the events, since the last ones are written before the job ends
        for event in jobs.events(job.id, after=seen):
            seen = event.number
            on_event(event.body)
        if now.message != shown:
            shown = now.message
            on_message(f"{shown}{time_left(now.seconds_left)}")
        if not now.open:
            return now
        pause.wait(_LOOK_EVERY)
