"""Faults of the runs database in words: what happened, and the way out."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Literal

import sqlalchemy as sa

from bowcore.errors import DatabaseError
from bowcore.numbers import seconds

Fault = Literal["locked", "damaged", "cannot write", "unreachable", ""]

DOCTOR = "python -m bowcore doctor says what is wrong"
_SQLITE: dict[int, Fault] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_FORMAT: "damaged",
    sqlite3.SQLITE_FULL: "cannot write",
    sqlite3.SQLITE_READONLY: "cannot write",
    sqlite3.SQLITE_IOERR: "cannot write",
    sqlite3.SQLITE_CANTOPEN: "cannot write",
    sqlite3.SQLITE_PERM: "cannot write",
}
"""By the low byte of SQLite's result code."""
_POSTGRESQL: dict[str, Fault] = {
    "55P03": "locked",
    "40P01": "locked",  # deadlock_detected
    "53100": "cannot write",  # disk_full
    "25006": "cannot write",  # read_only_sql_transaction
    "53300": "unreachable",  # too_many_connections
    "57P01": "unreachable",  # admin_shutdown
    "57P02": "unreachable",  # crash_shutdown
    "57P03": "unreachable",  # cannot_connect_now
    "42P01": "damaged",  # undefined_table
    "42703": "damaged",  # undefined_column
}
"""By PostgreSQL's state."""
_LACKING = ("no such table", "no such column", "has no column", "Could not decode to UTF-8")


def fault_of(error: BaseException) -> Fault:
    """The kind of fault, empty for a wrong statement, which is an error in the program."""
    if isinstance(error, sa.exc.TimeoutError):  # every connection waits
        return "locked"
    if isinstance(error, json.JSONDecodeError):  # of a column that holds JSON
        return "damaged"
    cause: Any = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        lacks = any(words in str(cause) for words in _LACKING)
        return "damaged" if lacks else _SQLITE.get(code, "")
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return "unreachable" if state.startswith("08") else _POSTGRESQL.get(state, "")
    return "unreachable" if isinstance(error, sa.exc.OperationalError) else ""


def in_words(error: BaseException, shown: str, waited: float) -> DatabaseError | None:
    """The error to raise in its place; None for a wrong statement. `shown` names the database."""
    fault = fault_of(error)
    reason = " ".join(str(getattr(error, "orig", error)).split())
    if fault == "locked":
        return DatabaseError(
            f"The runs database {shown} is locked by another process, for over {seconds(waited)}. Close what else "
            f"has it open; this program then goes on by itself. {DOCTOR}."
        )
    if fault == "damaged":
        return DatabaseError(
            f"The runs database {shown} is damaged: {reason}. End the program, move the file and those that begin with "
            f"its name away or put a copy in its place, and start again. {DOCTOR}."
        )
    if fault == "cannot write":
        return DatabaseError(
            f"The runs database {shown} cannot be written: {reason}. Free some space, or check its permissions; this "
            f"program then goes on by itself. {DOCTOR}."
        )
    if fault == "unreachable":
        return DatabaseError(
            f"The runs database {shown} does not answer: {reason[:200]}. Start its server, or check BOWLAB_RUNS_URL; "
            f"this program then goes on by itself. {DOCTOR}."
        )
    return None


def moved(shown: str) -> DatabaseError:
    """The error for a file that was deleted or moved while this process used it."""
    return DatabaseError(
        f"The runs database {shown} was deleted or moved while this program used it. Put it back, or start the program "
        f"again to begin with an empty one. {DOCTOR}."
    )
