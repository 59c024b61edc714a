"""Jobs that a recipe needs first, such as a download or lemmas: an offer to run one, its progress, and a way back."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bowcore.errors import BowlabError, JobRequest
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store.freed_downloads import may_download, wish
from ui.job_panel import show_end, show_with_stop, watch
from ui.state import faults, session
from ui.state.rerun import poll, rerun_unless_dialog_open
from ui.texts import plain, sentence

DOWNLOAD = "download"
NOT_ALLOWED = "The teacher starts downloads here. As soon as these texts are on the server, they can be chosen by all."
MOST_WISHED = 3
"""Data sets that a session asks the teacher for; more would take the place of what others ask for."""
TOO_MANY_WISHED = (
    f"The teacher starts downloads here. You have asked for {MOST_WISHED} data sets already, so this one is not on the "
    "teacher's list: ask the teacher."
)
LOOK_EVERY = 2.0
"""Seconds between two looks whether the teacher has freed a download."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A recipe that cannot be shown yet, the reason, and the job it needs."""

    message: str
    request: JobRequest
    wanted: Recipe


def remember(error: BowlabError, wanted: Recipe) -> bool:
    """Store the offer of an error's job. Returns False if the error names no job."""
    request: JobRequest | None = getattr(error, "job", None)
    if request is None:
        return False
    st.session_state["offer"] = Offer(str(error), request, wanted)
    return True


def panel() -> None:
    """The open offer above the page, if any."""
    offer: Offer | None = st.session_state.get("offer")
    if offer is None:
        return
    with st.container(border=True, key="offer_panel"):
        job = jobs.latest(offer.request.kind, offer.request.key)
        if job is not None and job.open:
            st.markdown(f"**{plain(offer.request.label)}** The previous recipe stays in use until it is done.")
            st.session_state["offer_started"] = True  # by another session, perhaps: this one uses it too
            watch(job, show_with_stop)
            return
        if job is not None and job.error and st.session_state.get("offer_started"):
            show_end(job)
        elif job is not None and job.state == "done" and st.session_state.get("offer_started"):
            _use(offer)
            st.rerun()
        st.markdown(sentence(offer.message))
        with st.container(horizontal=True):
            again = job is not None and job.state in ("stopped", "interrupted", "failed")
            label = plain(offer.request.label) + (" (go on)" if again else "")
            is_allowed = offer.request.kind != DOWNLOAD or may_download(offer.wanted.corpus.corpus)
            st.button(label, type="primary", key="offer_start", disabled=not is_allowed, on_click=_start, args=(offer,))
            st.button("Keep this recipe", key="offer_close", on_click=_close)
        if not is_allowed:
            _wait_until_freed(offer.wanted.corpus.corpus)


def _wait_until_freed(name: str) -> None:
    wished: list[str] = st.session_state.setdefault("wished", [])
    if name not in wished and len(wished) < MOST_WISHED:
        with faults.leaving_out():
            wish(name)
            wished.append(name)
    said = NOT_ALLOWED if name in wished else TOO_MANY_WISHED

    def look() -> None:
        st.caption(said)
        if may_download(name):
            rerun_unless_dialog_open()

    poll(look, LOOK_EVERY)


def _start(offer: Offer) -> None:
    request = offer.request
    with faults.requesting():
        if request.kind == DOWNLOAD and not may_download(offer.wanted.corpus.corpus):
            return
        jobs.submit(request.kind, dict(request.payload), request.lane, request.key)
        st.session_state["offer_started"] = True


def _use(offer: Offer) -> None:
    _close()
    session.replace(offer.wanted)


def _close() -> None:
    st.session_state.update(offer=None, offer_started=False)
