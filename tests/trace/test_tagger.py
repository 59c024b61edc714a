"""Effects of the tagger, on lines counted by hand and against a loop over every occurrence."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pyarrow as pa
import pytest

from bowcore.text.units import Units, number_units
from bowcore.trace.lineage import Affected
from bowcore.trace.tagger import LemmaEffect, lemma_effect

WRITTEN = ["planes weren't leaves", "plane Planes leaves", "was plane", "", "is 3 was", "odd was"]
LEMMAS = ["plane be not leaf", "plane Planes leave", "be plane", "", "be 3 be", "odd be more"]
TOKENS = {"weren't": ["were", "n't"]}


def units(texts: list[str]) -> Units:
    return number_units(pa.array(texts, pa.string()))


def effect(written: list[str], lemmas: list[str], tokens: dict[str, list[str]], k: int = 10) -> LemmaEffect:
    words = units(written)
    of_types = [tokens.get(word, [word]) for word in words.types.to_pylist()]
    return lemma_effect(words, pa.array(of_types, pa.list_(pa.string())), units(lemmas), k)


def rows(affected: Affected) -> list[tuple[str, tuple[str, ...], int]]:
    return [(fate.before, fate.after, fate.occurrences) for fate in affected.top]


def test_words_are_counted_by_what_their_occurrences_became() -> None:
    found = effect(WRITTEN, LEMMAS, TOKENS)
    step = found.effect
    assert found.n_left_out == 1, "the last line has a lemma more than it has tokens"
    assert (step.name, step.n_tokens_before, step.n_tokens_after) == ("lemmas", 13, 15)
    # planes weren't leaves plane Planes was is 3 odd; plane be not leaf Planes leave 3 odd more
    assert (step.n_strings_before, step.n_strings_after) == (9, 9)
    assert (step.dropped.n_strings, step.dropped.n_tokens, step.dropped.top) == (0, 0, ())
    assert rows(step.split) == [("weren't", ("be", "not"), 1)]
    # leaves is one word that became two; was stands twice where lemmas are known
    assert (step.changed.n_strings, step.changed.n_tokens) == (4, 6)
    assert rows(step.changed) == [
        ("was", ("be",), 2), ("is", ("be",), 1), ("leaves", ("leaf",), 1), ("leaves", ("leave",), 1),
        ("planes", ("plane",), 1),
    ]  # fmt: skip
    assert rows(step.merged) == [("was", ("be",), 2), ("is", ("be",), 1), ("planes", ("plane",), 1)]
    assert (step.merged.n_strings, step.merged.n_tokens) == (3, 4)


def test_only_the_most_frequent_examples_are_kept_and_the_sums_are_of_all() -> None:
    found = effect(WRITTEN, LEMMAS, TOKENS, k=2).effect
    assert rows(found.changed) == [("was", ("be",), 2), ("is", ("be",), 1)]
    assert (found.changed.n_strings, found.changed.n_tokens) == (4, 6)


def test_texts_without_words_or_changes_have_no_effect() -> None:
    for lines in ([], [""], ["to be or not"]):
        found = effect(lines, lines, {}).effect
        assert found.n_tokens_before == found.n_tokens_after == len(" ".join(lines).split())
        assert [part.n_strings for part in (found.dropped, found.split, found.changed, found.merged)] == [0] * 4


@pytest.mark.parametrize("seed", range(5))
def test_every_count_is_that_of_a_loop_over_the_occurrences(seed: int) -> None:
    chosen = random.Random(seed)
    words = [chr(ord("a") + number) for number in range(12)]
    tokens = {word: [word] * chosen.choice([1, 1, 1, 2, 3]) for word in words}
    written, lemmas = [], []
    changed, split = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    sources = defaultdict(set)
    for _ in range(40):
        line = chosen.choices(words, k=chosen.randrange(9))
        made = [chosen.choices(words, k=len(tokens[word])) for word in line]
        written.append(" ".join(line))
        lemmas.append(" ".join(lemma for pieces in made for lemma in pieces))
        for word, pieces in zip(line, made, strict=True):
            if len(pieces) > 1:
                split[word, " ".join(pieces)] += 1
                continue
            sources[pieces[0]].add(word)
            if pieces[0] != word:
                changed[word, pieces[0]] += 1
    found = effect(written, lemmas, tokens, k=10**6).effect
    merged = {pair: n for pair, n in changed.items() if len(sources[pair[1]]) > 1}
    for part, expected in ((found.split, split), (found.changed, changed), (found.merged, merged)):
        assert {(fate.before, " ".join(fate.after)): fate.occurrences for fate in part.top} == dict(expected)
        assert part.n_strings == len({word for word, _ in expected})
        assert part.n_tokens == sum(expected.values())
