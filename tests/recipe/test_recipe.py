import dataclasses
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.errors import RecipeError
from bowcore.recipe.links import unpack
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import CHOICES, FIELDS, LONGEST, SETTINGS, STAGES, Recipe
from bowcore.recipe.specs import NetworkSpec
from bowcore.recipe.steps import MASK, STEPS
from tests.laws import examples

MARKS = ";,=%&?#+ \"'\\\n\t[]{}é’日😀İ"

EXAMPLES = {"blocks": ("words 1-2 tfidf", "characters 2-4 case ratio x0.5"), "models": ("svm 1", "logistic 2.5")}

texts = st.text(st.one_of(st.sampled_from(MARKS), st.characters(codec="utf-8", exclude_characters="\0")), max_size=8)
names = texts.filter(str.strip)


def bounds(name: str) -> tuple[int | float, int | float]:
    found = SETTINGS[name].bounds
    assert found is not None, name
    return found


def values_of(name: str) -> st.SearchStrategy[object]:
    default = Recipe().value(name)
    if name in CHOICES:
        return st.sampled_from(CHOICES[name])
    if name == "order":
        return st.permutations(STEPS).map(tuple)
    if name in ("own_stop_words", "masked_words"):
        return st.lists(texts.filter(bool), max_size=4).map(tuple)
    if name in EXAMPLES:
        return st.lists(st.sampled_from(EXAMPLES[name]), unique=True).map(tuple)
    if name == "corpus":
        return names
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, str):
        return texts
    low, high = bounds(name)
    return st.floats(low, high) if isinstance(default, float) else st.integers(int(low), int(high))


def recipe_of(values: dict[str, object]) -> Recipe:
    """The recipe with these values; stop words by spaCy's tokeniser bring the order that they need."""
    if values.get("stop_words") == "spacy-tokeniser":
        values |= {"ascii_letters": True, "order": STEPS}
    return Recipe().change(**values)


recipes = st.fixed_dictionaries({}, optional={name: values_of(name) for name in FIELDS}).map(recipe_of)

law = examples(60)


@law
@given(recipes)
@example(Recipe().change(own_stop_words=(";", ",", "=", "%", "%3B", "don't", "naïve", "日本", "😀", "a;b=c,d")))
def test_a_recipe_survives_its_link_and_its_toml(recipe: Recipe) -> None:
    assert Recipe.from_link(recipe.to_link()) == recipe
    assert Recipe.from_toml(recipe.to_toml()) == recipe


@law
@given(recipes)
def test_a_link_holds_what_differs_from_its_preset_and_only_signs_that_a_link_may_hold(recipe: Recipe) -> None:
    version, name, *parts = unpack(recipe.to_link()).split(";")
    assert version == "2"
    differ = [field for field in FIELDS if recipe.value(field) != PRESETS[name].value(field)]
    assert [part.split("=")[0] for part in parts] == differ
    assert recipe.to_link().isascii()
    assert not set(recipe.to_link()) & set(" &#?\"'<>\n\t")


@law
@given(recipes, recipes, st.sampled_from(STAGES))
def test_a_later_spec_never_changes_an_earlier_key(recipe: Recipe, other: Recipe, stage: str) -> None:
    later = STAGES[STAGES.index(stage) + 1 :]
    mixed = dataclasses.replace(recipe, **{name: getattr(other, name) for name in later})
    assert mixed.key(stage) == recipe.key(stage)
    assert mixed.through(stage) == recipe.through(stage)


@law
@given(recipes, recipes, st.sampled_from(STAGES))
def test_keys_are_equal_exactly_when_all_values_up_to_the_stage_are(one: Recipe, two: Recipe, stage: str) -> None:
    equal = all(getattr(one, name) == getattr(two, name) for name in STAGES[: STAGES.index(stage) + 1])
    assert (one.key(stage) == two.key(stage)) is equal


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_counts_in_its_stage_and_not_before(name: str) -> None:
    default = Recipe().value(name)
    if name in CHOICES:
        changed: object = CHOICES[name][1]
    elif isinstance(default, bool):
        changed = not default
    elif isinstance(default, str):
        changed = default + "x"
    elif isinstance(default, tuple):
        changed = tuple(reversed(default)) or EXAMPLES.get(name, ("word",))[:1]
    else:
        changed = next(bound for bound in bounds(name) if bound != default)
    recipe, position = Recipe().change(**{name: changed}), STAGES.index(FIELDS[name])
    differs = [recipe.key(stage) != Recipe().key(stage) for stage in STAGES]
    assert differs == [False] * position + [True] * (len(STAGES) - position)


def test_through_resets_every_later_spec_and_keeps_the_others() -> None:
    recipe = Recipe().change(lower_case=False, split_seed=1, vocabulary_size=5, epochs=9)
    assert recipe.through("terms") == Recipe().change(lower_case=False, split_seed=1)
    assert recipe.through("network") == recipe


def test_a_key_is_the_same_in_every_process() -> None:
    recipe = Recipe().change(own_stop_words=("b", "a", "é"))
    code = "from bowcore.recipe.recipe import Recipe; print(Recipe().change(own_stop_words=('é', 'a', 'b', 'a')).key())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == recipe.key()
    assert len(recipe.key()) == 24  # 2^48 tries find two recipes with one key


def test_the_name_of_a_mask_has_40_characters_at_most() -> None:
    assert Recipe().change(mask_name="x" * 40).terms.mask_name == "x" * 40
    with pytest.raises(RecipeError, match=r"1,041 characters, but at most 40 are allowed; shorten it") as caught:
        Recipe().change(mask_name="x" * 1041)
    assert caught.value.field == "mask_name"


@pytest.mark.parametrize(("name", "longest"), LONGEST.items())
def test_names_from_outside_have_a_length(name: str, longest: int) -> None:
    Recipe().change(**{name: "x" * longest})
    with pytest.raises(RecipeError, match=f"{name} has {longest + 1:,} characters; at most {longest:,}") as caught:
        Recipe().change(**{name: "x" * (longest + 1)})
    assert caught.value.field == name


@pytest.mark.parametrize("name", ["own_stop_words", "masked_words"])
def test_own_words_are_a_set_whatever_their_order(name: str) -> None:
    one, two = (Recipe().change(**{name: words}) for words in (("b", "a", "b"), ("a", "b")))
    assert one == two
    assert one.key() == two.key()


def test_change_names_fields_without_their_stage_and_leaves_the_recipe_alone() -> None:
    recipe = Recipe()
    changed = recipe.change(epochs=3, lower_case=False)
    assert (changed.network.epochs, changed.terms.lower_case) == (3, False)
    assert recipe == Recipe()
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.network.epochs = 4


def test_values_lists_every_field_of_every_stage() -> None:
    fields = [item.name for stage in STAGES for item in dataclasses.fields(getattr(Recipe(), stage))]
    assert list(Recipe().values()) == fields
    assert len(set(fields)) == len(fields)


def test_a_whole_number_is_taken_where_a_number_is_meant() -> None:
    recipe = Recipe().change(learning_rate=1)
    assert recipe == Recipe().change(learning_rate=1.0)
    assert recipe.key() == Recipe().change(learning_rate=1.0).key()
    assert type(recipe.network.learning_rate) is float


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lower_case", 1, "true or false"),
        ("lower_case", None, "true or false"),
        ("lower_case", "yes", "true or false"),
        ("ngrams", True, "a whole number"),
        ("ngrams", 2.0, "a whole number"),
        ("ngrams", "2", "a whole number"),
        ("ngrams", 4, "between 1 and 3"),
        ("ngrams", 0, "between 1 and 3"),
        ("vocabulary_size", -1, "between 0 and 1,000,000,000"),
        ("vocabulary_size", 10**400, "too large"),
        ("learning_rate", 10**400, "too large"),
        ("learning_rate", float("nan"), "between"),
        ("learning_rate", float("inf"), "between"),
        ("learning_rate", True, "a number"),
        ("max_document_share", 1.01, "between 0.0 and 1.0"),
        ("weighting", "TFIDF", "count, binary, tfidf"),
        ("weighting", "", "count, binary, tfidf"),
        ("weighting", ["count"], "text"),
        ("own_stop_words", ["the"], "a list"),
        ("own_stop_words", ("the", ""), "none of them empty"),
        ("own_stop_words", ("the", 3), "list of words"),
        ("own_stop_words", ("\ud800",), "list of words"),
        ("masked_words", ("afp", ""), "none of them empty"),
        ("leak_similarity", 0.4, "between 0.5 and 1.0"),
        ("unknown", "unknown", "leave-out, unk"),
        ("order", (*STEPS, STEPS[0]), "each of these steps once"),
        ("order", (STEPS[0], STEPS[0]), "each of these steps once"),
        ("order", (*STEPS[1:], "no_such_step"), "each of these steps once"),
        ("order", (MASK, *STEPS), "each of these steps once"),
        ("order", (1, *STEPS[1:]), "each of these steps once"),
        ("corpus", " ", "bbc-news"),
        ("corpus", "\ud800", "half a character"),
        ("split_seed", 2**32, "4,294,967,295"),
        ("no_such_field", 1, "fields are"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_field_and_reason(name: str, value: object, said: str) -> None:
    with pytest.raises(RecipeError, match=r"\S") as caught:
        Recipe().change(**{name: value})
    assert caught.value.field == name
    assert name in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[terms\nlower_case = true", "line 1"),
        ("lower_case = true", "'lower_case' is not a part of a recipe"),
        ("corpus = 'bbc-news'", "'corpus' is not a part of a recipe"),
        ("[steps]\nlower_case = true", "'steps' is not a part of a recipe"),
        ("[terms]\nlowercase = true", "'lowercase' is not a field of 'terms'; its fields are lower_case"),
        ("[network]\nlower_case = true", "'lower_case' is not a field of 'network'"),
        ("[terms]\nngrams = '2'", "ngrams = '2' must be a whole number"),
        ("[terms]\nngrams = 1979-05-27", "must be a whole number"),
        ("[terms]\norder = [1, 'digits']", "each of these steps once"),
        ("[terms]\norder = [['digits'], 2]", "each of these steps once"),
        ("[terms]\nown_stop_words = [['a']]", "list of words"),
        ("[terms]\nown_stop_words = 'a'", "must be a list"),
        ("[vocabulary]\nvocabulary_size = 1" + "0" * 400, "too large"),
        ("[vocabulary]\nvocabulary_size = 1" + "0" * 5000, "not valid TOML"),
        ("[terms]\norder = " + "[" * 5000, "not valid TOML"),
        ("[terms]\nngrams = 1\n[terms]\nngrams = 2", "not valid TOML"),
    ],
)
def test_toml_that_cannot_be_read_says_which_part(text: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(text)
    assert said in str(caught.value)


def test_what_toml_leaves_out_keeps_its_default() -> None:
    assert Recipe.from_toml("") == Recipe()
    assert Recipe.from_toml("[network]\nepochs = 7\n") == Recipe().change(epochs=7)


def test_toml_has_one_table_a_stage_with_every_value() -> None:
    tables = tomllib.loads(Recipe().to_toml())
    assert {name: table for table in tables.values() for name in table}.keys() == FIELDS.keys()
    assert list(tables) == list(STAGES)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("", "version ''"),
        ("3;recommended", "version '3'"),
        ("lower_case=1", "reads versions 1 to 2"),
        ("2", "preset ''"),
        ("2;lower_case=1", "preset 'lower_case=1'"),
        ("2;recommended;", "field ''"),
        ("2;recommended;lowercase=1", "'lowercase'"),
        ("x" * 5000, "version 'xxxxxxxxxxxxxxxxxxxx'"),
        ("1;lowercase=1", "'lowercase'"),
        ("1;", "field ''"),
        ("1;lower_case=true", "lower_case the value 'true'"),
        ("1;lower_case", "lower_case the value ''"),
        ("1;epochs=3.5", "epochs the value '3.5'"),
        ("1;epochs=", "epochs the value ''"),
        ("1;epochs=201", "epochs = 201 must be between 1 and 200"),
        ("1;epochs=1" + "0" * 5000, "epochs the value '1000"),
        ("1;learning_rate=nan", "learning_rate = nan"),
        ("1;weighting=%74fid", "weighting = 'tfid'"),
        ("1;order=digits,digits", "each of these steps once"),
        ("1;order=digit", "each of these steps once"),
    ],
)
def test_a_link_that_cannot_be_read_says_which_part(link: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_link(link)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


@law
@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map(lambda text: "1;" + text)))
@example("2;recommended;own_stop_words=%FF%00")
@example("1;own_stop_words=%FF%00")
def test_any_text_as_a_link_is_a_recipe_or_a_recipe_error(link: str) -> None:
    try:
        recipe = Recipe.from_link(link)
    except RecipeError:
        return
    assert Recipe.from_link(recipe.to_link()) == recipe


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=4,
)


@law
@given(st.sampled_from(list(FIELDS)), JSON_VALUES)
def test_any_value_that_a_browser_sends_is_taken_or_refused_by_name(name: str, value: object) -> None:
    try:
        recipe = Recipe().change(**{name: value})
    except RecipeError as error:
        assert error.field == name
        return
    assert type(recipe.value(name)) is type(Recipe().value(name))
    json.dumps(recipe.values())


def test_a_spec_checks_itself_when_its_recipe_is_made() -> None:
    with pytest.raises(RecipeError, match="epochs"):
        Recipe(network=NetworkSpec(epochs=0))


def test_stop_words_by_spacys_tokeniser_want_ascii_letters_before_them() -> None:
    recipe = Recipe().change(ascii_letters=True)
    assert recipe.change(stop_words="spacy-tokeniser").terms.stop_words == "spacy-tokeniser"
    late = ("stop_words", *(step for step in STEPS if step != "stop_words"))
    for changes in ({"ascii_letters": False}, {"order": late}):
        with pytest.raises(RecipeError, match="switch on ascii_letters, before stop_words") as caught:
            recipe.change(stop_words="spacy-tokeniser", **changes)
        assert caught.value.field == "stop_words"


DEEP = ".".join(["a"] * 8_000)


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{DEEP} = 1", "line 1 has more than 2 parts"),
        (f"[terms]\n[{DEEP}]", "line 2 has more than 2 parts"),
        (f"terms = {{{DEEP} = 1}}", "line 1 has more than 2 parts"),
        ("'a' . \"b\".c = 1", "line 1 has more than 2 parts"),
        ("x = 1\n" * 50_000, "300,000 bytes; at most 256,000 are read"),
        ("[terms]\n" + "k" * 100_000 + " = 1", "is not a field of 'terms'"),
        ("[" + "k" * 100_000 + "]", "is not a part of a recipe"),
        ("[corpus]\ncorpus = [0x" + "f" * 100_000 + "]", "corpus = a tuple must be text"),
        ("[weighting]\nweighting = '" + "w" * 100_000 + "'", "must be one of count"),
        ("[terms]\nown_stop_words = [" + "'a'," * 50_000 + "]", "50,000 words; at most 5,000"),
        ("[terms]\nmasked_words = ['" + "a" * 101 + "']", "a word of 101 characters; at most 100"),
        ('[corpus]\ncorpus = """\\"""\\"""' + '\\"""' * 50_000, "not valid TOML"),
    ],
)
def test_a_file_that_would_keep_the_server_busy_is_refused_at_once(
    text: str, said: str, tried: Callable[[str], None]
) -> None:
    tried("large or deep TOML")
    began = time.process_time()
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(text)
    assert time.process_time() - began < 2
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400
    assert not re.search(r"(k|w|f){61}", str(caught.value))


def test_dots_in_texts_comments_and_numbers_are_no_parts_of_a_key() -> None:
    text = '[terms] # a.b.c.d\nown_stop_words = ["a.b.c.d", \'e.f.g\', """h.i.j"""]\nmask_name = "a.b.c"\n'
    assert Recipe.from_toml(f"{text}[network]\nlearning_rate = 0.5").terms.own_stop_words == (
        "a.b.c.d",
        "e.f.g",
        "h.i.j",
    )
    assert Recipe.from_toml("network.epochs = 7").network.epochs == 7


def test_lists_of_5000_words_of_100_characters_are_taken() -> None:
    words = tuple(f"{i:0100}" for i in range(5_000))
    assert Recipe().change(own_stop_words=words).terms.own_stop_words == words
    assert Recipe().change(masked_words=words[:1]).terms.masked_words == words[:1]


@pytest.mark.parametrize(
    "text", ["1;\ud800=1", "2;\ud800", "\ud800", "1;epochs=\ud800", "1;\u202elower=1", "1;\x1b[31m=1"]
)
def test_what_a_message_quotes_of_a_link_can_be_shown_anywhere(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_link(text)
    assert str(caught.value).encode()
    assert str(caught.value).isprintable()
