"""The comparison of all open articles as a job: its stored result is that of the comparison."""

import numpy as np
import pytest

from bowcore.errors import MemoryBudgetError
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.experiment.on_disk import duplicates_key, read_near
from bowcore.findings.near_duplicates import find_near_duplicates
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import find_duplicates
from bowcore.tasks.find_duplicates import (
    MAX_QUICK_ARTICLES,
    lane_of,
    read_duplicates,
    read_exact,
    request_duplicates,
)
from bowcore.tasks.runner import work

RECIPE = Recipe().change(training_articles=60)


@pytest.fixture(scope="module")
def experiment():
    return Experiments().answer(RECIPE)


def run(experiment):
    process_memo().clear()
    job = request_duplicates(RECIPE, experiment.corpus.digest, experiment.split.n_open)
    work("quick", until_idle=True)
    return jobs.get(job.id), duplicates_key(RECIPE, experiment.corpus.digest)


def test_stored_duplicates_are_those_of_the_comparison(experiment):
    job, key = run(experiment)
    assert (job.state, job.result) == ("done", {"artefact": f"near-{key}"})
    found, near = read_duplicates(key), find_near_duplicates(experiment.split)
    for name in ("text_of", "first", "second", "similarity"):
        assert np.array_equal(getattr(found.near, name), getattr(near, name))
        assert not getattr(found.near, name).flags.writeable
    assert found.near.complete_from == near.complete_from
    exact = find_duplicates._find_exact(experiment.split)
    assert found.exact.groups.equals(exact.groups) and found.exact.table.equals(exact.table)
    assert (found.exact.n_test_within, found.exact.n_test_of_training) == (
        exact.n_test_within,
        exact.n_test_of_training,
    )


def test_recipes_of_one_split_share_the_comparison(experiment):
    digest = experiment.corpus.digest
    assert duplicates_key(RECIPE.change(weighting="tfidf", lower_case=False), digest) == duplicates_key(RECIPE, digest)
    assert duplicates_key(RECIPE.change(split_seed=9), digest) != duplicates_key(RECIPE, digest)


def test_near_duplicates_that_exceed_memory_fail_with_the_reason_and_keep_exact_ones(experiment, monkeypatch):
    def refuse(split):
        raise MemoryBudgetError("Comparing 9 GB of text would take about 250 GB.")

    monkeypatch.setattr(on_disk, "find_near_duplicates", refuse)
    job, key = run(experiment)
    assert (job.state, job.error) == ("failed", "Comparing 9 GB of text would take about 250 GB.")
    assert read_exact(key) is not None and read_near(key) is None and read_duplicates(key) is None


def test_a_stopped_comparison_is_no_result(experiment, monkeypatch):
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    _, key = run(experiment)
    assert read_duplicates(key) is None


def test_a_large_corpus_delays_no_logistic_regression_and_waits_for_no_training():
    assert (lane_of(MAX_QUICK_ARTICLES), lane_of(MAX_QUICK_ARTICLES + 1)) == ("quick", "download")
