"""Under which names this server answers, and whom it takes for this computer itself."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ui.state.visitor import FORWARDING

SETTING = "BOWLAB_HOSTS"
"""Further names, separated by commas or spaces. `*.school.example` is every name one level below; `*` is every name."""


def own_names() -> frozenset[str]:
    """The names of this machine that need no setting. Nobody is asked for them."""
    machine = socket.gethostname().casefold().rstrip(".")
    first = machine.partition(".")[0]
    return frozenset({"localhost", machine, first, f"{first}.local"} - {""})


def set_names() -> frozenset[str]:
    """The names and patterns in the setting."""
    return frozenset(os.environ.get(SETTING, "").replace(",", " ").casefold().split())


def host_of(header: str) -> str | None:
    """The name or IP address in a `Host` header, without its port; None if it is no such header."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    if parts.netloc != header or parts.username is not None:
        return None
    return (parts.hostname or "").rstrip(".") or None


def is_served(header: str, names: Iterable[str]) -> bool:
    """Whether a request with this `Host` header is meant for a server of these names and patterns.

    An IP address always is: a page of somebody else's that wants to read from this server needs a name of its own
    that leads here, and cannot borrow a number.
    """
    host = host_of(header)
    if host is None:
        return False
    above = f"*.{host.partition('.')[2]}"
    return _is_address(host) or not {host, above, "*"}.isdisjoint(names)


def is_same_origin(origin: str, header: str) -> bool:
    """Whether a page of this origin was served by the same host and port; Streamlit compares them likewise."""
    try:
        return urlsplit(origin).netloc == header
    except ValueError:
        return False


def is_this_computer(scope: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a program on this computer, through no proxy."""
    address = (scope.get("client") or ("",))[0]
    return _is_loopback(address) and not any(name in headers for name in FORWARDING)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
