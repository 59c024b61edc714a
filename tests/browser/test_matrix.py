"""Clicks that only a browser can make: a cell of a table opens its arithmetic, a point of the map its article."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from bowcore.recipe.presets import preset
from tests.browser.reader import SOON, link

pytestmark = pytest.mark.browser

RECIPE = preset("recommended").change(weighting="tfidf", training_articles=300, text_used="headline")
HEADER, ROW, SMALL_ROW = 35, 35, 26  # px of a table
NAMES, COLUMN, N_TERMS = 60, 46, 7  # px of the small matrix's columns, and their number


def open_panel(page: Page, name: str) -> None:
    page.goto(link("/preprocessing", RECIPE))
    expect(page.locator(".st-key-status")).to_contain_text("to learn from", timeout=SOON)
    page.locator(".st-key-preprocessing_view").get_by_text("Matrix", exact=True).click()
    if name != "By hand":  # the first panel is open, and a click on it would take the focus from the next click
        page.locator(".st-key-matrix_panel").get_by_text(name, exact=True).click()


def click_in(page: Page, table: Locator, x: float, y: float) -> None:
    expect(table.locator("canvas").first).to_be_visible(timeout=SOON)
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    while True:  # what is above may still grow
        page.wait_for_timeout(500)
        before, box = box, table.bounding_box()
        if box == before:
            break
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + y)


def test_a_click_on_a_cell_of_the_small_matrix_shows_its_formula(page: Page) -> None:
    open_panel(page, "By hand")
    arithmetic = page.get_by_test_id("stCode").first
    expect(arithmetic).to_contain_text("row length", timeout=SOON)
    # what is below has been drawn, so the tables no longer move
    expect(page.get_by_text("Click a cell to see how it is computed")).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stDataFrame").last.locator("canvas").first).to_be_visible(timeout=SOON)
    # every column is visible without scrolling
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box is not None and box["width"] >= NAMES + N_TERMS * COLUMN
    # the second article's second term, bank, in the table of plain counts
    click_in(page, table, NAMES + 1.5 * COLUMN, HEADER + 1.5 * ROW)
    expect(arithmetic).to_have_text(re.compile(r"^count\s+occurrences in this article = 1$"))
    expect(page.get_by_text("occurs in 2 of 4 articles")).to_be_visible()


def test_a_click_on_a_cell_of_the_matrix_opens_its_article(page: Page) -> None:
    open_panel(page, "Cells")
    expect(page.get_by_text("Click a cell, empty or not")).to_be_visible(timeout=SOON)
    click_in(page, page.get_by_test_id("stDataFrame").first, 170, HEADER + 2.5 * SMALL_ROW)
    expect(page.get_by_text("As the model reads it, raw")).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stCode").first).to_contain_text("count")


def test_components_are_computed_and_a_point_opens_its_article(page: Page) -> None:
    open_panel(page, "LSA and PCA")
    page.get_by_role("button", name="Compute 20 components").click(timeout=SOON)
    expect(page.get_by_text("The mean article makes up")).to_be_visible(timeout=SOON)
    points = page.get_by_test_id("stVegaLiteChart").nth(1).locator("path[aria-roledescription]")
    expect(points).to_have_count(634, timeout=SOON)
    points.nth(5).scroll_into_view_if_needed()
    box = points.nth(5).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("As the model reads it, raw")).to_be_visible(timeout=SOON)
