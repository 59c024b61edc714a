"""The room, as only the teacher sees it: who is here, what runs and waits for whom, disk and memory."""

from __future__ import annotations

import shutil

import psutil
import streamlit as st

from bowcore.errors import BowlabError
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.jobs.turns import people_of
from bowcore.numbers import counted, percent, size
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.home import home_folder
from bowcore.store.locks import LANES
from bowcore.store.own_files import PREFIX
from ui.job_panel import stop
from ui.state import rerun, visitor
from ui.texts import corpus_title, plain

KINDS = {
    "ahead": "Next switches, prepared",
    "ablate": "Grid of recipes",
    "download": "Download",
    "duplicates": "Duplicates",
    "goodness-of-fit": "Fit of Zipf's law",
    "label-issues": "Suspicious labels",
    "leftovers": "Leftovers",
    "lemmas": "Lemmas",
    "line-lemmas": "Lemmas of a sentence",
    "network-zip": "Network to take away",
    "probe": "Logistic regression",
    "reduction": "LSA and PCA",
    "report": "Report",
    "source-words": "Source words",
    "tokens": "Words of the tokeniser",
    "tutorial-way": "The tutorial's way, measured",
    "train": "Training",
    "open-test": "Test set",
}
"""What each kind of job is called."""


def button() -> None:
    """The button for the room; only the teacher of one has it."""
    if visitor.has_room() and st.button(
        f"Room: {counted(visitor.n_guests(), 'guest')}", icon=":material/groups:", key="room", width="stretch"
    ):
        rerun.dialog("Room", _show)


def _show() -> None:
    here = f"{counted(visitor.n_guests(), 'guest')} in the last hour."
    st.markdown(f"{here} Guests cannot open the test set or start downloads; each may have one training waiting.")
    found = [job for lane in LANES for job in jobs.in_turn(lane)]
    if not found:
        st.caption("Nothing runs or waits.")
    for job in found:
        _job(job)
    st.caption(_machine())
    st.button("Refresh", icon=":material/refresh:", key="room_refresh")


def _job(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"room_{job.id}"):
        st.markdown(f"**{KINDS.get(job.kind, job.kind)}**, {plain(_texts(job))}, for {_for_whom(job)}: {_state(job)}")
        st.button("End", key=f"room_end_{job.id}", disabled=job.stop_requested, on_click=stop, args=(job.id,))


def _state(job: Job) -> str:
    if job.stop_requested:
        return "is about to end"
    return f"{percent(job.progress, 0)}{time_left(job.seconds_left)}" if job.state == "running" else "waits"


def _texts(job: Job) -> str:
    """The texts that a job reads; what a guest brought stays the guest's."""
    try:
        name = Recipe.from_toml(str(job.payload["recipe"])).corpus.corpus
    except (KeyError, BowlabError):
        return str(job.payload.get("name", "own sentences"))
    return "own texts" if name.startswith(PREFIX) else corpus_title(name)


def _for_whom(job: Job) -> str:
    waiting = people_of(job.id) or (job.owner,)
    first = visitor.called(waiting[0])
    return first if len(waiting) == 1 else f"{first} and {counted(len(waiting) - 1, 'other')}"


def _machine() -> str:
    disk, memory = shutil.disk_usage(home_folder()), psutil.virtual_memory()
    kept = sum(artefact.n_bytes for artefact in artefacts.kept())
    return (
        f"Results that are kept: {size(kept)}. Disk: {size(disk.free)} of {size(disk.total)} free. "
        f"Memory: {size(memory.available)} of {size(memory.total)} free, {size(_own_memory())} used by this program."
    )


def _own_memory() -> int:
    """Bytes of memory that the server and its workers hold."""
    server = psutil.Process()
    held = 0
    for process in (server, *server.children(recursive=True)):
        try:
            held += process.memory_info().rss
        except psutil.Error:
            continue
    return held
