"""Runs that a command asks for and waits for: trained in its own process, or given again if they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bowcore.errors import NotPreparedError, RunError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.lemmas import find_lemmas
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.run import OnEvent, OnMessage
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks.runner import run_here


def train_here(recipe: Recipe, key: str, on_event: OnEvent, *, again: bool = False) -> tuple[Job, bool]:
    """The finished run of a recipe under its result key, and whether it was there already.

    `on_event` sees every epoch once, in order, whether it is learned now, was learned before an interruption, or is
    told again from a finished run. With `again` the network is trained again.

    Raises:
        RunError: The run failed, or somebody stopped it.
    """
    tell = _Once(on_event)
    finished = None if again else _finished(recipe, key)
    if finished is not None:
        for event in jobs.events(finished.id):
            tell(event.body)
        return finished, True
    payload = {"recipe": recipe.to_toml(), "again": again}
    while True:
        job = run_here("train", payload, "long", key, tell)
        if job.state == "failed":
            raise RunError(job.error)
        if job.state != "done" or job.result is None:
            raise RunError(
                f"The run was {job.state} after {tell.epochs_told} of {recipe.network.epochs} epochs. "
                "Run the command again to go on."
            )
        if len(job.result["epochs"]) >= recipe.network.epochs:
            return job, False
        # an equal run was under way that somebody steps epoch by epoch; the rest is learned now


def run_recipe_here(recipe: Recipe, on_event: OnEvent = lambda event: None) -> Answer:
    """Every value of a recipe up to its matrix; a job that has to make something first runs in this process.

    Raises:
        RunError: That job failed, or somebody stopped it.
    """
    try:
        return process_experiments().answer(recipe)
    except NotPreparedError as error:
        _make(error, on_event)
    return process_experiments().answer(recipe)


def lemmas_here(recipe: Recipe, on_message: OnMessage) -> tuple[Path, bool]:
    """The artefact with the lemmas of a recipe's open articles, and whether it was there already.

    Raises:
        RunError: The job that makes them failed, or somebody stopped it.
    """
    split = process_experiments().split(recipe)
    try:
        return find_lemmas(split, recipe), True
    except NotPreparedError as error:
        _make(error, on_message=on_message)
    return find_lemmas(split, recipe), False


def open_test_here(recipe: Recipe, run: Job) -> dict[str, Any]:
    """The test figures of a finished run, and the number of the opening that the ledger holds.

    Raises:
        RunError: The test set cannot be opened for this run.
    """
    payload = {"recipe": recipe.to_toml(), "run": run.result}
    job = run_here("open-test", payload, "long", run.key)
    if job.state != "done" or job.result is None:
        raise RunError(job.error or f"The opening was {job.state}. Run the command again.")
    return job.result


class _Once:
    """Passes events on, each epoch once: a run that goes on tells its earlier epochs again."""

    def __init__(self, on_event: OnEvent) -> None:
        self.epochs_told = 0
        self._on_event = on_event

    def __call__(self, event: dict[str, Any]) -> None:
        if event.get("event") == "EpochDone":
            if event["epoch"] <= self.epochs_told:
                return
            self.epochs_told = event["epoch"]
        self._on_event(event)


def _make(
    missing: NotPreparedError,
    on_event: OnEvent = lambda event: None,
    on_message: OnMessage = lambda message: None,
) -> None:
    job = run_here(missing.kind, missing.payload, missing.lane, missing.key, on_event, on_message)
    if job.state != "done":
        raise RunError(job.error or f"The job '{job.kind}' was {job.state}. Run the command again to go on.")


def _finished(recipe: Recipe, key: str) -> Job | None:
    job = jobs.latest("train", key)
    if job is None or job.state != "done" or job.result is None:
        return None
    complete = len(job.result["epochs"]) >= recipe.network.epochs
    return job if complete and artefacts.find(job.result["artefact"]) is not None else None
