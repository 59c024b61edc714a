"""Uploaded files share a bounded part of the memory, and no session has more than a few at a time.

Streamlit 1.67 holds each uploaded file in the server's memory until the page drops it or the session ends, under any
identifier that the browser names: thirty files of 300 MB, or one browser that sends one after the other, would end the
server. Pages take a corpus out of it as soon as they see it (`ui/state/uploaded.py`). Here a file that finds no room
waits for it, as the browser's progress shows, and what no page has taken makes room for what comes.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import cast

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from streamlit import config, runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.stats import CacheStat

from bowcore.numbers import size
from ui.shell.security import Asgi, Message, Receive, Send

ROOM = 1_000_000_000
"""Bytes of all files together, held or on their way: three of the largest."""
A_SESSION = 2
"""Files of a session, held or on their way: a corpus and its test texts, say. A third takes the place of the oldest."""
PATIENCE = 30.0
"""Seconds that a file waits for room."""
SILENCE, LONGEST = 30.0, 600.0
"""Seconds without a byte, and seconds for all of them, after which a file is given up: its browser is gone, or means to
keep others out."""
HEAD_START = 60.0
"""Seconds after which a file is given up that is not on its way to arrive in time."""
FORGOTTEN, SMALL = 60.0, 2_000_000
"""Seconds after which a file that no page has taken, as its dialog was closed, is dropped; a small one is not."""
NOT_ARRIVED = "The file did not arrive.\n"
_LOOK_EVERY = 0.1  # seconds
_ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")

Upload = tuple[str, str]
"""The identifiers of a session and of its file."""


class Uploads:
    """ASGI middleware: lets an upload begin once there is room for it, and ends one that stands still.

    `n_processes` share the room.
    """

    def __init__(self, app: Asgi, n_processes: int = 1) -> None:
        self._app = app
        self._n_processes = n_processes
        self._under_way: dict[Upload, int] = {}  # with the bytes that were announced
        self._arrived: dict[Upload, float] = {}  # those that Streamlit may still hold, and since when, oldest first

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request; only uploads of sessions are watched."""
        address = _ADDRESS.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if address is None or not runtime.get_instance().is_active_session(address[1]):
            await self._app(scope, receive, send)
            return
        upload = address[1], address[2]
        refusal = await self._admit(upload, announced(scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, impatient(receive, self._under_way[upload]), send)
        except ClientDisconnect:  # by the browser or by its silence
            await PlainTextResponse(NOT_ARRIVED, status_code=408)(scope, receive, send)
        finally:
            del self._under_way[upload]
            self._arrived.pop(upload, None)
            self._arrived[upload] = time.monotonic()
            self._forget()

    async def _admit(self, upload: Upload, n_bytes: int) -> PlainTextResponse | None:
        """Wait for room and take it; the answer to a file that cannot have it."""
        until = time.monotonic() + PATIENCE
        while True:
            n_under_way = sum(session == upload[0] for session, _ in self._under_way)
            if upload in self._under_way or n_under_way >= A_SESSION:
                return PlainTextResponse(f"At most {A_SESSION} files of a session at a time.\n", status_code=429)
            self._forget()
            held = [file for session, file in self._arrived if session == upload[0] and file != upload[1]]
            for file in held[: max(0, n_under_way + len(held) + 1 - A_SESSION)]:
                _manager().remove_file(upload[0], file)
            taken = _held() + sum(self._under_way.values())
            if not taken or taken + n_bytes <= self._room():
                self._under_way[upload] = n_bytes
                return None
            if time.monotonic() > until:
                room = size(self._room())
                return PlainTextResponse(
                    f"Uploaded files may take {room} together, which others fill. Try again in a minute.\n",
                    status_code=503,
                    headers={"retry-after": "60"},
                )
            await asyncio.sleep(_LOOK_EVERY)

    def _room(self) -> int:
        return ROOM // self._n_processes

    def _forget(self) -> None:
        """Note which files pages have taken, and drop those that none has taken for long."""
        for (session, file), since in list(self._arrived.items()):
            found = _manager().get_files(session, [file])
            if found and len(found[0].data) > SMALL and time.monotonic() - since > FORGOTTEN:
                _manager().remove_file(session, file)
                found = []
            if not found:
                del self._arrived[session, file]


def _manager() -> MemoryUploadedFileManager:
    return cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)


def _held() -> int:
    """Bytes of the files that Streamlit holds."""
    families = _manager().get_stats()
    return sum(stat.byte_length for family in families.values() for stat in family if isinstance(stat, CacheStat))


def announced(scope: Message) -> int:
    """Bytes of a request, or the most that Streamlit takes where it does not say."""
    headers, most = Headers(scope=scope), int(config.get_option("server.maxUploadSize")) * 1024 * 1024
    said = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (said.isascii() and said.isdigit() and len(said) < 20):
        return most  # where both are sent, the length does not count
    return min(int(said), most)


def impatient(receive: Receive, n_bytes: int) -> Callable[[], Awaitable[Message]]:
    """The same messages, of `n_bytes` together; a browser that is silent or slow for too long counts as gone."""
    began, arrived = time.monotonic(), 0

    async def receive_soon() -> Message:
        nonlocal arrived
        passed = time.monotonic() - began
        if (passed - HEAD_START) * n_bytes > LONGEST * arrived:
            return {"type": "http.disconnect"}
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(SILENCE, LONGEST - passed)))
        except TimeoutError:
            return {"type": "http.disconnect"}
        arrived += len(message.get("body", b""))
        return message

    return receive_soon
