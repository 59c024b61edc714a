"""Jobs on a page: requested, followed, stopped and read in one way on every page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.jobs.turns import people_of, seconds_until
from bowcore.numbers import counted, seconds
from bowcore.people import Person, person
from bowcore.store.locks import worker_alive
from bowcore.store.version import version
from ui.state import faults
from ui.state.rerun import poll, rerun_unless_dialog_open
from ui.texts import sentence

POLL = {"quick": 0.2, "long": 1.0, "download": 1.0}
"""Seconds between two polls of an open job, by its lane."""
PATIENCE = 30.0  # seconds that a dialog waits: a worker loads the tagger in up to 15
RETRY_AFTER = 60.0  # seconds: memory or disk space may be free again by then

Made = TypeVar("Made")
Request = Callable[[], object]
"""Submits a job, or joins an equal one that waits or runs."""


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
    """The result of a job, if it is stored; otherwise draws its progress with a Stop, or a button that submits it.

    Args:
        kind: Kind of the job.
        key: Key of the job.
        request: Submits the job.
        invite: Draws a description and returns the label of the button. Without it the job is submitted as soon as the
            page is drawn.
        read: Returns the stored result, or None.
        possible: Whether the button is enabled.
        primary: False on a page whose primary button is another one.
    """
    with faults.leaving_out():
        job = jobs.latest(kind, key)  # before the result is read: a job that ends in between has stored it
        made = read()
        if made is not None:
            return made
        if invite is None and (job is None or is_worth_retrying(job)):
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
    """Submit a job; for the callback of a button."""
    with faults.requesting():
        jobs.check_waiting()
        request()


def find(kind: str, key: str, read: Callable[[], Made | None], request: Callable[[], Job]) -> Made | Job:
    """The stored result, or else the job that computes it; submitted unless it waits, runs or failed just now."""
    job = jobs.latest(kind, key)  # before the result is read: a job that ends in between has stored it
    made = read()
    if made is not None:
        return made
    if job is None or not (job.open or failed_just_now(job)):
        return request()
    return job


def watch(job: Job, draw: Callable[[Job], None], every: float | None = None) -> None:
    """Draw an open job repeatedly, once in `every` seconds if given; the page is rerun when it has ended."""
    was_open = job.open

    def look() -> None:
        now = jobs.get(job.id)
        if was_open and not now.open:
            rerun_unless_dialog_open()
        draw(now)

    poll(look, (every or POLL[job.lane]) if was_open else None, [job.id])


def follow(job: Job, what: str) -> None:
    """One line about a job, starting with its subject `what`; the page is rerun when it has ended."""

    def draw(now: Job) -> None:
        st.caption(f"{what}: {sentence(problem(now))}")

    watch(job, draw)


def wait_in_dialog(look: Callable[[], Made | Job]) -> Made | Job:
    """The result of `look`, polled while its worker is alive: a dialog must wait, since a rerun would close it."""
    found, last = look(), time.monotonic() + PATIENCE
    with st.spinner("updating …"):
        while isinstance(found, Job) and found.open and worker_alive(found.lane) and time.monotonic() < last:
            time.sleep(POLL["quick"])
            found = look()
    return found


def show_progress(job: Job) -> None:
    """The bar of an open job: its place in the queue, or its message and the time left."""
    if job.state == "running":
        st.progress(job.progress, text=f"{sentence(job.message) or 'Starting'}{time_left(job.seconds_left)}")
        return
    place, soon = jobs.queue_position(job.id), seconds_until(job.id)
    begins = f" It begins in about {seconds(soon)}." if soon >= 1 else ""
    st.progress(0.0, text=f"Waiting for its turn. {'It is next.' if place <= 1 else f'{place - 1} before it.'}{begins}")
    if not worker_alive(job.lane, job.version):
        st.caption(_waits_for_worker(job))


def _waits_for_worker(job: Job) -> str:
    if job.version not in ("", version()):
        return (
            "It waits for a worker of the version of this program that asked for it. Start that version, or stop the "
            "job and ask again."
        )
    return "Its worker is not running yet. It starts with the server: streamlit run app.py"


def show_end(job: Job) -> None:
    """Why an ended job has no result; nothing for one that is done."""
    if job.state == "failed":
        st.error(sentence(job.error), icon=":material/error:")
    elif job.state == "stopped":
        st.info(sentence(job.error) or "It was stopped before it finished.")
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
    """The Stop of an open job, and how many others wait for it; disabled if there is none, or if this person left it.

    The teacher's ends it, a guest's only if nobody else waits for it.
    """
    is_open = job is not None and job.open
    waiting = people_of(job.id) if job is not None and is_open else ()
    who = person()
    others = len(set(waiting) - {who.id})
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"{'no_job' if job is None else job.kind}_stop",
        disabled=not is_open or not (who.is_teacher or who.id in waiting or not waiting),
        help=_effect_of_stop(others, who) if others else None,
        on_click=stop,
        args=("" if job is None else job.id,),
    )


def _effect_of_stop(others: int, who: Person) -> str:
    people = counted(others, "other person", "other people")
    return f"Ends it for {people} too." if who.is_teacher else f"It goes on for {people}."


def stop(job_id: str) -> None:
    """End a job for the teacher, or no longer wait for it; for the callback of a button."""
    with faults.leaving_out():
        if person().is_teacher:
            jobs.request_stop(job_id)
        else:
            jobs.leave(job_id)


def problem(job: Job) -> str:
    """Why there is no result yet."""
    if job.state == "failed":
        return job.error or "failed without a message."
    return "updating …" if worker_alive(job.lane) else "its worker is starting."


def failed_just_now(job: Job) -> bool:
    """Whether it failed less than `RETRY_AFTER` seconds ago, or would kill another process."""
    age = time.time() - (job.finished or 0.0)  # below 0 after the clock was set back
    return job.state == "failed" and (job.killed_its_process or 0 <= age <= RETRY_AFTER)


def is_worth_retrying(job: Job) -> bool:
    """Whether to submit a job without a result again: not after a Stop or a recent failure."""
    return not (job.open or job.state == "stopped" or failed_just_now(job))
