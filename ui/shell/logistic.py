"""Logistic regression, requested from the quick worker after every change of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.nouns import TEXTS
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.fit_logistic import KIND, logistic_key, read_fit, read_predictions, request_logistic
from ui import answers, job_panel
from ui.answers import kept
from ui.state import faults, session
from ui.state.rerun import poll, rerun_unless_dialog_open

MAX_AHEAD = 100_000  # articles: with more, worker and page at once compete for memory and take 1.5 times as long
_UNFINISHED = ("stopped", "interrupted")


@dataclass(frozen=True, slots=True)
class Requests:
    """Ids of the jobs of this recipe and of the one before; the latter is empty if the two cannot be compared."""

    current: str
    previous: str


@dataclass(frozen=True, slots=True)
class Reply:
    """State of both fits.

    Attributes:
        predictions: Classes of the validation articles under this recipe; None until the fit is done.
        before: Those under the recipe before; None until that fit is done, or if there is none.
        waiting: Whether a fit still waits or runs.
        problem: Why there are no predictions, or what they wait for; empty otherwise.
        note: How this recipe's model was fitted.
        n_train: Number of articles that it was fitted on.
        artefact: The artefact with the fitted model; empty until the fit is done.
        incomparable: Why two finished fits are not compared; empty if they are.
    """

    predictions: NDArray[np.int32] | None
    before: NDArray[np.int32] | None
    waiting: bool
    problem: str
    note: str
    n_train: int
    artefact: str = ""
    incomparable: str = ""


def request_ahead(recipe: Recipe) -> None:
    """Stop superseded fits, and request a recipe's fit before the page counts its words.

    Raises:
        BowlabError: The articles are missing, or a job has to read them first; the fit would fail.
    """
    digest, before = answers.corpus_digest(recipe), session.before()
    n_documents = answers.reading(recipe).units.n_documents
    _drop_superseded({logistic_key(wanted, digest) for wanted in (recipe, before) if wanted is not None})
    if n_documents <= MAX_AHEAD:
        _request(recipe.through("weighting"), digest)


def request(answer: Answer) -> Requests:
    """Request this recipe's fit, and that of the recipe before if both have the same validation articles."""
    previous = comparable(answer)
    job = _request(answer.recipe, answer.corpus.digest)
    other = None if previous is None else _request(previous.recipe, previous.corpus.digest)
    _drop_superseded({job.key for job in (job, other) if job is not None})
    return Requests(job.id, "" if other is None else other.id)


def comparable(answer: Answer) -> Answer | None:
    """The answer to the recipe before, if it is another one that can be compared article by article."""
    previous = answers.previous_answer()
    if previous is None or previous is answer or not answers.same_articles(previous, answer):
        return None
    return previous


def read(requests: Requests) -> Reply:
    """The state of both fits now."""
    job, job_before = jobs.get(requests.current), jobs.get(requests.previous) if requests.previous else None
    predictions = _predictions(job)
    problem = ""
    if predictions is None:
        problem = job_panel.problem(job)
    fit, fit_before = read_fit(job), None if job_before is None else read_fit(job_before)
    before = None if job_before is None else _predictions(job_before)
    incomparable = ""
    if before is not None and predictions is not None and fit and fit_before and not (fit.whole and fit_before.whole):
        # fewer articles alone make a model worse: the difference would be attributed to the change
        before = None
        incomparable = (
            f"Not compared: one of the two was fitted on a share of its {TEXTS} ({fit_before.n_train:,} before, "
            f"{fit.n_train:,} now), which alone changes accuracy."
        )
    return Reply(
        predictions=predictions,
        before=before,
        incomparable=incomparable,
        waiting=job.open or (job_before is not None and job_before.open),
        problem=problem,
        note="" if fit is None else fit.note,
        n_train=0 if fit is None else fit.n_train,
        artefact="" if fit is None else fit.artefact,
    )


def newest(answer: Answer) -> Reply:
    """The state of this recipe's fit and that of the one before; where database or disk fail, one that says so."""
    with faults.leaving_out():
        return read(request(answer))
    return Reply(
        None, None, waiting=False, problem="not known while the database or the disk fails.", note="", n_train=0
    )


def follow(requests: Requests, draw: Callable[[Reply], None]) -> None:
    """Draw the reply; until it is complete, poll for it, then rerun the page."""
    first = [read(requests)]
    waiting = first[0].waiting

    def look() -> None:
        reply = first.pop() if first else read(requests)
        if waiting and not reply.waiting:
            rerun_unless_dialog_open()
        draw(reply)

    poll(look, job_panel.POLL["quick"] if waiting else None, filter(None, [requests.current, requests.previous]))


def fitted_share(answer: Answer, reply: Reply) -> str:
    """How the model was fitted, if not on all of the recipe's training articles."""
    return reply.note if reply.n_train != answer.n_train else ""


def _request(recipe: Recipe, corpus_digest: str) -> Job:
    job = jobs.latest(KIND, logistic_key(recipe, corpus_digest))
    failed_before = job is not None and job.state == "failed" and not job_panel.failed_just_now(job)
    not_joined = job is not None and job.open and job.key not in _requested_here()
    if job is None or not_joined or job.state in _UNFINISHED or failed_before or _gone(job):
        job = request_logistic(recipe, corpus_digest)
        _requested_here()[job.key] = job.id
    return job


def _gone(job: Job) -> bool:
    """Whether the stored predictions were deleted."""
    return job.state == "done" and _predictions(job) is None


def _drop_superseded(wanted: set[str]) -> None:
    """Stop this session's fits except those with these keys: fits of skipped recipes delay the others."""
    requested = _requested_here()
    for key in requested.keys() - wanted:
        job = jobs.get(requested.pop(key))
        if job.open:
            jobs.leave(job.id)


def _requested_here() -> dict[str, str]:
    """Ids of the jobs that this session requested, by key."""
    requested: dict[str, str] = st.session_state.setdefault("probe_jobs", {})
    return requested


def _predictions(job: Job) -> NDArray[np.int32] | None:
    fit = read_fit(job)
    return None if fit is None else _read(fit.artefact)


@kept()
def _read(artefact: str) -> NDArray[np.int32] | None:
    return read_predictions(artefact)
