"""The ledger of test openings: when the sealed test set was opened, with what result, after how many looks.

A *look* is a recipe whose validation score was seen, or one network trained on it. The more looks before an opening,
the more the validation score is overfitted, so every opening records their number.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from bowcore.people import person
from bowcore.recipe.recipe import Recipe
from bowcore.store import database, tables

_openings, _looks = tables.openings, tables.looks
_NETWORK = "/"
"""Between the key of a recipe and that of its network."""
_MOST_RECORDED = 4096
_recorded: WeakKeyDictionary[sa.Engine, set[tuple[str, str, str]]] = WeakKeyDictionary()
"""Looks that this process has recorded in each database."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a corpus's test set for one trained model. `opened` is seconds since 1970, UTC."""

    number: int
    corpus: str
    corpus_digest: str
    recipe_key: str
    seed: int
    weights_digest: str
    n_validation_looks: int
    opened: float
    result: dict[str, Any]
    shown: bool


def record_opening(
    corpus: str, corpus_digest: str, recipe_key: str, seed: int, weights_digest: str, result: Mapping[str, Any]
) -> Opening:
    """Record an opening and return it; an existing one for this corpus, recipe, seed and weights is kept."""
    with database.writing(lasting=True) as connection:
        row = connection.execute(_select(corpus_digest, recipe_key, seed, weights_digest)).first()
        if row is not None:
            return Opening(**row._asdict())
        database.insert_once(
            connection,
            _openings,
            corpus=corpus,
            corpus_digest=corpus_digest,
            recipe_key=recipe_key,
            seed=seed,
            weights_digest=weights_digest,
            n_validation_looks=_count(connection, corpus_digest),
            opened=time.time(),
            result=dict(result),
        )
        row = connection.execute(_select(corpus_digest, recipe_key, seed, weights_digest)).one()
        return Opening(**row._asdict())


def find_opening(corpus_digest: str, recipe_key: str, seed: int, weights_digest: str) -> Opening | None:
    """The opening recorded for this corpus, recipe, seed and weights, if any that this person may see."""
    with database.reading(once=True) as connection:
        row = connection.execute(_visible(_select(corpus_digest, recipe_key, seed, weights_digest))).first()
    return None if row is None else Opening(**row._asdict())


def show_opening(corpus_digest: str, number: int | None) -> None:
    """Let guests see the result of this opening on a corpus and of no other; with None, of none."""
    with database.writing(lasting=True) as connection:
        of_corpus = sa.update(_openings).where(_openings.c.corpus_digest == corpus_digest)
        connection.execute(of_corpus.values(shown=_openings.c.number == (-1 if number is None else number)))


def openings(corpus_digest: str | None = None) -> tuple[Opening, ...]:
    """The openings that this person may see, of one corpus or of all, oldest first: a guest, those that are shown."""
    query = _visible(sa.select(_openings).order_by(_openings.c.number))
    if corpus_digest is not None:
        query = query.where(_openings.c.corpus_digest == corpus_digest)
    with database.reading(once=True) as connection:
        return tuple(Opening(**row._asdict()) for row in connection.execute(query))


def state_of_test_set(corpus_digest: str) -> str:
    """`sealed`, `opened once` or `opened 3 times`: test articles are the same for every recipe and seed."""
    query = sa.select(sa.func.count()).select_from(_openings).where(_openings.c.corpus_digest == corpus_digest)
    with database.reading(once=True) as connection:
        n = connection.scalar(query) or 0
    return "sealed" if not n else "opened once" if n == 1 else f"opened {n:,} times"


def record_look(corpus_digest: str, recipe: Recipe, *, network: bool = False) -> None:
    """Record that this person has seen this recipe's validation score.

    With `network` it is the score of the recipe's network; otherwise that of a model without settings of its own. A
    page says so at every rerun: what this process has recorded is not written again.

    Raises:
        DatabaseError: It cannot be recorded.
    """
    key = recipe.key("weighting")
    if network:
        key += f"{_NETWORK}{recipe.key('network')}"
    look, recorded = (corpus_digest, key, person().id), _recorded.setdefault(database.engine(), set())
    if look in recorded:
        return
    with database.writing() as connection:
        row = dict(zip(("corpus_digest", "recipe_key", "person"), look, strict=True))
        database.insert_once(connection, _looks, **row, seen=time.time())
    if len(recorded) >= _MOST_RECORDED:
        recorded.clear()
    recorded.add(look)


def n_looks(corpus_digest: str) -> int:
    """Number of different recipes whose validation scores this person has seen on this corpus.

    A recipe with several networks counts once for each of them, and one with a single network once.
    """
    with database.reading(once=True) as connection:
        return _count(connection, corpus_digest, person().id)


def n_looks_of_room(corpus_digest: str) -> int:
    """The same for all people together: a recipe that several have seen counts once."""
    with database.reading(once=True) as connection:
        return _count(connection, corpus_digest)


def _select(corpus_digest: str, recipe_key: str, seed: int, weights_digest: str) -> sa.Select[Any]:
    columns = _openings.c
    return sa.select(_openings).where(
        columns.corpus_digest == corpus_digest,
        columns.recipe_key == recipe_key,
        columns.seed == seed,
        columns.weights_digest == weights_digest,
    )


def _visible(query: sa.Select[Any]) -> sa.Select[Any]:
    return query if person().is_teacher else query.where(_openings.c.shown)


def _count(connection: sa.Connection, corpus_digest: str, who: str | None = None) -> int:
    """Recipes seen by one person, or by all."""
    given = {"corpus": corpus_digest} | ({} if who is None else {"who": who})
    return connection.scalar(_counting(who is not None), given) or 0


@cache  # making the statement takes longer than running it
def _counting(of_one_person: bool) -> sa.Select[int]:
    look, other = _looks.alias(), _looks.alias()
    corpus, who = sa.bindparam("corpus", type_=sa.String()), sa.bindparam("who", type_=sa.String())
    has_network = sa.exists().where(
        other.c.corpus_digest == corpus,
        other.c.recipe_key > look.c.recipe_key + _NETWORK,
        other.c.recipe_key < look.c.recipe_key + chr(ord(_NETWORK) + 1),
        *([other.c.person == who] if of_one_person else []),
    )
    seen = sa.select(look.c.recipe_key).where(
        look.c.corpus_digest == corpus, *([look.c.person == who] if of_one_person else []), ~has_network
    )
    return sa.select(sa.func.count()).select_from(seen.distinct().subquery())
