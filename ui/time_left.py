"""Progress of a job that waits or runs, with the time that is left of it, one way on every page."""

from __future__ import annotations

import streamlit as st

from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.store.locks import worker_alive


def show_progress(job: Job) -> None:
    """The bar of a job: what it waits for, or what it does and how long it goes on."""
    if job.state == "queued":
        st.progress(0.0, text=waiting(job))
    else:
        st.progress(job.progress, text=f"{job.message or 'Starting'}{time_left(job.seconds_left)}")


def waiting(job: Job) -> str:
    """What a job in the queue waits for."""
    if not worker_alive(job.lane):
        return "Its worker is starting"
    return place_in_queue(job)


def place_in_queue(job: Job) -> str:
    """How many jobs of its lane come before it."""
    place = jobs.queue_position(job.id)
    return f"Waiting for its turn. {'It is next.' if place <= 1 else f'{place - 1} before it.'}"
