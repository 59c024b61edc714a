"""Training runs of a recipe, for every page: start, find, read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import RunError
from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.steering import Order, Steering, steer
from bowcore.jobs.turns import seconds_before
from bowcore.learn.network.cost import NetworkCost, baseline_seconds
from bowcore.learn.network.network import Weights, load_weights
from bowcore.people import person, too_long
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks import trained as trained_events
from bowcore.tasks.finished_runs import newest_network
from bowcore.tasks.trained import Trained, has_checkpoint, read_probabilities
from ui import answers
from ui.answers import kept
from ui.state import faults, session

MOST_SEEN = 8  # runs whose epochs a session keeps


@dataclass(frozen=True, slots=True)
class Run:
    """State of a recipe's network: its newest job, the finished epochs, and the current batch if it runs.

    `batches` are the single batches that are kept as points, `before` the epochs that a rewind of this job left behind.
    """

    job: Job
    epochs: pd.DataFrame
    batch: dict[str, Any]
    batches: pd.DataFrame
    before: pd.DataFrame

    @property
    def complete(self) -> bool:
        """Whether all epochs are done and the network is stored."""
        return self.result.complete

    @property
    def is_own(self) -> bool:
        """Whether this person asked for it."""
        return self.job.owner == person().id

    @property
    def result(self) -> Trained:
        """The job's result; empty while it runs."""
        return Trained.from_json(self.job.result or {})


def key(answer: Answer) -> str:
    """Key of this recipe's training."""
    return result_key(session.recipe(), "network", answer.corpus.digest)


@kept("network")
def cost(answer: Answer, recipe: Recipe) -> NetworkCost:
    """Cost of training this recipe."""
    return answer.network_cost(recipe.network)


def training_seconds(cost: NetworkCost, epochs: int) -> float:
    """Rough time of a training, as fast as the last ones on this computer: counting, the epochs, and the baselines."""
    return 1.0 + cost.seconds_per_epoch * epochs * _slowdown() + baseline_seconds(cost.sizes.n_nonzero)


def whole_run_seconds(cost: NetworkCost, epochs: int) -> float:
    """Rough time until a training requested now is done: its own, and before it that of the jobs ahead of it."""
    return training_seconds(cost, epochs) + seconds_before("long", person().id)


def refusal(answer: Answer) -> str:
    """Why this person may not train this recipe; empty if it may be trained."""
    network = session.recipe().network
    if person().is_teacher:
        return ""
    needed = training_seconds(cost(answer, session.recipe()), network.epochs)
    return too_long("This training", needed, "Choose fewer hidden units or epochs, or ask the teacher.")


def _slowdown() -> float:
    """Median of measured and expected time of the last trainings on this computer."""
    results = [Trained.from_json(job.result or {}) for job in jobs.recent("train", 5)]
    found = [result.slowdown for result in results if result.slowdown]
    return float(np.median(found)) if found else 1.0


def start(drawn: Recipe, corpus_digest: str, *, step: int = 0, again: bool = False, what: Order = "play") -> None:
    """Submit a training of the current recipe to the long worker; an equal one that waits or runs is joined.

    `drawn` is the recipe that the page shows, of the corpus with this digest. If a click has switched to other texts
    since, nothing is submitted. `what` is its first order.
    """
    recipe = session.recipe()
    if recipe.corpus != drawn.corpus:
        return
    epochs = step or recipe.network.epochs
    steering = Steering(1, what, pace=pace())
    payload = {"recipe": recipe.to_toml(), "step": step, "again": again, "steering": steering.to_json()}
    key = result_key(recipe, "network", corpus_digest)
    with faults.requesting():
        answer = answers.answer(recipe)  # not the one drawn: a click may have changed what it costs
        if problem := refusal(answer):
            raise RunError(problem)
        wanted = training_seconds(cost(answer, recipe), epochs)
        job = jobs.submit("train", payload, "long", key, seconds=wanted)
        st.session_state["trainings"] = [*started()[-MOST_SEEN:], job.id]


def pace() -> float:
    """Batches a second at most, as chosen in this session; 0 is full speed."""
    chosen: float = st.session_state.get("pace", 0.0)
    return chosen


def set_pace(run: Run | None, chosen: float) -> None:
    """Choose a pace, for the training that runs and for those to come; for the callback of a widget."""
    st.session_state["pace"] = chosen
    if run is not None and run.job.open:
        order(run.job.id, None)


def order(job_id: str, what: Order | None) -> None:
    """Give an order to an open training, at this session's pace; for the callback of a button."""
    with faults.requesting():
        steer(job_id, what, pace=pace())


def started() -> list[str]:
    """Ids of the trainings that this session started last."""
    found: list[str] = st.session_state.get("trainings", [])
    return found


def find(answer: Answer) -> Run | None:
    """This recipe's newest run, if it was ever trained."""
    return of_recipe(session.recipe(), answer.corpus.digest)


def of_recipe(recipe: Recipe, corpus_digest: str) -> Run | None:
    """The newest run of a recipe on a corpus, if it was ever trained."""
    job = jobs.latest("train", result_key(recipe, "network", corpus_digest))
    return None if job is None else read(job)


def trained(recipe: Recipe, corpus_digest: str) -> Run | None:
    """The run of a recipe whose network all pages use, if there is one: a complete one before the newest."""
    found = newest_network(recipe, corpus_digest)
    return None if found is None else read(jobs.get(found.job_id))


def saved(answer: Answer) -> bool:
    """Whether a training of this recipe has a checkpoint to resume from."""
    return has_checkpoint(key(answer))


def newest_other(answer: Answer) -> Run | None:
    """The newest run of another recipe on the same texts: this person's own, otherwise one of the room."""
    mine = key(answer)
    digest = answer.corpus.digest
    found = (job for job in jobs.recent("train", 20) if job.result and job.key != mine)
    others = [job for job in found if Trained.from_json(job.result or {}).corpus_digest == digest]
    chosen = next((job for job in others if job.owner == person().id), others[0] if others else None)
    return None if chosen is None else read(chosen)


def read(job: Job) -> Run:
    """The run of a job, with its progress so far."""
    seen, newest = _seen(job.id), job.newest or {}
    points = list(seen.points)
    if "points" in newest:
        points.append(newest)
    return Run(job, epoch_table(seen.epochs), newest, batch_table(points), epoch_table(seen.before))


def run_before(answer: Answer, run: Run) -> pd.DataFrame:
    """Epochs of this person's run before this one on the same texts, to compare with; empty if there is none."""
    if len(run.before):
        return run.before
    begun = run.job.payload.get("again")
    for job in jobs.recent("train", 20):
        if job.number >= run.job.number or job.owner != run.job.owner:
            continue
        if job.key == run.job.key and not begun:
            begun = job.payload.get("again")
            continue  # a part of this run
        if Trained.from_json(job.result or {}).corpus_digest == answer.corpus.digest:
            return epoch_table(_seen(job.id).epochs)
    return epoch_table([])


@dataclass(slots=True)
class _Seen:
    """What a session has read of a job's events: up to a number."""

    last: int = 0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)

    def take(self, body: dict[str, Any]) -> None:
        """Add one event."""
        match body["event"]:
            case "EpochDone":
                self.epochs.append(body)
            case trained_events.POINTS:
                self.points.append(body)
            case trained_events.REWOUND:
                self.before = self.epochs or self.before
                self.epochs, self.points = [], []


def _seen(job_id: str) -> _Seen:
    """The epochs and batches reported by a job. Only events that this session has not seen are requested."""
    everything: dict[str, _Seen] = st.session_state.setdefault("epochs_seen", {})
    seen = everything.pop(job_id, None) or _Seen()
    for event in jobs.events(job_id, after=seen.last):
        seen.last = event.number
        seen.take(event.body)
    everything[job_id] = seen  # moved to the end: the least recently viewed is dropped first
    if len(everything) > MOST_SEEN:
        del everything[next(iter(everything))]
    return seen


def batch_table(reports: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per batch that is kept as a point, of epochs finished or not, under the names that charts use."""
    rows = [
        (report["epoch"] - 1 + (batch - 1) / report["batches"], loss, accuracy)
        for report in reports
        for batch, loss, accuracy in report["points"]
    ]
    return pd.DataFrame(rows, columns=["epoch", "training_loss", "training_accuracy"])


def epoch_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """One row per epoch, under the names that charts use."""
    columns = {
        "epoch": "epoch",
        "train_loss": "training_loss",
        "validation_loss": "validation_loss",
        "train_accuracy": "training_accuracy",
        "validation_accuracy": "validation_accuracy",
        "running_train_loss": "running_loss",
        "running_train_loss_batch_mean": "running_loss_batch_mean",
        "running_train_accuracy": "running_accuracy",
        "seconds": "seconds",
        "evaluation_seconds": "evaluation_seconds",
        "n_train_evaluated": "n_train_evaluated",
        "n_validation": "n_validation",
    }
    table = pd.DataFrame(rows, columns=list(columns)).rename(columns=columns)
    table["n_validation"] = table["n_validation"].fillna(0).astype(int)  # absent in records of an earlier version
    return table.drop_duplicates("epoch", keep="last").reset_index(drop=True)


def network_predictions(run: Run | None) -> NDArray[np.float64] | None:
    """Validation probabilities of a run's kept network, (n_validation, n_classes); None before it is trained."""
    return None if run is None or not run.result.artefact else probabilities(run.result.artefact)


@kept()
def probabilities(artefact: str) -> NDArray[np.float64] | None:
    """Validation probabilities of a stored network, (n_validation, n_classes); None if it was deleted."""
    return read_probabilities(artefact)


@kept(spinner="Reading the network…")
def network_weights(artefact: str) -> Weights | None:
    """The stored weights of a run, to explain its predictions; None if they were cleaned away."""
    return artefacts.reading(artefact, lambda folder: load_weights(folder / "weights.safetensors"))
