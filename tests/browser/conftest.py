"""The real application in a real Chromium: a server of its own, a page that may log no error, pictures on request.

Neither the server's processes nor the page may ask another computer for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.reader import TRAFFIC
from tests.network import asked_outside, watched
from tests.own_home import eventually  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_LIMIT = 120.0  # seconds; two seconds are usual, a cold disk needs more
PATIENCE = 120_000  # milliseconds that a page may take to show what is expected, on a busy machine
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
STOP_LIMIT = 100.0  # a server asks its workers twice to leave, and waits 22 seconds each time

OWN_ADDRESS = re.compile(r"(http|ws)://127\.0\.0\.1:\d+/|about:|blob:|data:")

# Opened at a page's own address, Streamlit's client looks for its server below that address first.
EXPECTED_404 = re.compile(r"/_stcore/(health|host-config)$")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, what it keeps, what it printed, whom it asked, and its process."""

    url: str
    home: Path
    log: Path
    asked: Path
    process: psutil.Popen

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> list[psutil.Process]:
        """Ask the server to stop, then end what is left; returns the children that outlived it."""
        if not self.process.is_running():
            return []
        children = self.process.children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except psutil.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_LIMIT)
        left = psutil.wait_procs(children, timeout=2)[1]
        for child in left:
            child.kill()
        psutil.wait_procs(left, timeout=STOP_LIMIT)
        return left


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """What starts servers, which end with the block; none of their processes may ask another computer."""
    servers: list[Server] = []

    def start(again: Server | None = None, address: str = "127.0.0.1", **environment: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        home = folder / "home" if again is None else again.home
        home.mkdir(exist_ok=True)
        port = _free_port() if again is None else again.port
        log, asked = folder / "log.txt", folder / "asked.txt"
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        command += ["--server.port", str(port), "--server.headless", "true"]
        command += ["--server.address", address] if address else []
        with log.open("wb") as out:
            process = psutil.Popen(
                command,
                cwd=ROOT,
                env={
                    **os.environ,
                    **watched(asked),
                    "BOWLAB_HOME": str(home),
                    "BOWLAB_PAGE_PROCESSES": "1",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # A group of its own: an interrupted session ends it here, in `stop`, and nowhere else.
                start_new_session=True,
            )
        server = Server(f"http://127.0.0.1:{port}", home, log, asked, process)
        servers.append(server)
        limit = time.monotonic() + START_LIMIT
        while not _is_healthy(server.url):
            if process.poll() is not None or time.monotonic() > limit:
                server.stop()
                last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                pytest.fail(f"The server ended, or did not answer within {START_LIMIT:.0f} s. Its last lines:\n{last}")
            time.sleep(0.1)
        return server

    try:
        yield start
    finally:
        for server in servers:
            server.stop()
    assert [asked_outside(server.asked) for server in servers] == [[] for _ in servers]


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start `app.py` on a free port with a home of its own; keyword arguments become environment variables.

    With `again` it has the port and the home of a server that has ended; with an empty `address` it listens to other
    computers too, as without settings. One process draws all pages, unless the environment says otherwise.
    """
    with _servers(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most journeys share."""
    with _servers(tmp_path_factory) as start:
        yield start()


def _chromium() -> str | None:
    candidates = (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys; skips where none is installed.

    It ends with this folder, not with the session: while it lives an event loop runs, and `asyncio.run` is refused.
    """
    executable = _chromium()
    if executable is None:
        pytest.skip("no Chromium found: install one (Debian: apt-get install chromium) or name it in CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def theme() -> str:
    """The colour scheme that the browser asks for: `parametrize("theme", ["light", "dark"])` gives both."""
    return "light"


@pytest.fixture(scope="package")
def context(browser: Browser, server: Server) -> BrowserContext:
    """One context for all journeys: its cache holds Streamlit's scripts, which every new one would fetch again."""
    context = browser.new_context(base_url=server.url, viewport=VIEWPORT, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
def page(context: BrowserContext, server: Server, theme: str) -> Iterator[Page]:
    """An empty tab of 1280 × 720 at the server's address; logged errors fail the test when it ends."""
    errors: list[str] = []
    outside: list[str] = []

    def watch(request: Request) -> None:
        if not OWN_ADDRESS.match(request.url):
            outside.append(request.url)

    def note(message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and not EXPECTED_404.search(address):
            errors.append(f"{message.text} ({address})")

    tab = context.new_page()
    tab.emulate_media(color_scheme=theme)
    tab.add_init_script(f"({TRAFFIC})()")
    tab.on("console", note)
    tab.on("request", watch)
    tab.on("websocket", lambda opened: outside.extend([] if OWN_ADDRESS.match(opened.url) else [opened.url]))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    # nothing that the test left in the browser reaches the next one
    stored = {"origin": server.url, "storageTypes": "cookies,local_storage,indexeddb"}
    context.new_cdp_session(tab).send("Storage.clearDataForOrigin", stored)
    for opened in context.pages:
        opened.close()
    assert outside == []
    assert errors == [], "The browser's console shows errors:\n" + "\n".join(errors)


@pytest.fixture
def take_picture(page: Page, theme: str) -> Callable[[str], None]:
    """Save the tab as `<name>-<theme>.png` in the folder that `SCREENSHOTS` names; does nothing where it is not set."""

    def take(name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png")

    return take
