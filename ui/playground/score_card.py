"""Card 6, the score: naive Bayes now, logistic regression soon, the network on request."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.numbers import percent, seconds, with_interval
from ui.job_panel import show_progress, watch
from ui.shell import logistic, runs, slices
from ui.state import session
from ui.texts import plain

_Any = TypeVar("_Any")


def score_card(answer: Answer, subject: _Any) -> _Any:
    """6 Score: three models at three speeds, each with its interval, compared with the constant guess."""
    accuracy = answer.scores.accuracy
    st.markdown(f"**6 Score** · {accuracy.n_documents:,} validation articles")
    guess = f"Always {plain(answer.guess)}"
    about = f"95 % interval: {with_interval(accuracy)}. {guess}: the largest class of the training articles."
    left, right = st.columns(2)
    left.metric("Naive Bayes", percent(accuracy.value), help=about)
    # a second help icon would leave no room for its label on a narrow page
    right.metric(guess, percent(answer.baseline.value))
    logistic.line(answer)
    # below it, so that logistic regression's accuracy is not mistaken for the slice's
    if line := slices.accuracy_line(answer, "Naive Bayes", answer.predictions):
        st.caption(line)
    _network(answer)
    return subject


def _network(answer: Answer) -> None:
    run = runs.find(answer)
    if run is not None and run.job.open:
        st.caption("Network")
        watch(run.job, show_progress)
        return
    if run is not None and run.result.epochs:
        accuracy = percent(run.result.validation_accuracy)
        st.caption(f"Network: **{accuracy}**, weights of epoch {run.result.kept_epoch} of {len(run.epochs)}")
        return
    other = runs.newest_other(answer)
    if other is not None:
        st.caption(f":orange-badge[earlier recipe] Network: {percent(other.result.validation_accuracy)}")
    cost = runs.cost(answer, answer.recipe)
    label = f"Train the network, about {seconds(runs.whole_run_seconds(cost, session.recipe().network.epochs))}"
    texts = answer.recipe, answer.corpus.digest
    st.button(label, key="card_train", icon=":material/play_arrow:", on_click=runs.start, args=texts)
