"""What the training page shows of a run: buttons, progress, curves, baselines."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import seconds_left, training_left
from bowcore.judge.scores import Accuracy
from bowcore.learn.network.cost import baseline_seconds
from bowcore.store.locks import worker_alive
from charts.scores import score_interval
from charts.training import live_curves
from ui import awaited
from ui.reading.tables import behind, draw, palette, show
from ui.shell import slices
from ui.state import session
from ui.state.rerun import run_anew
from ui.time_left import place_in_queue, time_left
from ui.training import export_network, runs
from ui.training.runs import Run
from ui.wording import percent, plain, seconds

POLL = 1.0  # seconds between two looks at a run that goes on


def buttons(answer: Answer, run: Run | None, fits: bool) -> None:
    """Start, step, stop: each only when it can be done."""
    busy = run is not None and run.job.open
    complete = run is not None and run.complete
    with st.container(horizontal=True, gap="small"):
        label = "Start" if run is None or busy else _start_label(run, runs.saved(answer))
        # callbacks: what is asked for by a run of the page is lost where a second click ends the run before
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            disabled=busy or not fits,
            on_click=runs.start,
            args=(answer,),
            kwargs={"again": complete},
        )
        st.button(
            "Step one epoch",
            icon=":material/step:",
            disabled=busy or complete or not fits,
            on_click=runs.start,
            args=(answer,),
            kwargs={"step": 1},
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            disabled=not busy,
            on_click=awaited.stop,
            args=(run.job.id if run is not None else "",),
        )


def _start_label(run: Run, saved: bool) -> str:
    if run.complete:
        return "Train again"
    if saved:
        return "Go on"
    return "Start again" if len(run.epochs) or run.job.state == "interrupted" else "Start"


def live(answer: Answer, run: Run | None) -> None:
    """The run as it is now, refreshed each second while it goes on."""
    if run is None:
        _nothing_yet(answer)
        return
    st.fragment(_follow, run_every=POLL if run.job.open else None)(answer, run.job.id, run.job.open)


def _nothing_yet(answer: Answer) -> None:
    other = runs.newest_other(answer)
    if other is None:
        st.info("No network for this recipe yet. Press Start: two curves appear here, epoch by epoch.")
        return
    st.badge("Trained with an earlier recipe", icon=":material/history:", color="orange")
    accuracy = (other.result or {}).get("validation_accuracy")
    if accuracy is not None:
        n = (other.result or {}).get("n_validation", 0)
        st.caption(f"It was right for {percent(accuracy)} of {n:,} validation articles. Start trains this recipe.")
    _curves(answer, runs.read(other), {})


def _follow(answer: Answer, job_id: str, was_open: bool) -> None:
    job = jobs.get(job_id)
    if was_open and not job.open:
        run_anew()
    run = runs.read(job)
    _state(answer, job, run, saved=not job.open and runs.saved(answer))
    baselines = {"naive Bayes": answer.scores.accuracy.value}
    found = run.result.get("baselines")
    if isinstance(found, dict):
        # one line, the better known model's: two that lie close would be labelled one over the other
        baselines = {name: value for name, value in found.items() if name == "logistic regression"} or baselines
    _curves(answer, run, baselines)
    if not job.open and run.result.get("epochs"):
        _finished(answer, run)


def _state(answer: Answer, job: Job, run: Run, *, saved: bool) -> None:
    if job.state == "queued":
        st.progress(0.0, text=place_in_queue(job))
        if not worker_alive("long"):
            st.warning("The worker that trains is not running yet. It starts with the server: streamlit run app.py")
    elif job.state == "running":
        st.progress(job.progress, text=f"{job.message or 'Starting'}{time_left(_left(answer, run))}")
        if run.batch:
            st.caption(
                f"Running figures of this epoch, taken while the weights change: loss {run.batch['running_loss']:.3f}, "
                f"accuracy {percent(run.batch['running_accuracy'])}."
            )
    elif job.state == "failed":
        st.error(plain(job.error), icon=":material/error:")
    elif job.state in ("interrupted", "stopped"):
        planned = session.recipe().network.epochs
        what = "Stopped" if job.state == "stopped" else "The worker went away"
        tell = st.info if job.state == "stopped" else st.warning
        tell(f"{what} after {len(run.epochs)} of {planned} epochs.{_what_is_left(run, saved)}")


def _what_is_left(run: Run, saved: bool) -> str:
    if run.complete:
        return " The network is complete."
    if saved:
        return " Press Go on: it goes on from where it was last saved."
    if not len(run.epochs) and run.job.state == "stopped":
        return ""
    return " It was not saved on its way: press Start again."


def _left(answer: Answer, run: Run) -> float | None:
    """Seconds until the run is over, baselines included: what its job told last, or the pace of its epochs."""
    told = seconds_left(run.job.id)
    if told is not None:
        return told
    recipe, cost = session.recipe(), runs.cost(answer, session.recipe())
    epochs, batch = run.epochs, run.batch
    step = int(run.job.payload.get("step", 0))
    n_left = min(step or recipe.network.epochs, recipe.network.epochs - len(epochs))
    under_way = batch and batch["epoch"] == len(epochs) + 1
    share, taken = (batch["batch"] / batch["batches"], batch["seconds"]) if under_way else (0.0, 0.0)
    finished = (epochs["seconds"] + epochs["evaluation_seconds"]).tolist()
    return training_left(n_left, finished, cost.seconds_per_epoch, share, taken) + baseline_seconds(cost.n_nonzero)


def _curves(answer: Answer, run: Run, baselines: dict[str, float]) -> None:
    planned = max(session.recipe().network.epochs, len(run.epochs))
    drawings = live_curves(run.epochs, palette(), planned_epochs=planned, accuracy_baselines=baselines)
    for column, drawing, name in zip(st.columns(2), drawings, ("loss", "accuracy"), strict=True):
        with column:
            draw(drawing, f"curve_{name}")
            st.caption(drawing.finding)
    if len(run.epochs):
        evaluated = int(run.epochs["n_train_evaluated"].iloc[-1])
        st.caption(
            f"Each point is measured after its epoch: training on {evaluated:,} training articles, validation on "
            f"{answer.split.validation.n_documents:,}, where always guessing {plain(answer.guess)} is right for "
            f"{percent(answer.baseline.value)}. Running figures, taken while weights change, are in the table."
        )
        behind(run.epochs, "epochs", "Table of epochs")


def _finished(answer: Answer, run: Run) -> None:
    found = run.result["baselines"]
    n = answer.split.validation.n_documents
    models = {"network": run.result["validation_accuracy"], **dict(found if isinstance(found, dict) else {})}
    rows = []
    for name, value in models.items():
        accuracy = Accuracy.of(round(float(str(value)) * n), n)
        row = {"name": name, "accuracy": accuracy.value, "low": accuracy.low, "high": accuracy.high, "n": n}
        rows.append(row)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        guess = (f"always guessing {answer.guess}", answer.baseline.value)
        show(score_interval(pd.DataFrame(rows), palette(), baseline=guess), "models")
    with right:
        kept, best = run.result.get("kept_epoch"), run.result.get("best_epoch")
        st.markdown(
            f"**Kept: epoch {kept}.** Lowest validation loss: epoch {best}. "
            f"The whole run took {seconds(float(str(run.result['seconds'])))}."
        )
        probabilities = runs.network_predictions(run)
        if probabilities is not None and (
            told := slices.accuracy_line(answer, "Network", probabilities.argmax(axis=1))
        ):
            st.caption(told)
        export_network.button(answer, run)
        if not found:
            st.caption("No other models beside it: the run was cut short before they were fitted.")
        notes = run.result.get("baseline_notes")
        if isinstance(notes, dict):
            for name, note in notes.items():
                st.caption(f"**{plain(str(name))}:** {plain(str(note))}")
