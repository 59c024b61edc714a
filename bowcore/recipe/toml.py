"""A recipe's file as tables: what a stranger sends is small enough to parse, and nested no deeper than a recipe is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from bowcore.errors import RecipeError
from bowcore.names import short, visible

LARGEST = 256_000
"""Bytes of a file that are parsed. A recipe with two stop lists of ten thousand words is half as large."""
MOST_PARTS = 2
"""Parts of a key: a recipe has one table a stage. A parser's time grows with the square of their number."""
_LONGEST_REASON = 100  # characters of the parser's own words, which may quote the file

_STRING = r""""(?:[^"\\\n]|\\.)*+(?:"|\Z|(?=\n))|'[^'\n]*+(?:'|\Z|(?=\n))"""
_PART = rf"(?:[A-Za-z0-9_-]++|{_STRING})"
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)|' + r"'''(?:[^']|'(?!''))*+(?:'''|\Z)|#[^\n]*+|"
    rf"(?P<deep>{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_PARTS},}}+)|{_PART}",
    re.DOTALL,
)
"""A text, a comment, a key or a number; each sign is looked at a fixed number of times, whatever the file holds."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a file.

    Raises:
        RecipeError: It is too large, is not TOML, or has keys of more than two parts.
    """
    n_bytes = len(text.encode("utf-8", "surrogatepass"))
    if n_bytes > LARGEST:
        raise RecipeError(
            f"This recipe has {n_bytes:,} bytes; at most {LARGEST:,} are read. Shorten its lists of words, or start "
            "from a preset."
        )
    for token in _TOKEN.finditer(text):
        if token["deep"]:
            line = text.count("\n", 0, token.start()) + 1
            raise RecipeError(
                f"A key in line {line:,} has more than {MOST_PARTS} parts. A recipe has one table a stage, such as "
                "[terms], and one line a field."
            )
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits and nested lists raise too
        reason = short(visible(str(error)), _LONGEST_REASON)
        raise RecipeError(f"This is not valid TOML: {reason}. Correct that line, or start from a preset.") from error


def read_recipe_file(path: Path) -> str:
    """The text of a recipe's file.

    Raises:
        RecipeError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"The recipe {path} is not UTF-8 text; save it as UTF-8.") from error
