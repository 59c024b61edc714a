"""The server as a browser meets it: the first link, the headers, the workers that come and go with it."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader import SOON

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


def lanes_served(server: Any) -> set[str]:
    """The lanes of the worker processes below the server."""
    commands = [child.cmdline() for child in server.process.children(recursive=True)]
    return {command[-1] for command in commands if "worker" in command}


def test_a_stopped_server_leaves_no_worker_behind(page: Page, start_server: Callable[..., Any]) -> None:
    another = start_server()
    page.goto(another.url)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    with urllib.request.urlopen(f"{another.url}/_stcore/health") as answer:
        assert answer.headers["x-content-type-options"] == "nosniff"
    # Without this the test would also pass on a server that never started a worker.
    deadline = time.monotonic() + 60
    while lanes_served(another) != {"quick", "long", "download"} and time.monotonic() < deadline:
        time.sleep(0.1)
    assert lanes_served(another) == {"quick", "long", "download"}
    page.goto("about:blank")  # a page whose server goes away logs errors
    assert another.stop() == []
