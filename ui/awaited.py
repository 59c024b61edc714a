"""What a worker makes in a moment and a page waits for: asked for, looked for again and again, and drawn when there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.store.locks import worker_alive
from ui.state.rerun import run_anew
from ui.texts import plain

POLL = 0.2  # seconds between two looks
PATIENCE = 30.0  # seconds that a dialog waits: a worker loads the tagger in up to 15
FAILED_FOR = 60.0  # seconds: what failed for want of memory or room may have both by then, and is asked for again

Made = TypeVar("Made")


def find(kind: str, key: str, read: Callable[[], Made | None], request: Callable[[], Job]) -> Made | Job:
    """What is kept, or else the job that makes it, which is asked for unless it waits, runs or failed just now.

    Args:
        kind: Of the job.
        key: Of the job.
        read: Gives what is kept, None where nothing is.
        request: Asks for the job.
    """
    job = jobs.latest(kind, key)  # before what is kept is looked for: what ends in between is there
    made = read()
    if made is not None:
        return made
    if job is None or not (job.open or failed_just_now(job)):
        return request()
    return job


def follow(job: Job, what: str) -> None:
    """One line on a job that is awaited, and the page anew when it has ended. `what` it is about leads the line."""
    st.fragment(_look, run_every=POLL if job.open else None)(job.id, what, job.open)


def soon(look: Callable[[], Made | Job]) -> Made | Job:
    """What `look` finds, looked for while a worker is at it: for a dialog, under which no page is run anew."""
    found, last = look(), time.monotonic() + PATIENCE
    with st.spinner("updating …"):
        while isinstance(found, Job) and found.open and worker_alive(found.lane) and time.monotonic() < last:
            time.sleep(POLL)
            found = look()
    return found


def stop(job_id: str) -> None:
    """Ask a job to stop, for the callback of a button."""
    jobs.request_stop(job_id)


def problem(job: Job) -> str:
    """Why there is nothing yet."""
    if job.state == "failed":
        return job.error or "failed without a word."
    return "updating …" if worker_alive(job.lane) else "its worker is starting."


def failed_just_now(job: Job) -> bool:
    """Whether it failed less than a minute ago; later it is worth another try."""
    return job.state == "failed" and time.time() - (job.finished or 0.0) <= FAILED_FOR


def _look(job_id: str, what: str, was_open: bool) -> None:
    job = jobs.get(job_id)
    if was_open and not job.open:
        run_anew()
    st.caption(f"{what}: {plain(problem(job))}")
