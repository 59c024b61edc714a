"""Several seeds as one job: equal to trainings one by one, each recorded as a run, none trained twice."""

from __future__ import annotations

from typing import Any

import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.jobs.recorded import record_done
from bowcore.people import Person, acting
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.tasks.finished_runs import finished_runs, fold_seeds
from bowcore.tasks.runner import work
from bowcore.tasks.seed_runs import KIND, TrainedSeeds, request
from bowcore.tasks.trained import Trained

RECIPE = Recipe().change(
    training_articles=80, min_documents=2, hidden=4, epochs=2, batch_size=16, learning_rate=0.01, network_seed=1
)
DIGEST = Experiments().corpus(RECIPE).digest
ANN = Person("ann")


def trained(seed: int) -> jobs.Job | None:
    return jobs.latest("train", result_key(RECIPE.change(network_seed=seed), "network", DIGEST))


def test_five_seeds_are_one_job_and_five_runs_and_none_is_trained_twice() -> None:
    with acting(ANN):
        jobs.submit("train", {"recipe": RECIPE.to_toml()}, "long", result_key(RECIPE, "network", DIGEST))
        work("long", until_idle=True)
        alone = trained(1)
        assert alone is not None
        asked = request(RECIPE, DIGEST)
    work("long", until_idle=True)
    done = jobs.get(asked.id)
    assert (done.state, done.error, len(jobs.recent(KIND))) == ("done", "", 1)
    found = TrainedSeeds.from_json(done.result or {}).accuracies
    assert list(found) == ["1", "0", "2", "3", "4"]
    assert [job.id for job in (trained(1),) if job] == [alone.id], "its own seed was trained before"
    for seed in (0, 2, 3, 4):
        job = trained(seed)
        assert job is not None
        run = Trained.from_json(job.result or {})
        assert (job.owner, job.state, run.validation_accuracy) == ("ann", "done", found[str(seed)])
        assert [event.body["event"] for event in jobs.events(job.id)].count("EpochDone") == 2
    with acting(ANN):
        (group,) = fold_seeds(finished_runs(DIGEST))
    assert (group.n, sorted(group.shares)) == (5, sorted(found.values()))
    one_by_one = jobs.submit(
        "train", {"recipe": RECIPE.change(network_seed=3).to_toml(), "again": True}, "long", "by itself"
    )
    work("long", until_idle=True)
    again, recorded = jobs.get(one_by_one.id), trained(3)
    assert again.result is not None and recorded is not None and recorded.result is not None
    assert again.result["weights_digest"] == recorded.result["weights_digest"]


def test_a_stop_keeps_the_seeds_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    asked = request(RECIPE, DIGEST)

    def stop_after_the_first(*values: Any, **named: Any) -> str:
        recorded = record_done(*values, **named)
        jobs.request_stop(asked.id)
        return recorded

    monkeypatch.setattr("bowcore.tasks.train_seeds.record_done", stop_after_the_first)
    work("long", until_idle=True)
    done = jobs.get(asked.id)
    assert (done.state, list(TrainedSeeds.from_json(done.result or {}).accuracies)) == ("stopped", ["1"])
    assert trained(1) is not None
    assert trained(0) is None
