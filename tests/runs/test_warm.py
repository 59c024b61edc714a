import numpy as np
import pytest

from bowcore import pipeline
from bowcore.learn.probe import fit_probe
from bowcore.recipe import Recipe
from bowcore.runs import warm

RECIPE = Recipe().change(text_used="headline")


@pytest.fixture(autouse=True)
def nothing_kept():
    warm.forget()
    yield
    warm.forget()


def test_a_flipped_switch_keeps_what_comes_before_it():
    before = warm.experiment(RECIPE)
    after = warm.experiment(RECIPE.change(digits=False))
    assert after.corpus is before.corpus
    assert after.split is before.split
    assert after.reading is before.reading
    assert after.chain is not before.chain
    reweighted = warm.experiment(RECIPE.change(weighting="binary"))
    assert reweighted.counts is before.counts


def test_what_is_kept_equals_what_is_computed_afresh():
    warm.experiment(RECIPE)
    flipped = RECIPE.change(digits=False, weighting="tfidf")
    kept, fresh = warm.experiment(flipped).matrix, pipeline.run_recipe(flipped).matrix
    assert kept.vocabulary.terms.equals(fresh.vocabulary.terms)
    assert (kept.features.train != fresh.features.train).nnz == 0


def test_another_network_is_the_same_matrix():
    assert warm.experiment(RECIPE).matrix is warm.experiment(RECIPE.change(hidden=3)).matrix


def test_other_data_are_read_again(monkeypatch, tmp_path):
    before = warm.corpus(RECIPE)
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    assert warm.corpus(RECIPE) is not before


def test_a_small_matrix_starts_from_nothing():
    flipped = RECIPE.change(digits=False)
    expected = fit_probe(pipeline.run_recipe(flipped).matrix.features)
    np.testing.assert_array_equal(warm.fit(flipped).coefficients.weights, expected.coefficients.weights)


def test_an_answer_is_the_same_whatever_was_asked_before(monkeypatch):
    monkeypatch.setattr(warm, "ANCHORED_FROM", 1)
    flipped = RECIPE.change(digits=False, min_documents=2)
    direct = warm.fit(flipped)
    warm.forget()
    for other in (RECIPE.change(lower_case=False), RECIPE.change(stop_words="spacy"), RECIPE):
        warm.fit(other)
    later = warm.fit(flipped)
    np.testing.assert_array_equal(later.coefficients.weights, direct.coefficients.weights)
    start = fit_probe(pipeline.run_recipe(RECIPE).matrix.features).coefficients
    expected = fit_probe(pipeline.run_recipe(flipped).matrix.features, start)
    np.testing.assert_array_equal(direct.coefficients.weights, expected.coefficients.weights)
    assert direct.n_steps < fit_probe(pipeline.run_recipe(flipped).matrix.features).n_steps


def test_the_plain_recipe_is_fitted_once():
    assert warm.fit(RECIPE) is warm.fit(RECIPE.change(hidden=3))
