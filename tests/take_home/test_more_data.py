"""The code of the views of *Data*, with its further parts, gives every number of its view."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from bowcore.corpus.split import whole_texts
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.findings.near_duplicate_tables import count_near_duplicates, list_near_duplicates
from bowcore.findings.overview import count_classes, count_whole_words, find_duplicates, measure_lengths, search
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import page_code
from charts.lengths import bin_lengths
from tests.take_home.test_page_code import RECOMMENDED

SIMILARITY = 0.6


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """One of 80 short texts: some are equal, with equal labels or with others, and some are nearly equal."""
    draws, rows = np.random.default_rng(1), []
    words = np.array([f"word{number}" for number in range(60)])
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


def execute(recipe: Recipe, view: str, *parts: str, **settings: Any) -> dict[str, Any]:
    """The names that the parts of a view's code have made in turn: the first one is ''."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for part in parts:
            found = page_code("Data", recipe, find_facts(recipe), view=view, settings=settings, part=part)
            exec(f"{found.before}\n{found.text}", names)
    return names | {"printed": printed.getvalue()}


def test_overview_counts_repeats_and_what_differs_between_them(recipe: Recipe, answer: Answer) -> None:
    printed = execute(recipe, "overview", "")["printed"]
    split = answer.split
    texts = pa.chunked_array([*whole_texts(split.train).chunks, *whole_texts(split.validation).chunks])
    exact = find_duplicates(texts.combine_chunks(), split)
    n_both, n_differ = exact.table.set_index("where").loc["across", "n_groups"], exact.groups["labels_disagree"].sum()
    assert min(n_both, n_differ, exact.n_test_of_training) > 0
    assert f"{n_both} texts are in training and validation, {n_differ} have labels that differ\n" in printed
    assert printed.endswith(f"{exact.n_test_of_training} test texts repeat a training text\n")
    assert f"{count_classes(split).constant_accuracy}\n" in printed


def test_duplicates_have_every_count_and_pair(recipe: Recipe, answer: Answer) -> None:
    names, split = execute(recipe, "duplicates", "", "Exact repeats", "Pairs", similarity=SIMILARITY), answer.split
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
    names = execute(recipe, "articles", "", "Lengths", query="word1", part="training", shortest=9, longest=12)
    reading, split = answer.reading, answer.split
    lengths = measure_lengths(reading.articles, split)
    found = search(reading.articles, split, "word1", part="training")
    n_words = count_whole_words(reading.articles.take(pa.array(found)), "word1")
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
    printed = execute(few, "duplicates", "", "Without them", similarity=SIMILARITY)["printed"]
    out: dict[str, dict[str, Any]] = {"keep all": {}, "similar out": {"drop_leaked": True, "leak_similarity": 0.6}}
    for name, change in out.items():
        answer = process_experiments().answer(few.change(**change))
        assert len(answer.matrix.rows) == 30
        n_right, n = answer.scores.accuracy.n_right, len(answer.labels)
        assert f"{name} 30 to learn from, {n_right} right of {n} " in printed
