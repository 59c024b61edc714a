"""Tricky strings: the plain pipeline and the engine both give every expected result."""

from __future__ import annotations

import pytest

from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.trace.tricky_strings import TRICKY_STRINGS, TrickyString, terms_of_texts
from tests.text import reference

RECOMMENDED = preset("recommended")


@pytest.mark.parametrize("case", TRICKY_STRINGS, ids=lambda case: case.topic)
def test_the_recommended_recipe_makes_of_a_tricky_string_what_the_table_says(case: TrickyString) -> None:
    assert not RECOMMENDED.text.repair
    assert tuple(reference.terms_of(case.text, RECOMMENDED.terms)) == case.recommended
    assert terms_of_texts([case.text], RECOMMENDED) == [case.recommended]


def test_every_tricky_string_is_listed_once() -> None:
    assert len({case.text for case in TRICKY_STRINGS}) == len(TRICKY_STRINGS)


@pytest.mark.parametrize(
    "changes",
    [
        {"contractions": "split", "stop_words": "spacy"},
        {"contractions": "cut", "token_pattern": "scikit-learn"},
        {"ascii_letters": True, "word_forms": "stem"},
        {"lower_case": False, "possessives": False, "punctuation": False, "digits": False},
    ],
)
def test_all_tricky_strings_together_equal_the_plain_pipeline(changes: dict[str, object]) -> None:
    recipe = Recipe().change(**changes)
    found = terms_of_texts([case.text for case in TRICKY_STRINGS], recipe)
    assert found == [tuple(reference.terms_of(case.text, recipe.terms)) for case in TRICKY_STRINGS]


def test_repair_straightens_curly_apostrophes_and_joins_halves_of_entities_first() -> None:
    repaired = RECOMMENDED.change(repair=True)
    assert terms_of_texts(["don’t", "Canada #39;s", "AT amp;T"], repaired) == [("don't",), ("canada",), ("at", "t")]


def test_empty_and_blank_lines_have_no_terms() -> None:
    assert terms_of_texts(["", " \t"], RECOMMENDED) == [(), ()]
    assert terms_of_texts([], RECOMMENDED) == []


def test_lemmas_are_read_in_place_of_the_words() -> None:
    lemmas = [(("do", "not"), ("US",)), (), (("plane",), (",",))]
    assert terms_of_texts(["don't US", "", "planes ,"], RECOMMENDED, lemmas) == [("do", "not", "us"), (), ("plane",)]
    assert terms_of_texts([], RECOMMENDED, []) == []
