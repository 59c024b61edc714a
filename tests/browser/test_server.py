"""The server as a browser meets it: the first link, the headers, the workers that come and go with it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.browser.conftest import VIEWPORT
from tests.browser.reader import SOON, choose, settle, status
from tests.network import asked_outside, watched
from ui.shell import entrance, network_file
from ui.state import projector

pytestmark = pytest.mark.browser


def test_the_first_request_may_be_a_link_to_a_page(page: Page, server: Any) -> None:
    page.goto("/words")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=SOON)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_page_opens_under_the_security_headers(page: Page, take_picture: Callable[[str], None]) -> None:
    answer = page.goto("/")
    assert answer is not None
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=SOON)
    take_picture("first-page")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/words", 200),
        ("/health", None),
        ("/_stcore/health", 200),
        ("/_stcore/metrics", 200),
        ("/_stcore/nothing", 200),
        ("/component/ui.state.own_text.tab_storage/storage.js", 200),
        ("/component/nothing/index.html", 404),
        ("/media/nothing.csv", 404),
        (f"/{network_file.PATH}/nothing", 404),
        (f"/{entrance.PATH}/not-the-key", 403),
        (f"/{projector.PATH}/on", 200),
    ],
)
def test_each_route_answers_with_the_security_headers(server: Any, path: str, status: int | None) -> None:
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status or (status is None and answer.status in (200, 503))
    for name in ("content-security-policy", "permissions-policy"):
        assert answer.headers.get_all(name) is not None and len(answer.headers.get_all(name)) == 1, name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert not answer.headers.get_all("access-control-allow-origin")
    connection.close()


def lanes_served(server: Any) -> set[str]:
    """The lanes of the worker processes below the server."""
    commands = [child.cmdline() for child in server.process.children(recursive=True)]
    return {command[-1] for command in commands if "worker" in command}


def test_the_health_of_a_running_server_is_ok(server: Any) -> None:
    deadline = time.monotonic() + SOON / 1000
    while True:  # workers need some seconds after the start
        try:
            with urllib.request.urlopen(f"{server.url}/health") as answer:
                assert json.load(answer)["workers"] == dict.fromkeys(("quick", "long", "download"), "ok")
                return
        except urllib.error.HTTPError as error:
            assert error.code == 503
            assert time.monotonic() < deadline, error.read()
            time.sleep(0.2)


def test_a_stopped_server_leaves_no_worker_behind(page: Page, start_server: Callable[..., Any]) -> None:
    another = start_server()
    page.goto(another.url)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    with urllib.request.urlopen(f"{another.url}/_stcore/health") as answer:
        assert answer.headers["x-content-type-options"] == "nosniff"
    # Without this the test would also pass on a server that never started a worker.
    deadline = time.monotonic() + SOON / 1000
    while lanes_served(another) != {"quick", "long", "download"} and time.monotonic() < deadline:
        time.sleep(0.1)
    assert lanes_served(another) == {"quick", "long", "download"}
    page.goto("about:blank")  # a page whose server goes away logs errors
    assert another.stop() == []


def test_an_open_page_goes_on_when_its_killed_server_is_back(
    browser: Browser, start_server: Callable[..., Any]
) -> None:
    first = start_server()
    with browser.new_context(viewport=VIEWPORT, locale="en-GB") as context:  # its console says that nobody answers
        page = context.new_page()
        page.goto(first.url)
        expect(status(page)).to_contain_text("right", timeout=SOON)
        choose(page, "stop_words", "spacy")
        expect(status(page), "of the chosen list").to_contain_text("→ spaCy's list", timeout=SOON)
        expect(page).to_have_url(re.compile("recipe="), timeout=SOON)
        accuracy = right_of(page)
        address, children = page.url, first.process.children(recursive=True)
        first.process.kill()
        assert psutil.wait_procs([first.process, *children], timeout=SOON / 1000)[1] == [], (
            "workers end with their server"
        )
        expect(page.get_by_test_id("stConnectionStatus")).to_be_visible(timeout=SOON)

        second = start_server(again=first)
        assert second.url == first.url
        expect(page.get_by_test_id("stConnectionStatus")).to_have_count(0, timeout=SOON)
        undo = page.get_by_test_id("stSidebar").get_by_role("button", name="Undo", exact=True)
        expect(undo, "the new server has drawn the page, and knows no earlier recipe").to_be_disabled(timeout=SOON)
        choose(page, "stop_words", "keep")
        expect(page).not_to_have_url(address, timeout=SOON)
        choose(page, "stop_words", "spacy")
        expect(page).to_have_url(address, timeout=SOON)
        expect(status(page)).to_contain_text(accuracy, timeout=SOON)


def test_a_choice_that_is_lost_with_its_connection_is_shown_once_it_is_back(browser: Browser, server: Any) -> None:
    to_lose: list[str] = []
    lost: list[int] = []

    def carry(socket: WebSocketRoute) -> None:
        beyond = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if to_lose and is_click(message):
                to_lose.pop()
                lost.append(len(message))
                beyond.close()
                socket.close(code=1001)
            else:
                beyond.send(message)

        socket.on_message(pass_on)

    with browser.new_context(viewport=VIEWPORT, locale="en-GB") as context:
        page = context.new_page()
        page.route_web_socket(re.compile("/_stcore/stream"), carry)
        page.goto(f"{server.url}/words")
        expect(status(page)).to_contain_text("Nothing changed yet", timeout=SOON)
        settle(page)
        before = right_of(page)
        to_lose.append("the next click")
        choose(page, "stop_words", "spacy")
        expect(status(page)).to_contain_text("Stop words", timeout=SOON)
        assert len(lost) == 1, "the click did not reach the server, and its connection ended"
        expect(status(page)).to_contain_text("changed label", timeout=SOON)
        choose(page, "stop_words", "keep")
        expect(status(page)).to_contain_text(before, timeout=SOON)


def is_click(message: str | bytes) -> bool:
    """Whether the browser asks for a run of the page, and not of a fragment that looks for news."""
    return isinstance(message, bytes) and not BackMsg.FromString(message).rerun_script.fragment_id


def right_of(page: Page) -> str:
    """How many validation articles are right, as the header says it."""
    found = re.search(r"\d+ right", status(page).inner_text())
    assert found
    return found.group()


def handshake(server: Any, origin: str, name: str = "127.0.0.1") -> int:
    """The status that a handshake for this name of the server, from this origin, is answered."""
    try:
        here = socket.create_connection(("127.0.0.1", server.port))
        with connect(f"ws://{name}:{server.port}/_stcore/stream", origin=Origin(origin), sock=here):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def longest_look(server: Any, busy: Callable[[], bool]) -> float:
    """The most seconds that the health route takes while something goes on."""
    longest = 0.0
    while busy() or not longest:
        began = time.perf_counter()
        urllib.request.urlopen(f"{server.url}/_stcore/health").read()
        longest = max(longest, time.perf_counter() - began)
    return longest


def test_web_sockets_of_foreign_origins_are_refused_and_hold_nobody_up(server: Any) -> None:
    longest = []
    with ThreadPoolExecutor(20) as pool:
        while not longest or (min(longest) >= 0.1 and len(longest) < 12):  # other programs may hold this machine up
            asked = [pool.submit(handshake, server, "http://evil.example") for _ in range(20)]
            longest.append(longest_look(server, lambda asked=asked: not all(one.done() for one in asked)))
            assert [one.result() for one in asked] == [403] * 20
    assert asked_outside(server.asked) == []
    assert min(longest) < 0.1
    assert handshake(server, server.url) == 101


def test_a_server_that_listens_to_the_whole_network_asks_nobody_for_its_own_address(
    start_server: Callable[..., Any],
) -> None:
    # given an address, Streamlit's own message at the start would have nothing to ask for either
    server = start_server(address="")
    assert handshake(server, "http://evil.example") == 403
    assert handshake(server, server.url) == 101
    lines = server.log.read_text(encoding="utf-8")
    assert f"Bag-of-Words Lab: http://localhost:{server.port}" in lines
    assert asked_outside(server.asked) == []
    server.stop()


def test_a_name_that_leads_here_by_dns_is_not_served(server: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="421") as refused:
        urllib.request.urlopen(urllib.request.Request(server.url, headers={"Host": "evil.example"}))
    assert b"BOWLAB_HOSTS" in refused.value.read()
    # Streamlit alone takes this one for a web socket of the same origin
    assert handshake(server, server.url.replace("127.0.0.1", "evil.example"), "evil.example") == 403


def test_the_watch_notices_a_request_to_another_computer(tmp_path: Path) -> None:
    ask = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", ask], env={**os.environ, **watched(tmp_path / "asked")}, check=True)
    assert asked_outside(tmp_path / "asked") == ["192.0.2.1"]
