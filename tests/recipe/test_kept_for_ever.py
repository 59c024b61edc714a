"""Links and files that earlier programs wrote: each opens as the same recipe for ever.

`recipes_of_version_1.json` was written by the program as it was when the steps got their table: by name, a recipe's
link, its file, its key through each stage, and its values where they are not the default's. It is never written again.

`links_of_version_2.json` was written when links began to name a preset: links by name, and the values that are not the
defaults of version 1. It is never written again either: a preset that changes later must not change what they mean.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bowcore.recipe.link_presets import LINK_PRESETS
from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import CHOICES, EARLIER_KEY_DIGITS, Recipe

KEPT: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("recipes_of_version_1.json").read_text(encoding="utf-8")
)
LINKS_2: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("links_of_version_2.json").read_text(encoding="utf-8")
)
WITH_FILE = [name for name, kept in KEPT.items() if "toml" in kept]


def values_of(name: str, written: dict[str, dict[str, Any]] = KEPT) -> dict[str, Any]:
    values = KEPT["default"]["values"] | written[name]["values"]
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
    assert {stage: recipe.key(stage)[:EARLIER_KEY_DIGITS] for stage in KEPT[name]["keys"]} == KEPT[name]["keys"]


def test_what_is_kept_has_every_choice_of_its_time_and_links_that_were_packed() -> None:
    for field in ("contractions", "stop_words", "word_forms", "token_pattern", "weighting", "optimiser", "select_by"):
        assert {values_of(name)[field] for name in KEPT} <= set(CHOICES[field])
    assert len({values_of(name)["order"] for name in KEPT}) > 30
    assert sum(kept["link"].startswith("1z;") for kept in KEPT.values()) == 3


@pytest.mark.parametrize("name", LINKS_2)
def test_a_link_of_version_2_opens_as_the_same_recipe(name: str) -> None:
    recipe = Recipe.from_link(LINKS_2[name]["link"])
    assert {field: recipe.value(field) for field in values_of(name, LINKS_2)} == values_of(name, LINKS_2)


def test_the_kept_links_of_version_2_start_from_every_preset_and_have_every_choice() -> None:
    plain = [kept["link"].split(";") for kept in LINKS_2.values() if kept["link"].startswith("2;")]
    assert {name for _, name, *_ in plain} == set(LINK_PRESETS["2"])
    assert sum(kept["link"].startswith("1z;") for kept in LINKS_2.values()) == 1
    for field in ("contractions", "word_forms", "weighting", "norm", "optimiser", "select_by", "unknown", "keep"):
        assert {values_of(name, LINKS_2)[field] for name in LINKS_2} <= set(CHOICES[field])
        assert len({values_of(name, LINKS_2)[field] for name in LINKS_2}) > 1


def test_a_preset_that_changes_needs_a_new_version_and_old_links_keep_their_meaning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest = max(LINK_PRESETS, key=int)
    for name in LINK_PRESETS[newest]:  # links to presets that were added later start from one of these
        preset = PRESETS[name]
        assert Recipe.from_link(f"{newest};{name}") == preset, (
            f"The preset {name} has changed: add version {int(newest) + 1} to link_presets.py and leave {newest} alone"
        )
    before = Recipe.from_link("2;recommended")
    monkeypatch.setitem(PRESETS, "recommended", Recipe().change(stop_words="spacy"))
    assert Recipe.from_link("2;recommended") == before
