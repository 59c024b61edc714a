"""The room, as only the teacher sees it: who is here, what runs and waits for whom, disk and memory."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psutil
import streamlit as st

from bowcore.corpus.hub import KNOWN
from bowcore.corpus.sources import SOURCES
from bowcore.errors import BowlabError
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import time_left
from bowcore.jobs.turns import people_of
from bowcore.numbers import counted, percent, size
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.freed_downloads import SETTING, free, freed, set_by_owner, wishes
from bowcore.store.home import artefacts_folder, home_folder
from bowcore.store.locks import LANES
from bowcore.store.own_files import PREFIX
from ui.job_panel import stop
from ui.state import rerun, visitor, widgets
from ui.texts import corpus_title, plain, sentence

KINDS = {
    "ahead": "Next switches, prepared",
    "ablate": "Grid of recipes",
    "blocks": "Models of blocks",
    "download": "Download",
    "duplicates": "Duplicates",
    "factorial": "Every combination of switches",
    "goodness-of-fit": "Fit of Zipf's law",
    "label-issues": "Suspicious labels",
    "learning-curve": "Learning curve",
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
    "train-seeds": "Training with several seeds",
    "open-test": "Test set",
    "open-test-blocks": "Test set",
}
"""What each kind of job is called."""
COUNTED_EVERY = 10.0
"""Seconds for which one count of the bytes that are kept answers every rerun."""
_REFUSED = "freed_refused"

_counted: dict[Path, tuple[float, int]] = {}
"""When the bytes that are kept were last counted, and their number, by folder."""


def button() -> None:
    """The button for the room; only the teacher of one has it."""
    if visitor.has_room() and st.button(
        f"Room: {counted(visitor.n_guests(), 'guest')}", icon=":material/groups:", key="room", width="stretch"
    ):
        rerun.dialog("Room", _show)


def _show() -> None:
    here = f"{counted(visitor.n_guests(), 'guest')} in the last hour."
    st.markdown(f"{here} Guests cannot open the test set, and each may have one training waiting.")
    _downloads()
    found = [job for lane in LANES for job in jobs.in_turn(lane)]
    if not found:
        st.caption("Nothing runs or waits.")
    for job in found:
        _job(job)
    st.caption(_machine())
    st.button("Refresh", icon=":material/refresh:", key="room_refresh")


def _downloads() -> None:
    """The teacher's choice of what guests may download, with what they were refused among the options."""
    now = list(freed())
    suggested = (name for name in SOURCES if name in KNOWN)
    st.multiselect(
        "Guests may download",
        list(dict.fromkeys([*now, *wishes(), *suggested])),
        now,
        format_func=corpus_title,
        placeholder="Nothing yet: choose, or type hub:owner/name",
        accept_new_options=True,
        help="What guests wished for is in the list. `hub:owner/*` frees all data sets of an owner. It stays so after "
        "a restart of the server, and what is downloaded can be chosen by all.",
        **widgets.bind("freed_downloads", now, _free, any_order=True, follows=True),
    )
    if problem := st.session_state.pop(_REFUSED, ""):
        st.error(sentence(problem), icon=":material/error:")
    if names := set_by_owner():
        st.caption(f"Freed by the setting {SETTING} too: {plain(', '.join(names))}.")


def _free(names: list[str]) -> None:
    try:
        free(names)
    except BowlabError as error:
        st.session_state[_REFUSED] = str(error)


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
    return (
        f"Results that are kept: {size(_kept_bytes())}. Disk: {size(disk.free)} of {size(disk.total)} free. "
        f"Memory: {size(memory.available)} of {size(memory.total)} free, {size(_own_memory())} used by this program."
    )


def _kept_bytes() -> int:
    """Bytes on disk of all artefacts, at most `COUNTED_EVERY` seconds old: to count them takes a look at each file."""
    folder, now = artefacts_folder(), time.monotonic()
    counted_at, found = _counted.get(folder, (float("-inf"), 0))
    if now - counted_at >= COUNTED_EVERY:
        found = sum(artefact.n_bytes for artefact in artefacts.kept())
        _counted[folder] = time.monotonic(), found
    return found


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
