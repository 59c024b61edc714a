"""Browsers go to the process with the fewest, arrive there as they came, and stay where the other does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from ui.shell import handing_over
from ui.shell.handing_over import HEADER, HandOver, TakeOver
from ui.shell.security import Security
from ui.state import visitor

PASSWORD = "a-password-between-processes"
GUESTS_ADDRESS = {"X-Forwarded-For": "198.51.100.7"}
"""What a proxy adds: a reader on another computer."""


def app(place: str) -> Starlette:
    """What stands for Streamlit: says who asked for what, and where it was answered."""

    async def stream(socket: WebSocket) -> None:
        await socket.accept(subprotocol=socket.scope["subprotocols"][0] if socket.scope["subprotocols"] else None)
        with contextlib.suppress(WebSocketDisconnect):
            await socket.send_json(
                {"place": place, "cookie": socket.headers.get("cookie"), "origin": socket.headers.get("origin"),
                 "client": socket.client.host if socket.client else None, "query": socket.url.query,
                 "handed": HEADER in socket.headers}
            )  # fmt: skip
            while (said := await socket.receive_bytes()) != b"close":
                await socket.send_bytes(said * 2)
            await socket.close(4001)

    async def file(request: Request) -> Response:
        body = await request.body()
        digest = hashlib.sha256(body).hexdigest()
        headers = {"place": place, "Content-Disposition": "attachment"}
        client = request.client.host if request.client else None
        asked = {"method": request.method, "path": request.url.path, "query": request.url.query, "digest": digest,
                 "type": request.headers.get("content-type"), "client": client}  # fmt: skip
        return JSONResponse(asked, 404 if "missing" in request.url.path else 200, headers)

    async def alive(_: Request) -> Response:
        return Response("ok")

    routes = [
        WebSocketRoute("/_stcore/stream", stream),
        Route("/_stcore/health", alive),
        Route("/{path:path}", file, methods=["GET", "PUT", "DELETE"]),
    ]
    return Starlette(routes=routes)


@contextlib.contextmanager
def served(asgi: Any) -> Iterator[str]:
    """Serve this application on a free port; its host and port."""
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        settings = {"ws": "websockets-sansio", "log_level": "error", "lifespan": "off", "timeout_graceful_shutdown": 1}
        server = uvicorn.Server(uvicorn.Config(asgi, **settings))  # type: ignore[arg-type]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [here]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        try:
            yield f"127.0.0.1:{here.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


class Room:
    """A server that listens and one that it hands browsers over to."""

    def __init__(self, here: str, other: Any, middleware: HandOver) -> None:
        self.here, self.other, self.middleware = here, other, middleware

    def open(self, name: str | None = None, *, returns: bool = False, **headers: str) -> Any:
        """The web socket of the browser with this name, which may come back to a session."""
        cookie = {} if name is None else {"Cookie": f"a=1; bowlab-browser={name}"}
        return connect(
            f"ws://{self.here}/_stcore/stream?a=b%20c",
            additional_headers={**GUESTS_ADDRESS, **cookie, **{key.replace("_", "-"): headers[key] for key in headers}},
            subprotocols=[Subprotocol(one) for one in ("streamlit", "token", "session")[: 3 if returns else 2]],
            origin=f"http://{self.here}",  # type: ignore[arg-type]
            proxy=None,
            max_size=None,
        )

    def ask(self, path: str, name: str, method: str = "GET", **options: Any) -> httpx2.Response:
        """What the browser with this name is answered."""
        headers = {**GUESTS_ADDRESS, "Cookie": f"bowlab-browser={name}", **options.pop("headers", {})}
        return httpx2.request(method, f"http://{self.here}{path}", headers=headers, trust_env=False, **options)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("BOWLAB_PAGE_PASSWORD", PASSWORD)
    monkeypatch.setattr(visitor, "_seen", {})
    monkeypatch.setattr(visitor, "_numbers", {})
    with served(TakeOver(Security(app("other")))) as there:
        other = SimpleNamespace(address=there, password=PASSWORD, n_browsers=0, name="pages-2")
        middleware = HandOver(app("here"), [other])  # type: ignore[list-item]
        with served(middleware) as here:
            yield Room(here, other, middleware)


def test_guests_are_shared_out_and_nothing_of_theirs_is_lost(room: Room) -> None:
    with room.open("ann") as ann, room.open("bob") as bob, room.open("cid") as cid:
        first, second, third = (json.loads(one.recv()) for one in (ann, bob, cid))
        assert [one["place"] for one in (first, second, third)] == ["here", "other", "here"]
        for said in (first, second):
            assert said["query"] == "a=b%20c" and said["client"] == "198.51.100.7" and not said["handed"]
            assert said["origin"] == f"http://{room.here}"
        assert (first["cookie"], second["cookie"]) == ("a=1; bowlab-browser=ann", "a=1; bowlab-browser=bob")
        assert bob.subprotocol == "streamlit"
        large = bytes(range(256)) * 8_000
        for one in (ann, bob):
            one.send(large)
            assert one.recv() == large * 2
        assert set(visitor._seen) == {visitor.guest_id("bob")}  # of the others this process draws the pages
        with room.open("bob") as again:
            assert json.loads(again.recv())["place"] == "other"
            assert room.other.n_browsers == 2
    with room.open("bob", returns=True) as back:
        assert json.loads(back.recv())["place"] == "other"
    with room.open("bob") as new:  # nobody is here: this process is the first of equals
        assert json.loads(new.recv())["place"] == "here"


def test_many_who_come_at_once_are_shared_out_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    connects, all_ask = handing_over._connect, threading.Barrier(13)

    async def slowly(place: Any, scope: Any) -> Any:
        await asyncio.sleep(0.3)
        return await connects(place, scope)

    monkeypatch.setattr(handing_over, "_connect", slowly)

    def come(number: int) -> str:
        with room.open(f"guest {number}") as one:
            place = json.loads(one.recv())["place"]
            all_ask.wait(60)  # nobody leaves before all have come
            return str(place)

    with ThreadPoolExecutor(13) as pool:
        places = list(pool.map(come, range(13)))
    assert sorted(places) == ["here"] * 7 + ["other"] * 6


def test_the_teacher_and_a_browser_without_a_name_stay(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_TEACHER_KEY", "the key of a room")
    visitor.teacher_key.cache_clear()
    proof = visitor.proof_of("the key of a room")
    with room.open("ann") as ann:  # one browser here, none there: the next guest would go
        assert json.loads(ann.recv())["place"] == "here"
        for headers in ({"Cookie": f"bowlab-browser=t; bowlab-teacher={proof}"}, {}):
            with room.open(None, **headers) as one:
                assert json.loads(one.recv())["place"] == "here"
    visitor.teacher_key.cache_clear()


def test_files_follow_the_web_socket_of_their_browser(room: Room) -> None:
    with room.open("ann") as ann, room.open("bob") as bob:
        ann.recv(), bob.recv()
        content = bytes(range(256)) * 20_000
        for name, place in (("ann", "here"), ("bob", "other"), ("nobody", "here")):
            kind = {"Content-Type": "multipart/form-data; boundary=x"}
            sent = room.ask("/_stcore/upload_file/s/f%20g?x=1", name, "PUT", content=content, headers=kind)
            assert sent.headers["place"] == place
            assert sent.json() == {
                "method": "PUT", "path": "/_stcore/upload_file/s/f g", "query": "x=1",
                "digest": hashlib.sha256(content).hexdigest(), "type": kind["Content-Type"], "client": "198.51.100.7",
            }  # fmt: skip
            found = room.ask("/media/abc.csv", name)
            assert (found.status_code, found.headers["place"]) == (200, place)
            assert found.headers["content-disposition"] == "attachment"
            assert room.ask("/media/missing", name).status_code == 404
            assert room.ask("/_stcore/upload_file/s/f", name, "DELETE").headers["place"] == place
            assert room.ask("/static/index.js", name).headers["place"] == "here"


def test_what_one_side_ends_ends_at_the_other(room: Room) -> None:
    with room.open("ann") as ann, room.open("bob") as bob:
        ann.recv(), bob.recv()
        bob.send(b"close")
        with pytest.raises(ConnectionClosed) as closed:
            bob.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4001
        with room.open("cid") as cid:
            cid.recv()
            assert room.other.n_browsers == 1
        for _ in range(500):
            if not room.other.n_browsers:
                break
            threading.Event().wait(0.01)
        assert room.other.n_browsers == 0


def test_a_process_that_does_not_answer_loses_its_browsers_to_this_one(room: Room) -> None:
    with room.open("ann") as ann, room.open("bob") as bob:
        assert [json.loads(one.recv())["place"] for one in (ann, bob)] == ["here", "other"]
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        room.other.address = f"127.0.0.1:{nobody.getsockname()[1]}"
        answer = room.ask("/media/abc.csv", "bob")
        assert (answer.status_code, answer.text) == (503, handing_over.AGAIN)
        with room.open("bob") as bob:
            assert json.loads(bob.recv())["place"] == "here"
            assert room.ask("/media/abc.csv", "bob").headers["place"] == "here"
            with room.open("bob") as again:
                assert json.loads(again.recv())["place"] == "here"


def test_a_guest_who_was_not_taken_is_taken_with_the_next_page(room: Room) -> None:
    address, room.other.address = room.other.address, "127.0.0.1:1"
    with room.open("ann") as ann:
        ann.recv()
        with room.open("bob") as bob:
            assert json.loads(bob.recv())["place"] == "here"
        room.other.address = address
        with room.open("bob", returns=True) as back:
            assert json.loads(back.recv())["place"] == "here"
        with room.open("bob") as new:
            assert json.loads(new.recv())["place"] == "other"


@pytest.mark.parametrize(
    "target", ["@{evil}/_stcore/stream", "@{evil}/media/x", "9/_stcore/stream", "@{evil}/_stcore/stream?a#b"]
)
def test_no_guest_sends_the_password_elsewhere(room: Room, target: str) -> None:
    with socket.socket() as evil, room.open("ann") as ann, room.open("bob") as bob:
        ann.recv(), bob.recv()
        evil.bind(("127.0.0.1", 0))
        evil.listen()
        evil.settimeout(0.5)
        asked = target.format(evil=f"127.0.0.1:{evil.getsockname()[1]}")
        host, port = room.here.split(":")
        with socket.create_connection((host, int(port))) as guest:
            upgrade = (
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            )
            headers = f"Host: {room.here}\r\nX-Forwarded-For: 198.51.100.7\r\nCookie: bowlab-browser=bob\r\n"
            guest.sendall(f"GET {asked} HTTP/1.1\r\n{headers}{upgrade if 'stream' in asked else ''}\r\n".encode())
            with pytest.raises(TimeoutError):
                evil.accept()
        with room.open("bob", returns=True) as back:
            assert json.loads(back.recv())["place"] == "other"


def test_nobody_else_is_let_in(room: Room) -> None:
    good = handing_over._packed(room.other, {"headers": [(b"host", b"localhost")], "client": None})
    for wrong in ({}, {HEADER: ""}, {HEADER: good.replace(PASSWORD, "guess")}, {HEADER: good.partition(" ")[2]}):
        assert httpx2.get(f"http://{room.other.address}/media/a", headers=wrong, trust_env=False).status_code == 403
        with pytest.raises(InvalidStatus, match="403"):
            connect(f"ws://{room.other.address}/_stcore/stream", additional_headers=wrong, proxy=None)
    assert httpx2.get(f"http://{room.other.address}/a", headers={HEADER: good}, trust_env=False).status_code == 200


def test_a_process_is_asked_whether_it_answers(room: Room) -> None:
    assert asyncio.run(handing_over.answers(room.other))
    room.other.password = "another"
    assert not asyncio.run(handing_over.answers(room.other))
    room.other.address = "127.0.0.1:1"
    assert not asyncio.run(handing_over.answers(room.other))


def test_a_guest_who_sends_the_header_gains_nothing(room: Room) -> None:
    with room.open("ann") as ann, room.open("bob", **{HEADER.replace("-", "_"): "x y"}) as bob:
        ann.recv()
        assert json.loads(bob.recv())["place"] == "other"


def test_a_browser_whose_headers_are_too_long_stays(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_over, "LONGEST_HEADER", 100)
    with room.open("ann") as ann, room.open("bob") as bob:
        assert [json.loads(one.recv())["place"] for one in (ann, bob)] == ["here", "here"]


def test_only_so_many_browsers_are_remembered(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_over, "MOST_PLACES", 3)
    for number in range(9):
        with room.open(f"guest {number}") as one:
            one.recv()
    assert [*room.middleware._places] == [visitor.guest_id(f"guest {number}") for number in (6, 7, 8)]
