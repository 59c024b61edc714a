"""Checks of stop lists, against a Counter over the plain pipeline and scikit-learn's own check of stop words."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.recipe.recipe import Recipe
from bowcore.text.cut import with_spaces
from bowcore.text.stopwords import stop_list
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from bowcore.trace.stop_check import Inconsistency, arrivals, before_stop_words, inconsistencies
from tests.small_corpora import SMALL_CORPORA
from tests.text import reference, tricky

RECIPE = Recipe()


def faults(words: tuple[str, ...], recipe: Recipe) -> dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return {found.word: (found.fault, found.pieces, found.left) for found in inconsistencies(words, recipe)}


def test_a_listed_contraction_that_is_split_is_out_of_reach() -> None:
    words = ("don't", "the")
    assert faults(words, RECIPE) == {}
    split = RECIPE.change(contractions="split")
    assert faults(words, split) == {"don't": ("out of reach", ("do", "n't"), ("do", "n't"))}
    assert faults((*words, "do"), split) == {"don't": ("half removed", ("do", "n't"), ("n't",))}
    assert faults((*words, "do", "n't"), split) == {}


def test_a_listed_word_with_signs_that_punctuation_cuts_is_out_of_reach() -> None:
    assert faults(("to-day", "u.s."), RECIPE) == {
        "to-day": ("out of reach", ("to", "day"), ("to", "day")),
        "u.s.": ("out of reach", ("u", "s"), ("u", "s")),
    }
    assert faults(("to-day", "u.s."), RECIPE.change(punctuation=False)) == {}


def test_capitals_in_a_list_are_no_fault_as_case_does_not_matter_to_it() -> None:
    assert faults(("The", "NOT"), RECIPE) == {}
    assert faults(("The", "NOT"), RECIPE.change(lower_case=False)) == {}


def test_a_list_ignores_case_as_the_language_of_the_texts_does() -> None:
    turkish, german = RECIPE.change(language="tr"), RECIPE.change(language="de")
    assert faults(("İLE", "ISLAK"), turkish) == faults(("Straße", "GROSS"), german) == {}
    assert faults(("straße",), german.change(lower_case=False)) == {}
    types = pa.array(["ıslak", "ile", "STRASSE"], pa.string())
    counts = np.array([3, 2, 5])
    assert arrivals(types, counts, turkish.terms, ("ISLAK", "İLE")).taken(("ISLAK",)) == 3
    assert arrivals(types, counts, german.terms, ("Straße",)).taken(("straße",)) == 5


@pytest.mark.parametrize(("language", "word", "masked"), [("de", "STRASSE", "Straße"), ("tr", "ISLAK", "ISLAK")])
def test_a_masked_word_ignores_case_as_the_language_of_the_texts_does(language: str, word: str, masked: str) -> None:
    spec = RECIPE.change(language=language, masked_words=(masked,)).terms
    assert len(apply_chain(pa.array([word], pa.string()), spec).result.codes) == 0


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("listed", ["don’t", "don't", "DONʼT"])
def test_a_listed_word_is_reached_in_every_form_of_its_apostrophe(listed: str, repair: bool) -> None:
    recipe = RECIPE.change(repair=repair)
    assert faults((listed,), recipe) == {}
    spec = recipe.change(stop_words="own", own_stop_words=(listed,)).terms
    for text in ("don’t", "don't", "donʼt"):
        assert len(apply_chain(pa.array([text], pa.string()), spec).result.codes) == 0


def test_a_listed_word_meets_its_composed_form_as_the_step_does() -> None:
    decomposed, composed = "cafe\u0301", "caf\u00e9"
    assert faults((decomposed,), RECIPE) == faults((composed,), RECIPE) == {}
    kept = RECIPE.change(punctuation=False)  # no step composes the texts then
    assert faults((decomposed,), kept) == {decomposed: ("out of reach", (decomposed,), (decomposed,))}
    found = arrivals(pa.array([composed], pa.string()), np.array([3]), RECIPE.terms, (decomposed,))
    assert found.taken((decomposed,)) == found.taken((composed,)) == 3


def test_what_a_later_step_drops_anyway_is_no_fault() -> None:
    ascii = RECIPE.change(ascii_letters=True)
    assert faults(("'s",), ascii) == {"'s": ("out of reach", ("s",), ("s",))}
    assert faults(("'s",), ascii.change(token_pattern="scikit-learn")) == {}


def test_a_step_after_the_list_does_not_put_a_word_out_of_reach() -> None:
    stemmed = RECIPE.change(word_forms="stem")
    assert faults(("because",), stemmed) == {}
    early = ("word_forms", *(step for step in stemmed.terms.order if step != "word_forms"))
    assert faults(("because",), stemmed.change(order=early)) == {"because": ("out of reach", ("becaus",), ("becaus",))}


def test_no_word_of_scikit_learns_list_is_changed_by_the_recommended_steps() -> None:
    assert faults(stop_list("scikit-learn"), RECIPE) == {}


@pytest.mark.parametrize("name", ["spacy", "scikit-learn"])
def test_faults_are_those_of_scikit_learns_own_check(name: str) -> None:
    """Its check tokenises each stop word with the vectorizer's own pattern; here the same pattern is the only step."""
    recipe = RECIPE.change(
        possessives=False,
        punctuation=False,
        digits=False,
        token_pattern="scikit-learn",
        order=(
            "lower_case",
            "token_pattern",
            *(s for s in RECIPE.terms.order if s not in ("lower_case", "token_pattern")),
        ),
    )
    words = stop_list(name)
    tokenise = CountVectorizer().build_tokenizer()
    inconsistent = {token for word in words for token in tokenise(word) if token not in words}
    assert {piece for found in inconsistencies(words, recipe) for piece in found.left} == inconsistent


@given(st.sets(tricky.units, min_size=1, max_size=6).map(tuple), tricky.recipes)
def test_a_list_has_a_fault_exactly_where_the_plain_pipeline_leaves_a_piece(
    words: tuple[str, ...], recipe: Recipe
) -> None:
    listed = {unicodedata.normalize("NFC", word).lower() for word in words}
    own = recipe.change(stop_words="own", own_stop_words=words)
    expected = {}
    for word in words:
        pieces = reference.words(word)
        for step in recipe.terms.order[: recipe.terms.order.index("stop_words")]:
            pieces = [part for piece in pieces for part in reference.STEPS[step](piece, recipe.terms)]
        left = tuple(piece for piece in pieces if piece.lower() not in listed)
        if left and reference.terms_of(word, own.terms):
            expected[word] = Inconsistency(word, tuple(pieces), left)
    if not recipe.text.repair:
        assert {found.word: found for found in inconsistencies(words, recipe)} == expected


@given(tricky.documents, tricky.recipes, st.sets(st.sampled_from(("the", "The", "not", "don't", "İ", "σ")), max_size=4))
def test_tokens_that_a_list_removes_are_those_of_a_counter(texts: list[str], recipe: Recipe, words: set[str]) -> None:
    units = number_units(with_spaces(pa.array(texts, pa.string())))
    found = arrivals(units.types, units.frequencies(), recipe.terms, words)
    before = before_stop_words(recipe.terms)
    came = Counter(reference.straight(term).lower() for text in texts for term in reference.terms_of(text, before))
    assert found.n_tokens == came.total()
    assert found.tokens == {word.lower(): came[word.lower()] for word in words}
    assert found.taken(words) == sum(came[word] for word in {word.lower() for word in words})


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_tokens_that_a_recipes_list_removes_are_those_that_its_step_drops(name: str) -> None:
    texts, _, _ = SMALL_CORPORA[name]()
    units = number_units(with_spaces(pa.array(texts, pa.string())))
    words = ("the", "η", "猫", "o'clock")
    found = arrivals(units.types, units.frequencies(), RECIPE.terms, words)
    own = RECIPE.change(stop_words="own", own_stop_words=words)
    left = sum(len(reference.terms_of(text, own.terms)) for text in texts)
    assert found.n_tokens - found.taken(words) == left
    assert found.n_tokens == sum(len(reference.terms_of(text, RECIPE.terms)) for text in texts)


def test_the_steps_before_the_list_leave_all_others_out() -> None:
    early = ("stop_words", *(step for step in RECIPE.terms.order if step != "stop_words"))
    spec = before_stop_words(RECIPE.change(order=early, stop_words="spacy", masked_words=("a",)).terms)
    assert np.array_equal(reference.terms_of("The AT&T's 39", spec), ["The", "AT&T's", "39"])
