"""Words in context: what AppTest cannot do, a click on a dot of a chart and one on a row of a table."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.reader import SOON, settle

pytestmark = pytest.mark.browser

HEADER, ROW = 35, 33  # pixels of a table's lines


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)


def choose_row(page: Page, number: int) -> None:
    """Click the box of a row, counted from 0."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible(timeout=SOON)
    table.click(position={"x": 16, "y": HEADER + ROW * number + ROW // 2})


def point_and_click(page: Page, x: float, y: float) -> None:
    """A click after a move: a table selects what the pointer was last over."""
    page.mouse.move(x, y, steps=6)
    page.wait_for_timeout(100)
    page.mouse.click(x, y, delay=50)


def click_cell(page: Page, row: int) -> None:
    """Click a cell of a row, counted from 0, next to the narrow first column."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible(timeout=SOON)
    box = table.bounding_box()
    assert box is not None
    point_and_click(page, box["x"] + 120, box["y"] + HEADER + ROW * row + ROW // 2)


def shut(page: Page, how: str) -> None:
    if how == "button":
        box = dialog(page).get_by_role("button", name="Close").bounding_box()
        assert box is not None
        point_and_click(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    elif how == "outside":
        point_and_click(page, 12, 500)
    else:
        page.keyboard.press("Escape")


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

    # the row is still selected: neither a switch nor another view may open the dialog again
    page.get_by_text("Digits", exact=True).click()
    expect(page.locator(".st-key-status")).to_contain_text("Digits: on → off", timeout=SOON)
    page.get_by_text("Sizes", exact=True).click()
    expect(page.get_by_text("exactly this often")).to_be_visible(timeout=SOON)
    expect(dialog(page)).to_have_count(0)


def test_a_dot_opens_its_word_and_opens_it_again_when_it_is_clicked_again(page: Page) -> None:
    page.goto("/words")
    for _ in range(2):
        click_dot(page, 40)
        expect(dialog(page)).to_contain_text("in context", timeout=SOON)
        close(page)
    click_dot(page, 60)
    expect(dialog(page)).to_contain_text("in context", timeout=SOON)


@pytest.mark.parametrize(
    ("view", "number"), [("Sizes", 5), ("Zipf's law", 40)], ids=["mean of a bin", "dot of the tail"]
)
def test_a_dot_of_the_size_distribution_and_of_its_fit_opens_a_word(page: Page, view: str, number: int) -> None:
    page.goto("/words")
    page.get_by_test_id("stButtonGroup").get_by_text(view, exact=True).click()
    chart = page.locator(".st-key-sizes, .st-key-tail").get_by_test_id("stVegaLiteChart")
    expect(chart).to_be_visible(timeout=SOON)
    click_dot(page, number)
    expect(dialog(page)).to_contain_text("in context", timeout=SOON)


def test_a_closed_dialog_stays_closed_and_a_second_click_opens_it_again(page: Page) -> None:
    page.goto("/words")
    page.get_by_text("Word list", exact=True).click()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(0, timeout=SOON)
    settle(page)  # the previous view is gone, and the list has its place
    # each way to close it is followed by a click on the same row, then on another
    ways = [(0, "button"), (0, "button"), (1, "outside"), (1, "outside"), (2, "key"), (2, "key"), (0, "button")]
    titles: dict[int, set[str]] = {}
    for row, how in ways:
        click_cell(page, row)
        title = dialog(page).get_by_text(re.compile("^“.+” in context$"))
        expect(title).to_be_visible(timeout=SOON)
        titles.setdefault(row, set()).add(title.inner_text())
        shut(page, how)
        expect(dialog(page)).to_have_count(0)
        settle(page)  # the table gets the focus back, and the page is rerun
        expect(dialog(page)).to_have_count(0)
    assert [len(of_row) for of_row in titles.values()] == [1, 1, 1]
    assert len(set.union(*titles.values())) == 3
