"""The version of the database's schema: read by one cheap query, migrated by Alembic if it is an earlier one.

A revision is a file in `migrations/versions`, named as its identifier; the order of the names is that of the revisions.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from bowcore.errors import DatabaseError, OutputError
from bowcore.store import tables

FOLDER = Path(__file__).with_name("migrations")
_SETUP_LOCK = 0x626F776C  # any number that no other advisory lock of PostgreSQL uses
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def revisions() -> tuple[str, ...]:
    """Identifiers of the revisions that this program knows, oldest first."""
    return tuple(sorted(path.stem for path in (FOLDER / "versions").glob("r[0-9]*.py")))


def bring_up_to_date(engine: sa.Engine) -> None:
    """Create the tables of an empty database, or migrate those of an earlier version in one transaction.

    SQLite's file is first copied into its folder, once for each version that is left.

    Raises:
        DatabaseError: A newer program made the database.
        OutputError: The copy cannot be written; the database stays as it is.
    """
    with engine.connect() as connection:
        if version_of(connection) == revisions()[-1]:
            return
    with engine.execution_options(bowlab_waits=10_000).begin() as connection:
        if connection.dialect.name == "postgresql":  # servers of two homes may start together
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SETUP_LOCK)))
        version = version_of(connection)
        if version is None and not sa.inspect(connection).has_table(tables.jobs.name):
            _create(connection)
        elif version != revisions()[-1]:
            _refuse_newer(connection, version)
            _keep_copy(connection, version)
            _migrate(connection)


def version_of(connection: sa.Connection) -> str | None:
    """The revision of the database; None if it is empty, or of the time before it had revisions."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(sa.select(_VERSION.c.version_num))


def _create(connection: sa.Connection) -> None:
    tables.metadata.create_all(connection)
    kept = sa.Table(_VERSION.name, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
    kept.create(connection)
    connection.execute(sa.insert(kept).values(version_num=revisions()[-1]))


def _refuse_newer(connection: sa.Connection, version: str | None) -> None:
    if version is None or version in revisions():
        return
    shown = connection.engine.url.render_as_string(hide_password=True)
    raise DatabaseError(
        f"The runs database {shown} was last used by a newer version of this program ({version}, which this one does "
        "not know): start that version, or set BOWLAB_HOME to another folder."
    )


def _keep_copy(connection: sa.Connection, version: str | None) -> None:
    """Copy SQLite's file with a connection of its own, which reads what stood before this transaction."""
    if connection.dialect.name != "sqlite":
        return  # a server's administrator has the dumps
    path = Path(str(connection.engine.url.database))
    partial = path.with_name(f"{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
        partial.replace(path.with_name(f"{path.name}.{version or 'r0000'}"))
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"The runs database {path} has to be migrated to this version of the program, and no copy of it can be "
            f"written first ({error}). Free some space, then start again; nothing was changed."
        ) from error


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # 0.1 s, which only the first start of a new version takes
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
