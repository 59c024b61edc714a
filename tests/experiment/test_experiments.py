from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from bowcore.corpus import hub
from bowcore.errors import JobRequest, NotPreparedError
from bowcore.experiment import experiments, lemmas
from bowcore.experiment.experiments import Experiments, anchor
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.learn.network.cost import training_cost
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEP_TABLE
from bowcore.store import artefacts
from bowcore.text import cut
from bowcore.trace.lineage import trace

RECIPE = Recipe().change(text_used="headline")


@pytest.fixture
def made():
    return Experiments()


def test_a_changed_step_reuses_the_stages_before_it(made):
    before = made.answer(RECIPE)
    after = made.answer(RECIPE.change(digits=False))
    assert after.corpus is before.corpus
    assert after.split is before.split
    assert after.reading is before.reading
    assert after.chain is not before.chain
    reweighted = made.answer(RECIPE.change(weighting="binary"))
    assert reweighted.counts is before.counts


def test_a_cached_answer_equals_a_computed_one(made):
    made.answer(RECIPE)
    flipped = RECIPE.change(digits=False, weighting="tfidf")
    kept, fresh = made.answer(flipped).matrix, Experiments().matrix(flipped)
    assert kept.vocabulary.terms.equals(fresh.vocabulary.terms)
    assert (kept.features.train != fresh.features.train).nnz == 0


@pytest.mark.parametrize("unknown", ["leave-out", "unk"])
def test_the_cost_of_a_network_is_that_of_its_cells(made, unknown):
    answer = made.answer(RECIPE.change(unknown=unknown, min_documents=3))
    for spec in (RECIPE.network, RECIPE.change(hidden=7, batch_size=3, optimiser="sgd").network):
        assert answer.network_cost(spec) == training_cost(answer.matrix.features, spec)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"repair": True, "plain_forms": True},
        {"ngrams": 3, "unknown": "unk", "min_documents": 3},
        {"word_forms": "stem"},
    ],
)
def test_an_article_is_followed_as_any_text_is(made, change):
    recipe = RECIPE.change(text_used="headline+body", **change)
    answer = made.answer(recipe)
    for position in (0, 7, answer.split.train.n_documents, answer.split.n_open - 1):
        text = answer.reading.texts[position].as_py()
        for beginning in (text, " ".join(text.split()[:9]), "", "words of another"):
            expected = trace(beginning, recipe.change(repair=False), answer.matrix.vocabulary)
            assert answer.trace(position, beginning) == expected


def test_without_a_step_an_article_is_its_words(made):
    answer = made.answer(Recipe().change(**{name: row.off for name, row in STEP_TABLE.items()}))
    found = answer.trace(0, answer.reading.texts[0].as_py())
    assert found.units and {unit.status for unit in found.units} == {"kept"}
    assert found == trace(found.text, answer.recipe, answer.matrix.vocabulary)


def test_another_network_is_the_same_matrix(made):
    assert made.answer(RECIPE).matrix is made.answer(RECIPE.change(hidden=3)).matrix


def test_a_small_matrix_starts_from_nothing(made):
    flipped = RECIPE.change(digits=False)
    expected = fit_logistic(Experiments().matrix(flipped).features)
    np.testing.assert_array_equal(made.fit(flipped).coefficients.weights, expected.coefficients.weights)


def test_an_answer_does_not_depend_on_earlier_ones(made, monkeypatch):
    monkeypatch.setattr(experiments, "ANCHORED_FROM", 1)
    flipped = RECIPE.change(digits=False, min_documents=2)
    direct = Experiments().fit(flipped)
    for other in (RECIPE.change(lower_case=False), RECIPE.change(stop_words="spacy"), RECIPE):
        made.fit(other)
    later = made.fit(flipped)
    np.testing.assert_array_equal(later.coefficients.weights, direct.coefficients.weights)
    start = fit_logistic(Experiments().matrix(RECIPE).features).coefficients
    expected = fit_logistic(Experiments().matrix(flipped).features, start)
    np.testing.assert_array_equal(direct.coefficients.weights, expected.coefficients.weights)
    assert direct.n_steps < fit_logistic(Experiments().matrix(flipped).features).n_steps


def test_the_plain_recipe_of_the_taggers_lemmas_reads_no_others(made, monkeypatch):
    def kept(fields, recipe):
        if not recipe.text.repair:
            raise NotPreparedError("not made", JobRequest("lemmas", {}, "long", "k", "Make the lemmas"))
        return fields

    monkeypatch.setattr(lemmas, "kept_lemmas", kept)
    monkeypatch.setattr(experiments, "ANCHORED_FROM", 1)
    tagged = RECIPE.change(units="lemmas", repair=True, digits=False)
    start = fit_logistic(Experiments().matrix(tagged.change(digits=True)).features).coefficients
    expected = fit_logistic(Experiments().matrix(tagged).features, start)
    assert anchor(tagged) != tagged
    np.testing.assert_array_equal(made.fit(tagged).coefficients.weights, expected.coefficients.weights)
    assert anchor(RECIPE.change(repair=True)) == RECIPE.through("weighting")


def test_the_plain_recipe_is_fitted_once(made):
    assert made.fit(RECIPE) is made.fit(RECIPE.change(hidden=3))


def lines(path: Path, word: str, n: int = 60) -> None:
    text = [f"{word} soup {row % 7}" for row in range(n)]
    labels = [("tea", "rain")[row % 2] for row in range(n)]
    moods = [("up", "down")[row % 2] for row in range(n)]
    csv.write_csv(pa.table({"label": labels, "text": text, "mood": moods}), path)


@pytest.mark.parametrize("name", ["{}/lines.csv", "{}/lines.csv?label=mood", "~/lines.csv"])
def test_a_file_that_changed_is_read_again_however_it_is_named(made, name, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    recipe = Recipe().change(corpus=name.format(tmp_path))
    lines(tmp_path / "lines.csv", "old")
    assert "old" in made.answer(recipe).matrix.vocabulary.terms.to_pylist()
    lines(tmp_path / "lines.csv", "new")  # as long as before
    after = made.answer(recipe)
    assert after.corpus.digest == Experiments().corpus(recipe).digest
    assert not {"old"} & set(after.matrix.vocabulary.terms.to_pylist())


def test_ag_news_in_a_folder_that_changed_is_read_again(made, monkeypatch, tmp_path):
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    for n_train in (80, 60):
        for name, n in (("train", n_train), ("test", 20)):
            numbers = [row % 4 + 1 for row in range(n)]
            text = [f"line {row}" for row in range(n)]
            table = pa.table({"label": numbers, "title": text, "description": text})
            pq.write_table(table, tmp_path / "ag_news" / f"{name}.parquet")
        assert made.corpus(Recipe().change(corpus="ag-news")).n_documents == n_train + 20


def test_a_download_that_was_fetched_again_is_read_again(made, bowlab_home):
    recipe = Recipe().change(corpus="hub:cook/lunches")
    for word in ("old", "new"):
        texts = pa.table({"title": ["lunch"] * 60, "body": [f"{word} soup"] * 60, "label": [0, 1] * 30})
        card = hub.Card("cook/lunches", "1" * 40, ("tea", "rain"), 0, "none", "")
        key = hub.artefact_key("hub:cook/lunches")
        artefacts.remove(key)
        artefacts.store(key, partial(hub.write_download, articles=texts, card=card))
        assert word in made.answer(recipe).matrix.vocabulary.terms.to_pylist()


def test_the_share_of_texts_that_are_cut_goes_to_the_announcement(tmp_path, monkeypatch):
    monkeypatch.setattr(cut, "BATCH", 8)
    announced = []

    @contextmanager
    def announce(text):
        yield lambda share: announced.append((text, share))
        announced.append((text, "ended"))

    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"我喜欢音乐 {i},{'ab'[i % 2]}\n" for i in range(30)), "utf-8")
    cutting = Experiments(announce=announce)
    cutting.reading(RECIPE.change(corpus=f"{path}?body=text&label=label", text_used="headline+body"))
    words = [share for text, share in announced if text == "Numbering the words of every article…"]
    assert words == [8 / 25, 16 / 25, 24 / 25, 1.0, "ended"]
    assert [share for text, share in announced if text == "Reading the articles…"] == ["ended"]
