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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.dialects import postgresql, sqlite

from bowcore import moment
from bowcore.errors import BowlabError, DatabaseError
from bowcore.store import schema
from bowcore.store.database_faults import DOCTOR, fault_of, in_words, moved
from bowcore.store.home import locks_folder, runs_url

BUSY_TIMEOUT = 10_000  # milliseconds; a writer holds the lock for about one
PATIENCE = 600.0  # seconds, for what a job writes
SHORT_WAIT = 200  # milliseconds, for a write that nobody needs

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_engines: dict[str, sa.Engine] = {}
_files: dict[str, tuple[int, int] | None] = {}
"""Device and number of the file that each engine has open; None on a server."""
_opening = threading.Lock()
_patience: ContextVar[float] = ContextVar("patience", default=0.0)
_was_locked = False
"""Whether the lock was last waited for in vain."""


@contextmanager
def reading(*, once: bool = False) -> Iterator[sa.Connection]:
    """A read-only transaction: one consistent view that never blocks a writer.

    Args:
        once: The block executes a single statement, which has a consistent view of its own: SQLite need not be told
            where the transaction begins and ends.

    Raises:
        DatabaseError: The database cannot be read.
    """
    with _in_words(BUSY_TIMEOUT), engine().connect() as connection:
        yield connection.execution_options(bowlab_once=True) if once else connection


@contextmanager
def writing(wait: int | None = None, *, lasting: bool = False) -> Iterator[sa.Connection]:
    """A writing transaction: committed at the end of the block, rolled back if it raises.

    Args:
        wait: Milliseconds to wait for SQLite's lock: by default 10 s, in a job minutes. After it was waited for in
            vain, nobody here waits as long again until a transaction succeeds: thirty pages would at every rerun.
        lasting: Have SQLite sync its file before the block ends, with all that was written before. Otherwise a power
            cut may take back the last seconds, which harms no file.

    Raises:
        DatabaseError: The database is locked, damaged or not writable, or the disk is full.
    """
    global _was_locked
    moment.forget()
    wait = SHORT_WAIT if _was_locked and not _patience.get() else wait or BUSY_TIMEOUT
    with _in_words(wait), engine().execution_options(bowlab_waits=wait, bowlab_lasts=lasting).begin() as connection:
        yield connection
    _was_locked = False
    moment.forget()


def clock(connection: sa.Connection) -> sa.ColumnElement[float]:
    """Seconds since 1970 by the database's clock, which is one for all computers that share it."""
    if connection.dialect.name == "sqlite":
        return (sa.func.julianday("now", type_=sa.Float) - 2_440_587.5) * 86_400.0
    return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float(53))


def write_nothing() -> None:
    """Write what is there already, to find out whether the database can be written.

    Raises:
        DatabaseError: It cannot.
    """
    with writing(SHORT_WAIT) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))


@contextmanager
def patiently() -> Iterator[None]:
    """Wait minutes for SQLite's lock in this thread inside the block: a job that runs must not fail of it."""
    before = _patience.set(PATIENCE)
    try:
        yield
    finally:
        _patience.reset(before)


@contextmanager
def _in_words(wait: int) -> Iterator[None]:
    """Raise a fault of the database as one of ours; an error in the program stays as it is."""
    global _was_locked
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error, json.JSONDecodeError) as error:
        fault = fault_of(error)
        _was_locked = _was_locked or (fault == "locked" and wait >= BUSY_TIMEOUT)
        if fault == "damaged":
            _forget(runs_url())
        known = in_words(error, _shown(runs_url()), (BUSY_TIMEOUT if _was_locked else wait) / 1000)
        if known is None:
            raise
        raise known from error


def _forget(url: str) -> None:
    """Open the database again when it is next used: by then a copy may be in its place."""
    with _opening:
        damaged = _engines.pop(url, None)
    if damaged is not None:
        damaged.dispose()


def _shown(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)


def insert_once(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert a row unless it violates a unique constraint; return whether it was inserted."""
    insert = _INSERTS[connection.dialect.name]
    once = insert(table).values(**values).on_conflict_do_nothing()
    # not by the number of rows, which PostgreSQL's driver does not tell
    return connection.execute(once.returning(sa.literal(1))).first() is not None


def engine() -> sa.Engine:
    """The engine of the current runs database, with its tables created, or migrated if an earlier version made them.

    A file that was replaced is opened again, as after a copy was put back.

    Raises:
        DatabaseError: The URL cannot be used, a newer program made the database, it cannot be opened, or its file was
            deleted since it was.
    """
    url = runs_url()
    return moment.look(("engine", url), lambda: _engine(url))


def _engine(url: str) -> sa.Engine:
    known = _engines.get(url)
    if known is not None and _file_of(known) == _files.get(url):
        return known
    with _opening:
        known = _engines.get(url)
        if known is not None and _file_of(known) != _files.get(url):
            if _file_of(known) is None:
                raise moved(_shown(url))
            known.dispose()
            del _engines[url]
        if url not in _engines:
            new = _open(url)
            _files[url] = _file_of(new)
            _engines[url] = new
        return _engines[url]


def _file_of(engine: sa.Engine) -> tuple[int, int] | None:
    if engine.dialect.name != "sqlite":
        return None
    try:
        found = Path(str(engine.url.database)).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _open(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise DatabaseError("BOWLAB_RUNS_URL is not a database URL; write sqlite:////folder/runs.sqlite.") from error
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() not in _INSERTS:
        raise DatabaseError(f"The runs database can be SQLite or PostgreSQL, not {shown}.")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseError(f"{shown} is an in-memory database, which workers cannot share; name a file.")
    try:
        # a server may have been restarted since a connection was last used
        server = parsed.get_backend_name() == "postgresql"
        dump = functools.partial(json.dumps, allow_nan=False)
        new = sa.create_engine(url, json_serializer=dump, pool_pre_ping=server, pool_timeout=BUSY_TIMEOUT / 1000)
    except ModuleNotFoundError as error:
        raise DatabaseError(f"{shown} needs the package {error.name}; install it or unset BOWLAB_RUNS_URL.") from error
    if new.dialect.name == "sqlite":
        sa.event.listen(new, "connect", _set_up_connection)
        sa.event.listen(new, "begin", _begin)
    try:
        # Processes start together, and the switch to WAL ignores the busy timeout, so only one of them makes it.
        with FileLock(locks_folder() / "set-up.lock"):
            if new.dialect.name == "sqlite":
                _keep_a_write_ahead_log(new)
            schema.bring_up_to_date(new)
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        new.dispose()
        known = in_words(error, shown, BUSY_TIMEOUT / 1000)
        raise known or DatabaseError(f"The runs database {shown} cannot be opened: {error}.") from error
    except OSError as error:
        new.dispose()
        reason = error.strerror or type(error).__name__
        raise DatabaseError(f"The runs database {shown} cannot be opened: {reason}. {DOCTOR}.") from error
    except BowlabError:
        new.dispose()
        raise
    return new


def _keep_a_write_ahead_log(new: sa.Engine) -> None:
    with new.connect() as connection:
        cursor = connection.connection.cursor()  # SQLite changes the journal mode only outside a transaction
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()


def _set_up_connection(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions itself, and too late
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT}", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    record.info.update(waits=BUSY_TIMEOUT, lasts=False)


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("bowlab_once"):
        return
    asked = connection.get_execution_options().get("bowlab_waits")
    wait = asked or BUSY_TIMEOUT
    if wait != connection.info["waits"]:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        connection.info["waits"] = wait
    lasts = connection.get_execution_options().get("bowlab_lasts", False)
    if lasts != connection.info["lasts"]:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if lasts else 'NORMAL'}")
        connection.info["lasts"] = lasts
    last = time.monotonic() + _patience.get()
    while True:  # in portions, so that Ctrl+C gets through
        try:
            connection.connection.cursor().execute("BEGIN IMMEDIATE" if asked else "BEGIN")
        except sqlite3.OperationalError as error:
            if fault_of(error) != "locked" or time.monotonic() > last:
                raise
        else:
            return


def _forget_after_fork() -> None:
    # A connection shared by two processes corrupts SQLite; the child drops them unclosed and opens its own.
    for inherited in _engines.values():
        inherited.dispose(close=False)
    _engines.clear()
    _files.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
