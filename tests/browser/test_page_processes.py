"""Two guests whose pages are drawn by two processes, and a teacher, each in a browser of their own."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from bowcore.recipe.presets import preset
from tests.browser.conftest import PATIENCE, VIEWPORT, Server
from tests.browser.reader import SOON, link, settle, status
from tests.browser.test_own_texts import drop, messages, open_dialog, save

pytestmark = pytest.mark.browser

KEY = "a key for the room"
UNCHANGED = "Nothing changed yet"
OWN = "your own text, 10 words"


@pytest.fixture(scope="module")
def room(start_server: Callable[..., Server]) -> Server:
    """A server with two processes that draw pages, when both answer."""
    server = start_server(BOWLAB_PAGE_PROCESSES="2", BOWLAB_TEACHER="key", BOWLAB_TEACHER_KEY=KEY)
    wait_until_well(server)
    return server


@pytest.fixture
def enter(browser: Browser, room: Server) -> Iterator[Callable[[str], Page]]:
    """Open an address in a new browser; only the key makes its reader the teacher."""
    with ExitStack() as browsers:

        def enter(address: str = "/") -> Page:
            context = browsers.enter_context(browser.new_context(base_url=room.url, viewport=VIEWPORT))
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto(address)
            expect(status(page)).to_contain_text("BBC News", timeout=SOON)
            settle(page)
            return page

        yield enter


def write_own(page: Page, text: str) -> None:
    page.locator(".st-key-playground_text button").first.click()
    page.locator(".st-key-own_text_area textarea").fill(text)
    page.locator(".st-key-own_text_use button").first.click()
    expect(page.get_by_text(OWN)).to_be_visible(timeout=SOON)
    settle(page)


def wait_until_well(server: Server) -> None:
    deadline = time.monotonic() + SOON / 1000
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/health") as answer:
                assert json.load(answer)["pages"] == {"pages-2": "ok"}
                return
        except urllib.error.HTTPError as error:
            assert time.monotonic() < deadline, error.read()
            time.sleep(0.2)


def other(server: Server) -> psutil.Process:
    """The second process that draws pages."""
    return next(one for one in server.process.children() if "streamlit" in one.cmdline())


def port_of(process: psutil.Process) -> int:
    return next(one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN)


def right_of(page: Page) -> str:
    """How many validation articles are right, as the header says it."""
    found = re.search(r"\d+ right", status(page).inner_text())
    assert found
    return found.group()


def n_browsers(server: Server) -> int:
    """How many browsers the second process serves: connections from the first that stay."""
    second, counts = other(server), []
    port = port_of(second)
    for _ in range(3):
        open_ones = (one for one in second.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED)
        counts.append(sum(one.laddr.port == port for one in open_ones))
        time.sleep(0.1)
    return min(counts)


def test_two_guests_work_in_two_processes_as_in_one(enter: Callable[..., Page], room: Server, tmp_path: Path) -> None:
    before = n_browsers(room)
    ann = enter()
    assert n_browsers(room) == before
    bob = enter()
    assert n_browsers(room) == before + 1
    for page in (ann, bob):
        expect(status(page)).to_contain_text(UNCHANGED)
        page.get_by_role("button", name="Lower case", exact=True).click()
        expect(status(page)).not_to_contain_text(UNCHANGED, timeout=SOON)
        settle(page)
    assert right_of(ann) == right_of(bob)

    # what comes and goes by other connections than the web socket
    open_dialog(bob)
    drop(bob, "messages.csv", messages())
    explore = bob.get_by_role("dialog").get_by_role("button", name=re.compile("Explore 200 texts"))
    bob.get_by_role("dialog").get_by_role("combobox", name=re.compile("column 4")).click()
    bob.get_by_role("option", name="Group", exact=True).click()
    settle(bob)
    explore.click(timeout=SOON)
    expect(status(bob)).to_contain_text("messages.csv", timeout=SOON)
    settle(bob)
    bob.get_by_role("button", name="Share", exact=True).click()
    assert save(bob, "Notebook", tmp_path / "a.ipynb").endswith(".ipynb")
    assert "messages.csv" in (tmp_path / "a.ipynb").read_text()

    # the teacher stays in the first process and sees both
    teacher = enter(f"/teacher/{KEY}")
    assert n_browsers(room) == before + 1
    expect(teacher.get_by_role("button", name="Room: 2 guests")).to_be_visible(timeout=SOON)


def test_a_page_goes_on_when_its_process_is_killed(enter: Callable[..., Page], room: Server) -> None:
    before = n_browsers(room)
    pages = [enter(link("/", preset("recommended").change(possessives=False))) for _ in range(2)]
    assert n_browsers(room) == before + 1
    right = [right_of(page) for page in pages]
    for page in pages:
        write_own(page, "The minister said that the match was won at home.")
        page.reload()  # the text comes from the browser's tab, and is to come a second time
        expect(page.get_by_text(OWN)).to_be_visible(timeout=SOON)
        settle(page)
    killed = other(room)
    killed.kill()
    killed.wait()
    for page, text in zip(pages, right, strict=True):
        expect(page.get_by_test_id("stConnectionStatus")).to_have_count(0, timeout=SOON)
        expect(status(page)).to_contain_text(text, timeout=SOON)
        expect(status(page)).to_contain_text(UNCHANGED, timeout=SOON)
        page.get_by_role("button", name="Digits", exact=True).click()
        expect(status(page)).not_to_contain_text(UNCHANGED, timeout=SOON)
        expect(page.get_by_role("button", name="Digits", exact=True)).to_have_attribute("aria-pressed", "false")
        settle(page)
        expect(page.get_by_text(OWN)).to_be_visible()
    wait_until_well(room)  # the next one comes up


def test_nobody_reaches_the_second_process_but_by_the_first(room: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port_of(other(room))}/")
    assert b"Open the address that the server has printed" in refused.value.read()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_the_second_process_ends_with_the_first(start_server: Callable[..., Server], end: str) -> None:
    server = start_server(BOWLAB_PAGE_PROCESSES="2")
    wait_until_well(server)
    second = other(server)
    getattr(server.process, end)()
    server.process.wait(SOON / 1000)
    assert not psutil.wait_procs([second], timeout=SOON / 1000)[1]
