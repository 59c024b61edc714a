"""All parts of the address: read when it is opened, written once a run."""

from __future__ import annotations

from ui.shell import show_me, slices
from ui.state import address, judge, session

PARTS = (session, judge, slices, show_me)
"""Modules that write parts of the address and read them, in this order."""


def open_address() -> None:
    """Show what the address says, if the reader has just opened it; the shell calls this before it chooses the page."""
    if address.arrived():
        known = [part.open_address() for part in PARTS]
        if all(known):
            address.understood(_parts())
    address.keep()


def write_address() -> None:
    """Write what is shown to the address."""
    address.write(_parts())


def parameters() -> dict[str, str]:
    """Query parameters that restore what this session shows."""
    return {**_parts(), **address.carried()}


def _parts() -> dict[str, str]:
    return {name: text for part in PARTS for name, text in part.link_parameters().items()}
