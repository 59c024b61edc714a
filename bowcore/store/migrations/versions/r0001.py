"""The tables of the last version without revisions, whatever of them an older database lacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

_NO_LONGER_EVENTS = ("BatchDone", "TimeLeft")
"""Tens of thousands of events that nobody reads: the job's row has the newest."""


def upgrade() -> None:
    """Add the columns `newest` and `ends`, and the tables of artefacts and the ledger."""
    connection = op.get_bind()
    present = {column["name"] for column in sa.inspect(connection).get_columns("jobs")}
    missing = [
        column for column in (sa.Column("newest", sa.JSON), sa.Column("ends", sa.Float)) if column.name not in present
    ]
    for column in missing:
        op.add_column("jobs", column)
    if missing:
        events = sa.table("events", sa.column("body", sa.JSON))
        op.execute(sa.delete(events).where(events.c.body["event"].as_string().in_(_NO_LONGER_EVENTS)))
    op.create_table(
        "artefacts",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("used", sa.Float, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "openings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("corpus", sa.String, nullable=False),
        sa.Column("corpus_digest", sa.String, nullable=False),
        sa.Column("recipe_key", sa.String, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("weights_digest", sa.String, nullable=False),
        sa.Column("n_validation_looks", sa.Integer, nullable=False),
        sa.Column("opened", sa.Float, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.UniqueConstraint("corpus_digest", "recipe_key", "seed", "weights_digest"),
        if_not_exists=True,
    )
    op.create_table(
        "looks",
        sa.Column("corpus_digest", sa.String, primary_key=True),
        sa.Column("recipe_key", sa.String, primary_key=True),
        sa.Column("seen", sa.Float, nullable=False),
        if_not_exists=True,
    )
