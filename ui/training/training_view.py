"""A run on the training page: buttons, progress, curves, baselines."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bowcore.errors import MemoryBudgetError
from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.jobs.steering import is_paused
from bowcore.judge.overfitting import since_the_best
from bowcore.judge.scores import Accuracy, describe_accuracy
from bowcore.learn.network.cost import check_fits
from bowcore.nouns import TEXTS
from bowcore.numbers import counted, decimal, percent, seconds, size
from bowcore.tasks.finished_runs import newest_network, several_seeds_of, several_seeds_with
from charts.scores import score_interval
from charts.training import live_curves
from ui import answers
from ui.job_panel import show_end, show_progress, watch
from ui.reading.tables import behind, draw, palette, show
from ui.shell import runs, slices
from ui.shell.runs import Run
from ui.state import faults, session
from ui.state.rerun import rerun_unless_dialog_open
from ui.texts import plain, sentence
from ui.training import take_away, transport

CURVES, SEEDS, SIZES, TUTORIAL = VIEWS = ("Curves", "Seeds", "Learning curve", "Tutorial's numbers")
LIVELY = 0.5  # seconds between two looks at a training that is stepped or slowed


def costs(answer: Answer) -> None:
    """What a training costs, below the curves: they belong on the first screen."""
    network = session.recipe().network
    cost = runs.cost(answer, session.recipe())
    if network.optimiser == "adam-lazy":
        st.caption("Lazy Adam is not Adam: it leaves the weights of words that a batch lacks, so its results differ.")
    dense = size(8 * cost.sizes.n_train * cost.sizes.n_terms)
    takes = ""
    with faults.leaving_out():
        takes = f" · whole run about {seconds(runs.whole_run_seconds(cost, network.epochs))}"
    st.caption(
        f"{cost.n_parameters:,} weights and biases · about {size(cost.memory_bytes)} of memory{takes} · the matrix "
        f"stored densely: {dense}, which the tutorial's .toarray() would take"
    )


def fits(answer: Answer) -> bool:
    """Whether this person may train the recipe here; a message says why not."""
    try:
        check_fits(runs.cost(answer, session.recipe()))
    except MemoryBudgetError as error:
        st.error(sentence(str(error)), icon=":material/memory:")
        return False
    problem = ""
    with faults.leaving_out():
        problem = runs.refusal(answer)
    if problem:
        st.error(sentence(problem), icon=":material/timer:")
    return not problem


def live(answer: Answer, run: Run | None) -> None:
    """The run's current state, refreshed each second while it runs."""
    if run is None:
        _nothing_yet(answer)
        return
    if len(run.epochs):
        faults.look(answer.corpus.digest, session.recipe(), network=True)
    recipe, drawn = answer.recipe, transport.signature(run)  # not the answer: a session keeps its fragments
    before = runs.run_before(answer, run)

    def look(job: Job) -> None:
        now = runs.read(job)
        if job.open and transport.signature(now) != drawn:
            rerun_unless_dialog_open()
        _live(answers.answer(recipe), now, now.before if len(now.before) else before)

    watch(run.job, look, LIVELY if drawn[1] or runs.pace() else None)


def finished(answer: Answer, run: Run | None) -> None:
    """A run that has ended, next to simple models, and its network to take away."""
    if run is None or run.job.open or not run.result.epochs:
        return
    _finished(answer, run)
    # not in the fragment that polls the training: a rerun of it can lose the one that polls this job
    take_away.offer(answer, run)


def _nothing_yet(answer: Answer) -> None:
    other = runs.newest_other(answer)
    if other is None:
        st.info("No network for this recipe yet. Press Start: two curves appear here, epoch by epoch.")
        return
    whose = "Trained with an earlier recipe" if other.is_own else "Trained in the room, with another recipe"
    st.badge(whose, icon=":material/history:", color="orange")
    result, group = other.result, several_seeds_with(other.job.id)
    all_seeds = "" if group is None else f" Mean ± sd of its seeds: {group.accuracy_in_words}."
    st.caption(
        f"Its validation accuracy: {describe_accuracy(result.accuracy, result.guess_accuracy)}.{all_seeds} Start "
        "trains this recipe."
    )
    _curves(answer, other, None, None)


def _live(answer: Answer, run: Run, before: pd.DataFrame) -> None:
    job = run.job
    _state(answer, job, run, saved=not job.open and runs.saved(answer))
    # one line: the labels of two close ones would overlap
    known = run.result.baselines.get("logistic regression")
    baseline = ("naive Bayes", answer.scores.accuracy.value) if known is None else ("logistic regression", known)
    _curves(answer, run, baseline, before)


def _state(answer: Answer, job: Job, run: Run, *, saved: bool) -> None:
    if is_paused(job):
        st.progress(job.progress, text=sentence(job.message))
    elif job.open:
        show_progress(job)
    if job.open:
        if "running_loss" in run.batch:
            st.caption(
                "Running figures of this epoch, taken while the weights change: loss "
                f"{decimal(run.batch['running_loss'], 3)}, "
                f"accuracy {percent(run.batch['running_accuracy'])} of the training {TEXTS} seen in it so far."
            )
    elif job.state == "failed":
        show_end(job)
    elif job.state in ("interrupted", "stopped"):
        planned = session.recipe().network.epochs
        what = "Stopped" if job.state == "stopped" else "The worker exited"
        if run.result.paused:
            what = "Paused, and its place given to others,"
        tell = st.info if job.state == "stopped" else st.warning
        tell(f"{what} after {len(run.epochs)} of {planned} epochs.{_what_is_left(run, saved)}{_in_use(answer, run)}")
        if job.error:
            st.caption(sentence(job.error))
    if job.result and run.result.warning:
        st.warning(sentence(run.result.warning), icon=":material/warning:")


def _what_is_left(run: Run, saved: bool) -> str:
    if run.complete:
        return " The network is complete."
    if saved:
        return " Press Go on to resume from where it was last saved."
    if not len(run.epochs) and run.job.state == "stopped":
        return ""
    return " It was not saved: press Start again."


def _in_use(answer: Answer, run: Run) -> str:
    found = None if run.complete else newest_network(session.recipe(), answer.corpus.digest)
    return " All other pages keep the complete network of before." if found is not None and found.complete else ""


def _curves(answer: Answer, run: Run, baseline: tuple[str, float] | None, before: pd.DataFrame | None) -> None:
    planned = max(session.recipe().network.epochs, len(run.epochs))
    drawings = live_curves(
        run.epochs, palette(), planned_epochs=planned, baseline=baseline, batches=run.batches, before=before
    )
    for column, drawing, name in zip(st.columns(2), drawings, ("loss", "accuracy"), strict=True):
        with column:
            draw(drawing, f"curve_{name}")
            st.caption(drawing.finding)
    epochs = run.epochs
    if len(epochs):
        losses, accuracies = epochs["validation_loss"].tolist(), epochs["validation_accuracy"].tolist()
        if said := since_the_best(losses, accuracies, int(epochs["n_validation"].iloc[-1])):
            st.markdown(plain(said))
    if before is not None and len(before):
        left_out = f"; its epochs after {planned} are not drawn" if before["epoch"].max() > planned else ""
        st.caption(f"Grey dashed: the run before, on the validation {TEXTS}{left_out}.")
    if len(run.epochs):
        evaluated = int(run.epochs["n_train_evaluated"].iloc[-1])
        st.caption(
            f"Large points are measured after each epoch: training on {evaluated:,} training {TEXTS}, validation on "
            f"{answer.split.validation.n_documents:,}, where always guessing {plain(answer.guess)} is right for "
            f"{percent(answer.baseline.value)}. A small dot is one batch, just before it is learned. Running figures, "
            "taken while weights change, are in the table."
        )
        behind(run.epochs, "epochs", "Table of epochs")


def _finished(answer: Answer, run: Run) -> None:
    result = run.result
    n = answer.split.validation.n_documents
    models = {"network": result.validation_accuracy, **result.baselines}
    scores = {name: Accuracy.of(round(value * n), n) for name, value in models.items()}
    rows = [(name, score.value, score.low, score.high, n) for name, score in scores.items()]
    table = pd.DataFrame(rows, columns=["name", "accuracy", "low", "high", "n"])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        guess = (f"always guessing {answer.guess}", answer.baseline.value)
        show(score_interval(table, palette(), guess), "models")
    with right:
        st.markdown(
            f"**Kept: epoch {result.kept_epoch}.** Lowest validation loss: epoch {result.best_epoch}. "
            f"The whole run took {seconds(result.seconds)}.{_early(run)}"
        )
        group = several_seeds_of(session.recipe(), answer.corpus.digest)
        if group is not None:
            st.markdown(f"Over all its seeds: **{plain(group.accuracy_in_words)}** of {n:,}.")
        if session.recipe().network.keep == "best" and len(run.epochs) > 1:
            st.caption(
                f"Chosen from {len(run.epochs)} epochs by the loss on the validation {TEXTS}, so the accuracy on "
                "them is slightly optimistic."
            )
        probabilities = runs.network_predictions(run)
        if probabilities is not None and (
            line := slices.accuracy_line(answer, "Network", probabilities.argmax(axis=1))
        ):
            st.caption(line)
        if not result.baselines:
            st.caption("There are no other models to compare: the run was stopped before they were fitted.")
        for name, note in result.baseline_notes.items():
            st.caption(f"**{plain(name)}:** {sentence(note)}")


def _early(run: Run) -> str:
    if not run.result.ended_early:
        return ""
    waited = counted(session.recipe().network.patience, "epoch")
    return f" It ended early: {waited} without a lower validation loss."
