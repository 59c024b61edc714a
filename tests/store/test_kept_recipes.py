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
    with pytest.raises(RecipeError, match="kept on another computer, was damaged, or was deleted"):
        open_recipe(f"kept;{LONG.key()}")


@pytest.mark.parametrize("content", ["", "[network]\nhidden = 7\n", "[terms]\nown_stop_wo"])
@pytest.mark.parametrize("by", ["this version", "an earlier one"])
def test_a_kept_recipe_that_is_damaged_is_told_and_never_another_recipe(content: str, by: str) -> None:
    name = keep_recipe(LONG)
    (kept,) = artefacts.kept()
    artefacts._compared.clear()
    (kept.path / "recipe.toml").write_text(content)
    if by == "an earlier one":
        (kept.path / "manifest.json").unlink()
    with pytest.raises(RecipeError):
        open_recipe(name)
    assert keep_recipe(LONG) == name
    assert open_recipe(name) == LONG


def test_a_link_of_an_earlier_version_has_a_key_of_twelve_digits_and_opens() -> None:
    artefacts.store(f"recipe-{LONG.key()[:12]}", lambda folder: (folder / "recipe.toml").write_text(LONG.to_toml()))
    assert open_recipe(f"kept;{LONG.key()[:12]}") == LONG
    with pytest.raises(RecipeError):
        open_recipe(f"kept;{LONG.key()}")


def test_on_a_full_disk_a_recipe_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("There is no room left.")

    monkeypatch.setattr(artefacts, "store", full)
    assert keep_recipe(LONG) == ""
