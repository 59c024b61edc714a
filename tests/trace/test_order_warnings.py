import random
import re

import pytest

from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.recipe.steps import STEP_TABLE, STEPS
from bowcore.trace.order_warnings import _flaws, fixed_order, order_flaws
from tests.text import reference


def first(*steps: str) -> tuple[str, ...]:
    """The usual order with these steps put first."""
    return (*steps, *(step for step in STEPS if step not in steps))


def order_warnings(recipe: Recipe) -> tuple[str, ...]:
    """The sentences of a recipe's flaws."""
    return tuple(flaw.message for flaw in order_flaws(recipe))


def last(*steps: str) -> tuple[str, ...]:
    """The usual order with these steps put last."""
    return (*(step for step in STEPS if step not in steps), *steps)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_no_preset_has_a_warning(name: str) -> None:
    assert order_warnings(PRESETS[name]) == ()


FLAWS = [
    # what the recipe changes, an example, what the plain pipeline makes of it, the warning's beginning and remedy
    (
        {"stop_words": "spacy", "order": first("stop_words")},
        "the,",
        ["the"],
        "Stop words come before punctuation: “the,” is not on the list",
        "Put stop words after punctuation",
    ),
    (
        {"stop_words": "spacy", "order": first("stop_words")},
        "the's",
        ["the"],
        "Stop words come before possessives: “the's” is not on the list",
        "Put stop words after possessives",
    ),
    (
        {"stop_words": "scikit-learn", "order": last("digits")},
        "the1",
        ["the"],
        "Stop words come before digits: “the1” is not on the list",
        "Put stop words after digits",
    ),
    (
        {"stop_words": "spacy", "contractions": "split", "order": last("contractions")},
        "don't",
        ["do", "n't"],
        "Stop words come before contractions: “don't” is not on the list",
        "Put stop words after contractions",
    ),
    (
        {"stop_words": "spacy", "word_forms": "stem", "order": last("stop_words")},
        "above",
        ["abov"],
        "Word forms come before stop words: “above” becomes “abov”",
        "Put word forms after stop words",
    ),
    (
        {"word_forms": "lemma-lookup", "order": first("word_forms")},
        "MICE",
        ["mice"],
        "Word forms come before lower case: “MICE” is not recognised, and “mice” stays where “mouse” was meant",
        "Put word forms after lower case",
    ),
    (
        {"word_forms": "stem", "order": last("punctuation")},
        "walks,",
        ["walks"],
        "Word forms come before punctuation: “walks,” is not recognised, and “walks” stays where “walk” was meant",
        "Put word forms after punctuation",
    ),
    (
        {"contractions": "split", "order": first("contractions")},
        "canada's",
        ["canada", "'s"],
        "Contractions come before possessives: “canada's” is split into canada and 's",
        "Put possessives before contractions",
    ),
    (
        {"contractions": "split", "stop_words": "spacy", "order": first("lower_case", "contractions")},
        "canada's,",
        ["canada", "s"],
        "Contractions come before possessives: “canada's,” is split into canada and s",
        "Put possessives before contractions",
    ),
    (
        {"order": first("possessives")},
        "CANADA'S",
        ["canada's"],
        "Possessives come before lower case: the rule drops a small “'s” only, and of “CANADA'S” “canada's” stays",
        "Put lower case before possessives",
    ),
    (
        {"units": "lemmas"},
        "'s",
        ["'s"],
        "Lemmas come before possessives: the tagger splits “canada's”",
        "Remove stop words",
    ),
    (
        {"units": "lemmas", "ascii_letters": True, "punctuation": False},
        "'s",
        ["s"],
        "Lemmas come before possessives",
        "“s” stays as a term. Remove stop words",
    ),
    (
        {"token_pattern": "scikit-learn"},
        "don't",
        ["don"],
        "Scikit-learn's token pattern undoes contractions: “don't” comes to it as don't, and only “don” stays",
        "Set Tokens to “As split”",
    ),
]


@pytest.mark.parametrize(("changes", "unit", "pieces", "said", "remedy"), FLAWS)
def test_a_flaw_shown_by_the_plain_pipeline_is_reported_with_its_remedy(
    changes: dict[str, object], unit: str, pieces: list[str], said: str, remedy: str
) -> None:
    recipe = Recipe().change(**changes)
    assert reference.terms_of_unit(unit, recipe.terms) == pieces
    messages = [message for message in order_warnings(recipe) if message.startswith(said)]
    assert len(messages) == 1
    assert remedy in messages[0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stop_words": "spacy", "word_forms": "stem"},
        {"stop_words": "scikit-learn", "word_forms": "lemma-lookup", "contractions": "split"},
        {"stop_words": "spacy", "possessives": False, "order": last("lower_case")},
        {"stop_words": "own", "own_stop_words": ("soup",), "possessives": False, "order": last("lower_case")},
        {"lower_case": False, "order": last("lower_case")},
        {"contractions": "cut", "token_pattern": "scikit-learn"},
        {"units": "lemmas", "stop_words": "spacy"},
        {"units": "lemmas", "token_pattern": "scikit-learn"},
        {"units": "lemmas", "possessives": False},
        {"ascii_letters": True, "stop_words": "spacy-tokeniser"},
    ],
)
def test_a_recipe_without_a_flaw_has_no_warning(changes: dict[str, object]) -> None:
    assert order_warnings(Recipe().change(**changes)) == ()


@pytest.mark.parametrize("lower_case", [True, False])
@pytest.mark.parametrize("contractions", CHOICES["contractions"])
@pytest.mark.parametrize("word_forms", CHOICES["word_forms"])
def test_the_usual_order_needs_no_fix(word_forms: str, contractions: str, lower_case: bool) -> None:
    recipe = Recipe().change(word_forms=word_forms, contractions=contractions, lower_case=lower_case)
    for changed in (recipe, recipe.change(stop_words="spacy"), recipe.change(punctuation=False)):
        assert fixed_order(changed) == STEPS
        assert not [flaw for flaw in order_flaws(changed) if flaw.order]


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({"order": first("possessives")}, ["CANADA'S", "Canada's,"]),
        ({"order": first("possessives", "contractions"), "contractions": "split"}, ["CANADA'S", "(canada's"]),
        ({"order": first("contractions"), "contractions": "split", "stop_words": "spacy"}, ["Canada's,", "canada's"]),
        ({"order": first("contractions", "possessives"), "contractions": "cut"}, ["Canada's,", "CANADA'S"]),
    ],
)
def test_after_the_fixed_order_no_possessive_leaves_its_ending(changes: dict[str, object], units: list[str]) -> None:
    recipe = Recipe().change(**changes)
    assert any(reference.terms_of(unit, recipe.terms) != ["canada"] for unit in units)
    mended = recipe.change(order=fixed_order(recipe))
    assert [reference.terms_of(unit, mended.terms) for unit in units] == [["canada"]] * len(units)


WORD_FORMS_SECOND = ("lower_case", "word_forms", *(step for step in STEPS[1:] if step != "word_forms"))
STEP_BY_NAME = {row.called: step for step, row in STEP_TABLE.items()}


def drawn_recipes(n_recipes: int) -> list[Recipe]:
    generator = random.Random(7)
    return [
        Recipe().change(
            order=tuple(generator.sample(STEPS, len(STEPS))),
            stop_words=generator.choice(("keep", "spacy", "scikit-learn")),
            **{name: generator.choice(CHOICES[name]) for name in ("contractions", "word_forms")},
        )
        for _ in range(n_recipes)
    ]


def test_a_flaw_carries_the_order_that_its_sentence_asks_for() -> None:
    n_flaws = 0
    for recipe in drawn_recipes(10):
        for flaw in order_flaws(recipe):
            remedy = re.search(r"Put (.+) (after|before) (.+)\.$", flaw.message)
            if remedy is None:
                assert flaw.order == ()
                continue
            n_flaws += 1
            step, where, other = (STEP_BY_NAME.get(part, part) for part in remedy.groups())
            assert sorted(flaw.order) == sorted(STEPS)
            place, anchor = flaw.order.index(step), flaw.order.index(other)
            assert place > anchor if where == "after" else place < anchor
    assert n_flaws > 10


def test_the_fixed_order_leaves_no_flaw_of_order() -> None:
    n_mended = 0
    for recipe in drawn_recipes(20):
        mended = recipe.change(order=fixed_order(recipe))
        n_mended += mended != recipe
        assert not [flaw for flaw in order_flaws(mended) if flaw.order]
        assert not [message for message in order_warnings(mended) if "Put " in message]
    assert n_mended > 10


def test_an_order_without_a_flaw_is_its_own_fixed_order() -> None:
    recipe = Recipe().change(possessives=False, order=last("lower_case"))
    assert fixed_order(recipe) == last("lower_case")


@pytest.mark.parametrize(
    ("word_forms", "contractions"),
    [*((name, "keep") for name in CHOICES["word_forms"]), ("as-written", "split"), ("stem", "split")],
)
def test_apostrophes_cut_by_the_token_pattern_are_reported_with_every_word_form(
    word_forms: str, contractions: str
) -> None:
    recipe = Recipe().change(token_pattern="scikit-learn", word_forms=word_forms, contractions=contractions)
    (flaw,) = order_flaws(recipe)
    assert flaw.message.startswith("Scikit-learn's token pattern undoes contractions: “don't”")
    assert flaw.order == ()  # tokens as split and contractions cut are both remedies


def test_a_split_negation_whose_lemma_is_looked_up_survives_the_token_pattern() -> None:
    recipe = Recipe().change(token_pattern="scikit-learn", word_forms="lemma-lookup", contractions="split")
    assert reference.terms_of("don't", recipe.terms) == ["do", "not"]
    assert order_flaws(recipe) == ()


def test_looked_up_lemmas_before_possessives_are_reported_and_fixed() -> None:
    recipe = Recipe().change(word_forms="lemma-lookup", order=WORD_FORMS_SECOND)
    assert reference.terms_of("mice's", recipe.terms) == ["mice"]
    assert any(message.startswith("Word forms come before possessives: “mice's”") for message in order_warnings(recipe))
    mended = recipe.change(order=fixed_order(recipe))
    assert reference.terms_of("mice's", mended.terms) == ["mouse"]


def test_stems_before_possessives_are_no_flaw_as_the_stemmer_cuts_the_ending_itself() -> None:
    recipe = Recipe().change(word_forms="stem", order=WORD_FORMS_SECOND)
    assert reference.terms_of("walks's", recipe.terms) == ["walk"]
    assert not any("possessives" in message for message in order_warnings(recipe))


def test_warnings_do_not_depend_on_the_corpus() -> None:
    recipe = Recipe().change(stop_words="spacy", order=first("stop_words"))
    assert order_warnings(recipe) == order_warnings(recipe.change(corpus="ag-news", hidden=3)) != ()


def test_the_cache_of_flaws_is_bounded() -> None:
    assert _flaws.cache_info().maxsize == 256
