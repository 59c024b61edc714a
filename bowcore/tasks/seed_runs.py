"""Several seeds of one recipe, as pages ask for them and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bowcore.jobs import jobs
from bowcore.jobs.job_context import Record
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.trained import Trained

KIND = "train-seeds"


@dataclass(frozen=True, slots=True)
class TrainedSeeds(Record):
    """Validation accuracy by seed, in the order in which they were asked for."""

    accuracies: Mapping[str, float] = field(default_factory=dict)


def request(recipe: Recipe, corpus_digest: str, seconds: float | None = None) -> Job:
    """Submit the trainings as one job to the long worker, or join an equal one."""
    key = result_key(recipe, "network", corpus_digest)
    return jobs.submit(KIND, {"recipe": recipe.to_toml()}, "long", key, seconds=seconds)


def trained_with(recipe: Recipe, corpus_digest: str) -> Trained | None:
    """The complete training of this recipe, with its seed, if its network is still stored."""
    for job in jobs.finished("train", result_key(recipe, "network", corpus_digest)):
        run = Trained.from_json(job.result or {})
        if run.complete and not run.stopped and artefacts.find(run.artefact) is not None:
            return run
    return None
