"""The tables of the runs database, as the newest revision in `migrations` leaves them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),  # order of arrival; clocks can tie and go backwards
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("lane", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("runner", sa.String, nullable=False, default=""),  # '': the lane's worker
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("stop_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("progress", sa.Float, nullable=False, default=0.0),
    sa.Column("message", sa.String, nullable=False, default=""),
    sa.Column("error", sa.String, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("finished", sa.Float),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("newest", sa.JSON(none_as_null=True)),  # the newest report of a kind too frequent for events
    sa.Column("ends", sa.Float),  # expected end of a running job
    sa.Column("owner", sa.String, nullable=False, server_default=""),  # the person who asked for it
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),  # how often it was claimed
    sa.Column("lease_until", sa.Float),  # by the database's clock; a running job past it has no living process
    sa.Column("worker", sa.String, nullable=False, server_default=""),  # the process that runs it
    sa.Column("version", sa.String, nullable=False, server_default=""),  # of the program that has to run it
    sa.Column("seconds", sa.Float),  # that it will take, by the estimate of whoever asked for it
    sa.Index("jobs_by_lane", "lane", "state", "number"),
    sa.Index("jobs_by_key", "kind", "key", "number"),
    sqlite_autoincrement=True,
)

OPEN = jobs.c.state.in_(("queued", "running"))
sa.Index("one_open_job_a_key", jobs.c.kind, jobs.c.key, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)

events = sa.Table(
    "events",
    metadata,
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.JSON, nullable=False),
)

job_followers = sa.Table(
    "job_followers",
    metadata,
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("person", sa.String, primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
)
"""The people who wait for a job."""

artefacts = sa.Table(
    "artefacts",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("folder", sa.String, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("used", sa.Float, nullable=False),
)

openings = sa.Table(
    "openings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("corpus", sa.String, nullable=False),
    sa.Column("corpus_digest", sa.String, nullable=False),
    sa.Column("recipe_key", sa.String, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("weights_digest", sa.String, nullable=False),
    sa.Column("n_validation_looks", sa.Integer, nullable=False),
    sa.Column("opened", sa.Float, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("shown", sa.Boolean, nullable=False, server_default=sa.false()),  # to guests too
    sa.UniqueConstraint("corpus_digest", "recipe_key", "seed", "weights_digest"),
)

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("corpus_digest", sa.String, primary_key=True),
    sa.Column("recipe_key", sa.String, primary_key=True),
    sa.Column("person", sa.String, primary_key=True, server_default=""),
    sa.Column("seen", sa.Float, nullable=False),
)

run_labels = sa.Table(
    "run_labels",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String, nullable=False, server_default=""),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Column("deleted", sa.Float),  # when it was taken out of the table of runs
)
"""What people wrote about a finished training; no row says that nobody did."""
