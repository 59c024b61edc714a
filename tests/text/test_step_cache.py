from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import MASK, STEP_TABLE, STEPS, TermsSpec
from bowcore.text.step_cache import Lexicon, only_steps
from bowcore.text.terms import apply_chain, lexicon_of
from tests.laws import examples
from tests.text import reference, tricky

TYPES = ["The", "the", "cat's", "cat", "well-known", "(1990s)", "---", "Cat"]


def terms_of(types: pa.StringArray, recipe: Recipe, lexicon: Lexicon) -> list[list[str]]:
    result = apply_chain(types, recipe.terms, lexicon).result
    strings = result.strings.to_pylist()
    assert strings == sorted(set(strings))
    return [
        [strings[code] for code in result.codes[first:last]]
        for first, last in zip(result.offsets, result.offsets[1:], strict=False)
    ]


def test_every_field_of_the_steps_is_read_by_a_step() -> None:
    assert tuple(STEP_TABLE) == (*STEPS, MASK)
    read = {read for name, row in STEP_TABLE.items() for read in (name, *row.also_reads)}
    assert read == {item.name for item in fields(TermsSpec)} - {"ngrams", "order", "mask_name"}


@examples(60)
@given(st.lists(tricky.units, unique=True, min_size=1, max_size=20), st.lists(tricky.recipes, min_size=2, max_size=6))
def test_a_lexicon_that_served_other_recipes_gives_what_plain_python_gives(
    types: list[str], recipes: list[Recipe]
) -> None:
    array = pa.array(types, pa.string())
    lexicon = Lexicon(array)
    for recipe in [*recipes, *reversed(recipes)]:
        expected = [reference.terms_of_unit(string, recipe.terms) for string in types]
        assert terms_of(array, recipe, lexicon) == expected
        steps = apply_chain(array, recipe.terms, lexicon).steps
        assert all(
            step.before.strings.to_pylist() == list(dict.fromkeys(step.before.strings.to_pylist())) for step in steps
        )


def test_a_step_is_asked_about_a_string_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from bowcore.text import step_cache as module

    asked: list[tuple[str, str]] = []
    apply_step = module.apply_step

    def watched(name: str, strings: pa.StringArray, spec: TermsSpec) -> object:
        asked.extend((name, string) for string in strings.to_pylist())
        return apply_step(name, strings, spec)

    monkeypatch.setattr(module, "apply_step", watched)
    array = pa.array(TYPES, pa.string())
    lexicon = Lexicon(array)
    for stop_words in ("keep", "spacy", "keep", "scikit-learn"):
        apply_chain(array, Recipe().change(stop_words=stop_words, lower_case=stop_words != "spacy").terms, lexicon)
    before_stop_words = [pair for pair in asked if pair[0] != "stop_words"]
    assert len(before_stop_words) == len(set(before_stop_words))
    assert ("possessives", "cat's") in before_stop_words


def test_threads_that_share_a_lexicon_get_the_terms_that_each_would_get_alone() -> None:
    array = pa.array([f"{word}{number}" for word in TYPES for number in range(50)], pa.string())
    recipes = [
        Recipe().change(stop_words=stop, lower_case=lower, word_forms=forms)
        for stop in ("keep", "spacy")
        for lower in (True, False)
        for forms in ("as-written", "stem")
    ]
    lexicon = Lexicon(array)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda recipe: terms_of(array, recipe, lexicon), recipes * 3))
    assert together == [terms_of(array, recipe, Lexicon(array)) for recipe in recipes] * 3


def test_equal_types_have_one_lexicon_only_if_they_are_the_same_object() -> None:
    one, other = pa.array(TYPES, pa.string()), pa.array(TYPES, pa.string())
    assert lexicon_of(one) is lexicon_of(one)
    assert lexicon_of(one) is not lexicon_of(other)


def test_a_chain_tells_what_each_step_cost_and_which_steps_were_known() -> None:
    lexicon = Lexicon(pa.array(TYPES, pa.string()))
    first = apply_chain(lexicon.types, Recipe().terms, lexicon).costs
    assert [cost.name for cost in first] == ["lower_case", "possessives", "punctuation", "digits"]
    assert not any(cost.from_cache for cost in first)
    assert (first[0].n_strings, first[0].n_new) == (8, 8)
    assert first[1].n_new == 6  # the, cat's, cat, well-known, (1990s), ---
    again = apply_chain(lexicon.types, Recipe().terms, lexicon).costs
    assert [(cost.seconds, cost.from_cache) for cost in again] == [(cost.seconds, True) for cost in first]


def test_only_the_steps_behind_a_flipped_switch_are_taken_again() -> None:
    lexicon = Lexicon(pa.array(TYPES, pa.string()))
    apply_chain(lexicon.types, Recipe().terms, lexicon)
    flipped = apply_chain(lexicon.types, Recipe().change(punctuation=False, stop_words="spacy").terms, lexicon).costs
    assert [(cost.name, cost.from_cache) for cost in flipped] == [
        ("lower_case", True),
        ("possessives", True),
        ("digits", False),
        ("stop_words", False),
    ]
    # (1990s), --- and well-known come to digits with their signs for the first time; the and cat it knows
    assert flipped[2].n_new == 3


def test_a_step_that_learned_new_strings_is_kept_once() -> None:
    lexicon = Lexicon(pa.array(TYPES, pa.string()))
    recipes = [Recipe().change(punctuation=punctuation) for punctuation in (True, False, True)]
    followed = [lexicon.follow(recipe.terms) for recipe in recipes]
    digits = [next(memo for memo in one.memos if memo.name == "digits") for one in followed]
    assert digits[1] is not digits[0]  # the signs were new to it
    assert digits[2] is digits[1]
    assert followed[2].strands == followed[0].strands


@examples(40)
@given(tricky.units, tricky.recipes, st.sets(st.sampled_from((*STEPS, MASK))))
def test_only_the_named_steps_are_taken_in_the_recipes_order(unit: str, recipe: Recipe, names: set[str]) -> None:
    if recipe.terms.stop_words == "spacy-tokeniser":
        names = names | {"ascii_letters"}  # a recipe without them is refused
    strings = [unit]
    for name in (*recipe.terms.order, MASK):
        if name in names:
            strings = [piece for string in strings for piece in reference.STEPS[name](string, recipe.terms)]
    types = pa.array([unit], pa.string())
    assert terms_of(types, recipe.change(**vars_of(only_steps(recipe.terms, names))), Lexicon(types)) == [strings]


def vars_of(spec: TermsSpec) -> dict[str, object]:
    return {item.name: getattr(spec, item.name) for item in fields(TermsSpec)}


def test_a_text_of_one_long_run_takes_memory_in_proportion_to_its_length() -> None:
    run = ",".join("ab"[position % 2] + "cde"[position % 3] for position in range(500_000))
    usual, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        (terms,) = terms_of(pa.array([run], pa.string()), Recipe(), Lexicon(pa.array([run], pa.string())))
    finally:
        pa.set_memory_pool(usual)
    assert terms == run.split(",")
    assert pool.max_memory() < 50 * len(run)  # a copy of the run for each of its pieces would be 500,000 times
