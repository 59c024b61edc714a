"""What holds for every input: it gives a value or an error of `bowcore.errors`, in bounded time, and loses no row.

Hypothesis tries them in `test_fuzz.py`, a coverage-guided fuzzer in `benchmarks/fuzz.py`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bowcore.corpus.files import Inspection, inspect_file, parse_file_name
from bowcore.corpus.sources import find_source, noun_of
from bowcore.errors import BowlabError, RecipeError, SliceError
from bowcore.findings import slices
from bowcore.recipe.recipe import Recipe

LONGEST = 10.0  # seconds of a processor for an input of a few kilobytes
LONGEST_MESSAGE = 2_000  # characters of an error's sentence

OPTIONS = (
    "",
    "?header=no",
    "?header=yes&separator=comma",
    "?encoding=utf-16",
    "?encoding=punycode",
    "?encoding=idna",
    "?encoding=unicode_escape",
    "?encoding=rot13",
    "?encoding=utf-7",
    "?body=text&label=label",
    "?label=label&group=text&least=1",
    "?split=label&merge=yes",
    "?sheet=one&quote=single",
)
"""Options that a link may give a file."""


@contextmanager
def bounded() -> Iterator[None]:
    """Fail if what is inside takes too long; an error of the tree ends it, and must be a short sentence."""
    began = time.process_time()
    try:
        yield
    except BowlabError as error:
        assert 0 < len(str(error)) <= LONGEST_MESSAGE, f"a message of {len(str(error)):,} characters"
        str(error).encode()
    assert time.process_time() - began < LONGEST


def read(name: str, raw: bytes, query: str = "") -> Inspection | None:
    """Inspect a file, and check that its rows are all read or left out; None if it was refused."""
    seen: list[Inspection] = []
    with tempfile.TemporaryDirectory(prefix="bowlab-fuzz-") as folder, bounded():
        path = Path(folder) / name
        path.write_bytes(raw)
        _, options = parse_file_name(f"{name}{query}")
        seen.append(inspect_file(f"{name}{query}", path, options))
    if not seen:
        return None
    found = seen[0]
    read = found.n_read if found.sizes else found.found.table.num_rows
    left_out = found.left_out if found.sizes else found.found.left_out
    assert read + sum(left_out.values()) == found.n_rows
    assert all(n >= 0 for n in left_out.values())
    for name in found.found.table.column_names:
        name.encode()
    return found


def open_link(link: str) -> Recipe | None:
    """The recipe of a link, which opens again as itself; None if it was refused."""
    return _opened(Recipe.from_link, link)


def open_toml(text: str) -> Recipe | None:
    """The recipe of a file, which opens again as itself; None if it was refused."""
    return _opened(Recipe.from_toml, text)


def open_slices(link: str) -> tuple[slices.Slice, ...] | None:
    """The slices of a link, which opens again as the same; None if they were refused."""
    with bounded():
        try:
            found = slices.from_link(link)
        except SliceError:
            return None
        if len(slices.to_link(found)) <= slices.LONGEST_LINK:
            assert slices.from_link(slices.to_link(found)) == found
        return found


def _opened(open_it: Any, text: str) -> Recipe | None:
    with bounded():
        try:
            recipe: Recipe = open_it(text)
        except RecipeError as error:
            assert 0 < len(str(error)) <= LONGEST_MESSAGE
            str(error).encode()
            return None
        assert Recipe.from_link(recipe.to_link()) == recipe
        assert Recipe.from_toml(recipe.to_toml()) == recipe
    with bounded():  # what a page asks next
        noun_of(recipe.corpus.corpus)
        if recipe.corpus.corpus.startswith(("own:", "hub:")):
            find_source(recipe.corpus.corpus, recipe.corpus.revision)
    return recipe
