"""The jobs that open pages wait for, and whether they have changed since: a look that would show the same is not run.

A class of thirty waits for thirty fits, and each page looks five times a second. One thread reads all their jobs in one
statement, and the server drops the looks of pages whose jobs are as they were.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from streamlit.runtime.scriptrunner import get_script_run_ctx

from bowcore.errors import BowlabError
from bowcore.jobs import jobs

EVERY = 0.2
"""Seconds between two readings."""

Read = Callable[[Iterable[str]], Mapping[str, object]]
"""What readers see of some jobs, by their ids."""


class Awaited:
    """The jobs that each session waits for, by its id, and how often each job has changed."""

    def __init__(self, read: Read = jobs.seen) -> None:
        self._read = read
        self._sessions: dict[str, frozenset[str]] = {}
        self._known: dict[str, object] = {}
        self._changes: dict[str, int] = {}
        self._fails = False
        self._some = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, session: str) -> None:
        """A run of the session's page begins: its fragments are to name again what they wait for."""
        self._sessions[session] = frozenset()

    def add(self, session: str, ids: Iterable[str]) -> None:
        """The session waits for these jobs as well."""
        if ids := frozenset(ids):
            self._sessions[session] = self._sessions.get(session, frozenset()) | ids
            self._some.set()

    def forget(self, session: str) -> None:
        """The session is over, or its browser has gone."""
        self._sessions.pop(session, None)

    def changes(self, session: str) -> Mapping[str, int] | None:
        """How often each job of the session has changed; None if that is not known. Reads nothing, and never waits."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._go_on, name="awaited jobs", daemon=True)
            self._thread.start()
        ids, changes = self._sessions.get(session), self._changes  # the thread replaces it
        if not ids or self._fails or not ids <= changes.keys():
            return None
        return {job: changes[job] for job in ids}

    def look(self) -> None:
        """Read all jobs once, and count those that have changed."""
        self._some.clear()
        ids: frozenset[str] = frozenset().union(*list(self._sessions.values()))
        if ids:
            self._some.set()
        try:
            now = self._read(ids) if ids else {}
        except BowlabError:
            self._fails = True
            return
        changed = {job: self._changes.get(job, 0) + (self._known.get(job) != what) for job, what in now.items()}
        self._known, self._changes, self._fails = dict(now), changed, False

    def _go_on(self) -> None:
        pause = threading.Event()
        while True:
            self._some.wait()
            self.look()
            pause.wait(EVERY)


awaited = Awaited()
"""Those of this process."""


def begin() -> None:
    """A run of this session's page begins."""
    if (context := get_script_run_ctx(suppress_warning=True)) is not None:
        awaited.begin(context.session_id)


def wait_for(ids: Iterable[str]) -> None:
    """The page of this session waits for these jobs."""
    if (context := get_script_run_ctx(suppress_warning=True)) is not None:
        awaited.add(context.session_id, ids)
