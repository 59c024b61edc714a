"""The tutorial's code in seconds, next to ours: requested by a button, measured by the long worker, as a table."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXTS
from bowcore.numbers import NO_BREAK_SPACE, decimal, seconds, size
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import time_tutorial
from bowcore.tasks.time_tutorial import Row, TimedTutorial
from ui.job_panel import ask, job_panel
from ui.reading.times import local_time
from ui.state import session
from ui.texts import option

BUSY = 0.75  # load per core above which figures are called doubtful


def section(answer: Answer, fits: bool) -> None:
    """The button, the running measurement, and the stored figures."""
    st.subheader("The tutorial's way, measured")
    recipe, digest = session.recipe(), answer.corpus.digest
    st.caption(
        "The tutorial cleans with pandas, counts with CountVectorizer and feeds PyTorch dense batches. This measures "
        f"the time of that on your {TEXTS} and your network, next to what this page does with them. Small networks "
        "take seconds, 5,000 hidden units a minute or two."
    )
    timed = job_panel(
        time_tutorial.KIND,
        time_tutorial.cost_key(recipe, digest),
        partial(time_tutorial.request, recipe, digest),
        lambda: "Measure the tutorial's way",
        partial(_kept, recipe, digest),
        possible=fits,
        primary=False,
    )
    if timed is None:
        return
    again = partial(time_tutorial.request, recipe, digest, again=True)
    st.button("Measure again", icon=":material/timer:", disabled=not fits, on_click=ask, args=(again,))
    _show(timed)


def _kept(recipe: Recipe, digest: str) -> TimedTutorial | None:
    """The stored figures, except while they are measured again."""
    job = time_tutorial.latest(recipe, digest)
    return None if job is not None and job.open else time_tutorial.find(recipe, digest)


def _show(result: TimedTutorial) -> None:
    dense, sparse = result.dense_array_bytes, result.sparse_bytes
    how = ".toarray(), 8 bytes a cell: calculated, never allocated. Here only filled cells are stored."
    matrix = ("Training matrix in memory", size(dense), size(sparse), _ratio(dense, sparse), how)
    table = pd.DataFrame(
        [*map(_row, result.rows), matrix], columns=["Step", "The tutorial's way", "Here", "Ratio", "How"]
    )
    # st.table wraps the last column, which st.dataframe would cut
    st.table(table, hide_index=True, border="horizontal")
    load = "" if result.load is None else f", load {decimal(result.load)} when it began"
    optimiser = option("optimiser", result.optimiser)
    st.caption(
        f"{result.n_train:,} training {TEXTS} × {result.n_terms:,} terms, {result.hidden:,} hidden units, "
        f"batches of {result.batch_size:,}, {optimiser}. {result.cores} cores{load}; measured "
        f"{local_time(result.measured)}."
    )
    if result.load is not None and result.load > BUSY * result.cores:
        st.caption("The machine was busy with other work, which slows both sides: measure again when it is idle.")


def _row(row: Row) -> tuple[str, str, str, str, str]:
    theirs, here = row.tutorial_seconds, row.here_seconds
    return (
        row.step,
        "not measured" if theirs is None else _seconds(theirs) + (", scaled up" if row.scaled_up else ""),
        "–" if here is None else _seconds(here),
        "–" if theirs is None or here is None else _ratio(theirs, here),
        row.note[:1].upper() + row.note[1:],
    )


def _seconds(value: float) -> str:
    return seconds(value) if value >= 1 else f"{decimal(value, 2 if value >= 0.1 else 3)}{NO_BREAK_SPACE}s"


def _ratio(theirs: float, here: float) -> str:
    ratio = theirs / max(here, 1e-9)
    return f"{decimal(ratio, 0 if ratio >= 10 else 1)}{NO_BREAK_SPACE}times"
