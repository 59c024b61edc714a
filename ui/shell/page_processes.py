"""Further processes that draw pages: one interpreter draws one page at a time, and a class of thirty wants more.

Each is a whole server without workers, reached from this computer alone and by whoever knows its password, which is the
process that listens to the browsers. It hands browsers over (`ui/shell/handing_over.py`) and starts the workers.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from streamlit import config

from bowcore.jobs.supervisor import Supervised, wait_for_end_of_parent
from bowcore.memory import lower_cache_budget
from bowcore.store import logs
from ui.state.visitor import KEY_SETTING, teacher_key

SETTING = "BOWLAB_PAGE_PROCESSES"
ENOUGH_MEMORY = 4_000_000_000
"""Bytes of a computer that gets a second process unasked: one takes 0.2 GB before its first reader, later up to 1."""
TOGETHER = 0.9
"""What several processes cache together, of what a single one does: what one has learned the others read from disk."""
_PASSWORD, _NAME = "BOWLAB_PAGE_PASSWORD", "BOWLAB_PAGE_NAME"
arrived = threading.Event()
"""Whether this process, if another one listens for it, has been handed a browser."""
_APP = Path(__file__).resolve().parents[2] / "app.py"
_LOOPBACK = "127.0.0.1"


def n_processes() -> int:
    """How many processes draw pages: the setting, or two where there are two processors and enough memory.

    Raises:
        ValueError: The setting is no whole number from 1.
    """
    text = os.environ.get(SETTING, "")
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(f"{SETTING} is '{text}'; it must be a whole number from 1.")
    if text:
        return int(text)
    return 2 if (os.cpu_count() or 1) > 1 and psutil.virtual_memory().total >= ENOUGH_MEMORY else 1


def share_the_cache() -> None:
    """Cache in this process what is its part where several draw pages."""
    n = n_processes()
    if n > 1:
        lower_cache_budget(TOGETHER / n)


class PageProcess:
    """One more process, started again whenever it ends, and the number of browsers that it serves."""

    def __init__(self, number: int, head_start: float) -> None:
        self.n_browsers = 0
        self.password, self.port = "", 0
        self.name = f"pages-{number}"
        self.supervised = Supervised(
            self.name, self._command, self._environment, head_start=head_start, own_session=True
        )

    @property
    def address(self) -> str:
        """Where it listens, without the scheme."""
        return f"{_LOOPBACK}:{self.port}"

    def _command(self) -> list[str]:
        self.password, self.port = secrets.token_urlsafe(32), _free_port()
        own = {"server.address": _LOOPBACK, "server.port": self.port, "server.headless": "true"}
        own |= {"server.sslCertFile": "", "server.sslKeyFile": ""}
        options = (f"--{name}={one}" for name, value in (_given() | own).items() for one in _in_words(value))
        return [sys.executable, "-m", "streamlit", "run", str(_APP), *options]

    def _environment(self) -> dict[str, str]:
        return {
            _PASSWORD: self.password,
            _NAME: self.name,
            KEY_SETTING: teacher_key(),
            # the start page, which one process sends, has a token that the other one checks
            "STREAMLIT_SERVER_COOKIE_SECRET": str(config.get_option("server.cookieSecret")),
        }


@contextmanager
def page_processes(head_start: float) -> Iterator[list[PageProcess]]:
    """All processes but this one, alive inside the block; they start after `head_start` seconds."""
    n = n_processes()
    os.environ[SETTING] = str(n)  # as this process counted them
    others = [PageProcess(number, head_start) for number in range(2, n + 1)]
    try:
        yield others
    finally:
        for one in others:
            one.supervised.end()
        for one in others:
            one.supervised.wait()


def password() -> str:
    """What a request must show, in a process that another one hands browsers over to; empty in any other."""
    return os.environ.get(_PASSWORD, "")


@contextmanager
def until_the_first_ends() -> Iterator[None]:
    """Write a log of its own, and exit when the process that started this one has ended.

    Nothing is lost: a file gets its name when it is whole, and the database knows nothing of half a transaction.
    """
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    with logs.written_to(os.environ.get(_NAME, "pages")):
        yield


def _exit_with_parent() -> None:
    wait_for_end_of_parent()
    os._exit(0)


def _given() -> dict[str, object]:
    """Options of Streamlit from the command line or the environment; its files are read again."""
    options = config.get_config_options()
    names = [name for name, option in options.items() if option.where_defined.startswith("command-line")]
    return {name: options[name].value for name in names if options[name].value is not None}


def _in_words(value: object) -> list[str]:
    """An option's value as the command line takes it: a list as several."""
    if isinstance(value, dict):
        return [json.dumps(value)]
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((_LOOPBACK, 0))
        return int(one.getsockname()[1])
