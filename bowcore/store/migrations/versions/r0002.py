"""Who asked for a job, who runs it and until when; looks of each person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Add the columns; looks recorded before are nobody's."""
    for name in ("owner", "worker", "version"):
        op.add_column("jobs", sa.Column(name, sa.String, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("attempt", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("lease_until", sa.Float))
    op.create_table(
        "job_followers",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("since", sa.Float, nullable=False),
    )
    before = sa.table("looks", *(sa.column(name) for name in ("corpus_digest", "recipe_key", "seen")))
    rows = [row._asdict() for row in op.get_bind().execute(sa.select(before))]
    op.drop_table("looks")  # SQLite cannot change a primary key
    looks = op.create_table(
        "looks",
        sa.Column("corpus_digest", sa.String, primary_key=True),
        sa.Column("recipe_key", sa.String, primary_key=True),
        sa.Column("person", sa.String, primary_key=True, server_default=""),
        sa.Column("seen", sa.Float, nullable=False),
    )
    op.bulk_insert(looks, rows)
