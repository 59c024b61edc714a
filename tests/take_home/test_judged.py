"""The further code of the page Confusion matrix gives the numbers that its views show, for every judge."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.averages import averages
from bowcore.judge.calibration import calibrate
from bowcore.judge.confusion import confusion_matrix
from bowcore.judge.scores import score
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code
from tests.take_home.test_page_code import RECOMMENDED

PAGE = "Confusion matrix"


class Judged:
    """A judge's page: what the code of the page has made once, and what the product says of the same texts."""

    def __init__(self, judge: str, recipe: Recipe) -> None:
        self.judge, self.recipe, self.facts = judge, recipe, find_facts(recipe)
        self.answer: Answer = process_experiments().answer(recipe)
        self.made: dict[str, Any] = {}
        self._run(page_code(PAGE, recipe, self.facts, judge).text, self.made)
        self.chances = _probabilities(self)

    @property
    def predictions(self) -> NDArray[np.int64]:
        return self.chances.argmax(axis=1)

    def run(self, part: str, **settings: Any) -> dict[str, Any]:
        """The names after the code of a part, which goes on from that of the page."""
        found = page_code(PAGE, self.recipe, self.facts, self.judge, settings=settings, part=part)
        assert found.goes_on and not found.before
        names = dict(self.made)
        self._run(found.text, names)
        return names

    def _run(self, text: str, names: dict[str, Any]) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(text, names)


def _probabilities(page: Judged) -> NDArray[np.float64]:
    features = page.answer.matrix.features
    if page.judge == "naive-bayes":
        return page.answer.bayes.probabilities(features.validation)
    if page.judge == "logistic":
        fit = process_experiments().fit(page.recipe, lambda: False)
        return fit.coefficients.probabilities(features.validation, features.n_classes)
    # that it trains as the product does is tested in test_page_code.py
    logits = page.made["kept"][1].double().numpy()
    found: NDArray[np.float64] = special.softmax(logits, axis=1)
    return found


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of 600 texts of three classes, which share most of their words."""
    drawing = np.random.default_rng(4)
    words = np.array(
        [f"{one}{two}" for one in ("ka", "lo", "mi", "nu", "pe", "ra") for two in ("do", "fen", "gul", "ham")]
    )
    rows = []
    for row in range(600):
        label = min(row % 5, 2)
        chances = np.ones(len(words)) + 1.2 * (np.arange(len(words)) % 3 == label)
        rows.append(
            " ".join(drawing.choice(words, drawing.integers(4, 16), p=chances / chances.sum())) + f"\t{'abc'[label]}"
        )
    path = tmp_path_factory.mktemp("judged") / "texts.tsv"
    path.write_text("\n".join(["text\tlabel", *rows, ""]), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module", params=["naive-bayes", "logistic", "network"])
def page(request: pytest.FixtureRequest, texts: str) -> Judged:
    return Judged(request.param, RECOMMENDED.change(corpus=texts, min_documents=1, epochs=6, learning_rate=0.03))


def test_intervals_of_the_scores_of_each_class(page: Judged) -> None:
    found = page.run("By class")
    expected = score(page.answer.labels, page.predictions, page.answer.split.class_names)
    for item, (_, row) in zip(expected.classes, found["pd"].DataFrame(found["table"]).iterrows(), strict=True):
        shares = [item.recall.value, item.recall.low, item.recall.high]
        shares += [item.precision.value, item.precision.low, item.precision.high, item.f1, *item.f1_interval]
        np.testing.assert_allclose(row.to_numpy(float), shares, atol=1e-9)
    assert found["accuracy"] == expected.accuracy.value
    assert found["baseline"] == page.answer.baseline.value


def test_averages_and_their_intervals(page: Judged) -> None:
    matrix = confusion_matrix(page.answer.labels, page.predictions, len(page.answer.split.class_names))
    for item in averages(matrix):
        found = page.run("Averages")["averages"][item.name]
        np.testing.assert_allclose(found, [item.value, item.low, item.high], atol=1e-9)


def test_calibration_by_bins(page: Judged) -> None:
    found = page.run("Calibration")
    expected = calibrate(page.answer.labels, page.chances)
    table = expected.table()
    np.testing.assert_array_equal(found["bins"]["n"], table["n_documents"])
    np.testing.assert_allclose(found["bins"]["mean"], table["mean"], atol=1e-3)
    np.testing.assert_allclose(found["bins"][["share", "low", "high"]], table[["right", "low", "high"]], atol=1e-9)
    assert found["ece"] == pytest.approx(expected.error, abs=1e-3)
    assert found["too_sure"] == pytest.approx(expected.too_sure, abs=1e-3)
    assert found["outside"] == sum(not item.covered for item in expected.bins)
