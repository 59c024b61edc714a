"""Recipes too long for an address, kept on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bowcore.errors import OutputError, RecipeError
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.kept_recipes import keep_recipe, open_recipe

LONG = Recipe().change(stop_words="own", own_stop_words=tuple(f"word{i}" for i in range(3_000)))


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    return bowlab_home


def test_a_kept_recipe_is_opened_by_its_name() -> None:
    name = keep_recipe(LONG)
    assert name == f"kept;{LONG.key()}"
    assert open_recipe(name) == LONG
    assert keep_recipe(LONG) == name


@pytest.mark.parametrize("name", ["", "1;corpus=bbc-news", "kept;", "kept;../../x", "kept;0123456789AB"])
def test_any_other_text_is_none(name: str) -> None:
    assert open_recipe(name) is None


def test_a_recipe_stored_on_another_computer_is_an_error() -> None:
    with pytest.raises(RecipeError, match="kept on another computer, or was cleaned away"):
        open_recipe(f"kept;{LONG.key()}")


def test_on_a_full_disk_a_recipe_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("There is no room left.")

    monkeypatch.setattr(artefacts, "store", full)
    assert keep_recipe(LONG) == ""
