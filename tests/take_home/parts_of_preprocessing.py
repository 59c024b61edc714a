"""Checks of the further parts of the views of Preprocessing, each against the program's own functions."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.comparison import paired_change
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.untrained import train_small
from bowcore.matrix.by_hand import explain_cell, small_matrix, weightings
from bowcore.matrix.groups import matrix_size, new_groups
from bowcore.matrix.limits import preview_limits, terms_by_minimum
from bowcore.matrix.reduction import reduce_terms
from bowcore.matrix.selection import SCORES, rank_by, unique_terms, value_information
from bowcore.matrix.unseen import ALL_CLASSES, unseen_rates, unseen_terms
from bowcore.matrix.vocabulary import append_unknown, keep_columns, learn_vocabulary, with_unknown
from bowcore.matrix.weighting import weight
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WeightingSpec
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code

PAGE = "Preprocessing"
Check = Callable[[dict[str, Any], str, Answer, Mapping[str, Any]], None]


def run_further(view: str, part: str, names: dict[str, Any], answer: Answer, settings: Mapping[str, Any]) -> str:
    """What a part prints, run in the names that the first part has made if it goes on from there."""
    recipe = answer.recipe
    found = page_code(PAGE, recipe, find_facts(recipe), view=view, settings=settings, part=part)
    assert "longer than 40 lines" not in found.note
    assert not found.from_saved
    if not found.goes_on:
        names.clear()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(found.before, names)
        exec(found.text, names)
    return printed.getvalue()


def check_terms_that_go(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    rows = answer.matrix.rows
    train = answer.counts.train[rows]
    frequency = np.asarray(train.sum(axis=0)).ravel().astype(np.int64)
    documents = np.bincount(train.indices, minlength=train.shape[1])
    found = preview_limits(frequency, documents, len(rows), settings["least"], settings["share"])
    for name, removed in (("rare", found.rare), ("common", found.common)):
        table = names["gone"][name]
        assert table.index.tolist() == answer.counts.terms.take(removed.columns).to_pylist()
        assert table["articles"].tolist() == documents[removed.columns].tolist()
        assert f"{name} {removed.n_terms} terms, {removed.n_tokens} tokens\n" in printed
    minima, left = terms_by_minimum(documents)
    assert names["terms_left"].to_dict() == dict(zip(minima.tolist(), left.tolist(), strict=True))


def check_cuts(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    train, labels = answer.counts.train[answer.matrix.rows], answer.matrix.features.train_labels
    vocabulary = learn_vocabulary(answer.counts, train, labels, without_size(answer))
    allowed = keep_columns(train, vocabulary.columns)
    rankings = {name: rank_by(score(allowed, labels), settings["n"]) for name, score in SCORES.items()}
    only = unique_terms(rankings, vocabulary.n_terms)
    for name, (n_alone, last, n_equal, n_kept) in names["cuts"].items():
        if name not in ("summed-tfidf", "mutual-information"):  # rounding may choose other equals
            assert n_alone == pytest.approx(len(only[name]), abs=2)
        assert last == pytest.approx(rankings[name].scores[-1], abs=1e-9)
        assert (n_equal, n_kept) == (rankings[name].n_tied, rankings[name].n_tied_kept)
    shown = rankings[settings["shown"]]
    table = names["table"].iloc[names["lists"][settings["shown"]]]
    np.testing.assert_allclose(table["score"], shown.scores)
    assert table["articles"].tolist() == vocabulary.document_frequency[shown.columns].tolist()
    lost = ~np.isin(rankings["summed-tfidf"].columns, rankings["term-frequency"].columns)
    assert len(names["differ"]) == pytest.approx(int(lost.sum()), abs=1)


def without_size(answer: Answer) -> Any:
    return answer.recipe.change(vocabulary_size=0, select_by="term-frequency", unknown="leave-out").vocabulary


def check_by_values(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    train, labels = answer.counts.train[answer.matrix.rows], answer.matrix.features.train_labels
    vocabulary = learn_vocabulary(answer.counts, train, labels, without_size(answer))
    cells = weight(keep_columns(train, vocabulary.columns), vocabulary, WeightingSpec("tfidf"))
    expected = value_information(cells, labels)
    assert np.isclose(names["by_values"], expected, atol=1e-9).mean() > 0.98  # rounding parts a few equal values
    assert 0 < len(names["odd"]) < 100


def check_tests(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    answers = {size: process_experiments().answer(answer.recipe.change(ngrams=size)) for size in (1, 2, 3)}
    assert f"always guessing {answer.guess} {answer.baseline.value}" in printed
    for size, other in answers.items():
        accuracy, measured = other.scores.accuracy, matrix_size(other.matrix.features, other.matrix.vocabulary)
        assert names["sparse_bytes"][size] == measured.sparse_bytes
        assert names["dense_bytes"][size] == measured.dense_bytes
        line = next(line for line in printed.splitlines() if line.startswith(f"{size} {accuracy.n_right} "))
        assert [float(end) for end in line.split()[2:]] == pytest.approx([accuracy.low, accuracy.high])
        if size > 1:
            change = paired_change(answer.labels, answers[1].predictions, other.predictions)
            counts = f"{change.n_changed_label} changed, {change.n_fixed} fixed, {change.n_broken} broken"
            assert f"{counts}, McNemar's p {change.p_value}\npoints: " in printed
    grouped, single = answers[settings["new"]].matrix, answers[1].matrix.vocabulary.known_terms
    expected = new_groups(single, grouped.vocabulary, grouped.counts, 1000).set_index("term")
    assert names["table"].index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(names["table"].to_numpy(), expected.to_numpy(dtype=float))


def check_mean_text(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    features = answer.matrix.features
    for name in ("lsa", "pca"):
        ours = reduce_terms(features.train, name, settings["n"])
        assert names["mean_share"] == pytest.approx(ours.mean_share)
        assert names["toward_mean"][name.upper()] == pytest.approx(ours.toward_mean, abs=1e-6)
        np.testing.assert_allclose(names["singular_values"][name.upper()], ours.singular_values)
    projected = reduce_terms(features.train, settings["method"], settings["n"]).project(features.validation)
    np.testing.assert_allclose(names["points"], projected, atol=1e-6)


def check_cell_by_hand(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    small = small_matrix(settings["texts"], answer.recipe)
    column = small.vocabulary.terms.to_pylist().index(settings["term"])
    spec = weightings(answer.recipe)[settings["way"]]
    check_steps(names, explain_cell(small.counts[settings["row"]], column, small.vocabulary, spec))


def check_steps(names: dict[str, Any], formula: Any) -> None:
    row = names["steps"].loc[formula.term]
    found = {step.name: step.result for step in formula.steps}
    assert row["articles"] == formula.document_frequency
    assert names["n"] == formula.n_documents
    length = next((value for name, value in found.items() if name.startswith("row length")), None)
    assert length is None or names["length"] == pytest.approx(length)
    for name in found.keys() - {f"row length ({norm})" for norm in ("L1", "L2")}:
        assert row[name] == pytest.approx(found[name])
    assert len(found) >= 1


def check_cell(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    matrix = answer.matrix
    assert names["n_bytes"] == matrix_size(matrix.features, matrix.vocabulary).sparse_bytes
    row, term = settings["cell"]
    column = matrix.vocabulary.terms.to_pylist().index(term)
    check_steps(names, explain_cell(matrix.counts.train[row], column, matrix.vocabulary, answer.recipe.weighting))


def check_by_class(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    matrix = answer.matrix
    labels = (matrix.features.train_labels, matrix.features.validation_labels)
    table = unseen_rates(answer.counts, matrix.rows, matrix.vocabulary.columns, labels, answer.split.class_names)
    columns = {
        "tokens": "n_tokens",
        "unknown": "n_unknown_tokens",
        "never seen": "n_never_tokens",
        "types": "n_types",
        "unknown types": "n_unknown_types",
        "types never seen": "n_never_types",
        "texts": "n_articles",
        "without a known term": "n_empty",
    }
    rates = names["rates"]
    for _, row in table.iterrows():
        assert {name: rates.loc[(row["split"], row["class"]), name] for name in columns} == {
            name: row[ours] for name, ours in columns.items()
        }
    assert ALL_CLASSES in rates.index.get_level_values(1)
    terms = unseen_terms(answer.counts, matrix.rows, matrix.vocabulary.columns)
    assert len(terms) == len(names["outside"])
    assert names["outside"].index.tolist() == terms["term"].tolist()
    assert names["outside"]["validation"].tolist() == terms["in_validation"].tolist()
    assert names["outside"]["reason"].tolist() == terms["reason"].tolist()


def check_column(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    other = process_experiments().answer(answer.recipe.change(unknown="unk"))
    column = other.matrix.vocabulary.term_frequency[-1], other.matrix.counts.validation[:, -1].sum()
    assert f"occurrences: {column[0]} in training, " in printed
    assert f"; {column[1]} in validation\n" in printed
    change = paired_change(answer.labels, answer.predictions, other.predictions)
    counts = f"{change.n_changed_label} changed, {change.n_fixed} fixed, {change.n_broken} broken"
    assert f"{counts}, McNemar's p {change.p_value}\n" in printed
    chances = np.exp(other.bayes.term_log_probability[:, -1])
    np.testing.assert_allclose(names["weights"]["P(column | class)"], chances)


FOUR = ("goal and goal again", "the striker and the goal", "bank and rates", "the rates of the bank")


def check_four_lines(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    small = small_matrix(FOUR, Recipe())
    counts, labels = append_unknown(small.counts, small.counts), np.array([0, 0, 1, 1], np.int32)
    ours = train_small(counts, labels, 2)
    assert names["names"] == with_unknown(small.vocabulary, counts).terms.to_pylist()
    np.testing.assert_allclose(names["losses"], ours.losses, rtol=1e-6)
    np.testing.assert_allclose(names["table"]["after"], ours.after[:, 0], rtol=1e-5)
    np.testing.assert_allclose(names["table"]["largest change of its 4"], ours.moved, atol=1e-6)
    chances = np.exp(fit_naive_bayes(counts, labels, 2).term_log_probability[:, -1])
    assert printed.startswith(f"P(<UNK> | class): {chances}\n")


CHECKS: dict[tuple[str, str], Check] = {
    ("limits", "Terms that go"): check_terms_that_go,
    ("selection", "Cuts"): check_cuts,
    ("selection", "By values"): check_by_values,
    ("word-groups", "Tests and new groups"): check_tests,
    ("lsa-and-pca", "The mean text"): check_mean_text,
    ("by-hand", "Steps of a cell"): check_cell_by_hand,
    ("cells", "Sizes and arithmetic"): check_cell,
    ("unknown-words", "By class"): check_by_class,
    ("unknown-words", "A column for them"): check_column,
    ("unknown-words", "Four lines"): check_four_lines,
}
"""By view and part."""
