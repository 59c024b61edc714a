"""How browsers are told apart: a random name for each, and the teacher's key for those who know it."""

from __future__ import annotations

import secrets

from ui.shell.security import Asgi, Message, Receive, Send
from ui.state.projector import cookie
from ui.state.visitor import BROWSER_COOKIE, TEACHER_COOKIE, is_teacher_key, proof_of

PATH = "teacher"
"""First part of the teacher's address; the second is the key."""
WRONG_KEY = "This is not the teacher's key of this server. It is printed when the server starts."


class NameBrowsers:
    """ASGI middleware: gives a browser without a name one, with the first page that it gets."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or _has_name(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                kept = cookie(BROWSER_COOKIE, secrets.token_urlsafe(16), secure=_is_encrypted(scope)).encode()
                message = {**message, "headers": [*message["headers"], (b"set-cookie", kept)]}
            await send(message)

        await self._app(scope, receive, send_with_name)


class Teacher:
    """ASGI application behind the teacher's address: lets the browser keep that it knows the key, and opens the app."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; its path parameter `key` is the key."""
        key = str(scope["path_params"]["key"])
        if is_teacher_key(key):
            kept = cookie(TEACHER_COOKIE, proof_of(key), secure=_is_encrypted(scope))
            headers = [(b"location", b"../"), (b"set-cookie", kept.encode())]
            await send({"type": "http.response.start", "status": 303, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": WRONG_KEY.encode()})


def _has_name(scope: Message) -> bool:
    sent = (value for name, value in scope["headers"] if name == b"cookie")
    return any(part.strip().startswith(f"{BROWSER_COOKIE}=".encode()) for value in sent for part in value.split(b";"))


def _is_encrypted(scope: Message) -> bool:
    """Whether the browser speaks TLS, with this server or with a proxy in front of it."""
    return scope["scheme"] == "https" or (b"x-forwarded-proto", b"https") in scope["headers"]


def _is_page(message: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
