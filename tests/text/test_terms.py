import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bowcore.recipe.recipe import Recipe
from bowcore.text.cut import with_spaces
from bowcore.text.terms import AppliedStep, Chain, TermMap, apply_chain, identity_map
from bowcore.text.units import number_units
from tests.laws import examples
from tests.text import reference, tricky

law = examples(80)


def strings_of(term_map: TermMap) -> list[list[str]]:
    """What every type has become, from the tables alone."""
    strings = term_map.strings.to_pylist()
    parts = np.split(term_map.codes, term_map.offsets[1:-1])
    return [[strings[code] for code in part] for part in parts]


def pieces_of(step: AppliedStep) -> dict[str, list[str]]:
    """What the step made of every string before it."""
    before, after = step.before.strings.to_pylist(), step.after.strings.to_pylist()
    made: dict[str, list[str]] = {string: [] for string in before}
    for parent, code in zip(step.parents.tolist(), step.codes.tolist(), strict=True):
        made[before[parent]].append(after[code])
    return made


def chain_of(types: list[str], **values: object) -> Chain:
    return apply_chain(pa.array(types, pa.string()), Recipe().change(**values).terms)


TYPES = ["The", "the", "cat's", "cat", "well-known", "(1990s)", "---", "Cat"]


def test_a_chain_is_told_step_by_step() -> None:
    chain = chain_of(TYPES, stop_words="spacy")
    assert [step.name for step in chain.steps] == ["lower_case", "possessives", "punctuation", "digits", "stop_words"]
    lower, possessive, punctuation, digits, stop = chain.steps
    assert strings_of(lower.after) == [[word.lower()] for word in TYPES]
    assert pieces_of(possessive)["cat's"] == ["cat"]
    assert pieces_of(punctuation) == {
        "the": ["the"],
        "cat": ["cat"],
        "well-known": ["well", "known"],
        "(1990s)": ["1990s"],
        "---": [],
    }
    assert pieces_of(digits)["1990s"] == ["s"]
    assert strings_of(stop.after) == [[], [], ["cat"], ["cat"], ["known"], ["s"], [], ["cat"]]
    assert strings_of(chain.result) == strings_of(stop.after)
    assert chain.result.strings.to_pylist() == ["cat", "known", "s"]


def test_dropped_merged_and_split_types_can_be_counted_from_a_step() -> None:
    chain = chain_of(TYPES)
    punctuation = next(step for step in chain.steps if step.name == "punctuation")
    made = pieces_of(punctuation)
    assert sum(not pieces for pieces in made.values()) == 1
    assert sum(len(pieces) > 1 for pieces in made.values()) == 1
    lower = chain.steps[0]
    n_before, n_after = len(lower.before.strings), len(lower.after.strings)
    assert (n_before, n_after) == (8, 6), "The merges with the, Cat with cat"


def test_frequencies_and_counts_follow_the_types() -> None:
    chain = chain_of(["a-a", "b", "B", "..."])
    assert chain.result.strings.to_pylist() == ["a", "b"]
    assert chain.result.matrix().toarray().tolist() == [[2, 0], [0, 1], [0, 1], [0, 0]]
    assert chain.result.frequencies(np.array([3, 1, 10, 100])).tolist() == [6, 11]


def test_the_order_of_steps_is_the_recipes() -> None:
    usual = chain_of(["The", "the's"], stop_words="own", own_stop_words=("the",))
    early = [name for name in Recipe().terms.order if name not in ("stop_words", "possessives")]
    late = chain_of(
        ["The", "the's"], stop_words="own", own_stop_words=("the",), order=("stop_words", *early, "possessives")
    )
    assert strings_of(usual.result) == [[], []]
    assert strings_of(late.result) == [[], ["the"]]
    assert late.steps[0].name == "stop_words"


def test_a_recipe_without_steps_leaves_every_type_as_it_is() -> None:
    chain = chain_of(["b", "A", "é"], lower_case=False, possessives=False, punctuation=False, digits=False)
    assert chain.steps == ()
    assert chain.result.strings.to_pylist() == ["A", "b", "é"]
    assert strings_of(chain.result) == [["b"], ["A"], ["é"]]


def test_a_chain_over_no_types_gives_no_terms() -> None:
    chain = chain_of([], contractions="cut", stop_words="spacy", word_forms="stem", token_pattern="scikit-learn")
    assert len(chain.result.strings) == 0
    assert chain.result.n_types == 0
    assert chain.result.matrix().shape == (0, 0)


def test_an_identity_map_maps_every_type_to_itself() -> None:
    assert strings_of(identity_map(pa.array(["b", "a"]))) == [["b"], ["a"]]


@law
@given(st.lists(tricky.units, unique=True, min_size=1, max_size=30), tricky.recipes)
def test_a_chain_gives_every_type_what_plain_python_gives_it(types: list[str], recipe: Recipe) -> None:
    chain = apply_chain(pa.array(types, pa.string()), recipe.terms)
    assert strings_of(chain.result) == [reference.terms_of_unit(string, recipe.terms) for string in types]
    assert chain.result.strings.to_pylist() == sorted(set(chain.result.strings.to_pylist()))


@law
@given(st.lists(tricky.units, unique=True, min_size=1, max_size=20), tricky.recipes)
def test_the_steps_retell_what_became_of_every_type(types: list[str], recipe: Recipe) -> None:
    chain = apply_chain(pa.array(types, pa.string()), recipe.terms)
    current = [[string] for string in types]
    for step in chain.steps:
        assert strings_of(step.before) == current
        made = pieces_of(step)
        expected = {
            string: reference.STEPS[step.name](string, recipe.terms) for strings in current for string in strings
        }
        assert made == expected
        current = [[piece for string in strings for piece in made[string]] for strings in current]
        assert strings_of(step.after) == current
    assert strings_of(chain.result) == current


@law
@given(tricky.documents, tricky.recipes)
def test_a_stream_of_terms_keeps_the_reading_order(texts: list[str], recipe: Recipe) -> None:
    units = number_units(with_spaces(pa.array(texts, pa.large_string())))
    result = apply_chain(units.types, recipe.terms).result
    codes, offsets = result.expand(units.ids, units.offsets)
    strings = result.strings.to_pylist()
    read = [[strings[code] for code in part] for part in np.split(codes, offsets[1:-1])]
    assert read == [reference.terms_of(text, recipe.terms) for text in texts]
