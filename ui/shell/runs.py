"""Training runs of a recipe, for every page: start, find, read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import RunError
from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.turns import seconds_before
from bowcore.learn.network.cost import NetworkCost, baseline_seconds, training_cost
from bowcore.learn.network.network import Weights, load_weights
from bowcore.numbers import seconds
from bowcore.people import most_seconds, person
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.trained import Trained, has_checkpoint, read_probabilities
from ui import answers
from ui.answers import kept
from ui.state import faults, session

MOST_SEEN = 8  # runs whose epochs a session keeps


@dataclass(frozen=True, slots=True)
class Run:
    """State of a recipe's network: its newest job, the finished epochs, and the current batch if it runs."""

    job: Job
    epochs: pd.DataFrame
    batch: dict[str, float]

    @property
    def complete(self) -> bool:
        """Whether all epochs are done and the network is stored."""
        epochs = self.result.epochs
        return bool(epochs) and len(epochs) >= epochs[-1].epochs

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
    return training_cost(answer.matrix.features, recipe.network)


def training_seconds(cost: NetworkCost, epochs: int) -> float:
    """Rough time of a training, as fast as the last ones on this computer: counting, the epochs, and the baselines."""
    return 1.0 + cost.seconds_per_epoch * epochs * _slowdown() + baseline_seconds(cost.sizes.n_nonzero)


def whole_run_seconds(cost: NetworkCost, epochs: int) -> float:
    """Rough time until a training requested now is done: its own, and before it that of the jobs ahead of it."""
    return training_seconds(cost, epochs) + seconds_before("long", person().id)


def refusal(answer: Answer) -> str:
    """Why this person may not train this recipe; empty if it may be trained."""
    network, most = session.recipe().network, most_seconds()
    if most == float("inf"):
        return ""
    needed = training_seconds(cost(answer, session.recipe()), network.epochs)
    if needed <= most:
        return ""
    return (
        f"This training would take about {seconds(needed)}; guests may use {seconds(most)}. Choose fewer hidden units "
        "or epochs, or ask the teacher."
    )


def _slowdown() -> float:
    """Median of measured and expected time of the last trainings on this computer."""
    results = [Trained.from_json(job.result or {}) for job in jobs.recent("train", 5)]
    found = [result.slowdown for result in results if result.slowdown]
    return float(np.median(found)) if found else 1.0


def start(drawn: Recipe, corpus_digest: str, *, step: int = 0, again: bool = False) -> None:
    """Submit a training of the current recipe to the long worker; an equal one that waits or runs is joined.

    `drawn` is the recipe that the page shows, of the corpus with this digest. If a click has switched to other texts
    since, nothing is submitted.
    """
    if session.recipe().corpus != drawn.corpus:
        return
    epochs = step or session.recipe().network.epochs
    payload = {"recipe": session.recipe().to_toml(), "step": step, "again": again}
    key = result_key(session.recipe(), "network", corpus_digest)
    with faults.requesting():
        answer = answers.answer(drawn)
        if problem := refusal(answer):
            raise RunError(problem)
        wanted = training_seconds(cost(answer, session.recipe()), epochs)
        job = jobs.submit("train", payload, "long", key, seconds=wanted)
        st.session_state["trainings"] = [*started()[-MOST_SEEN:], job.id]


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
    """The newest run of a recipe that stored a network; while it is trained again, the one before."""
    finished = jobs.finished("train", result_key(recipe, "network", corpus_digest))
    return next((read(job) for job in finished if Trained.from_json(job.result or {}).artefact), None)


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
    return Run(job, epoch_table(_epochs(job.id)), job.newest or {})


def _epochs(job_id: str) -> list[dict[str, object]]:
    """The finished epochs reported by a job. Only events that this session has not seen are requested."""
    seen: dict[str, tuple[int, list[dict[str, object]]]] = st.session_state.setdefault("epochs_seen", {})
    last, rows = seen.pop(job_id, (0, []))
    for event in jobs.events(job_id, after=last):
        last = event.number
        if event.body["event"] == "EpochDone":
            rows.append(event.body)
    seen[job_id] = last, rows  # moved to the end: the least recently viewed is dropped first
    if len(seen) > MOST_SEEN:
        del seen[next(iter(seen))]
    return rows


def epoch_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """One row per epoch, under the names that charts use."""
    columns = {
        "epoch": "epoch",
        "train_loss": "training_loss",
        "validation_loss": "validation_loss",
        "train_accuracy": "training_accuracy",
        "validation_accuracy": "validation_accuracy",
        "running_train_loss": "running_loss",
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
