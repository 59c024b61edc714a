"""What every request must satisfy, and the security headers of every HTTP response."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from ui.shell import hosts

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY_VIOLATION = 1008
"""Code that closes a web socket; before the handshake has ended, the server answers it with status 403."""
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


_FIXED_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    # For browsers that predate frame-ancestors.
    (b"x-frame-options", b"SAMEORIGIN"),
    # Pages of other sites get no handle on this window, and cannot embed anything of this server.
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        b"microphone=(), midi=(), payment=(), usb=()",
    ),
]
_METRICS = "/_stcore/metrics"


class Security:
    """ASGI middleware: refuses requests that no page of this server sends, and adds the security headers to the rest.

    Web sockets of foreign origins must not reach Streamlit, which would ask a host outside for the address of this
    machine, in its event loop.
    """

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._names = hosts.own_names() | hosts.set_names()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request or web socket."""
        if scope["type"] == "websocket":
            headers = Headers(scope=scope)
            host, origin = headers.get("host", ""), headers.get("origin")
            if hosts.is_served(host, self._names) and (origin is None or hosts.is_same_origin(origin, host)):
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        elif scope["type"] == "http":
            headers = Headers(scope=scope)
            inner = self._refusal(scope, headers) or self._app
            await inner(scope, receive, _with_headers(send, headers.get("host", "")))
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Message, headers: Headers) -> PlainTextResponse | None:
        if not hosts.is_served(headers.get("host", ""), self._names):
            return PlainTextResponse(
                "This server does not answer under that name. Open it by its IP address, or have the name added to "
                f"{hosts.SETTING}, where the server is started.\n",
                status_code=421,
            )
        if scope["path"].endswith(_METRICS) and not hosts.is_this_computer(scope, headers):
            return PlainTextResponse("Only for programs on the server itself.\n", status_code=403)
        return None


def _with_headers(send: Send, host: str) -> Send:
    added = [(b"content-security-policy", content_security_policy(host.encode("latin-1")).encode()), *_FIXED_HEADERS]
    names = {name for name, _ in added}

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in names]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return send_with_headers
