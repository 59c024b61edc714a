"""The further parts of the views of *Words* give the numbers that the first leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.matrix.frequencies.goodness_of_fit import goodness_of_fit
from bowcore.matrix.frequencies.heaps import fit_heaps, grow
from bowcore.matrix.frequencies.power_law import best_power_law, fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.zipf import coverage, hapax_share
from bowcore.matrix.log_odds import compare_classes, count_by_class, typical_terms
from bowcore.recipe.recipe import Recipe
from charts.frequency import BANDS
from tests.take_home.test_notebook import write_sample
from tests.take_home.test_page_code import RECOMMENDED, execute

SAMPLES = 4
"""Samples of the test of the fit, which takes minutes with as many as the page draws."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """One of 111 stories."""
    return RECOMMENDED.change(min_documents=1, corpus=write_sample(tmp_path_factory.mktemp("sample")))


@pytest.fixture(scope="module")
def answer(recipe: Recipe) -> Answer:
    return process_experiments().answer(recipe)


def shortened(text: str) -> str:
    return text.replace("n_samples, at = 1000", f"n_samples, at = {SAMPLES}")


def test_each_term_has_the_number_of_its_texts(recipe: Recipe, answer: Answer) -> None:
    names = execute("Words", recipe, "rank-curve", "")
    vocabulary = answer.matrix.vocabulary
    terms = vocabulary.terms.to_pylist()
    assert names["most"]["texts"][terms].tolist() == vocabulary.document_frequency.tolist()
    assert names["most"]["count"][terms].tolist() == vocabulary.term_frequency.tolist()
    assert names["most"]["count"].is_monotonic_decreasing


def test_the_figures_above_a_chart_are_those_of_the_page(recipe: Recipe, answer: Answer) -> None:
    names = execute("Words", recipe, "rank-curve", "Above the chart")
    frequency = answer.matrix.vocabulary.term_frequency
    first = f"{len(frequency)} terms, {frequency.sum()} tokens; {hapax_share(frequency)} of the terms seen once"
    assert names["printed"].splitlines()[0] == first
    assert names["n_terms"] == {found.share: found.n_terms for found in coverage(frequency)}
    inside = [frequency[(frequency >= low) & (frequency <= high)] for low, high in BANDS.values()]
    assert names["bands"].to_numpy().tolist() == [[len(found), found.sum()] for found in inside]


def test_a_previous_recipe_is_counted_with_its_own_steps(recipe: Recipe) -> None:
    before = recipe.change(lower_case=False, word_forms="stem")
    expected = process_experiments().answer(before).matrix.vocabulary
    names = execute("Words", recipe, "growth", "With the recipe before", before=before)
    assert list(names["terms"]) == expected.terms.to_pylist()
    assert names["n_terms"][-1] == expected.n_terms
    names = execute("Words", recipe, "sizes", "With the recipe before", before=before)
    sizes = count_sizes(expected.term_frequency)
    assert names["sizes"].tolist() == sizes.n_terms.tolist()
    assert names["at_least"].sort_index().tolist() == pytest.approx(sizes.table()["at_least"].tolist())
    assert (names["shares"].groupby(names["low"]).sum() / np.unique(names["low"])).tolist() == pytest.approx(
        sizes.bins()["share"].tolist()
    )


def test_zipfs_law_has_every_least_count_and_the_test_of_its_fit(recipe: Recipe, answer: Answer) -> None:
    names = execute("Words", recipe, "zipf-s-law", "", "Least counts", "Goodness of fit", shortened=shortened)
    sizes = count_sizes(answer.matrix.vocabulary.term_frequency)
    fit, law = fit_power_law(sizes, n_resamples=2), best_power_law(sizes)
    tried: pd.DataFrame = names["tried"]
    assert len(tried) > 5
    assert tried["least count"].tolist() == fit.tried["x_min"].tolist()
    assert tried["terms"].tolist() == fit.tried["n_tail"].tolist()
    assert tried["exponent"].tolist() == pytest.approx(fit.tried["exponent"].tolist(), rel=1e-4)
    assert tried["distance"].tolist() == pytest.approx(fit.tried["distance"].tolist(), abs=1e-4)
    assert names["fitted_share"].tolist() == pytest.approx(law.tail(names["tail"]["count"].to_numpy()).tolist())
    tested = goodness_of_fit(sizes, law, SAMPLES)
    assert (sum(names["farther"]), len(names["farther"])) == (tested.n_farther, tested.n_samples)


def test_growth_has_its_range_and_both_halves(recipe: Recipe, answer: Answer) -> None:
    names = execute("Words", recipe, "growth", "", "Range and halves")
    grown = grow(answer.matrix.counts.train)
    line = fit_heaps(grown)
    assert names["spread"]["fewest"].tolist() == grown.table["low"].tolist()
    assert names["spread"]["most"].tolist() == grown.table["high"].tolist()
    assert names["new"] == pytest.approx(grown.n_new_at_end)
    assert names["first_exponent"] == pytest.approx(line.first_exponent)
    assert names["last_exponent"] == pytest.approx(line.last_exponent)


def test_typical_words_have_their_texts_and_what_the_prior_does(recipe: Recipe, answer: Answer) -> None:
    names = execute("Words", recipe, "typical-words", "", "In texts", n=5)
    features = answer.matrix.counts
    counted = count_by_class(features.train, features.train_labels, 5)
    documents = count_by_class((features.train > 0).astype(int), features.train_labels, 5)
    expected = typical_terms(
        answer.matrix.vocabulary.terms, counted, documents, compare_classes(counted), features.class_names, 5
    )
    found = names["table"]
    for ours, theirs in (
        ("term", "term"),
        ("count", "count"),
        ("texts", "documents"),
        ("other texts", "other_documents"),
    ):
        assert found[ours].tolist() == expected[theirs].tolist()
    for ours, theirs in (("z", "z"), ("log-odds", "log_odds"), ("without prior", "unshrunk")):
        np.testing.assert_allclose(found[ours], expected[theirs])
    finite = expected[np.isfinite(expected["unshrunk"])]
    assert names["lost"] == pytest.approx(1 - (finite["log_odds"] / finite["unshrunk"]).median())
    assert names["printed"].endswith(f"{len(expected) - len(finite)} words that no other class uses\n")
