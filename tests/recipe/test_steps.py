"""The table of steps, and orders that lack some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.errors import RecipeError
from bowcore.recipe.recipe import DEFAULTS, SETTINGS, Recipe
from bowcore.recipe.steps import MASK, STEP_TABLE, STEPS, TermsSpec, complete_order


@pytest.mark.parametrize(
    ("order", "completed"),
    [
        ((), STEPS),
        (STEPS, STEPS),
        (STEPS[:-1], STEPS),
        (STEPS[1:], STEPS),
        (tuple(step for step in STEPS if step != "digits"), STEPS),
        (
            ("stop_words", "lower_case", "possessives", "punctuation", "ascii_letters", "contractions"),
            # digits behind punctuation; word forms behind stop words, and the pattern behind them
            (
                "stop_words", "word_forms", "token_pattern", "lower_case", "possessives", "punctuation", "digits",
                "ascii_letters", "contractions",
            ),
        ),
    ],
)  # fmt: skip
def test_a_step_that_an_order_lacks_stands_behind_its_usual_neighbour(
    order: tuple[str, ...], completed: tuple[str, ...]
) -> None:
    assert (
        complete_order(order) == TermsSpec(order=order).order == Recipe().change(order=order).terms.order == completed
    )


@given(st.permutations(STEPS), st.sets(st.sampled_from(STEPS)))
def test_what_an_order_names_keeps_its_order(order: list[str], named: set[str]) -> None:
    kept = tuple(step for step in order if step in named)
    completed = complete_order(kept)
    assert tuple(step for step in completed if step in named) == kept
    assert sorted(completed) == sorted(STEPS)


@pytest.mark.parametrize("lacking", STEPS)
def test_links_and_files_whose_order_lacks_a_step_open_with_the_usual_order(lacking: str) -> None:
    order = [step for step in STEPS if step != lacking]
    assert Recipe.from_link(f"1;order={','.join(order)}") == Recipe()
    assert Recipe.from_toml(f"[terms]\norder = {order!r}") == Recipe()


@pytest.mark.parametrize("order", ["no_such_step", "digits,digits", f"{MASK},digits", ",".join((*STEPS, STEPS[0]))])
def test_an_order_with_an_unknown_step_or_one_twice_is_refused(order: str) -> None:
    with pytest.raises(RecipeError, match="each of these steps once") as caught:
        Recipe.from_link(f"1;order={order}")
    assert caught.value.field == "order"


def test_a_step_that_comes_later_changes_nothing_until_it_is_switched_on() -> None:
    for name, known in SETTINGS.items():
        if known.added and name in STEP_TABLE:
            assert DEFAULTS[name] == STEP_TABLE[name].off
    assert all(value.off in ((), False, *(option.value for option in value.options)) for value in STEP_TABLE.values())
