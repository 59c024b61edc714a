"""Effects and traces of steps: by hand, and against a plain Python loop over every occurrence."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.matrix.vocabulary import Vocabulary
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEPS
from bowcore.text.steps import apply_step
from bowcore.text.terms import Chain, apply_chain
from bowcore.text.units import Units, number_units
from bowcore.trace.lineage import (
    Fate,
    StepEffect,
    Trace,
    step_effect,
    step_effects,
    trace,
    traces,
    whole_chain,
)

LINES = (
    "The baker bakes bread and the bakers bake.",
    "Don't bake the bread in 1999 ovens!",
    "A well-baked loaf isn't the baker's last.",
    "THE end - of bread",
)
PLAIN = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)
FRAGMENTS = st.sampled_from(
    ["Bread", "bread", "breads", "the", "THE", "don't", "Baker's", "well-baked", "rock-n-roll", "42", "3D", "--", "é",
     "É", "café's", "'s", "U.S.", "you're", "running", "runs", "ran.", "’tis", "İ", "ß", "日本", "😀"]
)  # fmt: skip
TEXTS = st.lists(st.lists(FRAGMENTS, max_size=8).map(" ".join), min_size=1, max_size=5)
RECIPES = st.builds(
    lambda order, **values: Recipe().change(order=tuple(order), **values),
    st.permutations(STEPS),
    lower_case=st.booleans(),
    possessives=st.booleans(),
    punctuation=st.booleans(),
    digits=st.booleans(),
    ascii_letters=st.booleans(),
    contractions=st.sampled_from(["keep", "split", "cut"]),
    stop_words=st.sampled_from(["keep", "scikit-learn"]),
    word_forms=st.sampled_from(["as-written", "stem"]),
    token_pattern=st.sampled_from(["units", "scikit-learn"]),
    ngrams=st.integers(1, 3),
)


def read(lines: tuple[str, ...] | list[str], recipe: Recipe) -> tuple[Units, Chain]:
    units = number_units(pa.array(lines, pa.string()))
    return units, apply_chain(units.types, recipe.terms)


def effects(recipe: Recipe, k: int = 10) -> dict[str, StepEffect]:
    units, chain = read(LINES, recipe)
    return {effect.name: effect for effect in step_effects(chain, units.frequencies(), k)}


def vocabulary(*terms: str) -> Vocabulary:
    ones = np.ones(len(terms), dtype=np.int64)
    return Vocabulary(pa.array(sorted(terms), pa.string()), np.arange(len(terms)), ones, ones, 1)


def states(followed: Trace) -> dict[str, tuple[str, str]]:
    return {unit.unit: (unit.status, unit.decided_by) for unit in followed.units}


def test_lower_case_changes_and_merges_as_counted_by_hand() -> None:
    effect = effects(PLAIN.change(lower_case=True))["lower_case"]
    assert (effect.n_tokens_before, effect.n_tokens_after) == (27, 27)
    assert (effect.n_strings_before, effect.n_strings_after) == (23, 21)
    assert effect.changed.n_strings == 4  # The, Don't, A, THE
    assert effect.changed.n_tokens == 4
    assert (effect.merged.n_strings, effect.merged.n_tokens) == (2, 2)
    assert effect.merged.top == (Fate("The", ("the",), 1), Fate("THE", ("the",), 1))
    assert (effect.dropped.n_strings, effect.split.n_strings) == (0, 0)


def test_punctuation_drops_splits_and_changes_as_counted_by_hand() -> None:
    effect = effects(PLAIN.change(punctuation=True))["punctuation"]
    assert effect.dropped.top == (Fate("-", (), 1),)
    assert effect.split.top == (Fate("well-baked", ("well", "baked"), 1),)
    assert effect.changed.top == (
        Fate("bake.", ("bake",), 1),
        Fate("ovens!", ("ovens",), 1),
        Fate("last.", ("last",), 1),
    )
    assert effect.merged.top == (Fate("bake.", ("bake",), 1),)
    assert effect.n_tokens_after == 27 - 1 + 1


def test_the_symbols_that_a_step_drops_are_named_alone_and_in_words() -> None:
    recipe = Recipe()
    units, chain = read(["great😂 😂 ❤ 5★ a+b", "great😂 ❤❤"], recipe)
    effects = {effect.name: effect for effect in step_effects(chain, units.frequencies())}
    assert effects["punctuation"].lost_signs == (("❤", 3), ("😂", 3), ("★", 1))
    assert all(effect.lost_signs == () for name, effect in effects.items() if name != "punctuation")


def test_stop_words_are_dropped_most_frequent_first() -> None:
    effect = effects(Recipe().change(stop_words="own", own_stop_words=("of", "the", "bread")), k=2)["stop_words"]
    assert (effect.dropped.n_strings, effect.dropped.n_tokens) == (3, 9)
    assert [(fate.before, fate.occurrences) for fate in effect.dropped.top] == [("the", 5), ("bread", 3)]
    assert effect.n_tokens_before - effect.n_tokens_after == 9


def test_the_affected_words_make_a_table() -> None:
    table = effects(PLAIN.change(punctuation=True))["punctuation"].split.table()
    assert table.to_dict("records") == [{"before": "well-baked", "after": "well baked", "occurrences": 1}]


def test_only_strings_that_occur_in_the_given_texts_count() -> None:
    units, chain = read(LINES, PLAIN.change(lower_case=True))
    first_line = units.documents(0, 1).frequencies()
    (effect,) = step_effects(chain, first_line)
    assert (effect.n_tokens_before, effect.n_strings_before, effect.n_strings_after) == (8, 8, 7)
    assert effect.changed.top == (Fate("The", ("the",), 1),)


def test_all_steps_as_one_lead_from_units_to_terms() -> None:
    units, chain = read(LINES, Recipe().change(stop_words="own", own_stop_words=("the",)))
    effect = step_effect(whole_chain(chain), units.frequencies())
    assert effect.name == "all steps"
    assert effect.dropped.top[0] == Fate("the", (), 3)
    assert {fate.before for fate in effect.dropped.top} == {"the", "The", "THE", "-", "1999"}
    untouched = apply_chain(units.types, PLAIN.terms)
    nothing = step_effect(whole_chain(untouched), units.frequencies())
    assert (nothing.changed.n_strings, nothing.n_strings_before) == (0, 23)


@given(TEXTS, RECIPES)
def test_effects_equal_a_loop_over_every_occurrence(lines: list[str], recipe: Recipe) -> None:
    units, chain = read(lines, recipe)
    tokens = [token for line in lines for token in line.split()]
    for effect in step_effects(chain, units.frequencies(), k=100):
        counted = Counter(tokens)
        becomes: dict[str, tuple[str, ...]] = {}
        for string in counted:
            pieces = apply_step(effect.name, pa.array([string], pa.string()), recipe.terms)
            assert pieces is not None
            becomes[string] = tuple(pieces.strings.to_pylist())
        sources = defaultdict(set)
        for string, pieces in becomes.items():
            if len(pieces) == 1:
                sources[pieces[0]].add(string)
        expected = {
            "dropped": {s for s, p in becomes.items() if not p},
            "split": {s for s, p in becomes.items() if len(p) > 1},
            "changed": {s for s, p in becomes.items() if len(p) == 1 and p != (s,)},
        }
        expected["merged"] = {s for s in expected["changed"] if len(sources[becomes[s][0]]) > 1}
        for kind, strings in expected.items():
            affected = getattr(effect, kind)
            assert {(fate.before, fate.after, fate.occurrences) for fate in affected.top} == {
                (s, becomes[s], counted[s]) for s in strings
            }
            assert affected.n_strings == len(strings)
            assert affected.n_tokens == sum(counted[s] for s in strings)
        assert (effect.n_tokens_before, effect.n_strings_before) == (len(tokens), len(counted))
        tokens = [piece for token in tokens for piece in becomes[token]]
        assert (effect.n_tokens_after, effect.n_strings_after) == (len(tokens), len(set(tokens)))


def test_a_sentence_is_followed_word_by_word() -> None:
    recipe = Recipe().change(stop_words="own", own_stop_words=("the",), word_forms="stem", ngrams=2)
    followed = trace("The well-baked breads rise in 1999 xyzzy", recipe, vocabulary("bake", "bread", "in", "rise"))
    assert followed.steps == ("lower_case", "possessives", "punctuation", "digits", "stop_words", "word_forms")
    assert states(followed) == {
        "The": ("dropped", "stop_words"),
        "well-baked": ("split", "punctuation"),
        "breads": ("changed", "word_forms"),
        "rise": ("kept", ""),
        "in": ("kept", ""),
        "1999": ("dropped", "digits"),
        "xyzzy": ("unknown", "vocabulary"),
    }
    well_baked = followed.units[1]
    assert well_baked.after == (
        ("well-baked",),
        ("well-baked",),
        ("well", "baked"),
        ("well", "baked"),
        ("well", "baked"),
        ("well", "bake"),
    )
    assert [(term.term, term.known) for term in well_baked.terms] == [("well", False), ("bake", True)]
    assert well_baked.changed_by == ("punctuation", "word_forms")
    assert followed.units[0].after[-2:] == ((), ())
    assert [group.term for group in followed.groups] == [
        "well bake",
        "bake bread",
        "bread rise",
        "rise in",
        "in xyzzi",
    ]
    assert not any(group.known for group in followed.groups)


def test_a_word_group_of_the_vocabulary_is_known() -> None:
    followed = trace("new york pizza", Recipe().change(ngrams=3), vocabulary("new", "new york", "pizza", "york"))
    known = {group.term: group.known for group in followed.groups}
    assert known == {"new york": True, "york pizza": False, "new york pizza": False}


def test_not_is_dropped_by_the_stop_list() -> None:
    recipe = Recipe().change(contractions="split", stop_words="spacy")
    unit = trace("don't", recipe).units[0]
    assert (unit.status, unit.decided_by) == ("dropped", "stop_words")
    assert unit.after[4:] == (("do", "n't"), ())


def test_without_a_vocabulary_nothing_is_unknown() -> None:
    followed = trace("quite xyzzy", Recipe())
    assert [unit.status for unit in followed.units] == ["kept", "kept"]


def test_the_repaired_text_is_shown() -> None:
    repaired = trace("Canada #39;s win", Recipe().change(repair=True))
    assert repaired.text == "Canada's win"
    assert [unit.unit for unit in repaired.units] == ["Canada's", "win"]
    left = trace("Canada #39;s win", Recipe())
    assert [unit.unit for unit in left.units] == ["Canada", "#39;s", "win"]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_an_empty_sentence_is_a_trace_without_units(text: str) -> None:
    followed = trace(text, Recipe().change(ngrams=3, repair=True), vocabulary("word"))
    assert (followed.units, followed.groups) == ((), ())


def test_a_hundred_thousand_letters_without_a_space_are_one_unknown_unit() -> None:
    followed = trace("a" * 100_000, Recipe(), vocabulary("a", "b"))
    assert states(followed) == {"a" * 100_000: ("unknown", "vocabulary")}


def test_nothing_is_known_to_an_empty_vocabulary() -> None:
    assert states(trace("word", Recipe(), vocabulary())) == {"word": ("unknown", "vocabulary")}


@given(st.lists(FRAGMENTS, max_size=10).map(" ".join), RECIPES)
def test_the_terms_of_a_trace_are_those_of_a_loop_over_the_steps(text: str, recipe: Recipe) -> None:
    followed = trace(text, recipe)
    for unit, traced in zip(text.split(), followed.units, strict=True):
        strings = [unit]
        for name, after in zip(followed.steps, traced.after, strict=True):
            strings = [
                piece
                for string in strings
                for piece in apply_step(name, pa.array([string]), recipe.terms).strings.to_pylist()
            ]
            assert after == tuple(strings)
        assert [term.term for term in traced.terms] == strings
        assert (traced.status == "kept") == (strings == [unit])
        assert (traced.status == "dropped") == (strings == [])
        assert (traced.status == "split") == (len(strings) > 1)
        assert (traced.decided_by == "") == (traced.status == "kept")
    stream = [term.term for unit in followed.units for term in unit.terms]
    pairs = [" ".join(pair) for pair in pairwise(stream)] if recipe.terms.ngrams > 1 else []
    assert [group.term for group in followed.groups][: len(pairs)] == pairs


@given(st.lists(st.lists(FRAGMENTS, max_size=6).map(" ".join), max_size=5), RECIPES, st.booleans())
def test_several_texts_at_once_have_the_traces_of_each(texts: list[str], recipe: Recipe, as_lemmas: bool) -> None:
    known = vocabulary("a", "b", "ab")
    lemmas = [tuple((word, word.upper()) for word in text.split()) for text in texts] if as_lemmas else None
    each = [trace(text, recipe, known, lemmas and lemmas[at]) for at, text in enumerate(texts)]
    assert traces(texts, recipe, known, lemmas) == each


def test_lemmas_are_followed_as_the_first_step_of_their_words() -> None:
    lemmas = (("plane",), ("be", "not"), ("St", ".", "Ives"), ("39",))
    recipe = Recipe().change(ngrams=2)
    followed = trace("Planes weren't  St.Ives 39", recipe, vocabulary("plane", "be", "st"), lemmas)
    assert followed.steps[:2] == ("lemmas", "lower_case")
    assert [unit.after[0] for unit in followed.units] == list(lemmas)
    stages = [
        (unit.unit, [term.term for term in unit.terms], unit.status, unit.decided_by, unit.changed_by)
        for unit in followed.units
    ]
    assert stages == [
        ("Planes", ["plane"], "changed", "lemmas", ("lemmas",)),
        ("weren't", ["be", "not"], "split", "lemmas", ("lemmas",)),
        ("St.Ives", ["st", "ives"], "split", "lemmas", ("lemmas", "lower_case", "punctuation")),
        ("39", [], "dropped", "digits", ("digits",)),
    ]
    assert [group.term for group in followed.groups] == ["plane be", "be not", "not st", "st ives"]


def test_a_sentence_whose_words_are_their_own_lemmas_has_the_terms_of_the_sentence_as_written() -> None:
    text = "The well-baked breads rise  in 1999, don't they?"
    written = trace(text, Recipe(), vocabulary("bread"))
    followed = trace(text, Recipe(), vocabulary("bread"), tuple((word,) for word in text.split()))
    assert [unit.terms for unit in followed.units] == [unit.terms for unit in written.units]
    assert [unit.after[1:] for unit in followed.units] == [unit.after for unit in written.units]
    assert trace("", Recipe(), None, ()).units == ()
