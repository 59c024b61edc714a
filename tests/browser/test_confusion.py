"""The page *Confusion matrix* in a browser: every mode, a cell's words, another beside it, and an edited text."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect
from sklearn.metrics import confusion_matrix
from sklearn.naive_bayes import MultinomialNB

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import Experiments
from bowcore.recipe.presets import preset
from tests.browser.reader import SOON, link, settle

pytestmark = pytest.mark.browser

RECIPE = preset("recommended").change(
    weighting="count", vocabulary_size=400, training_articles=300, sample_seed=29, text_used="headline"
)


@cache
def answer() -> Answer:
    return Experiments().answer(RECIPE)


@cache
def by_scikit_learn() -> tuple[MultinomialNB, NDArray[np.float64]]:
    """Naive Bayes and its probabilities for the validation articles, (n_validation, n_classes)."""
    features = answer().matrix.features
    model = MultinomialNB().fit(features.train, features.train_labels)
    return model, model.predict_proba(features.validation)


def numbers(page: Page) -> NDArray[np.float64]:
    """What the cells of the matrix show, true classes in rows, as far as they are drawn."""
    texts = page.locator("[class*=st-key-confusion] .mark-text.role-mark text").all_text_contents()
    return np.array([float(text) for text in texts if re.fullmatch(r"[\d.]+", text)])


def expect_numbers(page: Page, expected: NDArray[Any], within: float) -> None:
    """Wait until the cells show these numbers, in the order of the rows."""
    limit = time.monotonic() + SOON / 1000
    found = numbers(page)
    while (len(found) != expected.size or abs(found - expected.ravel()).max() > within) and time.monotonic() < limit:
        page.wait_for_timeout(200)
        found = numbers(page)
    np.testing.assert_allclose(found, expected.ravel(), rtol=0, atol=within)


def choose_one(page: Page, key: str, name: str) -> None:
    page.locator(f".st-key-{key} button").filter(has_text=name).click(timeout=SOON)
    settle(page)


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def test_every_mode_shows_scikit_learns_numbers_and_a_cell_its_words_a_neighbour_and_an_edited_text(
    page: Page,
) -> None:
    model, probabilities = by_scikit_learn()
    labels, called = answer().labels, probabilities.argmax(axis=1)
    counts = confusion_matrix(labels, called)
    soft = np.array([probabilities[labels == place].sum(axis=0) for place in range(len(counts))])
    page.goto(link("/confusion", RECIPE))
    expect(main(page)).to_contain_text(f"{100 * (called == labels).mean():.1f}\N{NO-BREAK SPACE}%", timeout=SOON)
    settle(page)
    expect_numbers(page, counts, 0)
    for name, sums in (("recall", counts.sum(axis=1, keepdims=True)), ("precision", counts.sum(axis=0, keepdims=True))):
        choose_one(page, "confusion_mode", name)
        expect_numbers(page, 100 * counts / sums, 0.0501)
    choose_one(page, "confusion_mode", "Split by probability")
    expect_numbers(page, soft, 0.0501)

    wrong = counts - np.diag(np.diag(counts))
    cell = page.get_by_role("combobox", name="Cell: click it").first
    actual, predicted = (int(place) for place in np.unravel_index(wrong.argmax(), wrong.shape))
    names = answer().split.class_names
    expect(cell).to_have_value(f"true {names[actual]}, predicted {names[predicted]}: {wrong.max()}")
    choose_one(page, "cell_view", "Words")
    rows = answer().matrix.features.validation[np.flatnonzero((labels == actual) & (called == predicted))]
    weights = model.feature_log_prob_[predicted] - model.feature_log_prob_[actual]
    words = float(rows.sum(axis=0).A1 @ weights)
    prior = rows.shape[0] * float(model.class_log_prior_[predicted] - model.class_log_prior_[actual])
    said = re.compile(r"(\d+) articles?: words ([+−]\d+\.\d+), without words ([+−]?\d+\.\d+), together ([+−]\d+\.\d+)")
    expect(main(page)).to_contain_text(said, timeout=SOON)
    found = said.search(main(page).inner_text())
    assert found is not None and int(found[1]) == rows.shape[0]
    told = [float(part.replace("−", "-")) for part in found.groups()[1:]]
    assert told == pytest.approx([words, prior, words + prior], abs=0.0051)

    choose_one(page, "cell_view", "Beside another")
    other = page.get_by_role("combobox", name="Beside it").first
    expect(other).to_have_value(re.compile(f"true {names[actual]}, right: {counts[actual, actual]}"), timeout=SOON)
    choose_one(page, "cell_view", "Edit")
    box = main(page).get_by_role("textbox", name="Text").first
    terms = answer().matrix.features.terms.to_pylist()
    best = terms[int(np.argmax(model.feature_log_prob_[actual] - model.feature_log_prob_[predicted]))]
    box.fill(f"{best} {best} {best} zzzunknown")
    box.press("Control+Enter")
    row = np.zeros((1, len(terms)))
    row[0, terms.index(best)] = 3
    likely = model.predict_proba(row)[0]
    expect(main(page)).to_contain_text(
        re.compile(rf"Edited · {names[int(likely.argmax())]}, probability"), timeout=SOON
    )
    expect(main(page)).to_contain_text("Smallest flip: without ", timeout=SOON)
    expect(page.get_by_test_id("stException")).to_have_count(0)
