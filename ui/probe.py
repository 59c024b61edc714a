"""The soon lane: logistic regression's paired change, asked of the quick worker after every change of the recipe."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bowcore.judge.comparison import describe_change, paired_change
from bowcore.judge.scores import accuracy
from bowcore.recipe import Recipe
from bowcore.runs import artefacts, jobs
from bowcore.runs.jobs import Job
from bowcore.runs.keys import result_key
from bowcore.runs.locks import worker_alive
from ui import session, stages
from ui.stages import Now
from ui.wording import accuracy_in_words

POLL = 0.3  # seconds between two looks at a probe: it takes about a second


def line(now: Now) -> None:
    """One line on logistic regression under this recipe; it fills in when the worker has answered."""
    before = session.before()
    previous = None if before is None else stages.now(before)
    mine = _ask(now, now.recipe)
    theirs = None
    if previous is not None and previous.split is now.split and previous is not now:
        theirs = _ask(previous, previous.recipe)
    waiting = any(job is not None and job.open for job in (mine, theirs))
    st.fragment(_show, run_every=POLL if waiting else None)(
        now, mine.id, None if theirs is None else theirs.id, waiting
    )


def _ask(now: Now, recipe: Recipe) -> Job:
    key = result_key(recipe, "weighting", now.corpus.digest)
    job = jobs.latest("probe", key)
    if job is None or job.state in ("stopped", "interrupted"):
        _drop_superseded(key)
        job = jobs.submit("probe", {"recipe": recipe.to_toml()}, "quick", key)
        st.session_state["probe_job"] = job.id
    return job


def _drop_superseded(key: str) -> None:
    """Stop this session's own probe for a recipe that was left before its turn came."""
    last = st.session_state.get("probe_job")
    if last is not None:
        waiting = jobs.get(last)
        if waiting.state == "queued" and waiting.key != key:
            jobs.request_stop(last)


def _show(now: Now, mine: str, theirs: str | None, was_waiting: bool) -> None:
    found, other = jobs.get(mine), None if theirs is None else jobs.get(theirs)
    waiting = found.open or (other is not None and other.open)
    if was_waiting and not waiting:
        st.rerun()
    predictions = _predictions(found)
    if predictions is None:
        if found.state == "failed":
            st.caption(f"Logistic regression: {found.error}")
        elif not worker_alive("quick"):
            st.caption("Logistic regression: its worker is starting.")
        else:
            st.caption("Logistic regression: updating …")
        return
    words = f"Logistic regression: **{accuracy_in_words(accuracy(now.labels, predictions))}**"
    before = None if other is None else _predictions(other)
    if before is not None:
        words += f"; {describe_change(paired_change(now.labels, before, predictions))}"
    if found.result and found.result["n_train"] != now.matrix.features.train.shape[0]:
        words += f". {found.result['note']}"
    st.caption(words)


def _predictions(job: Job) -> NDArray[np.int32] | None:
    name = (job.result or {}).get("artefact")
    return None if name is None else _read(str(name))


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(artefact: str) -> NDArray[np.int32] | None:
    folder = artefacts.find(artefact)
    if folder is None:
        return None
    predictions: NDArray[np.int32] = np.load(folder / "predictions.npy", allow_pickle=False).astype(np.int32)
    predictions.flags.writeable = False
    return predictions
