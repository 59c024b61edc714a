"""The further code of the page Confusion matrix gives the numbers that its views show, for every judge."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.averages import averages
from bowcore.judge.calibration import calibrate
from bowcore.judge.cell_words import margins, typical_words, words_of_cell, words_of_cell_one_by_one
from bowcore.judge.confusion import articles_in_cell, confusion_matrix
from bowcore.judge.explanation import explain, explain_logistic, explain_network, words_that_decide
from bowcore.judge.network_words import integrated_gradients
from bowcore.judge.scores import score
from bowcore.judge.traits import UNKNOWN_SHARE, find_traits, list_slices, rank_slices, shortest, word_masks
from bowcore.learn.linear.logistic import Coefficients
from bowcore.learn.network.network import Weights
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code, parts_of
from tests.take_home.test_page_code import RECOMMENDED

PAGE = "Confusion matrix"


class Judged:
    """A judge's page: what the code of the page has made once, and what the product says of the same texts."""

    def __init__(self, judge: str, recipe: Recipe) -> None:
        self.judge, self.recipe, self.facts = judge, recipe, find_facts(recipe)
        self.answer: Answer = process_experiments().answer(recipe)
        self.made: dict[str, Any] = {}
        self._run(page_code(PAGE, recipe, self.facts, judge).text, self.made)
        self.chances: NDArray[np.float64] = self.run("Calibration")["chances"]

    @property
    def predictions(self) -> NDArray[np.int64]:
        return self.chances.argmax(axis=1)

    @property
    def logistic(self) -> Coefficients:
        return process_experiments().fit(self.recipe, lambda: False).coefficients

    @property
    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights by class and term, and the weights of no word."""
        if self.judge == "logistic":
            return self.logistic.weights.T.astype(np.float64), self.logistic.intercepts.astype(np.float64)
        return self.answer.bayes.term_log_probability, self.answer.bayes.class_log_prior

    @property
    def network(self) -> Weights:
        """The network that the code of the page has trained, as the product's explanations take it."""
        into, bias, out, last = (part.detach().numpy() for part in self.made["kept"][2].parameters())
        return Weights(np.ascontiguousarray(into.T), bias, out, last)

    def masks(self) -> dict[str, NDArray[np.bool_]]:
        words, counted, unknown = word_counts(self.answer)
        many = (unknown > 0) & (unknown >= UNKNOWN_SHARE * counted)
        return {"short": shortest(words)[0], "an unknown word": unknown > 0, "10 % unknown, or more": many}

    def run(self, part: str, **settings: Any) -> dict[str, Any]:
        """The names after the code of a part, which goes on from that of the page."""
        found = page_code(PAGE, self.recipe, self.facts, self.judge, settings=settings, part=part)
        assert found.goes_on
        names = dict(self.made)
        self._run(f"{found.before}\n{found.text}", names)
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


def write_texts(folder: Path) -> str:
    """A file of 600 texts of three classes, which share most of their words."""
    drawing = np.random.default_rng(4)
    words = np.array(
        [f"{one}{two}" for one in ("ka", "lo", "mi", "nu", "pe", "ra") for two in ("do", "fen", "gul", "ham")]
    )
    rows = []
    for row in range(600):
        label = min(row % 5, 2)
        chances = np.ones(len(words)) + 1.8 * (np.arange(len(words)) % 3 == label)
        rare = " zu" + "i" * row if row % 15 == 0 else ""
        rows.append(
            " ".join(drawing.choice(words, drawing.integers(4, 16), p=chances / chances.sum()))
            + f"{rare}\t{'abc'[label]}"
        )
    path = folder / "texts.tsv"
    path.write_text("\n".join(["text\tlabel", *rows, ""]), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_texts(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="module", params=["naive-bayes", "logistic", "network"])
def page(request: pytest.FixtureRequest, texts: str) -> Judged:
    return Judged(request.param, RECOMMENDED.change(corpus=texts, min_documents=1, epochs=6, learning_rate=0.03))


def test_probabilities_of_the_judge(page: Judged) -> None:
    np.testing.assert_allclose(page.chances, _probabilities(page), atol=0.01)


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
    np.testing.assert_allclose(found["bins"]["mean"], table["mean"], atol=1e-9)
    np.testing.assert_allclose(found["bins"][["share", "low", "high"]], table[["right", "low", "high"]], atol=1e-9)
    assert found["ece"] == pytest.approx(expected.error, abs=1e-9)
    assert found["too_sure"] == pytest.approx(expected.too_sure, abs=1e-9)
    assert found["outside"] == sum(not item.covered for item in expected.bins)


def test_words_that_decide_for_each_class(page: Judged) -> None:
    found = page.run("Word weights")["tables"]
    names, vocabulary = page.answer.split.class_names, page.answer.matrix.vocabulary
    weights = page.weights[0] if page.judge == "logistic" else page.answer.bayes.term_log_probability
    table = words_that_decide(weights, vocabulary, names, 25)
    for name in names:
        expected = table[table["class"] == name]
        assert found[name].index.tolist() == expected["term"].tolist()
        np.testing.assert_allclose(found[name]["weight"], expected["weight"], atol=0.03)
        assert found[name]["training texts"].tolist() == expected["document_frequency"].tolist()


@pytest.mark.parametrize("cell", [None, (1, 1)])
def test_words_and_margins_of_a_cell(page: Judged, cell: tuple[int, int] | None) -> None:
    found = page.run("Words of a cell", **({} if cell is None else {"cell": cell}))
    actual, predicted = cell or _most_frequent_error(page)
    rows = articles_in_cell(page.answer.labels, page.predictions, actual, predicted)
    assert (found["actual"], found["predicted"]) == (actual, predicted)
    other = actual
    if actual == predicted:
        average = page.chances[rows].mean(axis=0)
        other = int(np.argsort(average)[-2])
    values, vocabulary = page.answer.matrix.features.validation[rows], page.answer.matrix.vocabulary
    if page.judge == "network":
        expected = words_of_cell_one_by_one(
            values, lambda row: integrated_gradients(page.network, row, predicted, other), vocabulary
        )
    else:
        weights, priors = page.weights
        between, prior = weights[predicted] - weights[other], float(priors[predicted] - priors[other])
        expected = words_of_cell(values, between, prior, vocabulary)
    words = found["words"].loc[expected.table["term"]]
    np.testing.assert_allclose(words["contribution"], expected.table["contribution"], atol=0.06)
    assert words["texts"].tolist() == expected.table["texts"].tolist()
    assert words["training texts"].tolist() == expected.table["document_frequency"].tolist()
    assert found["prior"] == pytest.approx(expected.prior, rel=0.01, abs=0.06)
    np.testing.assert_allclose(found["margins"], margins(page.chances[rows], predicted, actual), atol=1e-9)


@pytest.mark.parametrize("cell", [None, (1, 1)])
def test_words_of_a_text_of_a_cell(page: Judged, cell: tuple[int, int] | None) -> None:
    actual, predicted = cell or _most_frequent_error(page)
    row = int(articles_in_cell(page.answer.labels, page.predictions, actual, predicted, page.chances)[0])
    found = page.run("Text of a cell", **({} if cell is None else {"cell": cell, "row": row}))
    values, other = page.answer.matrix.features.validation[row], None if actual == predicted else actual
    if page.judge == "network":
        expected = explain_network(page.network, values, predicted, other)
    elif page.judge == "logistic":
        expected = explain_logistic(page.logistic, values, predicted, other)
    else:
        expected = explain(page.answer.bayes, values, predicted, other)
    table = expected.table(page.answer.matrix.vocabulary.terms, page.answer.split.class_names)
    np.testing.assert_allclose(found["words"].loc[table["term"], "contribution"], table["contribution"], atol=0.06)
    assert found["prior"] == pytest.approx(expected.prior, rel=0.01, abs=0.06)


def test_traits_of_errors_in_both_directions(page: Judged) -> None:
    found = page.run("Traits of errors")["table"]
    expected = find_traits(page.predictions != page.answer.labels, page.masks())
    for item, row in zip(expected, found.values(), strict=True):
        shares = [item.of_errors, item.of_right, item.within, item.without]
        values = [end for share in shares for end in (share.value, share.low, share.high)]
        values += [item.gap.difference, item.gap.low, item.gap.high]
        np.testing.assert_allclose(list(row.values()), [item.within.n_documents, *values], atol=1e-9)


def test_slices_where_two_models_differ(page: Judged) -> None:
    found = page.run("Two models")
    counts, labels = page.answer.matrix.counts, page.answer.labels
    masks = {f"class {name}": labels == code for code, name in enumerate(page.answer.split.class_names)} | page.masks()
    words = word_masks(counts.validation, counts.terms.to_pylist(), 30, 200)
    masks |= {f"has {word}": mask for word, mask in words.items()}
    expected = rank_slices(labels, found["other"], page.predictions, masks)
    table = found["table"].loc[expected["slice"]]
    columns = ["n", "n_fixed", "n_broken", "difference", "low", "high", "elsewhere", "p_value"]
    np.testing.assert_allclose(
        table[["texts", "fixed", "broken", "points", "low", "high", "elsewhere", "p"]].astype(float),
        expected[columns].to_numpy(float),
        atol=1e-5,
    )
    listed = list_slices(expected, masks, 12)
    assert found["listed"][:12] == listed.table["slice"].tolist()
    assert len(words) > 3
    assert len(table) == len(found["table"])


def test_a_cell_beside_another(page: Judged) -> None:
    found = page.run("Beside another cell", cell=(1, 1), other=(0, 0))
    rows = [articles_in_cell(page.answer.labels, page.predictions, *cell) for cell in ((1, 1), (0, 0))]
    counts = page.answer.matrix.counts
    expected = typical_words(counts.validation[rows[0]], counts.validation[rows[1]], counts.terms)
    assert tuple(found["typical"]) == expected
    assert any(expected)
    words, counted, unknown = word_counts(page.answer)
    assert found["n_words"].tolist() == words.tolist()
    assert found["n_counted"].tolist() == counted.tolist()
    assert found["n_unknown"].tolist() == unknown.tolist()


def word_counts(answer: Answer) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Words, counted terms and unknown terms of each validation text."""
    reading, matrix = answer.reading, answer.matrix
    words = np.diff(reading.units.offsets)[reading.n_train :].astype(np.int64)
    counted = np.asarray(answer.counts.validation.sum(axis=1), dtype=np.int64).ravel()
    known = matrix.counts.validation[:, : matrix.vocabulary.n_known]
    return words, counted, counted - np.asarray(known.sum(axis=1), dtype=np.int64).ravel()


def test_without_a_chosen_cell_that_of_most_errors_stands_beside_its_right_texts(page: Judged) -> None:
    actual, predicted = _most_frequent_error(page)
    assert page.run("Beside another cell")["cells"] == [(actual, predicted), (actual, actual)]


def _most_frequent_error(page: Judged) -> tuple[int, int]:
    matrix = confusion_matrix(page.answer.labels, page.predictions, len(page.answer.split.class_names)).copy()
    np.fill_diagonal(matrix, -1)
    actual, predicted = divmod(int(matrix.argmax()), len(matrix))
    return actual, predicted


@pytest.mark.parametrize("judge", ["naive-bayes", "logistic", "network"])
def test_every_part_of_a_long_recipe_fits_into_pieces(texts: str, judge: str) -> None:
    chosen = {"vocabulary_size": 20, "select_by": "chi-squared", "ngrams": 2, "unknown": "unk"}
    recipe = RECOMMENDED.change(corpus=texts, **chosen)
    facts = find_facts(recipe)
    for part in parts_of(PAGE, ""):
        found = page_code(PAGE, recipe, facts, judge, settings={"cell": (1, 0), "other": (0, 0)}, part=part)
        assert "longer than 40 lines" not in found.note
        assert found.goes_on
        lines = [*found.before.split("\n"), *found.text.split("\n")]
        assert max(len(line) for line in lines if "read_csv" not in line) <= 120, part
