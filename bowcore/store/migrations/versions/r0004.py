"""Looks and openings by keys of 24 digits, where an earlier version had 12.

A key is a digest: its other digits are found by the recipes that are known, those of presets and of all jobs, which the
newest training and opening of each recipe stay among. What is found by none keeps its short key, and counts as before.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from bowcore.errors import BowlabError
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe

revision = "r0004"
down_revision = "r0003"

_SHORT = 12
_GRID: tuple[dict[str, Any], ...] = (
    {"units": "lemmas"},
    {"stop_words": "spacy-tokeniser", "contractions": "keep"},
    {"vocabulary_size": 20_000},
    {"weighting": "tfidf"},
)
"""Changes of the jobs of the kind 'ablate', which look at every combination of them."""

_jobs = sa.table("jobs", sa.column("kind"), sa.column("payload", sa.JSON))
_looks = sa.table("looks", *(sa.column(name) for name in ("corpus_digest", "recipe_key", "person")))
_openings = sa.table("openings", *(sa.column(name) for name in ("number", "recipe_key")))


def upgrade() -> None:
    """Write the whole keys."""
    connection = op.get_bind()
    looks = [row for row in connection.execute(sa.select(_looks)) if _is_short(row.recipe_key)]
    openings = [row for row in connection.execute(sa.select(_openings)) if _is_short(row.recipe_key)]
    if not (looks or openings):
        return
    whole = {key[:_SHORT]: key for recipe in _recipes(connection) for key in _keys(recipe)}
    for look in looks:
        _lengthen(connection, look, whole)
    for opening in openings:
        if (key := whole.get(opening.recipe_key)) is not None:
            mine = sa.update(_openings).where(_openings.c.number == opening.number)
            connection.execute(mine.values(recipe_key=key))


def _lengthen(connection: sa.Connection, look: sa.Row[Any], whole: dict[str, str]) -> None:
    key = "/".join(whole.get(part, part) for part in look.recipe_key.split("/"))
    if key == look.recipe_key:
        return
    of_person = _looks.c.corpus_digest == look.corpus_digest, _looks.c.person == look.person
    mine, other = (sa.and_(*of_person, _looks.c.recipe_key == name) for name in (look.recipe_key, key))
    if connection.execute(sa.select(_looks).where(other)).first() is None:
        connection.execute(sa.update(_looks).where(mine).values(recipe_key=key))
    else:
        connection.execute(sa.delete(_looks).where(mine))


def _is_short(key: str) -> bool:
    return len(key.partition("/")[0]) == _SHORT


def _keys(recipe: Recipe) -> tuple[str, str]:
    return recipe.key("weighting"), recipe.key("network")


def _recipes(connection: sa.Connection) -> Iterator[Recipe]:
    """The recipes of presets and jobs; one that cannot be read any more is left out."""
    corpora = {Recipe().corpus.corpus}
    for kind, payload in connection.execute(sa.select(_jobs)):
        if not isinstance(payload, dict) or "recipe" not in payload:
            continue
        with contextlib.suppress(BowlabError):
            recipe = Recipe.from_toml(str(payload["recipe"]))
            corpora.add(recipe.corpus.corpus)
            yield recipe
            if kind == "ablate":
                yield from _grid(recipe, payload.get("seeds", ()))
    yield from (preset(name, corpus) for name in PRESETS for corpus in corpora)


def _grid(base: Recipe, seeds: list[int]) -> Iterator[Recipe]:
    for seed, chosen in itertools.product(seeds, itertools.product((False, True), repeat=len(_GRID))):
        changes = {name: value for values in itertools.compress(_GRID, chosen) for name, value in values.items()}
        yield base.change(network_seed=seed, **changes)
