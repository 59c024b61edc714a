"""Words where articles name their source, counted by a job in training articles alone."""

import numpy as np
import pytest

from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_source_words import PLACES, read_source_words, request_source_words, source_words_key
from bowcore.tasks.runner import work

RECIPE = Recipe().change(corpus="lines")

pytestmark = pytest.mark.usefixtures("corpus")


@pytest.fixture
def experiment():
    return Experiments().answer(RECIPE)


def counted(experiment, recipe=RECIPE):
    job = request_source_words(recipe, experiment.corpus.digest, experiment.split.n_open)
    work("quick", until_idle=True)
    return jobs.get(job.id), read_source_words(source_words_key(recipe, experiment.corpus.digest))


def test_terms_are_counted_in_each_kind_of_place(experiment):
    job, places = counted(experiment)
    assert (job.state, tuple(places)) == ("done", PLACES)
    terms = experiment.matrix.vocabulary.terms.to_pylist()
    bodies = experiment.split.train.articles["body"].to_pylist()
    tags = places["agency tag"]
    assert tags.shape == experiment.matrix.features.train.shape
    for agency in ("OVENPRESS", "TIDEWIRE"):
        expected = [agency in bodies[row] for row in experiment.matrix.rows]
        assert (tags[:, terms.index(agency.lower())].toarray().ravel() > 0).tolist() == expected
    assert tags[:, terms.index("dough")].sum() == 0
    addresses = np.asarray(places["mark-up, web"].sum(axis=1)).ravel() > 0
    assert addresses.tolist() == ["www." in bodies[row] for row in experiment.matrix.rows]


def test_a_stopped_search_keeps_nothing(experiment, monkeypatch):
    process_memo().clear()
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    assert counted(experiment)[1] is None
