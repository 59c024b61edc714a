"""What is refused, and the headers that every answer carries."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.shell.security import Security, content_security_policy


def directives(policy: str) -> dict[str, list[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: sources for name, *sources in parts}


def client(headers: dict[str, str], address: str = "192.168.1.7") -> TestClient:
    async def answer(_: Any) -> PlainTextResponse:
        return PlainTextResponse("seven terms", headers=headers)

    app = Starlette(routes=[Route("/", answer)], middleware=[Middleware(Security)])
    return TestClient(app, base_url="http://localhost:8501", client=(address, 50000))


def test_every_answer_carries_the_headers_even_one_that_finds_nothing() -> None:
    for address in ("/", "/nowhere"):
        headers = client({}).get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert directives(headers["content-security-policy"])["frame-ancestors"] == ["'self'"]


def test_a_header_that_the_application_set_is_replaced_not_doubled() -> None:
    headers = client({"Referrer-Policy": "unsafe-url", "X-Kept": "yes"}).get("/").headers
    assert headers.get_list("referrer-policy") == ["same-origin"]
    assert headers["x-kept"] == "yes"


def test_scripts_come_from_the_server_alone_and_evaluate_no_text() -> None:
    scripts = directives(content_security_policy(b"localhost:8501"))["script-src"]
    assert scripts[0] == "'self'"
    assert all(source.startswith("'sha256-") for source in scripts[1:])


def test_the_web_socket_of_the_same_host_is_allowed() -> None:
    for host in ("localhost:8501", "192.168.1.20:8501", "[::1]:8501", "lab.example.org"):
        sources = directives(content_security_policy(host.encode()))["connect-src"]
        assert sources == ["'self'", f"ws://{host}", f"wss://{host}"]


def test_a_host_header_cannot_write_into_the_policy() -> None:
    for host in (b"", b"x; script-src *", b"a b", b"*", b"a.test/\r\nx: y", b"\xff\xfe", b"host:port"):
        assert directives(content_security_policy(host))["connect-src"] == ["'self'"]


def handshake(**headers: str) -> list[dict[str, Any]]:
    """What a handshake with these headers is answered."""
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing to receive")

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Security(inner)({"type": "websocket", "headers": raw}, receive, send))
    return sent


ACCEPTED = [{"type": "websocket.accept", "headers": []}]
REFUSED = [{"type": "websocket.close", "code": 1008}]


def test_web_sockets_of_the_own_origin_pass_through_untouched() -> None:
    assert handshake(host="localhost:8501", origin="http://localhost:8501") == ACCEPTED
    assert handshake(host="192.168.1.20:8501", origin="http://192.168.1.20:8501") == ACCEPTED
    assert handshake(host="localhost:8501") == ACCEPTED  # no browser


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:3000", "null", "", "http://[", "localhost:8501"]
)
def test_web_sockets_of_foreign_origins_are_closed(origin: str) -> None:
    assert handshake(host="localhost:8501", origin=origin) == REFUSED


def test_web_sockets_of_unknown_hosts_are_closed() -> None:
    assert handshake(host="evil.example", origin="http://evil.example") == REFUSED
    assert handshake() == REFUSED


def test_unknown_hosts_get_421_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = client({}).get("/", headers={"Host": "evil.example"})
    assert refused.status_code == 421
    assert "BOWLAB_HOSTS" in refused.text
    assert refused.headers["x-content-type-options"] == "nosniff"
    monkeypatch.setenv("BOWLAB_HOSTS", "lab.example, evil.example")
    assert client({}).get("/", headers={"Host": "evil.example:8501"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 404), ({"X-Forwarded-For": "127.0.0.1"}, 403), ({"Via": "1.1 x"}, 403)]
)
def test_the_metrics_are_for_this_computer_alone(headers: dict[str, str], status: int) -> None:
    for base in ("", "/lab"):
        asked = client({}, address="127.0.0.1").get(f"{base}/_stcore/metrics", headers=headers)
        assert asked.status_code == status
        assert client({}, address="192.168.1.7").get(f"{base}/_stcore/metrics", headers=headers).status_code == 403
