"""Rows of jobs that nothing needs any longer."""

from __future__ import annotations

import sqlalchemy as sa

from bowcore.store import database, tables
from bowcore.store.make_room import forget_networks

KEPT_DAYS = 90
RUNS = ("train", "open-test")
"""Kinds whose results are a person's work: of each key the newest job stays, and the newest with a result."""

_PORTION = 500  # rows deleted in one transaction, which others wait for

_jobs, _events, _followers, _labels = tables.jobs, tables.events, tables.job_followers, tables.run_labels


def sweep_jobs() -> int:
    """Delete old jobs with their events, and return their number.

    The rule: a job that ended more than `KEPT_DAYS` days ago goes, by the database's clock. Of the `RUNS`, which the
    training page and the ledger's openings were made from, those stay that are the newest of their key, or its newest
    with a result, unless a guest's recipe has words that the guest wrote; their events are the epochs of their curves.
    What somebody has given a name or a note stays too, and open jobs whatever their age. The ledger and its looks lose
    nothing, nor do artefacts, but the networks of recipes with such words, which hold the recipe.
    """
    n_deleted, private = 0, set[str]()
    while True:
        with database.writing() as connection:
            ids = list(connection.scalars(_old(connection).limit(_PORTION)))
            mine = (_jobs.c.id.in_(ids), _jobs.c.kind == "train", _has_words_of_a_guest())
            private |= set(connection.scalars(sa.select(_jobs.c.key).where(*mine)))
            for table in (_events, _followers, _labels):
                connection.execute(sa.delete(table).where(table.c.job_id.in_(ids)))
            connection.execute(sa.delete(_jobs).where(_jobs.c.id.in_(ids)))
        n_deleted += len(ids)
        if len(ids) < _PORTION:
            break
    if private:
        with database.reading() as connection:
            left = connection.scalars(sa.select(_jobs.c.key).where(_jobs.c.kind == "train", _jobs.c.key.in_(private)))
            private -= set(left)
        forget_networks(private)
    return n_deleted


def _old(connection: sa.Connection) -> sa.Select[tuple[str]]:
    newest = sa.select(sa.func.max(_jobs.c.number)).where(_jobs.c.kind.in_(RUNS)).group_by(_jobs.c.kind, _jobs.c.key)
    with_result = newest.where(_jobs.c.result.is_not(None))
    named = sa.select(_labels.c.job_id).where(sa.or_(_labels.c.name != "", _labels.c.note != ""))
    return sa.select(_jobs.c.id).where(
        _jobs.c.state.not_in(("queued", "running")),
        _jobs.c.finished < database.clock(connection) - KEPT_DAYS * 86_400,
        sa.or_(sa.and_(_jobs.c.number.not_in(newest), _jobs.c.number.not_in(with_result)), _has_words_of_a_guest()),
        _jobs.c.id.not_in(named),
    )


def _has_words_of_a_guest() -> sa.ColumnElement[bool]:
    """Whether a guest wrote a list of the recipe, which stands in the payload as TOML."""
    recipe, lists = sa.cast(_jobs.c.payload, sa.String), ("own_stop_words = ", "masked_words = ")
    filled = (recipe.contains(name, autoescape=True) & ~recipe.contains(f"{name}[]", autoescape=True) for name in lists)
    return (_jobs.c.owner != "") & sa.or_(*filled)
