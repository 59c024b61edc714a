"""Jobs that were done as parts of another one: each is recorded as if it had been asked for by itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bowcore.jobs.jobs import add_events, plain
from bowcore.people import person
from bowcore.store import database, tables
from bowcore.store.locks import Lane
from bowcore.store.version import version


def record_done(
    kind: str,
    payload: Mapping[str, Any],
    lane: Lane,
    key: str,
    result: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]] = (),
    *,
    started: float,
) -> str:
    """Add a job of this person's that has ended with a result, and return its id.

    Args:
        kind: Kind of job.
        payload: What its handler was given.
        lane: The lane of the job that did it.
        key: Its key.
        result: What its handler returned.
        events: What it reported.
        started: Seconds since 1970, UTC.
    """
    job_id, now = uuid.uuid4().hex, time.time()
    values: dict[str, Any] = {"kind": kind, "payload": plain(payload), "lane": lane, "key": key}
    values |= {"state": "done", "progress": 1.0, "result": plain(result)}
    values |= {"created": started, "started": started, "finished": now}
    values |= {"owner": person().id, "attempt": 1, "version": version()}
    with database.writing(lasting=True) as connection:
        connection.execute(sa.insert(tables.jobs).values(id=job_id, **values))
        add_events(connection, job_id, events)  # a power cut leaves both or neither
    return job_id
