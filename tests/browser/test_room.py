"""A room: two guests and the teacher, each in a browser of their own, at one server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bowcore.recipe.presets import preset
from tests.browser.conftest import PATIENCE, VIEWPORT
from tests.browser.reader import go, link

pytestmark = pytest.mark.browser

LONG = preset("recommended").change(hidden=64, epochs=200)
KEY = "a key for the room"


@pytest.fixture
def enter(browser: Browser, start_server: Callable[..., Any]) -> Iterator[Callable[[str], Page]]:
    """Open an address of one server in a new browser; only the key makes its reader the teacher."""
    server = start_server(BOWLAB_TEACHER="key", BOWLAB_TEACHER_KEY=KEY, BOWLAB_GUEST_SECONDS="100000")
    with ExitStack() as browsers:

        def enter(address: str) -> Page:
            context = browsers.enter_context(browser.new_context(base_url=server.url, viewport=VIEWPORT))
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto(address)
            return page

        yield enter
        for context in browser.contexts:
            for page in context.pages if context.pages and context.pages[0].url.startswith(server.url) else ():
                page.goto("about:blank")  # a page whose server goes away logs errors


def stop(page: Page) -> None:
    page.locator(".st-key-train_stop").get_by_role("button").click()


def test_guests_share_a_run_that_the_teacher_sees_and_ends(enter: Callable[[str], Page]) -> None:
    ann, bob = enter(link("/training", LONG)), enter(link("/training", LONG))
    ann.get_by_role("button", name="Start", exact=True).click()
    going = re.compile(r"Epoch \d+ of 200")
    expect(ann.get_by_test_id("stProgress")).to_contain_text(going)
    bob.reload()  # to find the run that ann began
    expect(bob.get_by_test_id("stProgress")).to_contain_text(going)
    expect(bob.locator(".st-key-train_stop").get_by_role("button")).to_be_disabled()

    teacher = enter(f"/teacher/{KEY}")
    teacher.get_by_role("button", name="Room: 2 guests").click()
    dialog = teacher.get_by_role("dialog")
    expect(dialog).to_contain_text("Training, BBC News, for guest 1:")
    expect(dialog).to_contain_text(re.compile(r"Memory: .* used by this program"))
    training = dialog.locator("[class*=st-key-room_]").filter(has_text="Training")
    training.get_by_role("button", name="End").click()
    expect(dialog).to_contain_text("for guest 1: is about to end")
    expect(ann.get_by_test_id("stAlert").filter(has_text="Stopped after")).to_be_visible()
    dialog.get_by_role("button", name="Refresh").click()
    expect(dialog).to_contain_text("Nothing runs or waits.")

    go(bob, "Confusion matrix")
    expect(bob.get_by_text("The teacher opens the test set, once for the room")).to_be_visible()
    expect(bob.get_by_role("button", name=re.compile("Room"))).to_have_count(0)
    wrong = enter("/teacher/another-key")
    expect(wrong.get_by_text("This is not the teacher's key of this server.")).to_be_visible()
