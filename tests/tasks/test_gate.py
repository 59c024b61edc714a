"""Pause, steps, pace and rewind, proved on the worker's own process: what it computes, and the time it takes."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.jobs.steering import is_paused, steer
from bowcore.people import Person, acting
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks import gate
from bowcore.tasks.runner import work
from bowcore.tasks.trained import POINTS, REWOUND, Trained

Start = Callable[..., "subprocess.Popen[str]"]
Eventually = Callable[[Callable[[], bool]], None]
Points = list[list[float]]

RECIPE = Recipe().change(
    training_articles=120, min_documents=2, hidden=8, epochs=3, batch_size=16, learning_rate=0.01, weighting="tfidf"
)
N_BATCHES = 8
DIGEST = Experiments().corpus(RECIPE).digest


def ask(recipe: Recipe = RECIPE, **steering: Any) -> Job:
    payload = {"recipe": recipe.to_toml(), "again": True, "steering": {"number": 1, **steering}}
    return jobs.submit("train", payload, "long", result_key(recipe, "network", DIGEST))


def now(job: Job) -> dict[str, Any]:
    """The newest batch or epoch of a running training."""
    return jobs.get(job.id).newest or {}


def place(job: Job) -> tuple[int, int]:
    """Epochs done, and batches learned in the next one."""
    newest = now(job)
    if not newest.get("epoch"):
        return 0, 0
    return (newest["epoch"], 0) if "validation_loss" in newest else (newest["epoch"] - 1, newest["batch"])


def paused_at(job: Job, *where: int) -> Callable[[], bool]:
    return lambda: is_paused(jobs.get(job.id)) and place(job) == where


def ended(job: Job) -> Callable[[], bool]:
    return lambda: not jobs.get(job.id).open


def points(job: Job) -> list[Points]:
    """The points of each epoch since the last rewind."""
    found: list[Points] = []
    for event in jobs.events(job.id):
        if event.body["event"] == REWOUND:
            found = []
        elif event.body["event"] == POINTS:
            found.append(event.body["points"])
    return found


def finished(job: Job) -> Trained:
    ended_job = jobs.get(job.id)
    assert (ended_job.state, ended_job.error) == ("done", "")
    return Trained.from_json(ended_job.result or {})


def losses(run: Trained) -> list[tuple[float, float]]:
    return [(epoch.train_loss, epoch.validation_loss) for epoch in run.epochs]


def uninterrupted(recipe: Recipe = RECIPE) -> tuple[Trained, list[Points]]:
    """The same training in this process, without anybody's orders."""
    job = jobs.submit("train", {"recipe": recipe.to_toml(), "again": True}, "long", "uninterrupted")
    work("long", until_idle=True)
    found = finished(job)
    artefacts.remove(found.artefact)
    return found, points(job)


def test_a_worker_pauses_steps_slows_and_rewinds(start_worker: Start, eventually: Eventually) -> None:
    whole, whole_points = uninterrupted()
    other, other_points = uninterrupted(RECIPE.change(network_seed=1))
    job = ask(what="batch")
    worker = psutil.Process(start_worker("long").pid)

    eventually(paused_at(job, 0, 1))  # one batch, then it waits
    assert now(job)["points"] == whole_points[0][:1]
    before, spent = now(job), sum(worker.cpu_times()[:2])
    threading.Event().wait(1.0)
    assert now(job) == before
    assert sum(worker.cpu_times()[:2]) - spent < 0.2  # of 1 s: looking at its orders

    steer(job.id, "batch")
    steer(job.id, "batch")  # before the first was taken, perhaps: both are
    eventually(paused_at(job, 0, 3))
    steer(job.id, "epoch")
    eventually(paused_at(job, 1, 0))
    assert points(job) == whole_points[:1]

    steer(job.id, "rewind")
    eventually(paused_at(job, 0, 0))
    assert points(job) == []
    steer(job.id, "play", pace=20)
    eventually(lambda: place(job) > (0, 0))
    first, batches = place(job), 0
    threading.Event().wait(0.5)
    batches = N_BATCHES * (place(job)[0] - first[0]) + place(job)[1] - first[1]
    assert 0 < batches <= 0.5 * 20 + 4  # a row is written ten times a second
    steer(job.id, pace=0)
    eventually(ended(job))
    assert points(job) == whole_points  # bit for bit, from the same first weights
    assert losses(finished(job)) == losses(whole)
    assert finished(job).weights_digest == whole.weights_digest
    assert other_points[0][0] != whole_points[0][0], "new weights, another first batch"
    assert losses(other) != losses(whole)


def test_a_paused_training_gives_its_place_to_a_waiting_job_and_goes_on_as_it_would_have(
    eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.01)
    whole, whole_points = uninterrupted()
    job, thread = ask(what="batch"), threading.Thread(target=work, args=("long",), kwargs={"until_idle": True})
    thread.start()
    eventually(paused_at(job, 0, 1))
    waiting = ask(RECIPE.change(epochs=1), what="play")
    thread.join()
    stopped = jobs.get(job.id)
    assert (stopped.state, Trained.from_json(stopped.result or {}).paused) == ("stopped", True)
    assert jobs.get(waiting.id).state == "done"
    again = jobs.submit("train", {"recipe": RECIPE.to_toml()}, "long", job.key)
    work("long", until_idle=True)
    assert points(again) == whole_points
    assert finished(again).weights_digest == whole.weights_digest


def test_a_pause_is_ended_by_a_stop(eventually: Eventually, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.01)
    job, thread = ask(what="pause"), threading.Thread(target=work, args=("long",), kwargs={"until_idle": True})
    thread.start()
    eventually(paused_at(job, 0, 0))
    jobs.request_stop(job.id)
    thread.join()
    assert (jobs.get(job.id).state, jobs.get(job.id).message) == ("stopped", "Paused before the first batch")


def test_a_slowed_training_keeps_its_pace_until_others_have_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PATIENCE", 0.5)
    job = ask(what="play", pace=1)
    began = time.monotonic()
    training = threading.Thread(target=work, args=("long",), kwargs={"until_idle": True})
    training.start()
    jobs.submit("unknown", {}, "long", "waits")
    training.join(60)
    assert time.monotonic() - began < 3 * N_BATCHES / 2, "24 batches, one a second"
    assert len(finished(job).epochs) == 3


def test_an_order_after_the_end_changes_nothing() -> None:
    job = ask(what="play")
    work("long", until_idle=True)
    with acting(Person("")):
        steer(job.id, "rewind")
    assert jobs.get(job.id).payload["steering"]["what"] == "play"
