"""A view of a page as code: its last lines, and what they need before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece

Settings = Mapping[str, Any]
"""The reader's choices that decide the numbers of a view, by name; what is missing has its default."""
Stage = Literal["articles", "read", "steps", "functions", "texts", "counts", "cells", "columns"]


@dataclass(frozen=True, slots=True)
class View:
    """What the code of a view ends with.

    Attributes:
        piece: Its last lines.
        stage: What they need: `articles` as they are split, texts as they are `read`, the same with `steps`, the
            `functions` of the steps alone, `texts` as terms, `counts` with `terms`, `cells`, or `columns` for both.
        recipe: The recipe that the view shows; where it does not depend on a limit, without that.
        own: Texts that the reader wrote, which are then the only ones.
        note: What the view shows and its code does not.
        shorter: What is taken where this would be too long.
    """

    piece: Piece
    stage: Stage
    recipe: Recipe
    own: tuple[str, ...] = ()
    note: str = ""
    shorter: View | None = None


Views = dict[tuple[str, str], Callable[[Recipe, Facts, Settings], View]]


def indented(*pieces: Piece) -> Piece:
    """The lines of pieces inside a loop."""
    lines = [f"    {line}" for piece in pieces for line in piece.code.split("\n") if line]
    return Piece("", "\n".join(lines), tuple(line for piece in pieces for line in piece.imports))
