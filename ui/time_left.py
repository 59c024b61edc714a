"""Progress of a job that runs, with the time that is left of it, one way on every page."""

from __future__ import annotations

import streamlit as st

from bowcore.runs.jobs import Job
from bowcore.runs.time_left import seconds_left
from ui.wording import seconds


def show_progress(job: Job) -> None:
    """The bar of a running job, what it does, and how long it goes on."""
    st.progress(job.progress, text=f"{job.message or 'Starting'}{time_left(seconds_left(job.id))}")


def time_left(left: float | None) -> str:
    """Text such as ` · about 12 s left`, to stand behind what a job does; nothing where nothing is known."""
    if left is None:
        return ""
    if left < -1:
        return " · longer than expected"
    whole = seconds(round(left)) if left >= 10 else f"{max(round(left), 1)}\N{NO-BREAK SPACE}s"
    return f" · about {whole} left"
