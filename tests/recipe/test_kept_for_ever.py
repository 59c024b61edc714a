"""Links and files that a program of recipe version 1 wrote: each opens as the same recipe for ever.

`recipes_of_version_1.json` was written by the program as it was when the steps got their table: by name, a recipe's
link, its file, its key through each stage, and its values where they are not the default's. It is never written again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bowcore.recipe.recipe import CHOICES, Recipe

KEPT: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("recipes_of_version_1.json").read_text(encoding="utf-8")
)
WITH_FILE = [name for name, kept in KEPT.items() if "toml" in kept]


def values_of(name: str) -> dict[str, Any]:
    values = KEPT["default"]["values"] | KEPT[name]["values"]
    return {field: tuple(value) if isinstance(value, list) else value for field, value in values.items()}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_link_opens_as_the_same_recipe(name: str) -> None:
    recipe = Recipe.from_link(KEPT[name]["link"])
    assert recipe == Recipe().change(**values_of(name))
    assert {field: recipe.value(field) for field in values_of(name)} == values_of(name)


@pytest.mark.parametrize("name", WITH_FILE)
def test_a_kept_file_opens_as_the_same_recipe(name: str) -> None:
    assert Recipe.from_toml(KEPT[name]["toml"]) == Recipe.from_link(KEPT[name]["link"])


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_recipe_still_has_the_keys_by_which_results_and_openings_name_it(name: str) -> None:
    recipe = Recipe.from_link(KEPT[name]["link"])
    assert {stage: recipe.key(stage) for stage in KEPT[name]["keys"]} == KEPT[name]["keys"]


def test_what_is_kept_has_every_choice_of_its_time_and_links_that_were_packed() -> None:
    for field in ("contractions", "stop_words", "word_forms", "token_pattern", "weighting", "optimiser", "select_by"):
        assert {values_of(name)[field] for name in KEPT} <= set(CHOICES[field])
    assert len({values_of(name)["order"] for name in KEPT}) > 30
    assert sum(kept["link"].startswith("1z;") for kept in KEPT.values()) == 3
