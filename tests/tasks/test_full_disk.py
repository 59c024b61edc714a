"""A disk that is full while a network is trained: the training goes on, and says that it cannot be resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bowcore.jobs.job_context import JobContext
from bowcore.jobs.steering import Steering
from bowcore.learn.network.checkpoint import CHECKPOINT_NAME
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.runner import run_here
from bowcore.tasks.train import train
from bowcore.tasks.trained import Trained, read_probabilities
from tests.disks import fill

RECIPE = Recipe().change(training_articles=120, min_documents=2, hidden=64, epochs=4, batch_size=32)

pytestmark = pytest.mark.faults


def result(recipe: Recipe = RECIPE, on_event: Callable[[dict[str, Any]], None] = lambda event: None) -> Trained:
    job = run_here("train", {"recipe": recipe.to_toml()}, "long", recipe.key(), on_event)
    assert (job.state, job.error) == ("done", "")
    return Trained.from_json(job.result or {})


@pytest.fixture
def disk(small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The disk of checkpoints; jobs and artefacts are on another one."""
    folder = small_disk("4m")
    monkeypatch.setattr("bowcore.tasks.train.training_folder", lambda key: folder / key)
    return folder


def test_a_training_on_a_disk_that_fills_up_ends_with_the_weights_of_one_that_did_not(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    emit = JobContext.emit

    def listen(context: JobContext, *values: Any, **named: Any) -> None:
        emit(context, *values, **named)
        heard.extend(filter(None, [named.get("message"), *(value for value in values if isinstance(value, str))]))

    monkeypatch.setattr(JobContext, "emit", listen)

    def fill_after_an_epoch(event: dict[str, Any]) -> None:
        if event.get("event") == "EpochDone" and event["epoch"] == 1:
            fill(disk)

    found = result(on_event=fill_after_an_epoch)
    assert [epoch.epoch for epoch in found.epochs] == [1, 2, 3, 4]
    assert any("could not be saved" in message and "Epoch 3" in message for message in heard), heard
    (disk / "filler").unlink()
    other = result(RECIPE.change(network_seed=RECIPE.network.network_seed))
    assert found.validation_accuracy == other.validation_accuracy
    first, second = (read_probabilities(run.artefact) for run in (found, other))
    assert first is not None and second is not None
    assert (first == second).all()
    assert found.warning == ""


def test_a_training_that_is_stopped_on_a_full_disk_says_that_it_cannot_be_resumed(disk: Path) -> None:
    class Stopped:
        n_epochs = 0
        steering = Steering()

        def emit(self, event: Any = None, *others: Any, **named: Any) -> None:
            if isinstance(event, dict) and event.get("event") == "EpochDone":
                self.n_epochs += 1
                fill(disk)

        def should_stop(self) -> bool:
            return self.n_epochs == 1

    found = train({"recipe": RECIPE.to_toml()}, cast(Any, Stopped()))
    assert (found.stopped, len(found.epochs)) == (True, 1)
    assert "could not be saved" in found.warning and "Free" in found.warning
    assert not list(disk.rglob(CHECKPOINT_NAME))


def test_a_finished_network_waits_for_room_and_is_then_stored(
    small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = result(RECIPE)
    disk = small_disk("8m")
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(disk / "artefacts"))
    (disk / "artefacts").mkdir()
    heard: list[str] = []

    def fill_at_the_end(event: dict[str, Any]) -> None:
        if event.get("event") == "EpochDone" and event["epoch"] == RECIPE.network.epochs:
            fill(disk)

    def free_at_the_second_try(message: str) -> None:
        if "waits to be stored" in message:
            heard.append(message)
            if len(heard) == 2:
                (disk / "filler").unlink()

    payload = {"recipe": RECIPE.to_toml(), "again": True}
    job = run_here("train", payload, "long", RECIPE.key(), fill_at_the_end, free_at_the_second_try)
    assert (job.state, job.error) == ("done", "")
    found = Trained.from_json(job.result or {})
    assert "Free some space" in heard[0] and len(heard) == 2
    assert found.weights_digest == other.weights_digest
    probabilities = read_probabilities(found.artefact)
    assert probabilities is not None and len(probabilities) == found.n_validation


def test_baselines_that_cannot_be_stored_end_no_training(
    small_disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk("8m")
    monkeypatch.setenv("BOWLAB_ARTEFACTS", str(disk / "artefacts"))
    (disk / "artefacts").mkdir()
    heard: list[str] = []

    emit = JobContext.emit

    def fill_until_it_is_told(context: JobContext, *values: Any, **named: Any) -> None:
        emit(context, *values, **named)
        message = named.get("message") or ""
        if message == "Fitting the baselines":
            fill(disk)
        elif "baselines could not be stored" in message:
            heard.append(message)
            (disk / "filler").unlink()

    monkeypatch.setattr(JobContext, "emit", fill_until_it_is_told)
    assert len(result().epochs) == RECIPE.network.epochs
    assert len(heard) == 1
