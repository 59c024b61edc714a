"""Names and notes of finished trainings, and which of them were taken out of the table of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "run_labels",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String, nullable=False, server_default=""),
        sa.Column("note", sa.String, nullable=False, server_default=""),
        sa.Column("deleted", sa.Float),
    )
