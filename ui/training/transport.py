"""The row that drives a training: play, pause, step, stop, rewind and pace, each an order to the worker's process."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs.steering import NOT_ALONE, is_paused, may_steer
from bowcore.jobs.turns import people_of
from bowcore.numbers import decimal
from bowcore.people import person
from bowcore.recipe.recipe import Recipe
from ui.job_panel import stop, stop_button
from ui.shell import runs
from ui.shell.runs import Run
from ui.state import session, widgets

PACES = (0.0, 64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0)
"""Batches a second that the slider offers; 0 is full speed."""
SAME, NEW = "Same start", "New"
LARGEST_SEED = 2**32 - 1


def row(answer: Answer, run: Run | None, fits: bool) -> None:
    """All buttons in one line; each is enabled only if it would do something."""
    waits = run is not None and (person().is_teacher or person().id in people_of(run.job.id))
    is_open = run is not None and run.job.open
    steers = run is not None and is_open and waits and may_steer(run.job.id)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="training_transport"):
        if run is not None and steers and run.job.state == "running":
            _play_or_pause(run)
        else:
            _start(answer, run, fits, waits=waits)
        _steps(answer, run, fits, steers=steers)
        stop_button(None if run is None else run.job)
        _rewind(answer, run, fits, possible=run is not None and (steers or not is_open))
        _pace(run)
    if is_open and waits and not steers:
        st.caption(NOT_ALONE)


def signature(run: Run | None) -> tuple[str, bool]:
    """What decides which buttons are drawn, as far as the worker changes it."""
    return ("", False) if run is None else (run.job.state, is_paused(run.job))


def _play_or_pause(run: Run) -> None:
    paused = is_paused(run.job)
    st.button(
        "Resume" if paused else "Pause",
        key="training_play",
        type="primary",
        icon=":material/play_arrow:" if paused else ":material/pause:",
        help="Goes on in the worker's process, from this very batch."
        if paused
        else "The worker's process waits after this batch and computes nothing.",
        on_click=runs.order,
        args=(run.job.id, "play" if paused else "pause"),
    )


def _start(answer: Answer, run: Run | None, fits: bool, *, waits: bool) -> None:
    is_others = run is not None and run.job.open and not waits
    busy = run is not None and run.job.open and not is_others
    label = "Start" if run is None or busy else "Join" if is_others else _start_label(run, runs.saved(answer))
    # in callbacks: a second click would interrupt a run of the page before it requests the job
    st.button(
        label,
        key="training_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=busy or not fits,
        on_click=runs.start,
        args=(answer.recipe, answer.corpus.digest),
        kwargs={"again": run is not None and run.complete},
    )


def _start_label(run: Run, saved: bool) -> str:
    if run.complete:
        return "Train again"
    if saved:
        return "Go on"
    return "Start again" if len(run.epochs) or run.job.state == "interrupted" else "Start"


def _steps(answer: Answer, run: Run | None, fits: bool, *, steers: bool) -> None:
    paused = run is not None and steers and is_paused(run.job)
    idle = run is None or not (run.job.open or run.complete)
    texts = answer.recipe, answer.corpus.digest
    disabled = not (paused or (idle and fits))
    order = (run.job.id,) if paused and run is not None else ()
    st.button(
        "Step one batch",
        icon=":material/skip_next:",
        help="Learns one batch, then waits.",
        on_click=runs.order if paused else runs.start,
        args=(*order, "batch") if paused else texts,
        kwargs=None if paused else {"what": "batch"},
        disabled=disabled,
    )
    st.button(
        "Step one epoch",
        icon=":material/step:",
        help="Learns up to the end of the epoch.",
        on_click=runs.order if paused else runs.start,
        args=(*order, "epoch") if paused else texts,
        kwargs=None if paused else {"step": 1},
        disabled=disabled,
    )


def _rewind(answer: Answer, run: Run | None, fits: bool, *, possible: bool) -> None:
    st.segmented_control(
        "Rewind to",
        (SAME, NEW),
        default=SAME,
        required=True,
        key="training_rewind_to",
        label_visibility="collapsed",
        persist_state="session",
    )
    st.button(
        "Rewind",
        icon=":material/replay:",
        disabled=not possible or not fits,
        help="Back to before the first batch: to the weights that this training began with, or, with another seed, to "
        "new ones. This run stays in the curves as a grey dashed line.",
        # the choice is read when it is clicked: the page may not have been drawn since
        on_click=_back,
        args=(answer.recipe, answer.corpus.digest, run),
    )


def _back(drawn: Recipe, corpus_digest: str, run: Run | None) -> None:
    to = _to_new_weights if st.session_state["training_rewind_to"] == NEW else _to_same_weights
    to(drawn, corpus_digest, run)


def _to_same_weights(drawn: Recipe, corpus_digest: str, run: Run | None) -> None:
    if run is not None and run.job.open:
        runs.order(run.job.id, "rewind")
    else:
        runs.start(drawn, corpus_digest, again=True, what="pause")


def _to_new_weights(drawn: Recipe, corpus_digest: str, run: Run | None) -> None:
    if run is not None and run.job.open:
        stop(run.job.id)
    seed = session.recipe().network.network_seed
    session.change(network_seed=0 if seed == LARGEST_SEED else seed + 1)
    runs.start(drawn, corpus_digest, again=True, what="pause")


def _pace(run: Run | None) -> None:
    def take(chosen: float) -> None:
        runs.set_pace(run, chosen)

    st.select_slider(
        "Pace",
        PACES,
        runs.pace(),
        format_func=in_words,
        help="Slows the batches down so that a class can follow, while the training runs too.",
        width=112,
        label_visibility="collapsed",
        **widgets.bind("training_pace", runs.pace(), take, follows=True),
    )


def in_words(pace: float) -> str:
    """`full speed`, `8 a second`."""
    return f"{decimal(pace, 0)} a second" if pace else "full speed"
