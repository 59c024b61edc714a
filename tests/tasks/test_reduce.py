"""LSA and PCA as a job: stored by key, with projected points; it can be stopped and reads no test article."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD

from bowcore.corpus.split import SealedTest
from bowcore.experiment.experiments import Experiments, process_experiments
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import reduce
from bowcore.tasks.reduce import find_reduction, request_reduction
from bowcore.tasks.runner import work

RECIPE = Recipe().change(training_articles=120, text_used="headline", weighting="tfidf")


@pytest.fixture
def digest():
    return process_experiments().corpus(RECIPE).digest


def test_the_worker_keeps_what_scikit_learn_computes(digest, monkeypatch):
    monkeypatch.setattr(SealedTest, "unseal", lambda sealed: pytest.fail("opened"))
    job = request_reduction(RECIPE, digest, 3)
    assert request_reduction(RECIPE.change(hidden=7), digest, 3).id == job.id
    work("long", until_idle=True)
    assert jobs.get(job.id).state == "done", jobs.get(job.id).error
    kept = find_reduction(RECIPE, digest, 3)
    experiment = Experiments().answer(RECIPE)
    features, rows = experiment.matrix.features, experiment.matrix.rows
    expected = {
        "lsa": TruncatedSVD(3, algorithm="arpack", random_state=1).fit(features.train),
        "pca": PCA(3, svd_solver="full").fit(features.train.toarray()),
    }
    for method, fitted in expected.items():
        found = kept[method]
        np.testing.assert_allclose(found.singular_values, fitted.singular_values_, rtol=1e-8)
        np.testing.assert_allclose(found.explained, fitted.explained_variance_ratio_, rtol=1e-6)
        assert found.n_train == 120
        n_train_open = experiment.split.train.n_documents
        in_train = found.positions < n_train_open
        assert in_train.sum() == 120 and (~in_train).sum() == 334
        given = [
            features.train[np.searchsorted(rows, found.positions[in_train])],
            features.validation[found.positions[~in_train] - n_train_open],
        ]
        whole = np.concatenate([fitted.transform(part if method == "lsa" else part.toarray()) for part in given])
        np.testing.assert_allclose(np.abs(found.coordinates), np.abs(whole), atol=1e-5)
        strongest = [component[0] for component in found.terms]
        names = experiment.matrix.vocabulary.terms.to_pylist()
        for place, (term, loading) in enumerate(strongest):
            assert abs(fitted.components_[place, names.index(term)]) == pytest.approx(abs(loading), rel=1e-6)
            assert loading == pytest.approx(np.abs(fitted.components_[place]).max(), rel=1e-6)
        assert not found.coordinates.flags.writeable


def test_an_equal_reduction_is_read_from_disk(digest, monkeypatch):
    request_reduction(RECIPE, digest, 2)
    work("long", until_idle=True)
    monkeypatch.setattr(reduce, "reduce_terms", lambda *_: pytest.fail("fitted again"))
    again = request_reduction(RECIPE, digest, 2)
    work("long", until_idle=True)
    assert jobs.get(again.id).state == "done"


def test_a_reduction_that_is_stopped_keeps_nothing(digest, monkeypatch):
    monkeypatch.setattr("bowcore.jobs.job_context.JobContext.should_stop", lambda context: True)
    recipe = RECIPE.change(digits=False)
    job = request_reduction(recipe, digest, 2)
    work("long", until_idle=True)
    assert jobs.get(job.id).result == {}
    assert find_reduction(recipe, digest, 2) is None


def test_too_many_components_fail_with_their_remedy(digest):
    job = request_reduction(RECIPE.change(vocabulary_size=5), digest, 20)
    work("long", until_idle=True)
    assert "Ask for at most 4." in jobs.get(job.id).error


def test_the_map_holds_at_most_two_thousand_articles(digest, monkeypatch):
    monkeypatch.setattr(reduce, "POINTS_TRAIN", 30)
    monkeypatch.setattr(reduce, "POINTS_VALIDATION", 20)
    recipe = RECIPE.change(lower_case=False)
    request_reduction(recipe, digest, 2)
    work("long", until_idle=True)
    found = find_reduction(recipe, digest, 2)["lsa"]
    assert len(found.positions) == len(found.coordinates) == 50
    assert reduce.POINTS_TRAIN + reduce.POINTS_VALIDATION <= 2000


def test_products_of_the_first_method_predict_those_of_the_second(monkeypatch):
    seconds_left = []

    class Context:
        def should_stop(self):
            return False

        def emit(self, event=None, progress=None, message=None, newest=None, left=None):
            if left is not None:
                seconds_left.append(left)

    seconds = itertools.count()
    monkeypatch.setattr("bowcore.jobs.progress.time.perf_counter", lambda: next(seconds) / 4)
    products = reduce._Products(Context(), usual=10)
    for name in ("LSA", "PCA"):
        products.begin(name)
        for number in range(1, 21):
            products.count(number)
    assert products._n_done == 40
    assert seconds_left[-1] < 0.1 * max(seconds_left)


@pytest.mark.parametrize(("n_components", "least", "most"), [(2, 38, 40), (20, 103, 128), (50, 236, 240)])
def test_usual_products_are_near_those_that_were_measured(n_components, least, most):
    assert 0.75 * least <= reduce.usual_products(n_components) <= 1.4 * most
