"""The code of the views of *Data*, with its further parts, gives every number of its view."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from bowcore.corpus.split import open_labels, whole_texts
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.stages import transform_texts
from bowcore.findings.agency_tags import find_agency_tags, spans_by_article, tag_table
from bowcore.findings.leftover_kinds import kinds, matches
from bowcore.findings.leftovers import find_leftovers
from bowcore.findings.near_duplicate_tables import count_near_duplicates, list_near_duplicates
from bowcore.findings.near_duplicates import group_articles
from bowcore.findings.overview import count_classes, count_whole_words, find_duplicates, measure_lengths, search
from bowcore.findings.source_words import find_shortcuts
from bowcore.judge.comparison import paired_change
from bowcore.judge.label_issues import draw_folds, find_label_issues, judge_folds, words_behind
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_label_issues import GROUPED_FROM, learn_fold
from bowcore.tasks.find_leftovers import open_fields
from bowcore.tasks.find_source_words import MARKED_UP, PLACES
from bowcore.text.units import join_fields
from charts.lengths import bin_lengths
from tests.take_home.test_page_code import RECOMMENDED, execute

SIMILARITY = 0.6


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """One of 80 short texts: some are equal, with equal labels or with others, and some are nearly equal."""
    draws, rows = np.random.default_rng(1), []
    words = np.array(["kalm", "kalmer", *(first + second + "on" for first in "bcdfghlm" for second in "aeiouy")])
    for number in range(40):
        text = " ".join(draws.choice(words, 8 + number % 9))
        copy = {0: text, 1: text.rsplit(" ", 1)[0], 2: " ".join(draws.choice(words, 9)), 3: text}[number % 4]
        rows += [(text, number % 3), (copy, (number + (number % 4 == 3)) % 3)]
    path = tmp_path_factory.mktemp("data") / "copies.tsv"
    path.write_text("text\tlabel\n" + "".join(f"{text}\t{'abc'[label]}\n" for text, label in rows), encoding="utf-8")
    return RECOMMENDED.change(min_documents=1, corpus=str(path))


@pytest.fixture(scope="module")
def answer(recipe: Recipe) -> Answer:
    return process_experiments().answer(recipe)


def test_overview_counts_repeats_and_what_differs_between_them(recipe: Recipe, answer: Answer) -> None:
    printed = execute("Data", recipe, "overview", "")["printed"]
    split = answer.split
    texts = pa.chunked_array([*whole_texts(split.train).chunks, *whole_texts(split.validation).chunks])
    exact = find_duplicates(texts.combine_chunks(), split)
    n_both, n_differ = exact.table.set_index("where").loc["across", "n_groups"], exact.groups["labels_disagree"].sum()
    assert min(n_both, n_differ, exact.n_test_of_training) > 0
    assert f"{n_both} texts are in training and validation, {n_differ} have labels that differ\n" in printed
    assert printed.endswith(f"{exact.n_test_of_training} test texts repeat a training text\n")
    assert f"{count_classes(split).constant_accuracy}\n" in printed


def test_duplicates_have_every_count_and_pair(recipe: Recipe, answer: Answer) -> None:
    names, split = (
        execute("Data", recipe, "duplicates", "", "Exact repeats", "Pairs", similarity=SIMILARITY),
        answer.split,
    )
    texts = pa.chunked_array([*whole_texts(split.train).chunks, *whole_texts(split.validation).chunks])
    exact, near = find_duplicates(texts.combine_chunks(), split), process_experiments().near_duplicates(recipe)
    table = count_near_duplicates(near, split, SIMILARITY)
    assert names["counted"].to_numpy().tolist() == [
        exact.table["n_groups"].tolist(),
        exact.table["n_articles"].tolist(),
        exact.table["n_disagreeing"].tolist(),
        table["n_pairs"].tolist(),
        (table["n_training"] + table["n_validation"]).tolist(),
        table["n_disagreeing"].tolist(),
    ]
    assert (names["n_within"], names["n_of_training"]) == (exact.n_test_within, exact.n_test_of_training)
    assert sorted(zip(names["listed"]["n"], names["listed"]["in training"], strict=True)) == sorted(
        zip(exact.groups["n_training"] + exact.groups["n_validation"], exact.groups["n_training"], strict=True)
    )
    for ours, theirs in (("training", "training"), ("validation", "validation"), ("both", "across")):
        found = names["similar"][names["similar"].index.get_level_values("where") == ours]
        expected = list_near_duplicates(near, split, SIMILARITY, theirs)
        assert found["similarity"].tolist() == pytest.approx(expected["similarity"].tolist())
        assert found["rows"].tolist() == expected["n_articles"].tolist()
        assert found["differ"].sum() == expected["labels_disagree"].sum()


def test_articles_have_their_lengths_and_the_words_of_their_own(recipe: Recipe, answer: Answer) -> None:
    names = execute("Data", recipe, "articles", "", "Lengths", query="kalm", part="training", shortest=9, longest=12)
    reading, split = answer.reading, answer.split
    lengths = measure_lengths(reading.articles, split)
    found = search(reading.articles, split, "kalm", part="training")
    n_words = count_whole_words(reading.articles.take(pa.array(found)), "kalm")
    assert 0 < n_words < len(found)
    assert f"{n_words} of {len(found)} texts have it as a word of its own\n" in names["printed"]
    whole = lengths.table[lengths.table["class"] == "all"].set_index("split")
    assert names["quantiles"]["5%"].to_dict() == pytest.approx(whole["low"].to_dict())
    assert names["quantiles"]["95%"].to_dict() == pytest.approx(whole["high"].to_dict())
    bins = bin_lengths(lengths.articles.iloc[found])
    assert names["bins"].sum().sum() == len(found)
    for (name, split_name), column in names["bins"].items():
        expected = bins[(bins["class"] == name) & (bins["split"] == split_name)].set_index("low")["n"]
        assert column[column > 0].to_dict() == expected.to_dict()


def test_without_them_a_sample_is_drawn_from_what_is_left(recipe: Recipe) -> None:
    few = recipe.change(training_articles=30)
    printed = execute("Data", few, "duplicates", "", "Without them", similarity=SIMILARITY)["printed"]
    out: dict[str, dict[str, Any]] = {"keep all": {}, "similar out": {"drop_leaked": True, "leak_similarity": 0.6}}
    for name, change in out.items():
        answer = process_experiments().answer(few.change(**change))
        assert len(answer.matrix.rows) == 30
        n_right, n = answer.scores.accuracy.n_right, len(answer.labels)
        assert f"{name} 30 to learn from, {n_right} right of {n} " in printed


SCRAPS = [
    "The bank&#39;s rates rose on Monday (AP)",
    "LONDON (Reuters) - The cup final ended.Then it rained",
    "PARIS - Rates on Monday, the bank said: The cup\\final <b>ended</b>",
    "AFP - A bank of rain in the cafe\u0301 www.rain.example",
    "???? 1 2",
]
"""Texts with tags, datelines and leftovers of several kinds."""


@pytest.fixture(scope="module")
def scraps(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    path = tmp_path_factory.mktemp("scraps") / "scraps.tsv"
    ends = [" All rights are reserved here" * (row % 4 == 0) for row in range(100)]
    rows = [
        f"{SCRAPS[row % 5] if row % 4 else f'Story {row}'} of{row}{end}\t{'ab'[row % 3 % 2]}\n"
        for row, end in enumerate(ends)
    ]
    path.write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    return RECOMMENDED.change(min_documents=1, corpus=str(path))


def test_leftovers_have_their_fragments_and_phrases(scraps: Recipe) -> None:
    answer = process_experiments().answer(scraps)
    fields = open_fields(answer.split, scraps)
    raw = find_leftovers(join_fields(fields), answer.split)
    patterns = tuple((finding.kind, finding.pattern) for finding in raw.findings)
    names = execute("Data", scraps, "leftovers", "", "Fragments", "Tags", "Phrases", kinds=patterns)
    table = raw.table().set_index("kind")
    assert {"glued sentences", "decomposed letters", "entity", "web address"} <= set(table.index)
    assert names["counts"]["training"].to_dict() == table["training"].to_dict()
    assert names["counts"]["all"].to_dict() == table["articles"].to_dict()
    by_class = raw.by_class().set_index(["kind", "class"])["share"]
    assert names["shares"].stack().to_dict() == pytest.approx(by_class.to_dict())
    for kind, found in names["found"].items():
        expected = raw.finding(kind).fragments.set_index("fragment")["articles"].to_dict()
        assert found.explode().dropna().value_counts().to_dict() == expected
    tags, labels = find_agency_tags(fields), open_labels(answer.split)
    assert len(tags.tags) > 0 < len(tags.places)
    assert len(tags.phrases) > 0
    lines = tag_table(tags.places, labels, answer.split.class_names, "dateline").set_index("dateline")
    assert {text: found[:2] for text, found in names["places"].items()} == {
        text: [row["articles"], row["at the edge"]] for text, row in lines.iterrows()
    }
    assert {text: (len(rows), n, edge) for text, (rows, n, edge) in names["phrases"].items()} == {
        phrase.text: (len(phrase.positions), phrase.n_anywhere, phrase.edge) for phrase in tags.phrases
    }
    assert list(names["phrases"]) == [phrase.text for phrase in tags.phrases]


def test_suspicious_labels_are_those_with_near_copies_in_one_fold(recipe: Recipe, answer: Answer) -> None:
    names = execute("Data", recipe, "suspicious-labels", "", "Near copies", "Words")
    split, rows, judgements = answer.split, answer.matrix.rows, []
    groups = group_articles(process_experiments().near_duplicates(recipe), GROUPED_FROM)
    labels, chances = split.train.labels[rows], np.zeros((len(rows), 3))
    assert names["deal"](names["same"]).tolist() == draw_folds(labels, groups[rows]).tolist()
    assert len(np.unique(names["same"])) < len(np.unique(whole_texts(split.train).to_pylist()))
    assert names["n_grouped"] == (np.bincount(groups[rows])[groups[rows]] > 1).sum() > 0
    for judged in judge_folds(
        answer.counts.train, answer.counts.terms, split, rows, partial(learn_fold, recipe), groups
    ):
        chances[judged.rows] = judged.probabilities
        judgements.append(judged)
    np.testing.assert_allclose(names["chances"], chances, atol=0.02)
    issues = find_label_issues(labels, names["chances"])
    assert len(issues.rows) > 0
    assert names["listed"]["row"].tolist() == split.train.rows[issues.rows].tolist()
    for ours, theirs in (("suggested", issues.suggested), ("of it", issues.suggested_probability)):
        np.testing.assert_allclose(names["listed"][ours], theirs)
    words = words_behind(judgements, issues)
    for number, row in enumerate(names["listed"]["row"]):
        expected = words[(words["issue"] == number) & (words["term"] != "")].set_index("term")["contribution"]
        assert names["words"][row].to_dict() == pytest.approx(expected.to_dict(), abs=0.05)
        assert len(expected) > 3


def test_source_words_are_those_of_tags_phrases_and_addresses(scraps: Recipe) -> None:
    answer = process_experiments().answer(scraps)
    names = execute("Data", scraps, "source-words", "", "Tags", "Phrases", "Sources", least=5, near=60)
    split, counts, n = answer.split, answer.matrix.counts, answer.reading.n_train
    tags = find_agency_tags(tuple(field.slice(0, n) for field in open_fields(split, scraps)))
    wanted = [kind for kind in kinds(answer.reading.articles.slice(0, n)) if kind.name in MARKED_UP]
    marked = [
        " ".join(fragment for kind in wanted for fragment in matches(kind, text))
        for text in answer.reading.articles.slice(0, n).to_pylist()
    ]
    texts = (spans_by_article(tags.tags, n), spans_by_article(tags.phrases, n), pa.array(marked, pa.large_string()))
    places = [transform_texts(spans, answer.matrix, scraps.change(weighting="count")) for spans in texts]
    table = find_shortcuts(
        counts.train,
        counts.train_labels,
        counts.terms,
        counts.class_names,
        dict(zip(PLACES, places, strict=True)),
        near=0.6,
        min_articles=5,
    )
    table = table[table["names_a_source"]].set_index("term")
    assert {"reuters", "reserved"} <= set(table.index)
    found = names["named"].loc[table.index]
    assert len(names["named"]) == len(table)
    for ours, theirs in (("texts", "articles"), ("mostly in", "found_in"), ("class", "class")):
        assert found[ours].tolist() == table[theirs].tolist()
    for ours, theirs in (("source", "source_share"), ("of it", "class_share")):
        np.testing.assert_allclose(found[ours], table[theirs])
    lows = dict(zip(names["named"].index, (end.low for end in names["ends"]), strict=True))
    assert lows == pytest.approx(table["low"].to_dict())


def test_the_effect_of_a_mask_is_that_of_the_page(scraps: Recipe) -> None:
    masked = scraps.change(masked_words=("Story", "reuters"), mask_name="some")
    before, after = process_experiments().answer(scraps), process_experiments().answer(masked)
    names = execute("Data", masked, "source-words", "", "Mask", least=5)
    assert names["was"].tolist() == before.predictions.tolist()
    assert names["now"].tolist() == after.predictions.tolist()
    terms = before.matrix.vocabulary.terms.to_pylist()
    columns = [terms.index("story"), terms.index("reuters")]
    has_word = before.matrix.features.validation[:, columns].sum(axis=1) > 0
    assert names["has_word"].tolist() == np.asarray(has_word).ravel().tolist()
    inside = paired_change(*(each[names["has_word"]] for each in (after.labels, before.predictions, after.predictions)))
    expected = f"with a masked word {inside.n_changed_label} of {inside.n_documents} changed label,"
    assert f"{expected} {inside.n_fixed} fixed, {inside.n_broken} broken; p {inside.p_value}" in names["printed"]
    ends = [float(end) for end in names["printed"].splitlines()[-1].split()[1:]]
    assert ends == pytest.approx([inside.low, inside.high], abs=1e-3)


def test_the_effect_of_a_mask_is_shorter_where_terms_are_chosen_by_their_information(scraps: Recipe) -> None:
    chosen = scraps.change(vocabulary_size=20, select_by="mutual-information", possessives=True, digits=True)
    masked = chosen.change(masked_words=("reuters",), mask_name="some")
    before, after = process_experiments().answer(chosen), process_experiments().answer(masked)
    names = execute("Data", masked, "source-words", "", "Mask", least=5)
    assert names["was"].tolist() == before.predictions.tolist()
    assert names["now"].tolist() == after.predictions.tolist()
    n_right = [int((one.predictions == one.labels).sum()) for one in (before, after)]
    n_changed = int((before.predictions != after.predictions).sum())
    expected = f"all {n_right[0]} right, then {n_right[1]} of {len(after.labels)} {n_changed} changed"
    assert expected in names["printed"].splitlines()
