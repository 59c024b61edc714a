"""Jobs that a command runs in its own process and waits for; a finished run is returned as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bowcore.errors import JobRequest, NotPreparedError, RunError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.lemmas import find_lemmas
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.run import OnEvent, OnMessage
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import POINTS


def train_here(recipe: Recipe, key: str, on_event: OnEvent, *, again: bool = False) -> tuple[Job, bool]:
    """The finished run of a recipe under its result key, and whether it existed already.

    `on_event` receives every epoch once, in order, including those from before an interruption and those of a run that
    exists already. With `again` the network is trained again.

    Raises:
        RunError: The run failed, or somebody stopped it.
    """
    report = _EachEpochOnce(on_event)
    finished = None if again else _finished(recipe, key)
    if finished is not None:
        for event in jobs.events(finished.id):
            report(event.body)
        return finished, True
    payload = {"recipe": recipe.to_toml(), "again": again}
    while True:
        job = run_here("train", payload, "long", key, report)
        if job.state == "failed":
            raise RunError(job.error)
        if job.state != "done" or job.result is None:
            raise RunError(
                f"The run was {job.state} after {report.n_epochs} of {recipe.network.epochs} epochs. "
                "Run the command again to go on."
            )
        if _is_complete(job.result, recipe):
            return job, False
        # an equal run ended after a step of some epochs; the next pass trains the rest


def run_recipe_here(recipe: Recipe, on_event: OnEvent = lambda event: None) -> Answer:
    """The answer to a recipe; a job that it depends on runs in this process first.

    Raises:
        RunError: That job failed, or somebody stopped it.
    """
    try:
        return process_experiments().answer(recipe)
    except NotPreparedError as error:
        _run(error.job, on_event)
    return process_experiments().answer(recipe)


def lemmas_here(recipe: Recipe, on_message: OnMessage) -> tuple[Path, bool]:
    """The artefact with the lemmas of a recipe's open articles, and whether it existed already.

    Raises:
        RunError: The job that makes them failed, or somebody stopped it.
    """
    split = process_experiments().split(recipe)
    try:
        return find_lemmas(split, recipe), True
    except NotPreparedError as error:
        _run(error.job, on_message=on_message)
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


def fit_blocks_here(recipe: Recipe, key: str, on_message: OnMessage) -> dict[str, Any]:
    """The fit of a recipe's blocks under its key, in this process unless it is finished.

    Raises:
        RunError: The fit failed, or somebody stopped it.
    """
    return _result(run_here("blocks", {"recipe": recipe.to_toml()}, "long", key, on_message=on_message))


def open_blocks_here(recipe: Recipe, key: str, on_message: OnMessage) -> dict[str, Any]:
    """The test figures of a recipe's blocks, and the number of the opening that the ledger holds.

    Raises:
        RunError: The test set cannot be opened for this recipe.
    """
    return _result(run_here("open-test-blocks", {"recipe": recipe.to_toml()}, "long", key, on_message=on_message))


def _result(job: Job) -> dict[str, Any]:
    if job.state != "done" or job.result is None:
        raise RunError(job.error or f"The job '{job.kind}' was {job.state}. Run the command again.")
    return job.result


class _EachEpochOnce:
    """Passes events on, each epoch once: a resumed run reports its earlier epochs again. Points of batches stay."""

    def __init__(self, on_event: OnEvent) -> None:
        self.n_epochs = 0
        self._on_event = on_event

    def __call__(self, event: dict[str, Any]) -> None:
        if event.get("event") == "EpochDone":
            if event["epoch"] <= self.n_epochs:
                return
            self.n_epochs = event["epoch"]
        if event.get("event") != POINTS:
            self._on_event(event)


def _run(
    wanted: JobRequest, on_event: OnEvent = lambda event: None, on_message: OnMessage = lambda message: None
) -> None:
    job = run_here(wanted.kind, wanted.payload, wanted.lane, wanted.key, on_event, on_message)
    if job.state != "done":
        raise RunError(job.error or f"The job '{job.kind}' was {job.state}. Run the command again to go on.")


def _finished(recipe: Recipe, key: str) -> Job | None:
    job = jobs.latest("train", key)
    if job is None or job.state != "done" or job.result is None:
        return None
    return job if _is_complete(job.result, recipe) and artefacts.find(job.result["artefact"]) is not None else None


def _is_complete(result: Mapping[str, Any], recipe: Recipe) -> bool:
    return bool(result.get("ended_early")) or len(result["epochs"]) >= recipe.network.epochs
