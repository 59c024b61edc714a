"""A reader's own file in a real browser: dropped, recognised, corrected, explored; and nobody else's."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.reader import SOON, settle, status

pytestmark = pytest.mark.browser


def messages(n: int = 200) -> bytes:
    """A table without a header, separated by semicolons, in an old encoding; the label is in the second column."""
    kinds = (("Lunch at the café; I’ll bring soup", "ham"), ("You won £500! Claim your prize", "spam"))
    places = ("North", "South")
    lines = [f'"{kinds[i % 2][0]} {i}";{kinds[i % 2][1]};{places[i // 2 % 2]};S-{i % 40}' for i in range(n)] + [
        '"";ham;North;S-1',
        '"no label here";;South;S-2',
    ]
    return "\n".join(lines).encode("windows-1252")


def open_dialog(page: Page) -> None:
    page.locator("[class*=st-key-recipe_corpus]").get_by_role("combobox").click()
    page.get_by_role("option", name="Your own…", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=SOON)


def drop(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]


def test_a_file_is_dropped_recognised_corrected_and_explored(page: Page, browser: Browser) -> None:
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    open_dialog(page)
    drop(page, "messages.csv", messages())
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not UTF-8: read as windows-1252", timeout=SOON)
    for fact in ("windows-1252", "Separator semicolon", "No header row", 'Quotes "'):
        expect(dialog.get_by_role("button", name=fact)).to_be_visible()
    expect(dialog).to_contain_text("first 5 of 202 rows")
    expect(dialog).to_contain_text("Left out: 2 of 202")
    expect(dialog).to_contain_text("1 no label, 1 no text")
    # two columns of few values could be labels; the reader says which
    expect(dialog).to_contain_text("could be column 2, column 3")
    dialog.get_by_role("combobox", name=re.compile("column 4")).click()
    page.get_by_role("option", name="Group", exact=True).click()
    expect(dialog).to_contain_text("No column 4 is divided.", timeout=SOON)
    explore = dialog.get_by_role("button", name=re.compile("Explore 200 texts"))
    expect(explore).to_have_count(1, timeout=SOON)
    explore.click()
    expect(status(page)).to_contain_text("messages.csv", timeout=SOON)
    expect(status(page)).to_contain_text("always guessing")
    settle(page)
    address = page.url
    assert "own" in address and "messages.csv" in address
    page.reload()
    expect(status(page)).to_contain_text("messages.csv", timeout=SOON)

    # a shared link opens it elsewhere; a guessed name does not
    other = browser.new_context().new_page()
    other.goto(address)
    expect(status(other)).to_contain_text("messages.csv", timeout=SOON)
    guessed = re.sub(r"own(%3A|:)[A-Za-z0-9_-]{22}", lambda found: f"own{found[1]}{'A' * 22}", address)
    assert guessed != address
    other.goto(guessed)
    expect(other.get_by_test_id("stAlert").first).to_contain_text("not on this computer", timeout=SOON)
    expect(status(other)).to_contain_text("BBC News", timeout=SOON)
    other.context.close()


def test_a_file_that_cannot_be_read_says_why_and_another_can_be_chosen(page: Page) -> None:
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    open_dialog(page)
    drop(page, "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stAlert")).to_contain_text("picture.png is not a file of texts", timeout=SOON)
    expect(dialog.get_by_role("button", name=re.compile("Explore"))).to_be_disabled()
    dialog.get_by_role("button", name="Another file").click()
    drop(page, "one.csv", b"text,label\n" + b"tea,a\n" * 30)
    expect(dialog.get_by_test_id("stAlert")).to_contain_text("have one class", timeout=SOON)
    dialog.get_by_role("button", name="Another file").click()
    settle(page)
    dialog.get_by_text("Paste", exact=True).click()
    rows = dialog.get_by_role("textbox")
    rows.fill("text\tlabel\n" + "".join(f"warm tea {i}\t{('good', 'poor')[i % 2]}\n" for i in range(40)))
    rows.press("Control+Enter")
    dialog.get_by_role("button", name="Read these rows").click()
    expect(dialog).to_contain_text("2 classes", timeout=SOON)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(status(page)).to_contain_text("BBC News")
