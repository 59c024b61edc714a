"""A view of a page as code: its last lines, and what they need before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.signs import Signs
from bowcore.take_home.texts import steps_piece
from bowcore.text.step_cache import only_steps

Settings = Mapping[str, Any]
"""The reader's choices that decide the numbers of a view, by name; what is missing has its default."""
Stage = Literal["articles", "read", "steps", "functions", "texts", "counts", "cells", "columns", "main"]


@dataclass(frozen=True, slots=True)
class View:
    """What the code of a view ends with.

    Attributes:
        piece: Its last lines.
        stage: What they need: `articles` as they are split, texts as they are `read`, the same with `steps`, the
            `functions` of the steps alone, `texts` as terms, `counts` with `terms`, `cells`, or `columns` for both. A
            further part that begins where the first ends needs `main`.
        recipe: The recipe that the view shows; where it does not depend on a limit, without that.
        own: Texts that the reader wrote, which are then the only ones.
        note: What the view shows and its code does not.
        shorter: What is taken where this would be too long.
        facts: Those of its recipe, where this is not the recipe of the page.
        first: Lines before the last ones, which may go with what they need where all is too long.
        goes_on: Whether it also needs what the first part makes, although it begins at an earlier stage.
    """

    piece: Piece
    stage: Stage
    recipe: Recipe
    own: tuple[str, ...] = ()
    note: str = ""
    shorter: View | None = None
    facts: Facts | None = None
    first: Piece | None = None
    goes_on: bool = False


Making = Callable[[Recipe, Facts, Settings], View]
Views = dict[tuple[str, str], Making]
Parts = dict[tuple[str, str], dict[str, Making]]


def indented(*pieces: Piece) -> Piece:
    """The lines of pieces inside a loop."""
    lines = [f"    {line}" for piece in pieces for line in piece.code.split("\n") if line]
    return Piece("", "\n".join(lines), tuple(line for piece in pieces for line in piece.imports))


def reading_piece(recipe: Recipe, signs: Signs) -> Piece:
    """`read`, the open articles as they are read before any step."""
    words = replace(recipe, text=replace(recipe.text, units="white-space"), terms=only_steps(recipe.terms, ()))
    return steps_piece(words, replace(signs, unspaced=""), only="read")
