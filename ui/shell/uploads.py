"""Uploaded files share a bounded part of the memory, and no session has more than a few at a time.

Streamlit 1.67 holds each uploaded file in the server's memory until the page drops it or the session ends, under any
identifier that the browser names: thirty files of 300 MB, or one browser that sends one after the other, would end the
server. Here a file that finds no room waits for it, as the browser's progress shows, since pages drop a file as soon as
they have read it (`ui/state/uploaded.py`).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from streamlit import config, runtime
from streamlit.runtime.stats import CacheStat

from bowcore.numbers import size
from ui.shell.security import Asgi, Message, Receive, Send

ROOM = 1_000_000_000
"""Bytes of all files together, held or on their way: three of the largest."""
A_SESSION = 2
"""Files of a session, held or on their way: a corpus and its test texts, say."""
PATIENCE = 60.0
"""Seconds that a file waits for room."""
SILENCE = 30.0
"""Seconds without a byte after which a file is given up, as its browser is gone or means to keep others out."""
_LOOK_EVERY = 0.1  # seconds
_ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")


class Uploads:
    """ASGI middleware: lets an upload begin once there is room for it, and ends one that stands still."""

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._under_way: dict[tuple[str, str], int] = {}  # bytes that were announced, by session and file
        self._files: dict[str, set[str]] = {}  # identifiers of the files that a session may still hold

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request; only uploads are watched."""
        address = _ADDRESS.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if address is None:
            await self._app(scope, receive, send)
            return
        session, file = address.groups()
        n_bytes = _announced(scope)
        refusal = await self._refusal(session, file, n_bytes)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self._under_way[session, file] = n_bytes
        self._files.setdefault(session, set()).add(file)
        try:
            await self._app(scope, _impatient(receive), send)
        except ClientDisconnect:  # by the browser or by its silence
            await PlainTextResponse("The file did not arrive.\n", status_code=408)(scope, receive, send)
        finally:
            del self._under_way[session, file]

    async def _refusal(self, session: str, file: str, n_bytes: int) -> PlainTextResponse | None:
        """Wait for room; the answer to a file that cannot have it."""
        until = time.monotonic() + PATIENCE
        while True:
            if (session, file) in self._under_way or self._n_files(session, file) >= A_SESSION:
                return PlainTextResponse(f"At most {A_SESSION} files of a session at a time.\n", status_code=429)
            taken = _held() + sum(self._under_way.values())
            if not taken or taken + n_bytes <= ROOM:
                return None
            if time.monotonic() > until:
                return PlainTextResponse(
                    f"Uploaded files may take {size(ROOM)} together, which others fill. Try again in a minute.\n",
                    status_code=503,
                    headers={"retry-after": "60"},
                )
            await asyncio.sleep(_LOOK_EVERY)

    def _n_files(self, session: str, new: str) -> int:
        """How many files of a session, without a new one, are held or on their way."""
        manager = runtime.get_instance().uploaded_file_mgr
        under_way = {file for owner, file in self._under_way if owner == session}
        held = {record.file_id for record in manager.get_files(session, [*self._files.get(session, ())])}
        self._files[session] = under_way | held
        if not self._files[session]:
            del self._files[session]
        return len((under_way | held) - {new})


def _held() -> int:
    """Bytes of the files that Streamlit holds."""
    families = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for family in families.values() for stat in family if isinstance(stat, CacheStat))


def _announced(scope: Message) -> int:
    """Bytes of a request, or the most that Streamlit takes where it does not say."""
    most = int(config.get_option("server.maxUploadSize")) * 1024 * 1024
    said = Headers(scope=scope).get("content-length", "")
    return min(int(said), most) if said.isascii() and said.isdigit() and len(said) < 20 else most


def _impatient(receive: Receive) -> Callable[[], Awaitable[Message]]:
    """The same messages; a browser that sends nothing for `SILENCE` seconds counts as gone."""

    async def receive_soon() -> Message:
        try:
            return await asyncio.wait_for(receive(), SILENCE)
        except TimeoutError:
            return {"type": "http.disconnect"}

    return receive_soon
