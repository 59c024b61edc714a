from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from bowcore.corpus import hub
from bowcore.errors import NotPreparedError
from bowcore.experiment import in_memory, stages
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks import lemmatise

RECIPE = Recipe().change(text_used="headline")


@pytest.fixture(autouse=True)
def nothing_kept():
    in_memory.forget()
    yield
    in_memory.forget()


def test_a_flipped_switch_keeps_what_comes_before_it():
    before = in_memory.experiment(RECIPE)
    after = in_memory.experiment(RECIPE.change(digits=False))
    assert after.corpus is before.corpus
    assert after.split is before.split
    assert after.reading is before.reading
    assert after.chain is not before.chain
    reweighted = in_memory.experiment(RECIPE.change(weighting="binary"))
    assert reweighted.counts is before.counts


def test_what_is_kept_equals_what_is_computed_afresh():
    in_memory.experiment(RECIPE)
    flipped = RECIPE.change(digits=False, weighting="tfidf")
    kept, fresh = in_memory.experiment(flipped).matrix, stages.run_recipe(flipped).matrix
    assert kept.vocabulary.terms.equals(fresh.vocabulary.terms)
    assert (kept.features.train != fresh.features.train).nnz == 0


def test_another_network_is_the_same_matrix():
    assert in_memory.experiment(RECIPE).matrix is in_memory.experiment(RECIPE.change(hidden=3)).matrix


def test_other_data_are_read_again(monkeypatch, tmp_path):
    before = in_memory.corpus(RECIPE)
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    assert in_memory.corpus(RECIPE) is not before


def test_a_small_matrix_starts_from_nothing():
    flipped = RECIPE.change(digits=False)
    expected = fit_logistic(stages.run_recipe(flipped).matrix.features)
    np.testing.assert_array_equal(in_memory.fit(flipped).coefficients.weights, expected.coefficients.weights)


def test_an_answer_is_the_same_whatever_was_asked_before(monkeypatch):
    monkeypatch.setattr(in_memory, "ANCHORED_FROM", 1)
    flipped = RECIPE.change(digits=False, min_documents=2)
    direct = in_memory.fit(flipped)
    in_memory.forget()
    for other in (RECIPE.change(lower_case=False), RECIPE.change(stop_words="spacy"), RECIPE):
        in_memory.fit(other)
    later = in_memory.fit(flipped)
    np.testing.assert_array_equal(later.coefficients.weights, direct.coefficients.weights)
    start = fit_logistic(stages.run_recipe(RECIPE).matrix.features).coefficients
    expected = fit_logistic(stages.run_recipe(flipped).matrix.features, start)
    np.testing.assert_array_equal(direct.coefficients.weights, expected.coefficients.weights)
    assert direct.n_steps < fit_logistic(stages.run_recipe(flipped).matrix.features).n_steps


def test_the_plain_recipe_of_the_taggers_lemmas_reads_no_others(monkeypatch):
    def made(fields, recipe):
        if not recipe.text.repair:
            raise NotPreparedError("not made", kind="lemmas", payload={}, lane="long", key="k")
        return fields

    monkeypatch.setattr(lemmatise, "kept_lemmas", made)
    monkeypatch.setattr(in_memory, "ANCHORED_FROM", 1)
    lemmas = RECIPE.change(units="lemmas", repair=True, digits=False)
    start = fit_logistic(stages.run_recipe(lemmas.change(digits=True)).matrix.features).coefficients
    expected = fit_logistic(stages.run_recipe(lemmas).matrix.features, start)
    assert in_memory.anchor(lemmas) != lemmas
    np.testing.assert_array_equal(in_memory.fit(lemmas).coefficients.weights, expected.coefficients.weights)
    assert in_memory.anchor(RECIPE.change(repair=True)) == RECIPE.through("weighting")


def test_the_plain_recipe_is_fitted_once():
    assert in_memory.fit(RECIPE) is in_memory.fit(RECIPE.change(hidden=3))


def lines(path: Path, word: str, n: int = 60) -> None:
    text = [f"{word} soup {row % 7}" for row in range(n)]
    labels = [("tea", "rain")[row % 2] for row in range(n)]
    moods = [("up", "down")[row % 2] for row in range(n)]
    csv.write_csv(pa.table({"label": labels, "text": text, "mood": moods}), path)


@pytest.mark.parametrize("name", ["{}/lines.csv", "{}/lines.csv?label=mood", "~/lines.csv"])
def test_a_file_that_changed_is_read_again_however_it_is_named(name, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    recipe = Recipe().change(corpus=name.format(tmp_path))
    lines(tmp_path / "lines.csv", "old")
    assert "old" in in_memory.experiment(recipe).matrix.vocabulary.terms.to_pylist()
    lines(tmp_path / "lines.csv", "new")  # as long as before
    after = in_memory.experiment(recipe)
    assert after.corpus.digest == stages.run_recipe(recipe).corpus.digest
    assert not {"old"} & set(after.matrix.vocabulary.terms.to_pylist())


def test_ag_news_in_a_folder_that_changed_is_read_again(monkeypatch, tmp_path):
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    for n_train in (80, 60):
        for name, n in (("train", n_train), ("test", 20)):
            numbers = [row % 4 + 1 for row in range(n)]
            text = [f"line {row}" for row in range(n)]
            table = pa.table({"label": numbers, "title": text, "description": text})
            pq.write_table(table, tmp_path / "ag_news" / f"{name}.parquet")
        assert in_memory.corpus(Recipe().change(corpus="ag-news")).n_documents == n_train + 20


def test_a_download_that_was_fetched_again_is_read_again(bowlab_home):
    recipe = Recipe().change(corpus="hub:cook/lunches")
    for word in ("old", "new"):
        texts = pa.table({"title": ["lunch"] * 60, "body": [f"{word} soup"] * 60, "label": [0, 1] * 30})
        card = hub.Card("cook/lunches", "1" * 40, ("tea", "rain"), 0, "none", "")
        key = hub.artefact_key("hub:cook/lunches")
        artefacts.remove(key)
        artefacts.store(key, partial(hub.write_download, articles=texts, card=card))
        assert word in in_memory.experiment(recipe).matrix.vocabulary.terms.to_pylist()
