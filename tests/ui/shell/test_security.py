"""The headers that every answer carries."""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.shell.security import SecurityHeaders, content_security_policy


def directives(policy: str) -> dict[str, list[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: sources for name, *sources in parts}


def client(headers: dict[str, str]) -> TestClient:
    async def answer(_: Any) -> PlainTextResponse:
        return PlainTextResponse("seven terms", headers=headers)

    return TestClient(
        Starlette(routes=[Route("/", answer)], middleware=[Middleware(SecurityHeaders)]), base_url="http://class.test"
    )


def test_every_answer_carries_the_headers_even_one_that_finds_nothing() -> None:
    for address in ("/", "/nowhere"):
        headers = client({}).get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
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


def test_web_sockets_pass_through_untouched() -> None:
    passed: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "headers": []})

    async def send(message: Any) -> None:
        passed.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing to receive")

    asyncio.run(SecurityHeaders(inner)({"type": "websocket", "headers": []}, receive, send))
    assert passed == [{"type": "websocket.accept", "headers": []}]
