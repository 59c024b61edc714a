"""The job that trains a recipe with several seeds, one after the other: one place in the queue for all of them.

Each training is recorded as a run of its own, so that tables, curves and predictions find it; a seed that was trained
before is not trained again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.recorded import record_done
from bowcore.judge.seeds import seeds_to_run
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key
from bowcore.tasks.seed_runs import TrainedSeeds, trained_with
from bowcore.tasks.train import train


def train_seeds(payload: dict[str, Any], context: JobContext) -> TrainedSeeds:
    """Train a recipe with its own seed and others. Payload: `recipe` (TOML)."""
    recipe = Recipe.from_toml(payload["recipe"])
    digest = process_experiments().corpus(recipe).digest
    seeds, found = seeds_to_run(recipe), {}
    for place, seed in enumerate(seeds):
        one = recipe.change(network_seed=seed)
        run = trained_with(one, digest)
        if run is None:
            began, part = time.time(), _Part(context, place, len(seeds))
            run = train({"recipe": one.to_toml()}, part)
            if context.should_stop() or not run.complete:
                break
            key = result_key(one, "network", digest)
            record_done("train", {"recipe": one.to_toml()}, "long", key, run.to_json(), part.events, started=began)
        found[str(seed)] = run.validation_accuracy
        context.emit({"event": "SeedDone", "seed": seed, "accuracy": run.validation_accuracy})
    return TrainedSeeds(found)


class _Part(JobContext):
    """One of several trainings as its job's context sees it: events are kept, progress is a share of the whole."""

    def __init__(self, whole: JobContext, place: int, n: int) -> None:
        super().__init__(whole.job_id)
        self.events: list[Mapping[str, Any]] = []
        self._whole, self._place, self._n = whole, place, n

    def emit(
        self,
        event: Mapping[str, Any] | None = None,
        progress: float | None = None,
        message: str | None = None,
        newest: Mapping[str, Any] | None = None,
        left: float | None = None,
    ) -> None:
        """Keep an event; report the rest for the whole job."""
        self.events += [] if event is None else [dict(event)]
        share = None if progress is None else (self._place + progress) / self._n
        said = None if message is None else f"Seed {self._place + 1} of {self._n}. {message}"
        self._whole.emit(progress=share, message=said, left=left)

    def should_stop(self) -> bool:
        """Whether the whole job has to stop."""
        return self._whole.should_stop()

    def wait(self, seconds: float) -> None:
        """As the whole job does."""
        self._whole.wait(seconds)
