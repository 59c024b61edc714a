"""Whom the processes of a server ask over the network, by `tests/watch/sitecustomize.py`."""

from __future__ import annotations

import ipaddress
import json
import os
from pathlib import Path

WATCH = Path(__file__).parent / "watch"


def watched(file: Path) -> dict[str, str]:
    """Environment of a process that notes in this file whom it asks."""
    paths = [str(WATCH), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"WATCH_NETWORK": str(file), "PYTHONPATH": os.pathsep.join(paths)}


def asked(file: Path) -> list[str]:
    """Every name and address that was asked, in this order."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [str(json.loads(line)[1]) for line in lines]


def asked_outside(file: Path) -> list[str]:
    """Those that are not this computer."""
    return [host for host in asked(file) if not _is_here(host)]


def _is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", "None", "")
    return address.is_loopback or address.is_unspecified
