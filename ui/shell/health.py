"""The address `/health`: whether workers, other processes that draw pages, and the database answer.

Streamlit's own `/_stcore/health` only says that the server listens. It stays as it is: a browser that has lost its
connection asks it whether to come back, and should while a worker is being restarted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse

from bowcore.jobs.health import Arrival, Examiner, Health
from bowcore.store.locks import LANES
from ui.shell.handing_over import answers
from ui.shell.page_processes import PageProcess

PATH = "/health"
KEPT = 1.0  # seconds for which one look answers everybody
LIMIT = 3.0  # seconds that a database has to answer
SILENT = Health("does not answer", dict.fromkeys(LANES, "unknown"))


class Monitor:
    """Answers with status 200 or 503 and one JSON object. However many ask, one look is taken at a time."""

    def __init__(self, others: Sequence[PageProcess] = ()) -> None:
        self._examiner = Examiner()
        self._others = others
        self._arrivals: dict[str, Arrival] = {}
        self._look: asyncio.Task[Health] | None = None
        self._until = 0.0

    async def answer(self, _: Request) -> JSONResponse:
        """Answer one request."""
        if self._look is None or (self._look.done() and time.monotonic() >= self._until):
            self._look = asyncio.create_task(self._examine())
            self._until = time.monotonic() + KEPT
        look = self._look
        done, _waiting = await asyncio.wait({look}, timeout=LIMIT)
        found = look.result() if done else SILENT
        status = 200 if found.ok else 503
        return JSONResponse(found.to_json(), status, {"Cache-Control": "no-store"})

    async def _examine(self) -> Health:
        look = asyncio.create_task(asyncio.to_thread(self._examiner.examine))
        found = await asyncio.gather(*map(answers, self._others))
        arrivals = [self._arrivals.setdefault(one.name, Arrival()) for one in self._others]
        pages = {one.name: arrivals[at].state(found[at]) for at, one in enumerate(self._others)}
        return replace(await look, pages=pages)
