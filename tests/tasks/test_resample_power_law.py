"""The test of a power law as a job: its result is that of the function on the recipe's counts."""

import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.matrix.frequencies.goodness_of_fit import goodness_of_fit
from bowcore.matrix.frequencies.power_law import best_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import resample_power_law
from bowcore.tasks.resample_power_law import goodness_key, read_goodness, request_goodness
from bowcore.tasks.runner import work

RECIPE = Recipe().change(min_documents=2)


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample_power_law, "N_SAMPLES", 3)


def test_the_result_is_that_of_the_recipes_counts() -> None:
    experiments = Experiments()
    digest = experiments.corpus(RECIPE).digest
    job = request_goodness(RECIPE, digest)
    work("download", until_idle=True)
    assert jobs.get(job.id).state == "done"
    sizes = count_sizes(experiments.matrix(RECIPE).vocabulary.term_frequency)
    found = read_goodness(goodness_key(RECIPE, digest))
    assert found == goodness_of_fit(sizes, best_power_law(sizes), 3)
    assert found is not None and found.n_samples == 3


def test_a_stopped_test_has_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = Experiments().corpus(RECIPE).digest
    request_goodness(RECIPE, digest)
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    work("download", until_idle=True)
    assert read_goodness(goodness_key(RECIPE, digest)) is None
