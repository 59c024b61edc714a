"""Recipes too long for an address, which refers to them by key: they are stored on this computer."""

from __future__ import annotations

import re
from pathlib import Path

from bowcore.errors import OutputError, RecipeError
from bowcore.recipe.recipe import EARLIER_KEY_DIGITS, KEY_DIGITS, Recipe
from bowcore.store import artefacts
from bowcore.store.make_room import RECIPES_DAYS

PREFIX = "kept;"
_NAME = re.compile(re.escape(PREFIX) + rf"([0-9a-f]{{{KEY_DIGITS}}}|[0-9a-f]{{{EARLIER_KEY_DIGITS}}})")
_FILE = "recipe.toml"


def keep_recipe(recipe: Recipe) -> str:
    """Store a recipe, and return its name for an address; empty if the disk is full."""

    def write(folder: Path) -> None:
        (folder / _FILE).write_text(recipe.to_toml(), encoding="utf-8")

    try:
        artefacts.store(f"recipe-{recipe.key()}", write)
    except OutputError:
        return ""
    return f"{PREFIX}{recipe.key()}"


def open_recipe(name: str) -> Recipe | None:
    """The recipe that `keep_recipe` stored under this name; None for any other text.

    Raises:
        RecipeError: It is not stored here, or what is stored is damaged or another recipe.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    recipe = artefacts.reading(f"recipe-{found[1]}", lambda folder: _read(folder, found[1]))
    if recipe is None:
        raise RecipeError(
            "This address names a long recipe that is kept on another computer, was damaged, or was deleted, as it is "
            f"when nobody opens it for {RECIPES_DAYS} days. Ask for its file: Share, Recipe as TOML."
        )
    return recipe


def _read(folder: Path, key: str) -> Recipe:
    recipe = Recipe.from_toml((folder / _FILE).read_text(encoding="utf-8"))
    if not recipe.key().startswith(key):
        raise RecipeError(
            "The recipe that is kept under this address is another one, or was changed. Ask for its file: Share, "
            "Recipe as TOML."
        )
    return recipe
