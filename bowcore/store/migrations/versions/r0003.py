"""The estimated seconds of a job, and whether the room may see the result of an opening."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("jobs", sa.Column("seconds", sa.Float))
    op.add_column("openings", sa.Column("shown", sa.Boolean, nullable=False, server_default=sa.false()))
