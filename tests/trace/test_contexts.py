"""Occurrences of terms, by hand and against a plain search through words."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import TermsSpec
from bowcore.text.cut import with_spaces
from bowcore.text.terms import TermMap, apply_chain, identity_map
from bowcore.text.units import number_units
from bowcore.trace import contexts
from bowcore.trace.contexts import N_CHARACTERS, Found, even_shares, find_in_context, find_occurrences, first_contexts
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA
from tests.text import reference

TEXTS = [
    "The bank lends. A bank robber hides",
    "Banks of the river, the BANK's edge",
    "no bank-bank here",
    "rain falls",
]
LABELS = np.array([0, 1, 0, 1], dtype=np.int32)


def found(
    term: str,
    texts: list[str] = TEXTS,
    labels: np.ndarray = LABELS,
    *,
    n_train: int = 3,
    spec: TermsSpec | None = None,
    only: np.ndarray | None = None,
) -> Found:
    spec = spec or Recipe().terms
    written = pa.array(texts, pa.large_string())
    units = number_units(with_spaces(written))
    chain = apply_chain(units.types, spec)
    n_classes = int(labels.max()) + 1
    return find_in_context(
        written, units, chain.result, term, labels, n_train, n_classes, ngrams=spec.ngrams, only=only
    )


def test_a_term_is_found_wherever_one_of_its_words_stands() -> None:
    bank = found("bank")
    assert [(at.document, at.position, at.word) for at in bank.sample(9)] == [
        (0, 1, "bank"),
        (0, 4, "bank"),
        (2, 1, "bank-bank"),
        (1, 5, "BANK's"),
    ]
    assert bank.n_occurrences == 5  # bank-bank is two
    assert bank.n_documents == 3
    assert bank.forms == (("bank", 2), ("BANK's", 1), ("bank-bank", 1))


def test_left_and_right_are_the_words_as_they_are_read() -> None:
    first, second, *_ = found("bank").sample(9)
    assert (first.left, first.right, first.label, first.split) == ("The", "lends. A bank robber hides", 0, "training")
    assert (second.left, second.right) == ("The bank lends. A", "robber hides")
    (rain,) = found("rain").sample(9)
    assert (rain.left, rain.right, rain.label, rain.split) == ("", "falls", 1, "validation")


def test_counts_by_class_and_split_are_those_of_all_articles() -> None:
    table = found("the").by_class.set_index(["label", "split"])
    assert table.loc[(0, "training")].tolist() == [1, 1, 2]
    assert table.loc[(1, "training")].tolist() == [2, 1, 1]
    assert table.loc[(1, "validation")].tolist() == [0, 0, 1]
    assert table.loc[(0, "validation")].tolist() == [0, 0, 0]


def test_a_slice_narrows_places_and_totals() -> None:
    sliced = found("bank", only=np.array([False, True, True, True]))
    assert sliced.n_occurrences == 3
    assert sliced.by_class["all_documents"].sum() == 3
    assert {at.document for at in sliced.sample(9)} == {1, 2}


def test_an_unknown_term_has_no_occurrences() -> None:
    nothing = found("quidditch")
    assert (nothing.n_occurrences, nothing.sample(5), nothing.forms) == (0, (), ())


def test_a_word_group_bridges_what_a_step_dropped_and_no_end_of_an_article() -> None:
    spec = TermsSpec(ngrams=2, stop_words="own", own_stop_words=("of", "the"))
    (group,) = found("banks river", spec=spec).sample(9)
    assert (group.word, group.left, group.right) == ("Banks of the river,", "", "the BANK's edge")
    assert found("hides banks", spec=spec).n_occurrences == 0
    assert found("bank bank", spec=spec).sample(9)[0].word == "bank-bank"
    assert found("bank the", spec=TermsSpec(ngrams=2)).forms == ()  # how groups are written is not counted
    assert found("banks river", spec=TermsSpec()).n_occurrences == 0  # this recipe has no groups


def test_words_that_were_cut_are_read_as_they_are_written() -> None:
    texts = ["酒店服务很好， but  the 酒店 是旧的。", "plain words"]
    first, second = found("酒店", texts, np.array([0, 1], dtype=np.int32), n_train=2).sample(9)
    assert (first.left, first.word, first.right) == ("", "酒店", "服务很好， but the 酒店 是旧的。")
    assert (second.left, second.word, second.right) == ("酒店服务很好， but the", "酒店", "是旧的。")
    pair = found("服务 很好", texts, np.array([0, 1], dtype=np.int32), n_train=2, spec=TermsSpec(ngrams=2)).sample(9)
    assert [at.word for at in pair] == ["服务很好"]


def test_examples_of_words_that_were_cut_are_read_as_they_are_written() -> None:
    texts = pa.array(["我们在北京的酒店住了三天，服务很好。"], pa.large_string())
    units = number_units(with_spaces(texts))
    read = first_contexts(texts, units, identity_map(units.types), ["酒店"], [0], n_words=2)
    assert read == ["… 北京的酒店住了 …"]


@pytest.mark.parametrize("ngrams", [1, 2])
def test_an_example_is_the_first_occurrence_in_its_document(ngrams: int) -> None:
    texts = pa.array(TEXTS, pa.large_string())
    units = number_units(with_spaces(texts))
    chain = apply_chain(units.types, Recipe().change(ngrams=ngrams).terms)
    everything = [*chain.result.strings.to_pylist(), *(["bank bank", "a bank"] if ngrams == 2 else ["bank bank"])]
    pairs = [(term, document) for term in everything for document in range(len(TEXTS))]
    read = first_contexts(texts, units, chain.result, *zip(*pairs, strict=True), ngrams, n_words=1)  # type: ignore[arg-type]
    for (term, document), example in zip(pairs, read, strict=True):
        places = find_occurrences(units, chain.result, term, ngrams)  # in the whole corpus
        here = np.searchsorted(units.offsets, places.first, side="right") - 1 == document
        words = TEXTS[document].split()
        if not here.any():
            assert example == ""
            continue
        first, last = (int(each[here][0]) - int(units.offsets[document]) for each in (places.first, places.last))
        shown = " ".join(words[max(first - 1, 0) : last + 2])
        assert example == f"{'… ' if first > 1 else ''}{shown}{' …' if last + 2 < len(words) else ''}"
    assert sum(map(bool, read)) > len(everything) / 2


def test_a_term_with_a_space_and_an_equal_word_group_are_both_found() -> None:
    texts = pa.array(["new york city", "newyork"], pa.large_string())
    units = number_units(texts)
    strings = pa.array(["city", "new", "new york", "york"])
    codes = {"new": 1, "york": 3, "city": 0, "newyork": 2}
    types = units.types.to_pylist()
    term_map = TermMap(strings, np.arange(len(types) + 1), np.array([codes[name] for name in types], dtype=np.int32))
    places = find_in_context(texts, units, term_map, "new york", np.zeros(2, np.int32), 2, 1, ngrams=2).sample(9)
    assert [(at.document, at.word) for at in places] == [(0, "new york"), (1, "newyork")]


def test_a_pasted_article_is_split_into_no_more_pieces_than_a_term_has_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    units = number_units(pa.array(["new york city", "rain"], pa.large_string()))
    strings = pa.array(["city", "new york", "rain"])
    codes = {"new": 1, "york": 1, "city": 0, "rain": 2}
    of_types = np.array([codes[name] for name in units.types.to_pylist()], dtype=np.int32)
    term_map = TermMap(strings, np.arange(len(of_types) + 1), of_types)
    asked: list[str] = []

    def index_in(values: pa.Array, value_set: pa.Array) -> pa.Array:
        asked.extend(values.to_pylist())
        return pc.index_in(values, value_set)

    monkeypatch.setattr(
        contexts, "pc", SimpleNamespace(index_in=index_in, max=pc.max, count_substring=pc.count_substring)
    )
    assert not len(find_occurrences(units, term_map, " ".join(["rain"] * 800), 3).first)
    assert asked == []
    find_occurrences(units, term_map, "new york city rain", 3)
    assert asked == ["city", "city rain", "new", "new york", "rain", "york", "york city"]
    assert find_occurrences(units, term_map, "new york", 1).first.tolist() == [0, 1]


def test_a_long_unit_is_shortened_to_a_line() -> None:
    (place,) = found("x", [f"{'가' * 500} x {'나' * 500}"], np.zeros(1, np.int32), n_train=1).sample(1)
    assert place.left == "… " + "가" * N_CHARACTERS
    assert place.right == "나" * N_CHARACTERS + " …"


def test_greek_and_japanese_words_have_their_places() -> None:
    texts = ["Η γάτα κοιμάται. Η Γάτα πεινάει", "猫 が 寝る"]
    cats = found("γάτα", texts, np.array([0, 1], np.int32), n_train=2)
    assert [at.word for at in cats.sample(9)] == ["γάτα", "Γάτα"]
    assert found("猫", texts, np.array([0, 1], np.int32), n_train=2).sample(1)[0].right == "が 寝る"


def test_a_context_numbers_its_article_within_its_split() -> None:
    places = found("x", ["x", "x", "y", "x"], np.zeros(4, np.int32), n_train=2).sample(3)
    assert [(at.split, at.number, at.document) for at in places] == [
        ("training", 1, 0),
        ("training", 2, 1),
        ("validation", 2, 3),
    ]


def test_a_sample_takes_as_many_of_each_class_as_can_be_spread_over_its_articles() -> None:
    texts = ["x"] * 100 + ["x"] * 3 + ["y"]
    labels = np.array([0] * 100 + [1] * 3 + [2], dtype=np.int32)
    sampled = found("x", texts, labels, n_train=104).sample(10)
    assert [at.label for at in sampled] == [0] * 7 + [1] * 3
    assert (sampled[0].document, sampled[6].document) == (0, 99)
    assert [at.label for at in found("x", texts, labels, n_train=104).sample(2, label=1)] == [1, 1]
    assert found("x", texts, labels, n_train=104).sample(2, label=2) == ()


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 60))
def test_even_shares_are_as_equal_as_the_sizes_allow(sizes: list[int], k: int) -> None:
    shares = even_shares(sizes, k)
    assert sum(shares) == min(k, sum(sizes))
    assert all(share <= size for share, size in zip(shares, sizes, strict=True))
    short = [share for share, size in zip(shares, sizes, strict=True) if share < size]
    assert max(shares, default=0) - min(short, default=max(shares, default=0)) <= 1


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_every_word_of_a_small_corpus_is_found_at_each_occurrence(name: str) -> None:
    texts, labels, names = SMALL_CORPORA[name]()
    written = pa.array(texts, pa.large_string())
    units = number_units(written)
    of = np.array(labels, dtype=np.int32)
    n_train = len(texts) - len(texts) // 3
    for word in set(" ".join(texts).split()):
        places = find_in_context(written, units, identity_map(units.types), word, of, n_train, len(names))
        table = places.by_class.set_index(["label", "split"])
        for label, split in product(range(len(names)), ("training", "validation")):
            mine = [
                text.split().count(word)
                for at, text in enumerate(texts)
                if labels[at] == label and (at < n_train) == (split == "training")
            ]
            assert table.loc[(label, split)].tolist() == [sum(mine), sum(n > 0 for n in mine), len(mine)]
        assert {at.label for at in places.sample(100)} == {
            label for text, label in zip(texts, labels, strict=True) if word in text.split()
        }


WORDS = ("the", "Bank's", "no-no", "7th", "don't", "β-carotene", "39", "bank")


@pytest.mark.parametrize("ngrams", [1, 2])
@examples(30)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=9), min_size=1, max_size=6))
def test_every_term_has_as_many_places_as_a_plain_search_finds(ngrams: int, articles: list[list[str]]) -> None:
    spec = TermsSpec(ngrams=ngrams, contractions="split")
    streams = [[term for word in words for term in reference.terms_of_unit(word, spec)] for words in articles]
    terms = sorted({term for stream in streams for term in stream})
    units = number_units(pa.array([" ".join(words) for words in articles], pa.large_string()))
    term_map = apply_chain(units.types, spec).result
    for pair in product(terms, repeat=ngrams):
        expected = sum(tuple(stream[i : i + ngrams]) == pair for stream in streams for i in range(len(stream)))
        assert find_occurrences(units, term_map, " ".join(pair), ngrams).times.sum() == expected
