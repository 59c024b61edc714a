"""Checks of the further parts of the views of Preprocessing, each against the program's own functions."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from bowcore.corpus.draws import sample_documents
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.judge.comparison import paired_change, who_changed
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.untrained import train_small
from bowcore.matrix.by_hand import explain_cell, small_matrix, weightings
from bowcore.matrix.change import vocabulary_change
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
from bowcore.tasks.reduce import POINTS_TRAIN, POINTS_VALIDATION, SEED
from bowcore.text.stopwords import DENIALS, stop_list
from bowcore.trace.lineage import step_effects, trace, whole_chain
from bowcore.trace.merges import find_merges
from bowcore.trace.stop_check import Arrivals, arrivals, inconsistencies

PAGE = "Preprocessing"
Check = Callable[[dict[str, Any], str, Answer, Mapping[str, Any]], None]


def run_further(view: str, part: str, names: dict[str, Any], recipe: Recipe, settings: Mapping[str, Any]) -> str:
    """What a part prints, run in the names that the first part has made if it goes on from there."""
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


def check_map(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    features, drawn = answer.matrix.features, names["drawn"]
    found = reduce_terms(features.train, settings["method"], settings["n"])
    axes = [settings["across"] - 1, settings["up"] - 1]
    expected = np.vstack([found.project(cells)[:, axes] for cells in (features.train, features.validation)])
    np.testing.assert_allclose(drawn[["across", "up"]], expected, atol=1e-6)  # of so few texts all are drawn
    kinds = np.array(answer.split.class_names)[features.train_labels]
    assert drawn["kind"].head(len(kinds)).tolist() == kinds.tolist()
    labels = np.repeat(np.arange(4), (3, 900, 1200, 97)).astype(np.int32)
    assert {POINTS_TRAIN, POINTS_VALIDATION} == {most for *_, most in names["parts"].values()}
    assert names["sample"](labels, POINTS_TRAIN, 0).tolist() == sample_documents(labels, POINTS_TRAIN, SEED).tolist()


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


def check_forms(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    chain, rows = answer.chain, answer.matrix.rows
    step = next((one for one in chain.steps if one.name == settings["step"]), None) or whole_chain(chain)
    found = find_merges(step, answer.reading.type_counts[rows], answer.split.train.labels[rows], 5)
    expected, forms = found.forms, names["forms"]
    assert forms["of the term"].tolist() == found.groups["tokens"].iloc[expected["group"]].tolist()
    forms = forms.set_index(["term", "form"]).loc[list(zip(expected["term"], expected["form"], strict=True))]
    for name in ("tokens", "articles"):
        assert forms[name].tolist() == expected[name].tolist()
    alone = found.alone.sum(axis=1)
    assert forms["alone in"].tolist() == alone.tolist()
    shares = names["shares"].loc[names["forms"].index].to_numpy()
    ours = found.alone / np.where(alone, alone, np.nan)[:, None]
    np.testing.assert_allclose(np.sort(shares, axis=0), np.sort(ours, axis=0))
    groups = found.groups.iloc[expected["group"]]
    for name, other in (("adjusted p", "adjusted"), ("largest difference", "difference")):
        np.testing.assert_allclose(forms[name].astype(float), groups[other])
    assert int(forms["differs"].groupby(level=0).any().sum()) == found.n_flagged


def check_symbols(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    effects = step_effects(answer.chain, answer.reading.units.frequencies(), 20)
    assert {name: dict(signs) for name, signs in names["lost"].items()} == {
        effect.name: dict(effect.lost_signs) for effect in effects
    }


def check_earlier(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    experiments, recipes = process_experiments(), [answer.recipe]
    if answer.recipe.text.repair:
        recipes.append(answer.recipe.change(repair=False))
    units = [experiments.reading(recipe).units for recipe in recipes]
    found = [[int(word) for word in line.split() if word.isdigit()] for line in printed.splitlines()]
    assert found == [[len(one.ids), len(one.types)] for one in units]


def check_last_change(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    before = process_experiments().answer(settings["before"])
    for name, side in (("before", before), ("now", answer)):
        measured = matrix_size(side.matrix.features, side.matrix.vocabulary)
        n_terms, _, n_tokens, _, sparse_bytes, dense_bytes = names["sizes"][name]
        ours = (measured.n_terms, measured.n_tokens, measured.sparse_bytes, measured.dense_bytes)
        assert (n_terms, n_tokens, sparse_bytes, dense_bytes) == ours
    change = vocabulary_change(before.matrix.vocabulary, answer.matrix.vocabulary)
    assert (len(names["gone"]), len(names["new"])) == (len(change.gone), len(change.come))
    assert names["changes"].index.tolist() == change.table["term"].tolist()
    assert names["changes"]["change"].tolist() == change.table["change"].tolist()


def check_intervals(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    accuracy = answer.scores.accuracy
    bayes, *_, guess = printed.splitlines()
    assert bayes.startswith(f"naive Bayes {accuracy.n_right} ")
    assert [float(end) for end in bayes.split()[-2:]] == pytest.approx([accuracy.low, accuracy.high])
    assert guess == f"always guessing {answer.guess} {answer.baseline.value}"


def check_changed(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    before = process_experiments().answer(settings["before"]).predictions
    assert names["was"]["naive Bayes"].tolist() == before.tolist()
    assert names["now"]["naive Bayes"].tolist() == answer.predictions.tolist()
    who, change = (make(answer.labels, before, answer.predictions) for make in (who_changed, paired_change))
    bayes = printed.split("logistic regression")[0]
    for fate, rows in (("fixed", who.fixed), ("broken", who.broken), ("wrong both times", who.moved)):
        assert f"\n{fate} \n{len(rows)}\n" in bayes.replace(f"{fate}\n", f"{fate} \n")
    assert f"McNemar's p: {change.p_value}\n" in bayes
    ends = [float(number) for number in bayes.split("points: ")[1].split("\n")[0].split()]
    assert ends == pytest.approx([change.low, change.high], abs=1e-4)


def check_known(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    traced = trace(settings["sentence"], answer.recipe, answer.matrix.vocabulary)
    shown = [*(term for unit in traced.units for term in unit.terms), *traced.groups]
    assert names["known"].to_dict() == {term.term: term.known for term in shown}
    assert names["known"].all() == (not answer.recipe.vocabulary.vocabulary_size)


def check_shares(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    met = arrivals_of(answer, DENIALS)
    assert names["negations"]["tokens"].to_dict() == met.tokens
    lists = {"spaCy": stop_list("spacy"), "scikit-learn": stop_list("scikit-learn")}
    for name, words in lists.items():
        assert names["negations"][name].to_dict() == {word: word in words for word in DENIALS}
        shared = arrivals_of(answer, words)
        assert names["removed"][name] == shared.taken(words)
    assert f"{len(set(lists['spaCy']) & set(lists['scikit-learn']))} words are on both lists\n" in printed


def arrivals_of(answer: Answer, words: Sequence[str]) -> Arrivals:
    frequencies = np.asarray(answer.reading.type_counts[answer.matrix.rows].sum(axis=0)).ravel()
    return arrivals(answer.reading.units.types, frequencies, answer.recipe.terms, words)


def check_not_whole(names: dict[str, Any], printed: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    for name, words in {"spaCy": stop_list("spacy"), "scikit-learn": stop_list("scikit-learn")}.items():
        ours = [
            (one.word, list(one.pieces), list(one.left), one.fault) for one in inconsistencies(words, answer.recipe)
        ]
        found = [tuple(row) for row in names["faults"][name].to_numpy().tolist()]
        assert found == ours


CHECKS: dict[tuple[str, str], Check] = {
    ("limits", "Terms that go"): check_terms_that_go,
    ("selection", "Cuts"): check_cuts,
    ("selection", "By values"): check_by_values,
    ("word-groups", "Tests and new groups"): check_tests,
    ("lsa-and-pca", "The mean text"): check_mean_text,
    ("lsa-and-pca", "The map"): check_map,
    ("by-hand", "Steps of a cell"): check_cell_by_hand,
    ("cells", "Sizes and arithmetic"): check_cell,
    ("unknown-words", "By class"): check_by_class,
    ("unknown-words", "A column for them"): check_column,
    ("unknown-words", "Four lines"): check_four_lines,
    ("merges", "Forms"): check_forms,
    ("what-each-step-did", "Symbols lost"): check_symbols,
    ("what-each-step-did", "Before the steps"): check_earlier,
    ("what-each-step-did", "The last change"): check_last_change,
    ("accuracy", "Intervals"): check_intervals,
    ("accuracy", "Texts that changed"): check_changed,
    ("order", "In the vocabulary"): check_known,
    ("stop-lists", "Shares and negations"): check_shares,
    ("stop-lists", "Not whole"): check_not_whole,
}
"""By view and part."""
