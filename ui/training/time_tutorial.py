"""The tutorial's way in seconds, beside ours: asked for by a button, measured by the long worker, shown as a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.store.locks import worker_alive
from bowcore.tasks import time_tutorial
from ui import awaited
from ui.state import session
from ui.state.rerun import run_anew
from ui.texts import option
from ui.time_left import place_in_queue, show_progress
from ui.wording import plain, seconds, size

POLL = 1.0  # seconds between two looks at a measurement that goes on
BUSY = 0.75  # load a core from which figures are called doubtful


def section(answer: Answer, fits: bool) -> None:
    """The button, the measurement while it goes on, and the kept figures."""
    st.subheader("The tutorial's way, measured")
    recipe, digest = session.recipe(), answer.corpus.digest
    job = time_tutorial.latest(recipe, digest)
    busy = job is not None and job.open
    kept = None if busy else time_tutorial.find(recipe, digest)
    st.caption(
        "The tutorial cleans with pandas, counts with CountVectorizer and feeds PyTorch dense batches. This times that "
        "on your articles and your network, beside what this page does with the same. Small networks take seconds, "
        "5,000 hidden units a minute or two."
    )
    with st.container(horizontal=True, gap="small"):
        label = "Measure the tutorial's way" if kept is None else "Measure again"
        st.button(
            label,
            icon=":material/timer:",
            disabled=busy or not fits,
            on_click=_measure,
            args=(recipe, digest, kept is not None),
        )
        if job is not None and busy:
            st.button("Stop measuring", icon=":material/stop:", on_click=awaited.stop, args=(job.id,))
    if job is not None:
        st.fragment(_follow, run_every=POLL if busy else None)(job.id, busy)
    if kept is not None:
        _show(kept)


def _measure(recipe: Recipe, digest: str, again: bool) -> None:
    time_tutorial.request(recipe, digest, again=again)


def _follow(job_id: str, was_open: bool) -> None:
    job = jobs.get(job_id)
    if was_open and not job.open:
        run_anew()
    if job.state == "queued":
        st.progress(0.0, text=place_in_queue(job))
        if not worker_alive("long"):
            st.warning("The worker that measures is not running yet. It starts with the server: streamlit run app.py")
    elif job.state == "running":
        show_progress(job)
    elif job.state == "failed":
        st.error(plain(job.error), icon=":material/error:")
    elif job.state == "interrupted":
        st.warning("The worker went away before it had measured everything. Measure once more.")
    elif _stopped(job):
        st.info("Stopped before everything was measured; nothing of it was kept.")


def _stopped(job: Job) -> bool:
    return job.state == "stopped" or bool((job.result or {}).get("stopped"))


def _show(result: dict[str, Any]) -> None:
    rows = [_row(row) for row in result["rows"]]
    dense, sparse = result["dense_array_bytes"], result["sparse_bytes"]
    rows.append(
        {
            "Step": "Training matrix in memory",
            "The tutorial's way": _together(size(dense)),
            "Here": _together(size(sparse)),
            "Ratio": _ratio(dense, sparse),
            "How": ".toarray(), 8 bytes a cell; computed, never made. Here only filled cells are stored.",
        }
    )
    # a table of our own words, whose last column is to wrap; a grid would cut it
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal")
    load = "" if result["load"] is None else f", load {result['load']:.1f} when it began"
    optimiser = option("optimiser", result["optimiser"])
    st.caption(
        f"{result['n_train']:,} training articles × {result['n_terms']:,} terms, {result['hidden']:,} hidden units, "
        f"batches of {result['batch_size']:,}, {optimiser}. {result['cores']} cores{load}; measured "
        f"{datetime.fromtimestamp(result['measured']):%Y-%m-%d %H:%M}."
    )
    if result["load"] is not None and result["load"] > BUSY * result["cores"]:
        st.caption("The machine was busy with other work, which slows either side: measure again when it rests.")


def _row(row: dict[str, Any]) -> dict[str, str]:
    theirs, here = row["tutorial_seconds"], row["here_seconds"]
    told = "not measured" if theirs is None else _seconds(theirs) + (", scaled up" if row["scaled_up"] else "")
    note = str(row["note"])
    return {
        "Step": row["step"],
        "The tutorial's way": told,
        "Here": "–" if here is None else _seconds(here),
        "Ratio": "–" if theirs is None or here is None else _ratio(theirs, here),
        "How": note[:1].upper() + note[1:],
    }


def _seconds(value: float) -> str:
    return _together(seconds(value) if value >= 1 else f"{value:.{2 if value >= 0.1 else 3}f} s")


def _ratio(theirs: float, here: float) -> str:
    ratio = theirs / max(here, 1e-9)
    return _together(f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.1f} times")


def _together(text: str) -> str:
    """A number and its unit, never on two lines."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
