"""Words in context: what AppTest cannot do, a click on a dot of a chart and one on a row of a table."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

SOON = 30_000  # milliseconds: a page's first opening reads the articles
HEADER, ROW = 35, 33  # pixels of a table's lines


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)


def choose_row(page: Page, number: int) -> None:
    """Click the box of a row, the first of which is 0."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible(timeout=SOON)
    table.click(position={"x": 16, "y": HEADER + ROW * number + ROW // 2})


def click_dot(page: Page, number: int) -> None:
    dot = page.get_by_test_id("stVegaLiteChart").first.locator(".mark-symbol path").nth(number)
    expect(dot).to_be_visible(timeout=SOON)
    box = dot.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_row_opens_its_word_in_context_once_for_each_click(page: Page, take_picture: Callable[[str], None]) -> None:
    page.goto("/words")
    choose_row(page, 0)
    expect(dialog(page)).to_contain_text("“the” in context", timeout=SOON)
    expect(dialog(page).locator("b").first).to_have_text(re.compile("the", re.IGNORECASE))
    take_picture("context")
    dialog(page).get_by_text(re.compile(r"^sports [\d,]+$")).click()
    expect(dialog(page).get_by_test_id("stHtml")).not_to_contain_text("business")
    close(page)

    # the row is still chosen: neither a flip nor another view may open the dialog again
    page.get_by_text("Digits", exact=True).click()
    expect(page.locator(".st-key-status")).to_contain_text("Digits: on → off", timeout=SOON)
    page.get_by_text("Sizes", exact=True).click()
    expect(page.get_by_text("exactly so often")).to_be_visible(timeout=SOON)
    expect(dialog(page)).to_have_count(0)


def test_a_dot_opens_its_word_and_opens_it_again_when_it_is_clicked_again(page: Page) -> None:
    page.goto("/words")
    for _ in range(2):
        click_dot(page, 40)
        expect(dialog(page)).to_contain_text("in context", timeout=SOON)
        close(page)
    click_dot(page, 60)
    expect(dialog(page)).to_contain_text("in context", timeout=SOON)
