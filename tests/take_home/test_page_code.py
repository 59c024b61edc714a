"""The code of each page runs, in at most 40 lines, and gives the page's number."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.confusion import confusion_matrix
from bowcore.learn.linear.baselines import run_baselines
from bowcore.learn.network.training import Training
from bowcore.matrix.export import write_matrix
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import CHOICES, DEFAULTS, FIELDS, Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import MOST_LINES, PAGES, page_code
from bowcore.take_home.view import Settings

SMALL = {"hidden": 8, "epochs": 2, "batch_size": 64}
RECOMMENDED = PRESETS["recommended"].change(**SMALL, min_documents=5)
LONG = RECOMMENDED.change(stop_words="spacy", word_forms="stem", repair=True, vocabulary_size=500, unknown="unk")


def run(
    page: str,
    recipe: Recipe,
    answer: Answer,
    folder: Path,
    judge: str = "naive-bayes",
    view: str = "",
    settings: Settings = MappingProxyType({}),
    part: str = "",
) -> tuple[dict[str, Any], str]:
    """The names that the code of a page has made, and what it printed; a part that goes on has the first before it."""
    found = page_code(page, recipe, find_facts(recipe), judge, view, settings, part)
    assert "longer than 40 lines" not in found.note
    assert max(found.n_lines, found.before.count("\n") + 1) <= MOST_LINES
    assert max(len(line) for line in found.text.split("\n") if "read_csv" not in line) <= 120
    if found.from_saved:
        rows = answer.split.train.rows[answer.matrix.rows], answer.split.validation.rows
        (folder / "matrix").mkdir()
        write_matrix(folder / "matrix", answer.matrix.features, rows, recipe, {})
    names: dict[str, Any] = {}
    if found.goes_on:
        names, _ = run(page, recipe, answer, folder, judge, view, settings)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(found.before, names)
        exec(found.text, names)
    return names, printed.getvalue()


def execute(
    page: str, recipe: Recipe, view: str, *parts: str, shortened: Callable[[str], str] = str, **settings: Any
) -> dict[str, Any]:
    """The names that the parts of a view's code have made in turn, and what they printed: the first part is ''."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for part in parts:
            found = page_code(page, recipe, find_facts(recipe), view=view, settings=settings, part=part)
            exec(shortened(f"{found.before}\n{found.text}"), names)
    return names | {"printed": printed.getvalue()}


CASES = [
    pytest.param(page, recipe, id=f"{page}, {name}", marks=[pytest.mark.slow] if is_slow else [])
    for page in PAGES
    for name, recipe in (("recommended", RECOMMENDED), ("long", LONG))
    for is_slow in [recipe is RECOMMENDED and page in ("Words", "Preprocessing", "Confusion matrix", "Compare")]
]


@pytest.mark.parametrize(("page", "recipe"), CASES)
def test_the_code_of_a_page_gives_its_number(page: str, recipe: Recipe, tmp_path: Path) -> None:
    answer = process_experiments().answer(recipe)
    names, printed = run(page, recipe, answer, tmp_path)
    features, split = answer.matrix.features, answer.split
    match page:
        case "Playground" | "Compare":
            assert printed == f"right: {answer.scores.accuracy.n_right} of 334\n"
        case "Data":
            parts = (split.train.labels, split.validation.labels)
            expected = [*(np.bincount(labels, minlength=5) for labels in parts), split.test.class_counts]
            assert names["sizes"].to_numpy().T.tolist() == [sizes.tolist() for sizes in expected]
        case "Words" | "Preprocessing":
            assert printed == f"1557 {features.n_terms} texts and terms, {features.train.nnz} filled cells\n"
        case "Training":
            training = Training.start(features, recipe.network)
            list(training)
            printed_scores = [list(map(float, re.findall(r"\d+\.\d+", line))) for line in printed.splitlines()]
            scores = [
                [epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy]
                for epoch in training.epochs
            ]
            np.testing.assert_allclose(printed_scores, scores, rtol=0.01)
        case _:
            expected = confusion_matrix(answer.labels, answer.predictions, 5)
            assert names["confusion"].to_numpy().tolist() == expected.tolist()


@pytest.mark.parametrize("judge", ["logistic", "network"])
def test_the_code_of_the_confusion_matrix_follows_the_judge(judge: str, tmp_path: Path) -> None:
    recipe = RECOMMENDED.change(optimiser="adam-lazy", epochs=4)
    answer = process_experiments().answer(recipe)
    names, _ = run("Confusion matrix", recipe, answer, tmp_path, judge)
    features = answer.matrix.features
    if judge == "logistic":
        predicted = {item.name: item for item in run_baselines(features)}["logistic regression"].validation_predictions
    else:
        training = Training.start(features, recipe.network, tmp_path / "ours")
        list(training)
        predicted = training.result().validation_predictions
    expected = confusion_matrix(answer.labels, predicted, 5)
    assert abs(names["confusion"].to_numpy() - expected).sum() <= 2 * 0.01 * 334


@pytest.mark.parametrize("corpus", ["bbc-news", "ag-news"])
def test_the_code_of_a_preset_begins_with_the_articles(corpus: str) -> None:
    if corpus == "ag-news" and "BOWLAB_DATA" not in os.environ:
        pytest.skip("BOWLAB_DATA is not set")
    for recipe in (preset.change(corpus=corpus) for preset in PRESETS.values()):
        facts = find_facts(recipe)
        for page in PAGES:
            for judge in ("naive-bayes", "logistic", "network"):
                found = page_code(page, recipe, facts, judge)
                # AG News repaired has many signs: the network's code goes on from the saved matrix
                assert not found.from_saved or (recipe.text.repair and corpus == "ag-news")
                assert found.n_lines <= MOST_LINES
    recommended = PRESETS["recommended"].change(corpus=corpus)
    assert "in training" in page_code("Training", recommended, find_facts(recommended)).text


def test_code_that_is_too_long_with_all_scores_has_those_on_validation() -> None:
    recipe = PRESETS["recommended"].change(stop_words="spacy", word_forms="stem", contractions="split")
    found = page_code("Training", recipe, find_facts(recipe))
    assert not found.from_saved
    assert 'print(epoch + 1, "loss", float(entropy(logits, wanted[validation]))' in found.text


def test_every_page_has_its_code() -> None:
    registry = (Path(__file__).parents[2] / "ui/shell/pages.py").read_text(encoding="utf-8")
    titles = re.findall(r'\("\w+\.py", "([^"]+)"\)', registry)
    assert list(PAGES) == titles


@pytest.mark.parametrize("page", PAGES)
def test_no_option_makes_the_code_of_a_page_too_long(page: str) -> None:
    facts = find_facts(RECOMMENDED)
    changes: list[dict[str, Any]] = [{name: value} for name, values in CHOICES.items() for value in values]
    changes += [{name: not DEFAULTS[name]} for name in FIELDS if isinstance(DEFAULTS[name], bool)]
    changes += [{"word_dropout": 0.2, "hidden_dropout": 0.5, "patience": 2, "shuffled_labels": True}]
    changes += [{"training_articles": 100, "vocabulary_size": 100, "select_by": "mutual-information", "ngrams": 3}]
    for change in changes:
        if change == {"stop_words": "spacy-tokeniser"}:
            change = change | {"ascii_letters": True}
        recipe = RECOMMENDED.change(**change)
        for judge in ("naive-bayes", "logistic", "network"):
            found = page_code(page, recipe, facts, judge)
            assert found.n_lines <= MOST_LINES, (change, judge)
            compile(found.text, page, "exec")
