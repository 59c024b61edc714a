"""The learning curve of this recipe: errors with fewer and fewer training articles."""

from __future__ import annotations

from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.judge.learning_curve import LEAST_SIZES, N_DRAWS, sizes_of
from bowcore.learn.network.cost import baseline_seconds
from bowcore.nouns import TEXTS
from bowcore.numbers import percent, seconds
from bowcore.people import too_long
from bowcore.tasks.fitted_cells import Model
from bowcore.tasks.learning_curve import KIND, CurvePoint, LearningCurve, curve_key, read_point, request_curve
from charts.learning import learning_curve
from ui.compare.switches import choose_model
from ui.job_panel import ask, show_end, show_with_stop, watch
from ui.reading.tables import draw, palette
from ui.shell.block_models import fit_panel, seconds_of_fit
from ui.state import open_view, session
from ui.texts import plain, sentence


def curve(answer: Answer, bar: DeltaGenerator, *, primary: bool = True) -> None:
    """The curve, size by size as they finish, with its law; or what it would show, and its button."""
    recipe = session.recipe()
    with bar:
        model = choose_model("Network")
    if model == "blocks" and fit_panel(answer, recipe, primary=primary) is None:
        return
    for key in ("training_view", "compare_view"):
        open_view.settle(key, model=model)
    job = jobs.latest(KIND, curve_key(recipe, answer.corpus.digest, model))
    found = LearningCurve.from_json(job.result) if job is not None and job.result and "points" in job.result else None
    if job is not None and job.open:
        watch(job, partial(_running, 1 - answer.baseline.value))
    elif found is not None and found.complete:
        _result(found)
    else:
        if job is not None:
            show_end(job)
        _invite(answer, model, primary=primary)


def _invite(answer: Answer, model: Model, *, primary: bool) -> None:
    n_train = answer.split.train.n_documents
    sizes = sizes_of(n_train, len(answer.split.class_names))
    if len(sizes) < LEAST_SIZES:
        st.info(f"{n_train:,} training {TEXTS} are too few: {LEAST_SIZES} sizes are needed, each twice the one before.")
        return
    wanted = _seconds(answer, model)
    used = answer.n_train
    every = "" if used == n_train else f" All {n_train:,} take part, not the {used:,} of this recipe."
    st.markdown(
        f"Learn from {', '.join(f'{size:,}' for size in sizes)} training {TEXTS}, {N_DRAWS} draws of each size, judged "
        f"on the same validation {TEXTS}: how fast errors fall, and what twice as many {TEXTS} might give.{every} "
        f"About {seconds(wanted)}."
    )
    problem = too_long("The curve", wanted, "Choose a faster model or fewer epochs, or ask the teacher.")
    request = partial(request_curve, session.recipe(), answer.corpus.digest, model, wanted)
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    st.button("Draw the curve", type=kind, key="curve_start", disabled=bool(problem), on_click=ask, args=(request,))
    if problem:
        st.caption(sentence(problem))


def _seconds(answer: Answer, model: Model) -> float:
    """Rough time: all sizes and draws learn from four times all training articles, of which a recipe may use some."""
    more = answer.split.train.n_documents / max(answer.n_train, 1)
    if model == "blocks":
        return 4 * more * seconds_of_fit(answer, session.recipe())
    if model == "network":
        network = session.recipe().network
        cost = answer.network_cost(network)
        return 4 * more * cost.seconds_per_epoch * network.epochs + 2
    return 4 * (2.5 * baseline_seconds(round(more * answer.matrix.n_filled)) + 0.1) + 2


def _running(guess: float, job: Job) -> None:
    show_with_stop(job)
    points = [read_point(event.body) for event in jobs.events(job.id) if event.body["event"] == "SizeDone"]
    if points:
        draw(learning_curve(_table(points), palette(), guess=guess), f"curve_growing_{len(points)}")


def _result(found: LearningCurve) -> None:
    guess = 1 - found.guess_accuracy
    drawing = learning_curve(_table(list(found.points)), palette(), guess=guess, exponent=found.exponent)
    draw(drawing, "learning_curve")
    st.markdown(sentence(found.sentence))
    st.caption(
        f"{plain(found.model)}; always guessing {plain(found.guess_class)}: {percent(found.guess_accuracy)} of "
        f"{found.n_validation:,} validation {TEXTS}. Intervals are over validation {TEXTS} and draws."
    )


def _table(points: list[CurvePoint]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n_train": [point.n_train for point in points],
            "error": [1 - point.accuracy for point in points],
            "low": [1 - point.high for point in points],
            "high": [1 - point.low for point in points],
            "law": pd.Series([None if point.law is None else 1 - point.law for point in points], dtype="float64"),
            "draws": [tuple(1 - share for share in point.by_draw) for point in points],
        }
    )
