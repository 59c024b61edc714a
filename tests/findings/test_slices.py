"""Slices against Python's own searching, and their way through a link."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.split import Documents, SealedTest, Split
from bowcore.errors import SliceError
from bowcore.findings.regex_search import LONGEST, search_regex
from bowcore.findings.slices import LONGEST_LINK, MAX_SLICES, Slice, from_link, membership, slice_mask, to_link
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA


def documents(labels: list[int]) -> Documents:
    empty = pa.array([""] * len(labels), pa.large_string())
    return Documents(
        np.arange(len(labels)), pa.table({"title": empty, "body": empty}), np.array(labels, dtype=np.int32)
    )


def split_of(labels: list[int], n_train: int, names: tuple[str, ...]) -> Split:
    train = documents(labels[:n_train])
    return Split(train, documents(labels[n_train:]), SealedTest(documents([]), len(names), train), names)


TEXTS = ["Hot soup", "cold SOUP today", "Green salad", "soup. And (more) soup", "", "a rice salad with soup in it"]
LABELS = [0, 0, 1, 0, 1, 1]
N_TRAIN = 4


def members(part: Slice) -> list[int]:
    words = np.array([len(text.split()) for text in TEXTS])
    mask = slice_mask(part, pa.array(TEXTS, pa.large_string()), words, split_of(LABELS, N_TRAIN, ("soup", "salad")))
    assert mask.shape == (len(TEXTS),) and not mask.flags.writeable
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"query": "soup"}, [0, 1, 3, 5]),
        ({"query": "soup."}, [3]),
        ({"query": "soup.", "regex": True}, [1, 3, 5]),
        ({"query": r"^\w+ (soup|salad)$", "regex": True}, [0, 2]),
        ({"query": "", "regex": True}, [0, 1, 2, 3, 4, 5]),
        ({"class_name": "salad"}, [2, 4, 5]),
        ({"split": "validation"}, [4, 5]),
        ({"split": "training", "query": "SOUP", "class_name": "soup"}, [0, 1, 3]),
        ({"shortest": 3}, [1, 3, 5]),
        ({"longest": 2}, [0, 2, 4]),
        ({"shortest": 3, "longest": 4}, [1, 3]),
        ({"query": "nowhere"}, []),
    ],
)
def test_a_slice_has_the_articles_that_meet_every_condition(conditions: dict, expected: list[int]) -> None:
    assert members(Slice("x", **conditions)) == expected


@pytest.mark.parametrize("pattern", ["(", "[a", "*x", "(?<!b)a", r"\1"])
def test_a_pattern_that_cannot_be_searched_for_is_refused_with_its_reason(pattern: str) -> None:
    with pytest.raises(SliceError, match=r"This regular expression cannot be searched for: .+ Correct it"):
        Slice("x", pattern, regex=True)


def test_without_regex_the_query_is_taken_literally() -> None:
    assert members(Slice("x", "(more)")) == [3]


@pytest.mark.parametrize(
    "conditions",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 41},
        {"name": "a\nb"},
        {"name": 3},
        {"query": "x" * 201},
        {"query": "\ud800"},
        {"split": "test"},
        {"regex": 1},
        {"shortest": -1},
        {"shortest": True},
        {"longest": 10**10},
        {"shortest": 5, "longest": 4},
    ],
)
def test_an_impossible_slice_is_refused(conditions: dict) -> None:
    with pytest.raises(SliceError):
        Slice(**{"name": "x", **conditions})


def test_an_unknown_class_is_named_in_the_error() -> None:
    with pytest.raises(SliceError, match=r"'pie'.*its classes are soup, salad"):
        members(Slice("old", class_name="pie"))


def test_a_slice_is_described_in_words() -> None:
    part = Slice("x", "oil", class_name="business", split="validation", shortest=3, longest=9)
    assert part.in_words() == "business, validation, contains “oil”, 3 to 9 words"
    assert Slice("x", "^a", regex=True, longest=9).in_words() == "matches /^a/, up to 9 words"
    assert Slice("x").in_words() == "all articles"


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_slices_by_class_part_any_corpus(name: str) -> None:
    texts, labels, classes = SMALL_CORPORA[name]()
    split = split_of(labels, len(texts) // 2, classes)
    words = np.array([len(text.split()) for text in texts])
    arrow = pa.array(texts, pa.large_string())
    masks = [slice_mask(Slice("x", class_name=label), arrow, words, split) for label in classes]
    assert np.sum(masks, axis=0).tolist() == [1] * len(texts)
    first = texts[0].split()[0]
    found = slice_mask(Slice("x", first), arrow, words, split)
    assert found.tolist() == [first.lower() in text.lower() for text in texts]
    longer = slice_mask(Slice("x", shortest=6), arrow, words, split)
    assert longer.tolist() == [len(text.split()) >= 6 for text in texts]


@examples(60)
@given(
    st.lists(st.text("aAbé.*( 1", max_size=8), min_size=1, max_size=8),
    st.sampled_from(["a.", "^a", "b*$", "(a|b) 1", "é"]),
)
def test_a_regular_expression_finds_what_pythons_finds(texts: list[str], pattern: str) -> None:
    split = split_of([0] * len(texts), len(texts), ("all",))
    mask = slice_mask(
        Slice("x", pattern, regex=True), pa.array(texts, pa.large_string()), np.full(len(texts), 5), split
    )
    assert mask.tolist() == [bool(re.search(pattern, text, re.IGNORECASE)) for text in texts]


NAMES = st.text(st.characters(categories=("L", "N", "P", "S"), codec="utf-8"), min_size=1, max_size=40)


@st.composite
def any_slice(draw: st.DrawFn) -> Slice:
    low = draw(st.integers(0, 500))
    return Slice(
        draw(NAMES),
        draw(st.text(st.characters(codec="utf-8"), max_size=20)),
        False,
        draw(st.text(st.characters(codec="utf-8"), max_size=12)),
        draw(st.sampled_from(["", "training", "validation"])),
        low,
        draw(st.sampled_from([0, low, low + 30])),
    )


@given(st.lists(any_slice(), max_size=3, unique_by=lambda part: part.name))
def test_slices_written_to_a_link_are_read_unchanged(slices: list[Slice]) -> None:
    link = to_link(slices)
    if len(link) <= LONGEST_LINK:
        assert from_link(link) == tuple(slices)
    assert set(link) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%=,; ")


def test_a_link_names_only_what_differs_from_the_defaults() -> None:
    assert to_link([Slice("oil", "oil"), Slice("long", regex=True, shortest=99)]) == "1;n=oil,q=oil;n=long,r=1,a=99"
    assert from_link("1") == ()


def test_every_field_of_a_slice_is_in_the_link() -> None:
    part = Slice("x", "q", True, "c", "training", 1, 2)
    assert all(getattr(part, field.name) != getattr(Slice("y"), field.name) for field in dataclasses.fields(part))
    assert from_link(to_link([part])) == (part,)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "2;n=x",
        "1;",
        "1;q=x",
        "1;n=x,z=1",
        "1;n=x,n=y",
        "1;n=x,r=yes",
        "1;n=x,a=-1",
        "1;n=x,a=²",
        "1;n=x,a=99999999999",
        "1;n=x,s=test",
        "1;n=x,q=%28,r=1",
        "1;n=x;n=x",
        "1;n=%ED%A0%80%0A",
        "1;" + ";".join(f"n={number}" for number in range(MAX_SLICES + 1)),
        "1;n=x,q=" + "a" * LONGEST_LINK,
    ],
)
def test_an_invalid_link_is_refused(link: str) -> None:
    with pytest.raises(SliceError):
        from_link(link)


@given(st.text(max_size=60))
def test_any_link_is_read_or_refused(link: str) -> None:
    try:
        slices = from_link("1;" + link)
    except SliceError:
        return
    assert all(isinstance(part, Slice) for part in slices)


def test_membership_has_a_row_for_each_open_article_and_a_column_of_ones_and_zeros_for_each_slice():
    split = split_of(LABELS, N_TRAIN, ("soup", "=salad"))
    masks = {"all": np.ones(6, dtype=np.bool_), "=odd": np.arange(6) % 2 == 1}
    table = membership(split, masks)
    assert list(table) == ["row", "split", "number", "class", "in all", "in =odd"]
    assert table["split"].tolist() == ["training"] * 4 + ["validation"] * 2
    assert table["number"].tolist() == [1, 2, 3, 4, 1, 2]
    assert table["row"].tolist() == [0, 1, 2, 3, 0, 1]  # of the two parts of this split, each a corpus of its own
    assert table["class"].tolist() == ["soup", "soup", "=salad", "soup", "=salad", "=salad"]
    assert table["in all"].tolist() == [1] * 6 and table["in =odd"].tolist() == [0, 1, 0, 1, 0, 1]


SLOW = "(.{0,200}a){4}zz"


@pytest.mark.fuzz
@pytest.mark.parametrize("n_texts", [2_000, 1])
def test_a_regular_expression_that_takes_too_long_is_given_up_in_a_sentence(
    n_texts: int, tried: Callable[[str], None]
) -> None:
    tried("slow regular expression")
    words = np.random.default_rng(0).choice(["alpha", "banana", "zeta", "market", "a"], 80_000)
    corpus = pa.array([" ".join(part) for part in np.split(words, n_texts)])
    began = time.process_time()
    with pytest.raises(SliceError, match=r"takes more than 2.s on these (text|article)s"):
        search_regex(corpus, SLOW)
    assert time.process_time() - began < LONGEST + 4
    began = time.process_time()
    for _ in range(50):  # a page asks for a slice in several places
        with pytest.raises(SliceError):
            search_regex(corpus, SLOW)
    assert time.process_time() - began < 0.5


def test_a_search_in_portions_finds_what_one_search_finds() -> None:
    rng = np.random.default_rng(1)
    texts = pa.array(
        [None if i % 97 == 0 else "tea " * int(rng.integers(0, 3_000)) + "x" * (i % 3) for i in range(300)]
    )
    expected = pc.match_substring_regex(texts, "TEA x+$", ignore_case=True).fill_null(False).to_pylist()
    assert search_regex(texts, "TEA x+$").tolist() == expected
    assert 0 < sum(expected) < 300
    assert search_regex(pa.array([], pa.string()), "a").tolist() == []
