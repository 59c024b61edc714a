"""Security headers of every HTTP response."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

_HOST = re.compile(rb"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@functools.cache
def _inline_scripts() -> str:
    """Hash sources of the inline scripts in Streamlit's start page: one in version 1.67."""
    start_page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes().replace(b"\r\n", b"\n")
    digests = (hashlib.sha256(script).digest() for script in re.findall(rb"<script>(.*?)</script>", start_page, re.S))
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def content_security_policy(host: bytes) -> str:
    """What a page may load, for a page served under this `Host` header.

    Everything comes from the server itself. `host` is repeated for the web socket, because not every browser counts
    `ws:` under `'self'`; a host that is not a plain name and port is left out.
    """
    socket = f" ws://{host.decode()} wss://{host.decode()}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            # No 'unsafe-eval': Streamlit runs Vega's expressions through its interpreter.
            f"script-src 'self'{_inline_scripts()}",
            # Streamlit and Vega write styles into the page.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{socket}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


class SecurityHeaders:
    """ASGI middleware: adds the security headers to every HTTP response and passes web sockets through."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"")
        added = [
            (b"content-security-policy", content_security_policy(host).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            # For browsers that predate frame-ancestors.
            (b"x-frame-options", b"SAMEORIGIN"),
        ]
        names = {name for name, _ in added}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in names]
                message = {**message, "headers": [*kept, *added]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
