"""Arguments of the commands that take a recipe: a preset or a file, and fields to change."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bowcore.errors import RecipeError
from bowcore.names import quoted
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.toml import read_recipe_file


def add_recipe_arguments(command: argparse.ArgumentParser) -> None:
    """Add the corpus and where its recipe comes from."""
    command.add_argument("corpus", metavar="CORPUS", help="a name that `corpora` lists; goes before the recipe's own")
    either = command.add_mutually_exclusive_group()
    either.add_argument("--preset", default="recommended", metavar="NAME", help=", ".join(sorted(PRESETS)))
    either.add_argument("--recipe", type=Path, metavar="FILE", help="a recipe as TOML")
    add_set(command)


def add_set(command: argparse.ArgumentParser) -> None:
    """Add the option that changes fields."""
    command.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field, such as hidden=5000"
    )


def chosen_recipe(chosen: argparse.Namespace) -> Recipe:
    """The recipe of the arguments.

    Raises:
        RecipeError: Its file cannot be read, or a value is not allowed.
    """
    recipe = preset(chosen.preset) if chosen.recipe is None else Recipe.from_toml(read_recipe_file(chosen.recipe))
    if chosen.corpus != recipe.corpus.corpus:
        recipe = recipe.change(corpus=chosen.corpus, revision="")  # a revision belongs to its own corpus
    return recipe.change(**changes_of(chosen.set)).change(corpus=chosen.corpus)


def changes_of(texts: Iterable[str]) -> dict[str, Any]:
    """Fields from `name=value`, values as in TOML; text and lists of words need no quotes."""
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise RecipeError(f"--set {quoted(text)} must be FIELD=VALUE, such as hidden=5000.", name)
        default = Recipe().value(name)
        if isinstance(default, tuple):
            values[name] = tuple(word.strip() for word in value.split(",") if word.strip())
        else:
            values[name] = value if isinstance(default, str) else _literal(value)
    return values


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return {"True": True, "False": False}.get(text, text)
