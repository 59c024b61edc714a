"""The soon lane: logistic regression, requested from the quick worker after every change of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.judge.scores import accuracy
from bowcore.numbers import with_interval
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fit_logistic import KIND, logistic_key, read_fit, read_predictions, request_logistic
from ui import answers, job_panel
from ui.answers import kept
from ui.shell.header import previous_answer
from ui.state import session
from ui.state.rerun import rerun_unless_dialog_open
from ui.texts import plain

AHEAD_UP_TO = 100_000  # articles: of more, worker and page at once take half as long again, each waiting for memory
_UNFINISHED = ("stopped", "interrupted")


@dataclass(frozen=True, slots=True)
class Asked:
    """Ids of the probes of this recipe and of the one before, which is empty where there is none to compare with."""

    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is known of both probes at this moment.

    Attributes:
        predictions: Of this recipe, for the validation articles; None while it is awaited.
        before: Of the recipe before; None while it is awaited, or where there is none.
        waiting: Whether something is still to come.
        problem: Why there is no answer, or what it waits for; empty when all is well.
        note: How this recipe's model was fitted.
        n_train: Articles that it was fitted on.
        incomparable: Why the two are not compared though both have answered; empty where they can be.
    """

    predictions: NDArray[np.int32] | None
    before: NDArray[np.int32] | None
    waiting: bool
    problem: str
    note: str
    n_train: int
    incomparable: str = ""


def ask_ahead(recipe: Recipe) -> None:
    """Stop what is not wanted any more, and ask for a recipe's probe before the page counts its words.

    Raises:
        BowlabError: The articles are missing, or a job has to read them first. A probe would fail for that.
    """
    digest, before = answers.corpus_digest(recipe), session.before()
    n_documents = answers.reading(recipe).units.n_documents
    _drop_superseded({logistic_key(wanted, digest) for wanted in (recipe, before) if wanted is not None})
    if n_documents <= AHEAD_UP_TO:
        _request(recipe.through("weighting"), digest)


def ask(answer: Answer) -> Asked:
    """Ask for this recipe's probe, and for that of the recipe before where both have the same validation articles."""
    previous = comparable(answer)
    mine = _request(answer.recipe, answer.corpus.digest)
    theirs = None if previous is None else _request(previous.recipe, previous.corpus.digest)
    _drop_superseded({job.key for job in (mine, theirs) if job is not None})
    return Asked(mine.id, "" if theirs is None else theirs.id)


def comparable(answer: Answer) -> Answer | None:
    """The answer to the recipe before, when it can be compared article by article and is another one."""
    previous = previous_answer()
    if previous is None or previous is answer or not answers.same_articles(previous, answer):
        return None
    return previous


def read(asked: Asked) -> Reply:
    """What the worker has answered so far."""
    mine, theirs = jobs.get(asked.mine), jobs.get(asked.theirs) if asked.theirs else None
    predictions = _predictions(mine)
    problem = ""
    if predictions is None:
        problem = job_panel.problem(mine)
    fit, other = read_fit(mine), None if theirs is None else read_fit(theirs)
    before = None if theirs is None else _predictions(theirs)
    incomparable = ""
    if before is not None and predictions is not None and fit and other and not (fit.whole and other.whole):
        # fewer articles alone make a model worse: the difference would be taken for the change's
        before = None
        incomparable = (
            f"Not compared: one of the two was fitted on a share of its articles ({other.n_train:,} before, "
            f"{fit.n_train:,} now), which alone changes accuracy."
        )
    return Reply(
        predictions=predictions,
        before=before,
        incomparable=incomparable,
        waiting=mine.open or (theirs is not None and theirs.open),
        problem=problem,
        note="" if fit is None else fit.note,
        n_train=0 if fit is None else fit.n_train,
    )


def follow(asked: Asked, draw: Callable[[Reply], None]) -> None:
    """Draw the answer; while it is awaited, poll for it, and rerun the page when it has arrived."""
    waiting = read(asked).waiting

    def look() -> None:
        reply = read(asked)
        if waiting and not reply.waiting:
            rerun_unless_dialog_open()
        draw(reply)

    st.fragment(look, run_every=job_panel.POLL["quick"] if waiting else None)()


def line(answer: Answer) -> None:
    """One line on logistic regression under this recipe; it fills in when the worker has answered."""
    recipe = answer.recipe  # a session keeps its fragments: with the answer in one, its matrix would never be dropped

    def draw(reply: Reply) -> None:
        if reply.predictions is None:
            st.caption(f"Logistic regression: {plain(reply.problem)}")
            return
        answer = answers.answer(recipe)
        words = f"Logistic regression: **{with_interval(accuracy(answer.labels, reply.predictions))}**"
        if reply.before is not None:
            words += f"; {describe_change(paired_change(answer.labels, reply.before, reply.predictions))}"
        if reply.incomparable:
            words += f". {reply.incomparable}"
        elif share := fitted_share(answer, reply):
            words += f". {share}"
        st.caption(words)

    follow(ask(answer), draw)


def fitted_share(answer: Answer, reply: Reply) -> str:
    """How the model was fitted, where it was not on all training articles of the recipe."""
    return reply.note if reply.n_train != len(answer.matrix.rows) else ""


def _request(recipe: Recipe, corpus_digest: str) -> Job:
    job = jobs.latest(KIND, logistic_key(recipe, corpus_digest))
    failed_before = job is not None and job.state == "failed" and not job_panel.failed_just_now(job)
    if job is None or job.state in _UNFINISHED or failed_before or _gone(job):
        job = request_logistic(recipe, corpus_digest)
        _asked_here()[job.key] = job.id
    return job


def _gone(job: Job) -> bool:
    """Whether the answer, which is kept on disk, has been cleaned away."""
    return job.state == "done" and _predictions(job) is None


def _drop_superseded(wanted: set[str]) -> None:
    """Stop this session's own probes but for these keys: what a reader has clicked past is in the way of the rest."""
    mine = _asked_here()
    for key in mine.keys() - wanted:
        job = jobs.get(mine.pop(key))
        if job.open:
            jobs.request_stop(job.id)


def _asked_here() -> dict[str, str]:
    """Ids of the probes that this session asked for, by key."""
    asked: dict[str, str] = st.session_state.setdefault("probe_jobs", {})
    return asked


def _predictions(job: Job) -> NDArray[np.int32] | None:
    fit = read_fit(job)
    return None if fit is None else _read(fit.artefact)


@kept()
def _read(artefact: str) -> NDArray[np.int32] | None:
    return read_predictions(artefact)
