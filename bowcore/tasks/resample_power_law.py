"""The job that tests how well a power law fits the counts of a recipe's terms, by samples drawn from that law."""

from __future__ import annotations

from dataclasses import dataclass

from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.jobs import Job
from bowcore.jobs.progress import Progress
from bowcore.matrix.frequencies.goodness_of_fit import N_SAMPLES, GoodnessOfFit, goodness_of_fit
from bowcore.matrix.frequencies.power_law import best_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.recipe.recipe import Recipe
from bowcore.store.keys import result_key

KIND = "goodness-of-fit"
_CODE = ("matrix/frequencies/goodness_of_fit.py", "matrix/frequencies/power_law.py", "tasks/resample_power_law.py")


@dataclass(frozen=True, slots=True)
class FitTest(Record):
    """Result of the job: the fields of `GoodnessOfFit`."""

    n_samples: int
    n_farther: int


class _StoppedError(Exception):
    """Ends a test between two samples."""


def goodness_key(recipe: Recipe, corpus_digest: str) -> str:
    """Key of the job."""
    return result_key(recipe, "vocabulary", corpus_digest, _CODE)


def request_goodness(recipe: Recipe, corpus_digest: str) -> Job:
    """Submit the test, or return the job submitted already."""
    payload = {"recipe": recipe.through("weighting").to_toml()}
    return jobs.submit(KIND, payload, "download", goodness_key(recipe, corpus_digest))


def read_goodness(key: str) -> GoodnessOfFit | None:
    """The result of a finished test; None if there is none."""
    job = jobs.latest(KIND, key)
    if job is None or job.state != "done" or not job.result:
        return None
    found = FitTest.from_json(job.result)
    return GoodnessOfFit(found.n_samples, found.n_farther)


def resample_power_law(payload: dict[str, str], context: JobContext) -> FitTest | None:
    """Fit a power law to samples of itself. Payload: `recipe` (TOML), up to the cell values, as a page has answered it.

    Raises:
        RecipeError: No power law can be fitted.
    """
    context.emit(progress=0.0, message="Counting words")
    vocabulary = process_experiments().answer(Recipe.from_toml(payload["recipe"])).matrix.vocabulary
    sizes = count_sizes(vocabulary.term_frequency[: vocabulary.n_known])
    progress = Progress(context, N_SAMPLES, usual=0.1)

    def on_sample(n_done: int) -> None:
        if context.should_stop():
            raise _StoppedError
        progress.done(n_done, f"Sample {n_done + 1:,} of {N_SAMPLES:,}")

    try:
        found = goodness_of_fit(sizes, best_power_law(sizes), N_SAMPLES, on_sample=on_sample)
    except _StoppedError:
        return None
    return FitTest(found.n_samples, found.n_farther)
