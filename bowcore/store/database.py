"""The runs database: one engine per URL, and two kinds of transactions, `reading` and `writing`.

SQLite by default; PostgreSQL by URL, with the same statements. In SQLite every writing transaction takes its lock
immediately (BEGIN IMMEDIATE): one that reads first and writes later fails with 'database is locked' at any timeout.
"""

from __future__ import annotations

import functools
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.dialects import postgresql, sqlite

from bowcore.errors import BowlabError, OutputError, RunError
from bowcore.store import schema
from bowcore.store.home import locks_folder, runs_url

BUSY_TIMEOUT = 10_000  # milliseconds; a writer holds the lock for about one

_SQLITE_CANNOT_WRITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_POSTGRESQL_CANNOT_WRITE = ("53100", "25006")  # disk_full, read_only_sql_transaction
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_engines: dict[str, sa.Engine] = {}
_opening = threading.Lock()


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A read-only transaction: one consistent view that never blocks a writer."""
    with engine().connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[sa.Connection]:
    """A writing transaction: committed at the end of the block, rolled back if it raises.

    Raises:
        OutputError: The disk is full, or the database is not writable.
    """
    try:
        with engine().execution_options(bowlab_writes=True).begin() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        if not _cannot_write(error.orig):
            raise
        shown = sa.make_url(runs_url()).render_as_string(hide_password=True)
        raise OutputError(
            f"The runs database {shown} cannot be written: {error.orig}. Free some space, check its permissions, "
            "then try again."
        ) from error


def _cannot_write(error: BaseException | None) -> bool:
    """Whether the disk or permissions are the cause, by SQLite's result code (its low byte) or PostgreSQL's state."""
    return (
        getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_CANNOT_WRITE
        or getattr(error, "sqlstate", None) in _POSTGRESQL_CANNOT_WRITE
    )


def insert_once(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert a row unless it violates a unique constraint; return whether it was inserted."""
    insert = _INSERTS[connection.dialect.name]
    return bool(connection.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount)


def engine() -> sa.Engine:
    """The engine of the current runs database, with its tables created, or migrated if an earlier version made them.

    Raises:
        RunError: The URL cannot be used, or the database cannot be opened.
    """
    url = runs_url()
    known = _engines.get(url)
    if known is not None:
        return known
    with _opening:
        if url not in _engines:
            _engines[url] = _open(url)
        return _engines[url]


def _open(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise RunError("BOWLAB_RUNS_URL is not a database URL; write sqlite:////folder/runs.sqlite.") from error
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() not in _INSERTS:
        raise RunError(f"The runs database can be SQLite or PostgreSQL, not {shown}.")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise RunError(f"{shown} is an in-memory database, which workers cannot share; name a file.")
    try:
        new = sa.create_engine(url, json_serializer=functools.partial(json.dumps, allow_nan=False))
    except ModuleNotFoundError as error:
        raise RunError(f"{shown} needs the package {error.name}; install it or unset BOWLAB_RUNS_URL.") from error
    if new.dialect.name == "sqlite":
        sa.event.listen(new, "connect", _set_up_connection)
        sa.event.listen(new, "begin", _begin)
    try:
        # Processes start together, and the switch to WAL ignores the busy timeout, so only one of them makes it.
        with FileLock(locks_folder() / "set-up.lock"):
            if new.dialect.name == "sqlite":
                _keep_a_write_ahead_log(new)
            schema.bring_up_to_date(new)
    except sa.exc.DBAPIError as error:
        new.dispose()
        raise RunError(f"The runs database {shown} cannot be opened: {error.orig}.") from error
    except BowlabError:
        new.dispose()
        raise
    return new


def _keep_a_write_ahead_log(new: sa.Engine) -> None:
    with new.connect() as connection:
        cursor = connection.connection.cursor()  # SQLite changes the journal mode only outside a transaction
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()


def _set_up_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions itself, and too late
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT}", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("bowlab_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _forget_after_fork() -> None:
    # A connection shared by two processes corrupts SQLite; the child drops them unclosed and opens its own.
    for inherited in _engines.values():
        inherited.dispose(close=False)
    _engines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
