"""The browser's name and the teacher's address, as HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

import pytest

from ui.shell.entrance import WRONG_KEY, NameBrowsers, Teacher
from ui.state.visitor import proof_of, teacher_key

Message = MutableMapping[str, Any]


def answer(app: Any, **scope: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer to one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "scheme": "http", "headers": [], **scope}, receive, send))
    headers = [(name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], headers, sent[1]["body"]


def server(kind: str) -> Any:
    """An application that answers with an empty document of this type."""

    async def app(_scope: Message, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", kind.encode())]})
        await send({"type": "http.response.body", "body": b""})

    return app


def cookies(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name == "set-cookie"]


def test_a_new_browser_gets_a_name_with_its_first_page() -> None:
    page = NameBrowsers(server("text/html; charset=utf-8"))
    names = [cookies(answer(page)[1]) for _ in range(2)]
    assert all(len(found) == 1 for found in names)
    found = [re.fullmatch(r"bowlab-browser=([\w-]{22}); Path=/; .*SameSite=Lax; HttpOnly", one[0]) for one in names]
    assert found[0] and found[1] and found[0][1] != found[1][1]


@pytest.mark.parametrize("sent", [b"bowlab-browser=x", b"a b; =; bowlab-browser=x", b"other=1;bowlab-browser=x"])
def test_a_browser_keeps_its_name_whatever_other_cookies_it_sends(sent: bytes) -> None:
    headers = answer(NameBrowsers(server("text/html")), headers=[(b"cookie", sent)])[1]
    assert cookies(headers) == []


def test_scripts_and_pictures_bring_no_name() -> None:
    assert cookies(answer(NameBrowsers(server("image/png")))[1]) == []


def test_the_key_opens_the_app_as_the_teacher_and_another_does_not() -> None:
    status, headers, _ = answer(Teacher(), path_params={"key": teacher_key()})
    assert (status, dict(headers)["location"]) == (303, "../")
    assert cookies(headers)[0].startswith(f"bowlab-teacher={proof_of(teacher_key())}; Path=/;")
    for key in ("", "wrong", teacher_key()[:-1], teacher_key() + "x", "ключ"):
        status, headers, body = answer(Teacher(), path_params={"key": key})
        assert (status, cookies(headers), body.decode()) == (403, [], WRONG_KEY)


@pytest.mark.parametrize(
    ("scope", "secure"),
    [({"scheme": "https"}, True), ({"headers": [(b"x-forwarded-proto", b"https")]}, True), ({}, False)],
)
def test_what_a_browser_keeps_over_tls_is_never_sent_without(scope: dict[str, Any], secure: bool) -> None:
    (named,) = cookies(answer(NameBrowsers(server("text/html")), **scope)[1])
    (proved,) = cookies(answer(Teacher(), path_params={"key": teacher_key()}, **scope)[1])
    assert named.endswith("; Secure") == proved.endswith("; Secure") == secure
