"""Confident learning against probabilities counted by hand, a loop written from the paper, and scikit-learn's model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from bowcore.corpus.split import Documents, SealedTest, Split
from bowcore.errors import EmptyVocabularyError, RecipeError
from bowcore.experiment import stages
from bowcore.experiment.experiments import Experiments
from bowcore.findings.near_duplicates import group_articles
from bowcore.judge.label_issues import (
    N_FOLDS,
    draw_folds,
    find_label_issues,
    judge_folds,
    suggest,
    words_behind,
)
from bowcore.matrix.counts import Counts
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_label_issues import learn_fold
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA


def documents(texts: list[str], labels: list[int]) -> Documents:
    table = pa.table(
        {"title": pa.array(texts, pa.large_string()), "body": pa.array([""] * len(texts), pa.large_string())}
    )
    return Documents(np.arange(len(texts)), table, np.array(labels, dtype=np.int32))


@dataclass(frozen=True)
class Found:
    split: Split
    counts: Counts
    matrix: stages.Matrix


def experiment(texts: list[str], labels: list[int], names: tuple[str, ...], recipe: Recipe) -> Found:
    train = documents(texts, labels)
    split = Split(train, documents(texts[:2], labels[:2]), SealedTest(documents([], []), len(names), train), names)
    reading = stages.read_split(split, recipe)
    chain = stages.map_terms(reading, recipe)
    counts = stages.count(reading, chain, recipe)
    return Found(split, counts, stages.build_matrix(counts, split, recipe))


def judge(found: Found, recipe: Recipe) -> tuple[list, np.ndarray]:
    rows = found.matrix.rows
    judgements = list(
        judge_folds(found.counts.train, found.counts.terms, found.split, rows, partial(learn_fold, recipe))
    )
    out_of_fold = np.zeros((len(rows), len(found.split.class_names)))
    for judgement in judgements:
        out_of_fold[judgement.rows] = judgement.probabilities
    return judgements, out_of_fold


HAND_MADE = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.7, 0.2, 0.1],
        [0.2, 0.8, 0.0],  # labelled 0, and surer of 1 than articles of 1 are on average
        [0.3, 0.6, 0.1],
        [0.1, 0.9, 0.0],
        [0.55, 0.45, 0.0],  # labelled 1, predicted 0, but not as surely as articles of 0 are
        [0.0, 0.3, 0.7],
        [0.05, 0.05, 0.9],
    ]
)
HAND_LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2])


def test_thresholds_and_issues_are_those_counted_by_hand() -> None:
    issues = find_label_issues(HAND_LABELS, HAND_MADE)
    assert issues.thresholds == pytest.approx([(0.9 + 0.7 + 0.2) / 3, (0.6 + 0.9 + 0.45) / 3, (0.7 + 0.9) / 2])
    assert issues.rows.tolist() == [2]
    assert (issues.given.tolist(), issues.suggested.tolist()) == ([0], [1])
    assert (issues.given_probability.tolist(), issues.suggested_probability.tolist()) == ([0.2], [0.8])


def from_the_paper(labels: np.ndarray, probabilities: np.ndarray) -> set[tuple[int, int]]:
    """Issues as (row, suggested class): off the diagonal of the confident joint, and not predicted as labelled."""
    n_classes = probabilities.shape[1]
    thresholds = [
        np.mean([p[j] for p, y in zip(probabilities, labels, strict=True) if y == j]) for j in range(n_classes)
    ]
    found = set()
    for row, (p, y) in enumerate(zip(probabilities, labels, strict=True)):
        eligible = [j for j in range(n_classes) if p[j] >= thresholds[j] - 1e-6]
        if eligible and max(range(n_classes), key=lambda j: p[j]) != y:
            best = max(eligible, key=lambda j: p[j])
            if best != y:
                found.add((row, best))
    return found


@examples(40)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_any_probabilities_give_what_a_loop_from_the_paper_gives(n_classes: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(n_classes), generator.integers(0, n_classes, 60)])
    probabilities = generator.dirichlet(np.full(n_classes, 0.4), len(labels))
    probabilities[np.arange(len(labels)), labels] += generator.random(len(labels))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    issues = find_label_issues(labels, probabilities)
    expected = from_the_paper(labels, probabilities)
    reached_by_several = {row for row, p in enumerate(probabilities) if (p >= issues.thresholds - 1e-6).sum() > 1}
    found = set(zip(issues.rows.tolist(), issues.suggested.tolist(), strict=True))
    # where several classes reach their threshold the library counts the likeliest of all classes
    assert {pair for pair in found if pair[0] not in reached_by_several} == {
        pair for pair in expected if pair[0] not in reached_by_several
    }
    assert (np.diff(issues.given_probability) >= 0).all(), "the least confidence in the given label comes first"


def test_the_suggestion_is_the_most_probable_other_class_that_reaches_its_threshold() -> None:
    thresholds = np.array([0.6, 0.2, 0.3])
    rows = np.array([[0.5, 0.25, 0.25], [0.4, 0.25, 0.35], [0.59, 0.11, 0.3], [0.5, 0.1, 0.2], [0.4, 0.35, 0.25]])
    assert suggest(rows, thresholds, np.array([2, 0, 0, 2, 1])).tolist() == [1, 2, 2, 0, 0]


def test_every_class_is_spread_evenly_over_the_folds() -> None:
    labels = np.array([0] * 23 + [1] * 52 + [2] * 5)
    folds = draw_folds(labels)
    table = np.array([np.bincount(folds[labels == label], minlength=N_FOLDS) for label in range(3)])
    assert (table.max(axis=1) - table.min(axis=1) <= 1).all()
    assert np.ptp(table.sum(axis=0)) == 0
    assert folds.tolist() == draw_folds(labels).tolist() != draw_folds(labels, seed=1).tolist()


def test_a_group_is_never_divided_and_classes_stay_even() -> None:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 400, 1_000)
    labels = groups % 3
    folds = draw_folds(labels, groups)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    table = np.array([np.bincount(folds[labels == label], minlength=N_FOLDS) for label in range(3)])
    assert (np.ptp(table, axis=1) <= 2).all()
    assert np.ptp(table.sum(axis=0)) <= 3


def test_a_group_of_two_labels_counts_as_its_most_frequent_one() -> None:
    labels = np.array([0, 0, 1] * 20)
    folds = draw_folds(labels, np.repeat(np.arange(20), 3))
    assert np.bincount(folds).tolist() == [12] * N_FOLDS


@pytest.mark.slow
def test_wrong_labels_of_both_copies_are_found_where_copies_share_a_fold() -> None:
    recipe = Recipe()
    near = Experiments().near_duplicates(recipe)
    answer = Experiments().answer(recipe)
    groups = group_articles(near, 0.8)[: answer.split.train.n_documents]
    labels = answer.split.train.labels.copy()
    copies = [group for group in np.flatnonzero(np.bincount(groups) == 2) if len(set(labels[groups == group])) == 1]
    generator = np.random.default_rng(0)
    planted = np.isin(groups, generator.choice(copies, 40, replace=False))
    labels[planted] = (labels[planted] + 1) % 5
    train = replace(answer.split.train, labels=labels)
    split = replace(answer.split, train=train)
    shares = {}
    for name, grouped in (("grouped", groups), ("single", None)):
        rows = answer.matrix.rows
        out_of_fold = np.zeros((len(rows), 5))
        counts = answer.counts
        for judgement in judge_folds(counts.train, counts.terms, split, rows, partial(learn_fold, recipe), grouped):
            out_of_fold[judgement.rows] = judgement.probabilities
        found = find_label_issues(labels[rows], out_of_fold)
        shares[name] = np.isin(np.flatnonzero(planted), found.rows).mean()
    assert shares["grouped"] > 0.7
    assert shares["single"] < 0.4


@pytest.mark.parametrize("labels", [[0, 1, 0, 1], [0] * 9, []])
def test_too_few_articles_or_classes_are_refused_with_numbers(labels: list[int]) -> None:
    with pytest.raises(RecipeError, match=rf"{len(labels)} training articles of {len(set(labels))} classes"):
        draw_folds(np.array(labels, dtype=np.int64))


LINES = [f"the baker sells bread loaf {number}" for number in range(30)] + [
    f"the ferry leaves port sea {number}" for number in range(30)
]
LABELS = [0] * 30 + [1] * 30
WRONG = [3, 41]
"""Articles whose label is turned round."""


def turned() -> list[int]:
    return [1 - label if row in WRONG else label for row, label in enumerate(LABELS)]


def test_only_flipped_labels_are_listed() -> None:
    recipe = Recipe()
    found = experiment(LINES, turned(), ("food", "sea"), recipe)
    _, out_of_fold = judge(found, recipe)
    issues = find_label_issues(np.array(turned()), out_of_fold)
    assert sorted(issues.rows.tolist()) == WRONG
    assert all(issues.suggested[issues.rows == row] == LABELS[row] for row in WRONG)


def test_probabilities_out_of_the_fold_are_scikit_learns_with_vocabulary_and_idf_of_the_other_folds() -> None:
    recipe = Recipe().change(weighting="tfidf", digits=False)
    found = experiment(LINES, turned(), ("food", "sea"), recipe)
    _, out_of_fold = judge(found, recipe)
    labels, lines = np.array(turned()), np.array(LINES, dtype=object)
    folds = draw_folds(labels)
    for fold in range(N_FOLDS):
        vectorizer, weighting = CountVectorizer(analyzer=str.split), TfidfTransformer()
        train = weighting.fit_transform(vectorizer.fit_transform(lines[folds != fold]))
        held = weighting.transform(vectorizer.transform(lines[folds == fold]))
        model = LogisticRegression(tol=1e-10, max_iter=1000).fit(train, labels[folds != fold])
        assert out_of_fold[folds == fold] == pytest.approx(model.predict_proba(held), abs=0.01)


def test_a_word_of_one_article_alone_is_no_column_of_the_model_that_judges_it() -> None:
    recipe = Recipe().change(digits=False)
    judgements, _ = judge(experiment(LINES, LABELS, ("food", "sea"), recipe), recipe)
    for judgement in judgements:
        terms = set(judgement.coefficients.terms.to_pylist())
        own = {str(row % 30) for row in judgement.rows if ((judgement.rows % 30) == row % 30).sum() == 2}
        assert terms.isdisjoint(own)


def test_contributions_and_intercept_add_up_to_the_log_odds() -> None:
    recipe = Recipe()
    judgements, out_of_fold = judge(experiment(LINES, turned(), ("food", "sea"), recipe), recipe)
    issues = find_label_issues(np.array(turned()), out_of_fold)
    words = words_behind(judgements, issues)
    for number in range(len(issues.rows)):
        mine = words[words["issue"] == number]
        odds = np.log(issues.suggested_probability[number] / issues.given_probability[number])
        assert mine["contribution"].sum() == pytest.approx(odds, abs=1e-9)
        assert (mine["term"] == "").sum() == 1
    assert set(words["issue"]) == set(range(len(issues.rows)))


def test_only_articles_of_the_recipes_share_are_judged() -> None:
    recipe = Recipe().change(training_articles=20)
    found = experiment(LINES, LABELS, ("food", "sea"), recipe)
    judgements, _ = judge(found, recipe)
    assert sorted(row for judgement in judgements for row in judgement.rows) == list(range(20))
    assert len(found.matrix.rows) == 20


def test_a_stop_ends_the_search_before_the_next_fold() -> None:
    recipe = Recipe()
    found = experiment(LINES, LABELS, ("food", "sea"), recipe)
    rows = found.matrix.rows
    learn, counts = partial(learn_fold, recipe), found.counts
    assert not list(judge_folds(counts.train, counts.terms, found.split, rows, learn, should_stop=lambda: True))


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_are_judged_or_refused(name: str) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    recipe = Recipe()
    if len(texts) < 2:
        with pytest.raises(RecipeError):
            draw_folds(np.array(labels))
        return
    try:
        judgements, out_of_fold = judge(experiment(texts, labels, names, recipe), recipe)
    except EmptyVocabularyError:
        pytest.fail("a fold lost all its terms")
    assert out_of_fold.sum(axis=1) == pytest.approx(np.ones(len(texts)))
    issues = find_label_issues(np.array(labels), out_of_fold)
    assert (issues.given != issues.suggested).all()
    assert np.isfinite(words_behind(judgements, issues)["contribution"].to_numpy(dtype=float)).all()
