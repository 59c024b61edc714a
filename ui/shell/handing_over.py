"""Browsers of guests are handed over to other processes that draw pages, and taken over there as they came.

A session lives in the process that drew its page first, so that its web socket, its uploads and its files to download
must all go there: each browser, known by its name, stays with one process as long as it has a page open there, or comes
back to a session. The teacher's browsers and those without a name stay where they are. Of two processes the one with
fewer browsers takes the next.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import logging
import re
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse
from streamlit import config

from ui.shell.fragment_reruns import is_regular
from ui.shell.page_processes import PageProcess, arrived, password
from ui.shell.security import POLICY_VIOLATION, Asgi, Message, Receive, Send
from ui.shell.uploads import NOT_ARRIVED, announced, impatient
from ui.state import visitor

if TYPE_CHECKING:  # a fifth of a second each, for which the first page would wait
    import httpx2
    from websockets.asyncio.client import ClientConnection

HEADER = "x-bowlab-handed-over"
LONGEST_HEADER = 7_500
"""Signs; servers take lines of 8,192. A browser that sends more of its own stays where it is."""
MOST_PLACES = 10_000
"""Browsers whose process is remembered."""
SERVICE_RESTART = 1012
"""Code that closes the web socket of a page whose process has ended; the browser connects again."""
PATIENCE = 10.0
"""Seconds that another process has to take a web socket."""
LOOK_PATIENCE = 2.0
"""Seconds that it has to say that it is there."""
AGAIN = "The process that drew this page does not answer. Load the page again.\n"
_STREAM = re.compile(r"/_stcore/stream$")
_FILES = re.compile(r"/(_stcore/upload_file|media|component)/[^/]+")
_UNANSWERED = 60.0
"""Seconds in which a process must begin to answer: an upload waits half as long for its room."""
_BEFORE_SESSION = 2  # what Streamlit's browser names as subprotocols before a session that it comes back to
_KEPT = ("scheme", "http_version")  # of a scope, besides its headers and its client
_HOPS = (b"connection", b"keep-alive", b"transfer-encoding", b"date", b"server")

_logger = logging.getLogger(__name__)


class HandOver:
    """ASGI middleware of the process that listens: hands web sockets and files of guests over."""

    def __init__(self, app: Asgi, others: Sequence[PageProcess]) -> None:
        self._app = app
        self._others = others
        self._here = _Here()
        self._places: dict[str, PageProcess | None] = {}  # by the guest's id, those used last at the end
        self._n_open: Counter[str] = Counter()  # web sockets of each guest

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request or web socket."""
        if scope["type"] == "websocket" and _STREAM.search(scope["path"]) and _is_path(scope):
            await self._stream(scope, receive, send)
            return
        place = None
        if scope["type"] == "http" and _FILES.search(scope["path"]) and _is_path(scope):
            place = self._places.get(_guest(scope))
        if place is None:
            await self._app(scope, receive, send)
        else:
            await self._file(place, scope, receive, send)

    async def _stream(self, scope: Message, receive: Receive, send: Send) -> None:
        guest = _guest(scope)
        place = self._place(guest, returns=len(scope["subprotocols"]) > _BEFORE_SESSION)
        self._n_open[guest] += 1
        try:
            if place is not None:
                with _one_more(place):
                    try:
                        upstream = await _connect(place, scope)
                    except ConnectionError as error:  # it starts, or has ended
                        _logger.info("%s", error)
                        self._places[guest] = None
                    else:
                        async with upstream:
                            await _relay(upstream, guest, receive, send)
                        return
            with _one_more(self._here):
                await self._app(scope, receive, send)
        finally:
            self._n_open[guest] -= 1
            if not self._n_open[guest]:
                del self._n_open[guest]

    def _place(self, guest: str, *, returns: bool) -> PageProcess | None:
        """The process for a guest's browser, or None for this one; `returns` says that it comes back to a session."""
        if not guest:
            return None
        if guest in self._places and (returns or self._n_open[guest]):
            place = self._places.pop(guest)
        else:
            self._places.pop(guest, None)
            least = min(self._others, key=lambda one: one.n_browsers)
            place = least if least.n_browsers < self._here.n_browsers else None
        self._places[guest] = place
        for forgotten in list(self._places)[:-MOST_PLACES]:
            del self._places[forgotten]
        return place

    async def _file(self, place: PageProcess, scope: Message, receive: Receive, send: Send) -> None:
        """One upload, or one file to download."""
        import httpx2

        headers = [(HEADER, _packed(place, scope))]
        headers += [("content-length", value.decode()) for name, value in scope["headers"] if name == b"content-length"]
        body = (
            None
            if scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE")
            else _body(impatient(receive, announced(scope)))
        )
        begun = False
        try:
            url = httpx2.URL(f"http://{place.address}", raw_path=_target(scope))
            async with (
                _client(_UNANSWERED) as client,
                client.stream(scope["method"], url, headers=headers, content=body) as answer,
            ):
                kept = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in _HOPS]
                await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
                begun = True
                async for part in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except ClientDisconnect:  # by the browser or by its silence
            await PlainTextResponse(NOT_ARRIVED, status_code=408)(scope, receive, send)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            _logger.warning("A process that draws pages did not answer: %r", error)
            if begun:
                raise
            await PlainTextResponse(AGAIN, 503)(scope, receive, send)


@dataclass
class _Here:
    """This process, as one that serves browsers."""

    n_browsers: int = 0


class TakeOver:
    """ASGI middleware of another process: takes what was handed over as its browser sent it, and nothing else."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request or web socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given, _, packed = HTTPConnection(scope).headers.get(HEADER, "").partition(" ")
        if password() and hmac.compare_digest(given.encode(), password().encode()):
            if scope["type"] == "websocket":
                arrived.set()
            await self._app({**scope, **_unpacked(packed)}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await PlainTextResponse("Open the address that the server has printed.\n", 403)(scope, receive, send)


async def answers(place: PageProcess) -> bool:
    """Whether this process answers within a moment."""
    import httpx2

    base = str(config.get_option("server.baseUrlPath")).strip("/")
    url = f"http://{place.address}{f'/{base}' * bool(base)}/_stcore/health"
    headers = {HEADER: _packed(place, {"headers": [(b"host", b"localhost")]})}
    try:
        async with _client(LOOK_PATIENCE) as client:
            return (await client.get(url, headers=headers)).status_code == 200
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False


def _client(timeout: float) -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=False)  # nothing is encrypted on one computer


@contextmanager
def _one_more(process: PageProcess | _Here) -> Iterator[None]:
    """Count one more browser of this process inside the block; from the choice on, as many may come at once."""
    process.n_browsers += 1
    try:
        yield
    finally:
        process.n_browsers -= 1


def _guest(scope: Message) -> str:
    """The id of the guest whose browser asks; empty for the teacher's, and for one that keeps no name."""
    asks = HTTPConnection(scope)
    address = scope["client"][0] if scope.get("client") else None
    name = asks.cookies.get(visitor.BROWSER_COOKIE, "")
    if not name or visitor.is_teachers(address, asks.headers, asks.cookies):
        return ""
    return visitor.guest_id(name)


async def _connect(place: PageProcess, scope: Message) -> ClientConnection:
    """A web socket to this process.

    Raises:
        ConnectionError: There is none to be had.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidURI
    from websockets.typing import Subprotocol

    packed = _packed(place, scope)
    if len(packed) > LONGEST_HEADER:
        raise ConnectionError("The browser's own headers are too long to be handed over")
    try:
        return await connect(
            f"ws://{place.address}{_target(scope).decode()}",
            additional_headers={HEADER: packed},
            subprotocols=[Subprotocol(name) for name in scope["subprotocols"]],
            proxy=None,
            compression=None,
            open_timeout=PATIENCE,
            ping_interval=None,  # this process notices a browser that has gone, the system a process that has ended
            max_size=None,
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ValueError) as error:
        raise ConnectionError(f"{place.name} takes no browser: {error}") from error


async def _relay(upstream: ClientConnection, guest: str, receive: Receive, send: Send) -> None:
    """Pass messages on in both directions until one side has gone."""
    from websockets.exceptions import ConnectionClosed

    await receive()  # "websocket.connect"
    await send({"type": "websocket.accept", "subprotocol": upstream.subprotocol})

    async def to_browser() -> None:
        with suppress(ConnectionClosed):
            async for message in upstream:
                await send({"type": "websocket.send", "bytes" if isinstance(message, bytes) else "text": message})
        code = upstream.close_code or SERVICE_RESTART
        await send({"type": "websocket.close", "code": SERVICE_RESTART if code in (1005, 1006, 1015) else code})

    async def from_browser() -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if not is_regular(message.get("bytes")):
                visitor.came(guest)
            await upstream.send(message.get("bytes") or message.get("text") or b"")

    both = {asyncio.create_task(to_browser()), asyncio.create_task(from_browser())}
    _, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    for task in both:
        with suppress(asyncio.CancelledError, ConnectionClosed, OSError, RuntimeError):
            await task


def _packed(place: PageProcess, scope: Message) -> str:
    """The password, and what the browser sent: its headers, its address, its scheme."""
    sent: dict[str, Any] = {name: scope[name] for name in _KEPT if name in scope}
    sent["headers"] = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    sent["client"] = scope.get("client")
    return f"{place.password} {base64.b64encode(zlib.compress(json.dumps(sent).encode())).decode()}"


def _unpacked(packed: str) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    sent["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent["headers"]]
    sent["client"] = tuple(sent["client"]) if sent["client"] else None
    return sent


def _is_path(scope: Message) -> bool:
    """Whether the browser asks for a path; what else may stand there could name another host."""
    return (scope.get("raw_path") or b"/").startswith(b"/")


def _target(scope: Message) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path + (b"?" + scope["query_string"] if scope["query_string"] else b"")


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
