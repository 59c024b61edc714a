"""The switch *Projector*, kept in the reader's browser: it enlarges the page to fill the window.

The browser keeps it in a cookie, which it sends when it opens a page. A page cannot set a cookie without a script, but
the answer to a picture can: after each flip the sidebar contains one whose address says what to keep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import streamlit as st

from ui.state import widgets

PATH = "projector"
"""First part of the picture's address; the second is `on` or `off`."""
COOKIE = "bowlab-projector"
YEAR = 365 * 24 * 3600  # seconds
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
ON, FLIPS = "projector_on", "projector_flips"
HELP = "Enlarges everything to fill this window, as in a lecture room. Kept in this browser."


def is_on() -> bool:
    """Whether this reader's page is enlarged: the switch in this session, otherwise what the browser kept."""
    return bool(st.session_state.get(ON, st.context.cookies.get(COOKIE) == "on"))


def switch() -> None:
    """The switch."""
    on = is_on()
    st.toggle("Projector", on, help=HELP, **widgets.bind("projector", on, _flip, follows=True))


def keep() -> None:
    """After a flip: the picture whose answer lets the browser keep the switch."""
    flips = st.session_state.get(FLIPS, 0)
    if flips:
        # numbered, since a browser does not fetch an address twice
        address = f"{PATH}/{'on' if is_on() else 'off'}?{flips}"
        st.html(f'<img src="{address}" alt="" hidden>')


def cookie(name: str, value: str, seconds: int = YEAR, *, secure: bool = False) -> str:
    """The header that has a browser keep a value for this server, out of reach of scripts; `secure`: for TLS alone."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly{'; Secure' * secure}"


def _flip(on: bool) -> None:
    st.session_state[ON] = on
    st.session_state[FLIPS] = st.session_state.get(FLIPS, 0) + 1


class Keep:
    """ASGI application that answers that picture, and has the browser keep what its address says."""

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request; its path parameter `choice` is `on` or `off`."""
        on = scope["path_params"]["choice"] == "on"
        kept = cookie(COOKIE, "on" if on else "off", YEAR if on else 0)
        headers = {"content-type": "image/svg+xml", "cache-control": "no-store", "set-cookie": kept}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": encoded})
        await send({"type": "http.response.body", "body": PICTURE})
