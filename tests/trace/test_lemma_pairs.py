"""Written words and their lemmas, on lines that are counted by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from bowcore.recipe.recipe import Recipe
from bowcore.text.terms import apply_chain, identity_map
from bowcore.text.units import Units, number_units
from bowcore.trace.lemma_pairs import LemmaPairs, pair_lemmas, step_from_written
from bowcore.trace.merges import Merges, find_merges

WRITTEN = ["planes weren't leaves", "plane Planes leaves", "was plane", "", "is 3 was"]
LEMMAS = ["plane be not leaf", "plane Planes leave", "be plane", "", "be 3 be"]
TOKENS = {"weren't": ["were", "n't"]}
LABELS = np.array([0, 1, 1, 0, 0])


def units(texts: list[str]) -> Units:
    return number_units(pa.array(texts, pa.string()))


def pairs(written: list[str] = WRITTEN, lemmas: list[str] = LEMMAS) -> LemmaPairs:
    words = units(written)
    tokens = [TOKENS.get(word, [word]) for word in words.types.to_pylist()]
    return pair_lemmas(words, pa.array(tokens, pa.list_(pa.string())), units(lemmas))


def forms(found: Merges) -> dict[tuple[str, str], tuple[int, list[int]]]:
    """By term and form: tokens, and articles of each class."""
    rows = zip(found.forms.to_dict("records"), found.by_class.tolist(), strict=True)
    return {(row["term"], row["form"]): (row["tokens"], by_class) for row, by_class in rows}


def test_every_occurrence_of_a_token_is_counted_with_its_lemma() -> None:
    found, lemma_types = pairs(), units(LEMMAS).types.to_pylist()
    pair_counts = Counter[tuple[str, str]]()
    for token, lemma, n in zip(found.written, found.lemmas, found.counts.sum(axis=0).A1, strict=True):
        pair_counts[found.tokens[int(token)].as_py(), lemma_types[lemma]] += int(n)
    assert pair_counts == {
        ("planes", "plane"): 1, ("plane", "plane"): 2, ("Planes", "Planes"): 1, ("were", "be"): 1, ("n't", "not"): 1,
        ("leaves", "leaf"): 1, ("leaves", "leave"): 1, ("was", "be"): 2, ("is", "be"): 1, ("3", "3"): 1,
    }  # fmt: skip
    assert found.counts.shape[0] == len(WRITTEN)
    assert found.n_left_out == 0


def test_the_forms_of_a_lemma_are_the_tokens_as_written_with_their_articles() -> None:
    found = pairs()
    step = step_from_written("lemmas", found, identity_map(units(LEMMAS).types))
    merges = find_merges(step, found.counts, LABELS, 2)
    assert forms(merges) == {
        ("be", "was"): (2, [1, 1]), ("be", "were"): (1, [1, 0]), ("be", "is"): (1, [1, 0]),
        ("plane", "plane"): (2, [0, 2]), ("plane", "planes"): (1, [1, 0]),
    }  # fmt: skip
    # the last article holds both "is" and "was", so it says nothing of either
    alone = dict(zip(merges.forms["form"], merges.alone.tolist(), strict=True))
    assert alone == {"was": [0, 1], "were": [1, 0], "is": [0, 0], "plane": [0, 2], "planes": [1, 0]}


def test_all_steps_start_from_the_words_as_written_and_join_a_words_two_ways_to_one_term() -> None:
    written, lemmas = ["US planes Planes US", "us 3"], ["US plane Plane us", "us 3"]
    found = pairs(written, lemmas)
    chain = apply_chain(units(lemmas).types, Recipe().terms)
    merges = find_merges(step_from_written("all steps", found, chain.result), found.counts, LABELS[:2], 2)
    assert forms(merges) == {
        ("us", "US"): (2, [1, 0]), ("us", "us"): (1, [0, 1]),
        ("plane", "planes"): (1, [1, 0]), ("plane", "Planes"): (1, [1, 0]),
    }  # fmt: skip


def test_a_lemma_that_a_later_step_drops_or_splits_is_no_merge() -> None:
    written, lemmas = ["a-b ab 1 2"], ["x-y x-y 9 9"]
    found = pairs(written, lemmas)
    chain = apply_chain(units(lemmas).types, Recipe().terms)
    assert forms(find_merges(step_from_written("all steps", found, chain.result), found.counts, LABELS[:1], 2)) == {}


def test_an_article_with_more_tokens_than_lemmas_is_left_out_and_counted() -> None:
    found = pairs(["planes fly", "planes"], ["plane", "plane"])
    assert found.n_left_out == 1
    assert found.counts.sum(axis=1).A1.tolist() == [0, 1]


def test_no_articles_and_empty_ones_have_no_pairs() -> None:
    for texts in ([], [""]):
        found = pairs(texts, texts)
        assert (found.counts.shape, found.n_left_out) == ((len(texts), 0), 0)
        step = step_from_written("lemmas", found, identity_map(units(texts).types))
        assert find_merges(step, found.counts, LABELS[: len(texts)], 2).n_tested == 0


def test_flags_are_those_of_the_same_forms_as_plain_words() -> None:
    written = ["rates"] * 40 + ["rate"] * 40 + ["cats"] * 30 + ["cat"] * 30
    lemmas = ["rate"] * 80 + ["cat"] * 60
    labels = np.array([0] * 40 + [1] * 40 + [0, 1] * 30)
    found = pairs(written, lemmas)
    merges = find_merges(step_from_written("lemmas", found, identity_map(units(lemmas).types)), found.counts, labels, 2)
    assert dict(zip(merges.groups["term"], merges.groups["verdict"], strict=True)) == {
        "rate": "differ", "cat": "no detectable difference",
    }  # fmt: skip
    stems = apply_chain(units(written).types, Recipe().change(word_forms="stem").terms).steps[-1]
    plain = find_merges(stems, units(written).counts(), labels, 2)
    assert merges.groups.equals(plain.groups)
    assert merges.alone.tolist() == plain.alone.tolist()
