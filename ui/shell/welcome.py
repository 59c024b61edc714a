"""What the server prints at its start: the addresses under which it is reached.

Streamlit's own text asks a host outside for one of them. Where there is a display, the first is opened in the browser.
"""

from __future__ import annotations

import ipaddress
import socket

import psutil
from streamlit import cli_util, config
from streamlit.web.server.server_util import get_url

from ui.shell.entrance import PATH
from ui.state.visitor import shown_key

EVERYWHERE = ("", "0.0.0.0", "::")


def addresses() -> tuple[str, list[str]]:
    """Where this computer finds the server, and where others do."""
    chosen = config.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else ""
    chosen = chosen or config.get_option("server.address") or ""
    if chosen not in EVERYWHERE:
        return get_url(chosen), []
    return get_url("localhost"), [get_url(address) for address in in_this_network()]


def in_this_network() -> list[str]:
    """The IPv4 addresses of this computer under which others may reach it."""
    states = psutil.net_if_stats()
    found = {
        item.address
        for name, items in psutil.net_if_addrs().items()
        for item in items
        if item.family == socket.AF_INET and name in states and states[name].isup
    }
    usable = [address for address in map(ipaddress.IPv4Address, found) if not address.is_loopback]
    return [str(address) for address in sorted(usable) if not address.is_link_local]


def welcome() -> None:
    """Print the addresses and the teacher's key, and open the first address where there is a display."""
    here, elsewhere = addresses()
    teacher = f"{(*elsewhere, here)[0].rstrip('/')}/{PATH}/{shown_key()}"
    lines = (
        f"Bag-of-Words Lab: {here}",
        *(f"From other computers: {address}" for address in elsewhere),
        f"As the teacher, from another computer: {teacher}",
    )
    for line in lines:
        cli_util.print_to_cli(line)
    if not config.get_option("server.headless"):
        cli_util.open_browser(here)
