"""Jobs on a page: requested, followed, stopped and read in one way on every page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.store.locks import worker_alive
from ui.state.rerun import rerun_unless_dialog_open
from ui.texts import plain

POLL = {"quick": 0.2, "long": 1.0, "download": 1.0}
"""Seconds between two looks at an open job, by its lane: what a quick worker does is awaited from second to second."""
PATIENCE = 30.0  # seconds that a dialog waits: a worker loads the tagger in up to 15
FAILED_FOR = 60.0  # seconds: what failed for want of memory or room may have both by then, and is asked for again

Made = TypeVar("Made")
Request = Callable[[], object]
"""Requests a job; one that already waits or runs is joined."""


def job_panel(
    kind: str,
    key: str,
    request: Request,
    invite: Callable[[], str] | None,
    read: Callable[[], Made | None],
    *,
    possible: bool = True,
    primary: bool = True,
) -> Made | None:
    """What a job makes, if it is there; else its progress with a Stop, or why it failed and the invitation to ask.

    Args:
        kind: Of the job.
        key: Of the job.
        request: Asks for the job.
        invite: Draws what the reader is offered, and gives the label of the button that asks for it. Without it the
            job is asked for as soon as the page is drawn.
        read: Gives what is kept, None where nothing is.
        possible: Whether the job may be asked for.
        primary: False on a page whose primary button is another one.
    """
    job = jobs.latest(kind, key)  # before what is kept is looked for: what ends in between is there
    made = read()
    if made is not None:
        return made
    if invite is None and (job is None or _asks_again(job)):
        request()
        job = jobs.latest(kind, key)
    if job is not None and job.open:
        watch(job, show_with_stop)
        return None
    if job is not None:
        show_end(job)
    label = "Start" if invite is None else invite()
    cut_short = job is not None and job.state in ("failed", "stopped", "interrupted")
    st.button(
        f"{label} (again)" if cut_short else label,
        key=f"{kind}_start",
        type="primary" if primary else "secondary",
        disabled=not possible,
        on_click=ask,
        args=(request,),
    )
    return None


def ask(request: Request) -> None:
    """Ask for a job, for the callback of a button."""
    request()


def find(kind: str, key: str, read: Callable[[], Made | None], request: Callable[[], Job]) -> Made | Job:
    """The stored result, or else the job that makes it, requested unless it waits, runs or has just failed."""
    job = jobs.latest(kind, key)  # before what is kept is looked for: what ends in between is there
    made = read()
    if made is not None:
        return made
    if job is None or not (job.open or failed_just_now(job)):
        return request()
    return job


def watch(job: Job, draw: Callable[[Job], None]) -> None:
    """Draw an open job repeatedly; the page is rerun when it has ended."""
    was_open = job.open

    def look() -> None:
        now = jobs.get(job.id)
        if was_open and not now.open:
            rerun_unless_dialog_open()
        draw(now)

    st.fragment(look, run_every=POLL[job.lane] if was_open else None)()


def follow(job: Job, what: str) -> None:
    """One line about an awaited job, starting with its subject; the page is rerun when it has ended."""

    def draw(now: Job) -> None:
        st.caption(f"{what}: {plain(problem(now))}")

    watch(job, draw)


def wait_in_dialog(look: Callable[[], Made | Job]) -> Made | Job:
    """What `look` finds, looked for while a worker is at it: a dialog waits, as a rerun would close it."""
    found, last = look(), time.monotonic() + PATIENCE
    with st.spinner("updating …"):
        while isinstance(found, Job) and found.open and worker_alive(found.lane) and time.monotonic() < last:
            time.sleep(POLL["quick"])
            found = look()
    return found


def show_progress(job: Job) -> None:
    """The bar of an open job: what it waits for, or what it does and the time left."""
    if job.state == "running":
        st.progress(job.progress, text=f"{plain(job.message) or 'Starting'}{time_left(job.seconds_left)}")
        return
    place = jobs.queue_position(job.id)
    st.progress(0.0, text=f"Waiting for its turn. {'It is next.' if place <= 1 else f'{place - 1} before it.'}")
    if not worker_alive(job.lane):
        st.caption("Its worker is not running yet. It starts with the server: streamlit run app.py")


def show_end(job: Job) -> None:
    """Why an ended job left no result; nothing for one that is done."""
    if job.state == "failed":
        st.error(plain(job.error), icon=":material/error:")
    elif job.state == "stopped":
        st.info("It was stopped before it finished.")
    elif job.state == "interrupted":
        st.warning("Its worker exited before it finished.")


def show_with_stop(job: Job) -> None:
    """The progress of an open job with its Stop, or how it ended."""
    if job.open:
        show_progress(job)
        stop_button(job)
    else:
        show_end(job)


def stop_button(job: Job | None) -> None:
    """The Stop of an open job; disabled if there is none."""
    is_open = job is not None and job.open
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"{'no_job' if job is None else job.kind}_stop",
        disabled=not is_open,
        on_click=stop,
        args=("" if job is None else job.id,),
    )


def stop(job_id: str) -> None:
    """Ask a job to stop, for the callback of a button."""
    jobs.request_stop(job_id)


def problem(job: Job) -> str:
    """Why there is no result yet."""
    if job.state == "failed":
        return job.error or "failed without a message."
    return "updating …" if worker_alive(job.lane) else "its worker is starting."


def failed_just_now(job: Job) -> bool:
    """Whether it failed less than a minute ago; after that it is worth another try."""
    return job.state == "failed" and time.time() - (job.finished or 0.0) <= FAILED_FOR


def _asks_again(job: Job) -> bool:
    """Whether a job that left nothing is asked for again without a word: a reader's Stop and a fresh failure count."""
    return not (job.open or job.state == "stopped" or failed_just_now(job))
