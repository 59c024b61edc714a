import re
from collections import defaultdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, split_corpus
from bowcore.findings.overview import count_classes, count_whole_words, find_duplicates, measure_lengths, search
from bowcore.recipe.specs import SplitSpec, TextSpec
from bowcore.text.units import read_texts
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA

SPACES = "".join(chr(code) for code in range(0x110000) if chr(code).isspace())


def documents(texts: list[str], labels: list[int], first: int = 0) -> Documents:
    table = pa.table(
        {"title": pa.array(texts, pa.large_string()), "body": pa.array([""] * len(texts), pa.large_string())}
    )
    return Documents(np.arange(first, first + len(texts)), table, np.array(labels, dtype=np.int32))


def split_of(
    train: list[tuple[str, int]], validation: list[tuple[str, int]], test: list[tuple[str, int]] | None = None
) -> tuple[pa.Array, Split]:
    parts = [documents([text for text, _ in part], [label for _, label in part]) for part in (train, validation)]
    sealed = documents([text for text, _ in test or []], [label for _, label in test or []])
    split = Split(parts[0], parts[1], SealedTest(sealed, 2, parts[0]), ("soup", "salad"))
    return pa.array([text for text, _ in train + validation], pa.large_string()), split


TRAIN = [("hot soup", 0), ("cold soup", 0), ("Green salad", 1), ("hot soup", 1), ("", 0), ("rice", 0)]
VALIDATION = [("hot soup", 0), ("bean salad", 1), ("bean salad", 1), ("green salad", 1)]
TEST = [("hot soup", 0), ("secret pie", 0), ("secret pie", 1)]


def test_classes_are_counted_by_split_with_their_shares() -> None:
    _, split = split_of(TRAIN, VALIDATION, TEST)
    counts = count_classes(split)
    rows = counts.table[["class", "split", "n", "share"]].to_numpy().tolist()
    assert rows == [
        ["soup", "training", 4, 4 / 6],
        ["salad", "training", 2, 2 / 6],
        ["soup", "validation", 1, 0.25],
        ["salad", "validation", 3, 0.75],
        ["soup", "test", 2, 2 / 3],
        ["salad", "test", 1, 1 / 3],
    ]


def test_the_constant_guess_is_the_largest_training_class_judged_on_validation() -> None:
    _, split = split_of(TRAIN, VALIDATION)
    counts = count_classes(split)
    assert (counts.constant_guess, counts.constant_accuracy, counts.n_validation) == ("soup", 0.25, 4)


def test_bbc_news_guessed_constantly_is_right_for_77_of_334() -> None:
    split = split_corpus(load_corpus("bbc-news"), SplitSpec())
    counts = count_classes(split)
    largest = np.bincount(split.train.labels).argmax()
    assert counts.constant_guess == split.class_names[largest]
    assert counts.constant_accuracy == (split.validation.labels == largest).sum() / 334
    assert round(counts.constant_accuracy, 3) == 0.231


def test_lengths_are_words_between_white_space() -> None:
    texts, split = split_of([("one two  three", 0), (" \u3000a\u00a0b\n", 1), ("", 0)], [("word", 1)])
    lengths = measure_lengths(texts, split)
    assert lengths.articles.to_dict("list") == {
        "class": ["soup", "salad", "soup", "salad"],
        "split": ["training", "training", "training", "validation"],
        "length": [3, 2, 0, 1],
    }


def test_quantiles_of_lengths_are_numpys_by_class_and_split() -> None:
    generator = np.random.default_rng(5)
    rows = [(" ".join(["w"] * int(n)), int(n) % 2) for n in generator.integers(0, 90, 120)]
    texts, split = split_of(rows[:80], rows[80:])
    table = measure_lengths(texts, split).table.set_index(["class", "split"])
    n_words = np.array([len(text.split()) for text, _ in rows])
    labels = np.array([label for _, label in rows])
    training = np.arange(len(rows)) < 80
    expected = {
        ("all", "training"): n_words[training],
        ("all", "validation"): n_words[~training],
        ("soup", "training"): n_words[training & (labels == 0)],
        ("salad", "validation"): n_words[~training & (labels == 1)],
    }
    assert len(table) == 6
    for key, words in expected.items():
        row = table.loc[key]
        assert (row["n"], row["mean"], row["median"]) == (len(words), words.mean(), np.median(words))
        quantiles = [row[name] for name in ("low", "q25", "q75", "high")]
        assert quantiles == np.percentile(words, [5, 25, 75, 95]).tolist()


def test_a_class_without_articles_in_a_split_has_no_row_of_lengths() -> None:
    texts, split = split_of([("a b", 0), ("c", 1)], [("d", 0)])
    table = measure_lengths(texts, split).table
    assert set(zip(table["class"], table["split"], strict=True)) == {
        ("all", "training"),
        ("soup", "training"),
        ("salad", "training"),
        ("all", "validation"),
        ("soup", "validation"),
    }


@examples(60)
@given(st.lists(st.text(st.sampled_from(SPACES + "ab'é😀\u200b"), max_size=12), min_size=2, max_size=12))
def test_any_texts_have_as_many_words_as_str_split_finds(rows: list[str]) -> None:
    texts, split = split_of([(text, 0) for text in rows[:-1]], [(rows[-1], 1)])
    assert measure_lengths(texts, split).articles["length"].tolist() == [len(text.split()) for text in rows]


def test_duplicates_are_grouped_within_and_across_the_open_splits() -> None:
    texts, split = split_of(TRAIN, VALIDATION, TEST)
    found = find_duplicates(texts, split)
    assert found.groups.to_numpy().tolist() == [[0, 2, 1, True], [7, 0, 2, False]]
    assert found.table.to_numpy().tolist() == [["training", 1, 2, 1], ["validation", 1, 2, 0], ["across", 1, 3, 1]]


def test_duplicates_of_test_articles_are_only_the_two_sealed_numbers() -> None:
    texts, split = split_of(TRAIN, VALIDATION, TEST)
    found = find_duplicates(texts, split)
    assert (found.n_test_within, found.n_test_of_training) == (1, 1)
    assert len(texts) == 10


def test_labels_that_disagree_only_across_do_not_count_in_training() -> None:
    texts, split = split_of([("same", 0), ("same", 0), ("other", 1)], [("same", 1)])
    table = find_duplicates(texts, split).table.set_index("where")
    assert table["n_disagreeing"].to_dict() == {"training": 0, "validation": 0, "across": 1}


def test_articles_that_differ_in_one_letter_or_one_space_are_no_duplicates() -> None:
    texts, split = split_of([("Soup", 0), ("soup", 0), ("soup ", 0)], [("sοup", 1)])
    found = find_duplicates(texts, split)
    assert found.groups.empty
    assert found.table["n_groups"].tolist() == [0, 0, 0]


@examples(80)
@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.integers(0, 1)), min_size=2, max_size=14),
    st.data(),
)
def test_duplicates_agree_with_a_dictionary_of_texts(rows: list[tuple[str, int]], data: st.DataObject) -> None:
    n_train = data.draw(st.integers(1, len(rows) - 1))
    texts, split = split_of(rows[:n_train], rows[n_train:])
    positions: dict[str, list[int]] = defaultdict(list)
    for position, (text, _) in enumerate(rows):
        positions[text].append(position)
    expected = {"training": [0, 0, 0], "validation": [0, 0, 0], "across": [0, 0, 0]}
    groups = []
    for members in positions.values():
        parts = {
            "training": [position for position in members if position < n_train],
            "validation": [position for position in members if position >= n_train],
        }
        if len(members) > 1:
            disagree = len({rows[position][1] for position in members}) > 1
            groups.append([members[0], len(parts["training"]), len(parts["validation"]), disagree])
        if parts["training"] and parts["validation"]:
            parts["across"] = members
        for where, inside in parts.items():
            if len(inside) > 1:
                differ = len({rows[position][1] for position in inside}) > 1
                expected[where] = [
                    old + new for old, new in zip(expected[where], (1, len(inside), differ), strict=True)
                ]
    found = find_duplicates(texts, split)
    assert found.table.set_index("where").T.to_dict("list") == expected
    assert found.groups.to_numpy().tolist() == sorted(groups, key=lambda row: (-row[1] - row[2], row[0]))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("soup", [0, 1, 3, 6]),
        ("SOUP", [0, 1, 3, 6]),
        ("green", [2, 9]),
        ("t s", [0, 3, 6]),
        ("", list(range(10))),
        ("secret", []),
        ("s..p", []),
        ("soup|rice", []),
    ],
)
def test_a_search_ignores_case_and_finds_any_part_of_a_text(query: str, found: list[int]) -> None:
    texts, split = split_of(TRAIN, VALIDATION, TEST)
    assert search(texts, split, query).tolist() == found


def test_a_search_is_narrowed_by_class_and_by_part() -> None:
    texts, split = split_of(TRAIN, VALIDATION)
    assert search(texts, split, "soup", label=1).tolist() == [3]
    assert search(texts, split, "soup", part="validation").tolist() == [6]
    assert search(texts, split, "soup", part="training", label=0).tolist() == [0, 1]
    assert search(texts, split, "", part="validation", label=1).tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    "query", [".", "*", "(", "[a", "a|b", "\\", "\\E", "\\Qa", "$1", "^", "a{2}", "?", "\x00", "%", "a\nb"]
)
def test_every_character_of_a_query_is_taken_literally(query: str) -> None:
    texts, split = split_of([(f"before {query} after", 0), ("aab nothing here", 0)], [(query, 1)])
    assert search(texts, split, query).tolist() == [0, 2]


@examples(80)
@given(st.lists(st.text("aAbBéÉ.*\\ 1😀", max_size=8), min_size=2, max_size=10), st.text("aAbBéÉ.*\\ 1", max_size=3))
@example(["ÀÉ", "àé"], "é")
def test_a_search_agrees_with_pythons_own(rows: list[str], query: str) -> None:
    texts, split = split_of([(text, 0) for text in rows[:-1]], [(rows[-1], 1)])
    pattern = re.compile(re.escape(query), re.IGNORECASE)
    expected = [position for position, text in enumerate(rows) if pattern.search(text)]
    assert search(texts, split, query).tolist() == expected


def test_bbc_news_is_searched_as_a_loop_would() -> None:
    split = split_corpus(load_corpus("bbc-news"), SplitSpec())
    texts = pa.concat_arrays([read_texts(part, TextSpec()) for part in (split.train, split.validation)])
    expected = [position for position, text in enumerate(texts.to_pylist()) if "microsoft" in text.lower()]
    assert len(expected) > 20
    assert search(texts, split, "Microsoft").tolist() == expected


@pytest.mark.parametrize("name", SMALL_CORPORA)
@pytest.mark.parametrize("n_train", [1, 4])
def test_small_corpora_are_counted_measured_and_compared_as_pandas_does(name: str, n_train: int) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    texts, labels = [*texts, texts[0]], [*labels, labels[-1]]
    n_train = min(n_train, len(texts))
    parts = documents(texts[:n_train], labels[:n_train]), documents(texts[n_train:], labels[n_train:], n_train)
    nothing = documents([], [])
    split = Split(*parts, SealedTest(nothing, len(names), parts[0]), names)
    rows = pd.DataFrame(
        {"text": texts, "label": labels, "split": ["training"] * n_train + ["validation"] * (len(texts) - n_train)}
    )
    array = pa.array(texts, pa.large_string())

    counts = count_classes(split)
    by_class = rows.groupby(["label", "split"]).size()
    for class_name, part, n in counts.table[counts.table["split"] != "test"][["class", "split", "n"]].itertuples(
        index=False
    ):
        assert n == by_class.get((names.index(class_name), part), 0)

    lengths = measure_lengths(array, split)
    words = rows["text"].str.split().map(len)
    assert lengths.articles["length"].tolist() == words.tolist()
    for row in lengths.table.itertuples():
        inside = rows["split"] == row.split
        if row[1] != "all":
            inside &= rows["label"] == names.index(row[1])
        assert (row.n, row.mean, row.median) == (inside.sum(), words[inside].mean(), words[inside].median())

    found = find_duplicates(array, split)
    groups = rows.groupby("text").agg(n=("label", "size"), differ=("label", "nunique"))
    repeated = groups[groups["n"] > 1]
    assert len(found.groups) == len(repeated) >= 1
    assert int(found.groups["labels_disagree"].sum()) == (repeated["differ"] > 1).sum()


@pytest.mark.parametrize(
    ("query", "n"), [("mother", 2), ("MOTHER", 2), ("her", 0), ("smothered", 1), ("mère", 1), ("a.b", 1), ("?", 0)]
)
def test_whole_words_are_counted_apart_from_their_letters(query: str, n: int) -> None:
    texts = ["Mother, again", "smothered", "my mother", "grandmother's", "une mère", "commère a.b", "axb"]
    assert count_whole_words(pa.array(texts), query) == n


def test_a_search_for_letters_of_the_trial_file_finds_twice_the_words() -> None:
    texts = pa.array(["the mother cooks"] * 17 + ["smothered in sauce"] * 17 + ["toast"] * 6)
    found = pc.match_substring(texts, "mother", ignore_case=True)
    assert (pc.sum(found).as_py(), count_whole_words(texts, "mother")) == (34, 17)
