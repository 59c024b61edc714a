"""Recipes in words."""

import pytest

from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import CHOICES, FIELDS, Recipe
from bowcore.recipe.steps import STEPS
from ui.shell.recipe_words import changes_in_words, recipe_in_words
from ui.texts import LABELS, OPTIONS, SHARES, SIZES, option, plain


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_is_told_in_words(name: str) -> None:
    assert "lower case" in recipe_in_words(PRESETS[name])


def test_different_recipes_read_differently() -> None:
    one = Recipe()
    for changed in (
        one.change(stop_words="spacy"),
        one.change(word_forms="stem"),
        one.change(ngrams=2),
        one.change(weighting="tfidf"),
        one.change(text_used="headline"),
        one.change(vocabulary_size=500),
        one.change(min_documents=3),
        one.change(max_document_share=0.5),
        one.change(lower_case=False),
    ):
        assert recipe_in_words(changed) != recipe_in_words(one)


def test_a_change_names_the_field_and_both_values() -> None:
    changed = Recipe().change(ngrams=2, vocabulary_size=500)
    words = changes_in_words(Recipe(), changed)
    assert f"{LABELS['ngrams']}: 1 → 1–2" in words
    assert f"{LABELS['vocabulary_size']}: All → 500" in words
    assert changes_in_words(changed, changed) == ""


def test_more_than_three_changes_are_counted() -> None:
    changed = Recipe().change(ngrams=2, vocabulary_size=500, lower_case=False, digits=False, punctuation=False)
    assert changes_in_words(Recipe(), changed).endswith("and 2 more")


LIVE = "x)** [Sign in](https://evil.example) **("


def test_what_a_link_names_is_no_markdown_of_the_header() -> None:
    masked = Recipe().change(masked_words=("bread",), mask_name=LIVE)
    assert f"1 word masked ({plain(LIVE)})" in recipe_in_words(masked)
    changed = Recipe().change(corpus=f"hub:{LIVE}", revision=LIVE, mask_name=LIVE)
    for words in (changes_in_words(Recipe(), changed), changes_in_words(changed, Recipe())):
        assert words.count(plain(LIVE)) == 3
        assert LIVE not in words


def test_every_field_has_a_label_and_every_choice_a_text() -> None:
    assert all(LABELS[field] for field in FIELDS)
    assert set(CHOICES) <= set(OPTIONS)
    for field, texts in OPTIONS.items():
        assert len(set(texts.values())) == len(texts), f"two values of {field} look alike"


def test_all_is_the_last_size_and_has_a_name() -> None:
    for field, sizes in (("vocabulary_size", SIZES), ("training_articles", SHARES)):
        assert sizes[-1] == 0
        assert option(field, 0) == "All"
        assert option(field, 20_000) == "20,000"


def test_a_mask_alone_is_told_by_its_words_and_name() -> None:
    words = tuple(f"{first}{last}" for first in "abcdef" for last in "vwxyz")
    masked = Recipe().change(masked_words=words, mask_name="sources")
    assert changes_in_words(Recipe(), masked) == "30 words masked (sources)"
    assert changes_in_words(masked, masked.change(mask_name="")) == "30 words masked"
    assert changes_in_words(masked, Recipe()) == "no words masked"
    listed = Recipe().change(stop_words="own", own_stop_words=("soup",))
    assert f"{LABELS['stop_words']}: Kept → My list; {LABELS['own_stop_words']}: 0 words → 1 word" in changes_in_words(
        Recipe(), listed
    )


def test_a_step_that_moved_is_told_by_its_positions() -> None:
    usual = Recipe()
    first = usual.change(order=("stop_words", *(step for step in STEPS if step != "stop_words")))
    assert changes_in_words(usual, first) == "Order of steps: stop words from position 7 to 1"
    assert changes_in_words(first, usual) == "Order of steps: stop words from position 1 to 7"
    assert changes_in_words(usual, usual.change(order=STEPS[::-1])) == "Order of steps: another order"


def test_what_is_taken_away_is_told_after_one_no() -> None:
    some = Recipe().change(possessives=True, punctuation=False, digits=True)
    assert "· no possessives, digits" in recipe_in_words(some)
    assert "no " not in recipe_in_words(some.change(possessives=False, digits=False))
