"""The recipe in an address."""

from __future__ import annotations

from urllib.parse import quote


def link_length(link: str) -> int:
    """Characters that the recipe takes in an address, once encoded."""
    return len(quote(link, safe=""))
