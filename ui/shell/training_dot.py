"""A dot at *Training* in the navigation while a training runs, with the time left, on every page."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from ui.job_panel import watch
from ui.shell import runs

LINK = '[data-testid="stTopNavLink"][href$="/training"]'
LOOK = "white-space: nowrap; font-size: 0.85em; margin-left: 0.4em"


def dot(answer: Answer) -> None:
    """Show the training that this session started, or that runs for this recipe, until it ends."""
    job = _open_training(answer)
    if job is not None:
        watch(job, _draw)


def _open_training(answer: Answer) -> Job | None:
    mine = [jobs.get(job_id) for job_id in runs.started()]
    found = [job for job in (*mine, jobs.latest("train", runs.key(answer))) if job is not None and job.open]
    return next((job for job in found if job.state == "running"), found[0] if found else None)


def _draw(job: Job) -> None:
    if job.open:
        st.html(f"<style>{LINK}::after {{ content: '{in_words(job)}'; {LOOK} }}</style>")


def in_words(job: Job) -> str:
    """The dot, full while the training runs, and the time left if it is known."""
    if job.state != "running":
        return "○ waiting"
    return f"●{time_left(job.seconds_left).replace(' · about', '').replace(' · ', ' ')}"
