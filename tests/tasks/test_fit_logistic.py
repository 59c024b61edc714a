import numpy as np
import pytest

from bowcore.experiment import experiments
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.jobs import jobs
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.keys import result_key
from bowcore.tasks.fit_logistic import logistic_key, read_predictions, request_logistic
from bowcore.tasks.runner import work

RECIPE = Recipe().change(training_articles=100, text_used="headline")


@pytest.fixture
def digest():
    return process_experiments().corpus(RECIPE).digest


def test_the_worker_stores_the_predictions_of_a_fit(digest):
    job = request_logistic(RECIPE, digest)
    work("quick", until_idle=True)
    job = jobs.get(job.id)
    assert job.state == "done", job.error
    features = Experiments().matrix(RECIPE).features
    expected = fit_logistic(features)
    kept = read_predictions(job.result["artefact"])
    np.testing.assert_array_equal(kept, expected.predictions)
    assert not kept.flags.writeable
    assert (job.result["n_train"], job.result["whole"]) == (100, True)


def test_predictions_take_one_byte_each(digest):
    request_logistic(RECIPE, digest)
    work("quick", until_idle=True)
    folder = artefacts.find(f"probe-{logistic_key(RECIPE, digest)}")
    assert np.load(folder / "predictions.npy").dtype == np.int8


def test_an_equal_fit_is_read_from_disk(digest, monkeypatch):
    first = request_logistic(RECIPE, digest)
    assert request_logistic(RECIPE.change(hidden=7), digest).id == first.id
    work("quick", until_idle=True)
    monkeypatch.setattr(experiments, "fit_logistic", lambda *_, **__: pytest.fail("fitted again"))
    again = request_logistic(RECIPE.change(hidden=7), digest)
    work("quick", until_idle=True)
    assert again.id != first.id
    assert jobs.get(again.id).result == jobs.get(first.id).result


def test_a_fit_that_was_stopped_before_its_turn_is_skipped(digest):
    left, wanted = request_logistic(RECIPE, digest), request_logistic(RECIPE.change(digits=False), digest)
    jobs.request_stop(left.id)
    work("quick", until_idle=True)
    assert [jobs.get(job.id).state for job in (left, wanted)] == ["stopped", "done"]
    assert artefacts.find(f"probe-{logistic_key(RECIPE, digest)}") is None


def test_a_fit_cut_short_stores_nothing(digest, monkeypatch):
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    job = request_logistic(RECIPE, digest)
    work("quick", until_idle=True)
    assert jobs.get(job.id).result == {}
    assert artefacts.find(f"probe-{logistic_key(RECIPE, digest)}") is None


def test_a_recipe_without_terms_fails_with_its_remedy(digest):
    job = request_logistic(RECIPE.change(min_documents=5000), digest)
    work("quick", until_idle=True)
    assert "lower the minimum document frequency" in jobs.get(job.id).error


def test_predictions_that_were_removed_are_missing(digest):
    assert read_predictions(f"probe-{logistic_key(RECIPE, digest)}") is None


def test_the_code_that_fits_is_part_of_the_key(digest):
    assert logistic_key(RECIPE, digest) != result_key(RECIPE, "weighting", digest)
    assert logistic_key(RECIPE, digest) == result_key(
        RECIPE,
        "weighting",
        digest,
        ("learn/linear/newton.py", "learn/linear/logistic.py", "learn/linear/single_terms.py"),
    )
