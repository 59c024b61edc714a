"""The learning curve of a small corpus: sizes equal fits one by one, stopped and resumed, in words."""

from __future__ import annotations

import json

import pytest

from bowcore.cli.main import main
from bowcore.corpus import sources
from bowcore.corpus.sources import Source
from bowcore.errors import RecipeError
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
from bowcore.tasks import fitted_cells
from bowcore.tasks.learning_curve import LearningCurve, learning_curve_job, payload_of
from tests.tasks.conftest import ABOUT
from tests.tasks.test_compare import noisy
from tests.tasks.test_factorial import Heard

RECIPE = Recipe().change(corpus="noisy", training_articles=50)


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    monkeypatch.setitem(sources.SOURCES, "noisy", Source("noisy", ABOUT, lambda _: noisy(), lambda: True))
    process_memo().clear()


def test_each_size_is_the_mean_of_its_draws_and_the_last_one_is_all():
    heard = Heard()
    found = learning_curve_job(payload_of(RECIPE, "logistic"), heard)
    n_train = Experiments().split(RECIPE).train.n_documents
    assert [point.n_train for point in found.points][-1] == n_train > 50
    assert [len(point.by_draw) for point in found.points] == [3] * (found.n_planned - 1) + [1]
    fits = [
        Experiments().fit(RECIPE.change(training_articles=found.points[1].n_train, sample_seed=draw)).accuracy
        for draw in range(3)
    ]
    assert found.points[1].by_draw == pytest.approx(fits)
    assert found.points[1].accuracy == pytest.approx(sum(fits) / 3)
    assert all(point.low <= point.accuracy <= point.high for point in found.points)
    assert found.complete and "b = " in found.sentence
    assert LearningCurve.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    assert [event["event"] for event in heard.events] == ["SizeDone"] * found.n_planned


def test_a_stopped_curve_has_the_sizes_that_are_done_and_goes_on(monkeypatch):
    fitted = []
    logistic = fitted_cells._logistic
    monkeypatch.setattr(fitted_cells, "_logistic", lambda *both: fitted.append(both[0]) or logistic(*both))
    partial = learning_curve_job(payload_of(RECIPE, "logistic"), Heard(stop_after=2))
    assert len(partial.points) == 2 and partial.exponent is None and not partial.complete
    n_before = len(fitted)
    whole = learning_curve_job(payload_of(RECIPE, "logistic"), Heard())
    assert whole.complete and len(fitted) < n_before + 3 * whole.n_planned - 6 + 1


def test_too_few_articles_are_refused(monkeypatch):
    monkeypatch.setattr("bowcore.judge.learning_curve.LEAST_PER_CLASS", 30)
    with pytest.raises(RecipeError, match="too few for a learning curve"):
        learning_curve_job(payload_of(RECIPE, "logistic"), Heard())


def test_the_command_prints_one_object_and_a_table(capsys):
    assert main(["learning-curve", "noisy", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert len(body["points"]) == body["n_planned"] and len(body["exponent"]) == 3
    assert main(["learning-curve", "noisy"]) == 0
    said = capsys.readouterr().out
    assert "by the law" in said and "always guessing bread" in said


def test_the_blocks_of_a_recipe_learn_from_fewer_and_fewer_texts(capsys, tmp_path):
    recipe = Recipe().change(corpus="noisy", blocks=("words 1-1 tfidf", "characters 2-3 ratio"), models=("svm 1",))
    file = tmp_path / "blocks.toml"
    file.write_text(recipe.to_toml())
    assert main(["learning-curve", "noisy", "--recipe", str(file), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["model"] == recipe.blocks.in_words and len(body["points"]) == body["n_planned"]
    labels = Experiments().split(recipe).validation.labels
    first = body["points"][0]
    for draw, accuracy in enumerate(first["by_draw"]):
        sampled = recipe.change(training_articles=first["n_train"], sample_seed=draw)
        assert accuracy == pytest.approx((Experiments().blocks(sampled).predictions == labels).mean())
    assert main(["learning-curve", "noisy", "--recipe", str(file), "--model", "network"]) == 2
    assert "has blocks, which naive Bayes" in capsys.readouterr().err
