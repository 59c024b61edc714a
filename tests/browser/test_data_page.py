"""The data page as a mouse meets it: what a drag and a click on a row do is seen in a browser alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from bowcore.experiment.experiments import Experiments
from bowcore.findings.overview import measure_lengths
from bowcore.recipe.presets import preset
from tests.browser.reader import SOON, settle

pytestmark = pytest.mark.browser

RANGE = re.compile(r"Only articles of ([\d,]+) to ([\d,]+) words")


def open_view(page: Page, name: str) -> None:
    page.goto("/data")
    page.locator(".st-key-data_view").get_by_text(name, exact=True).click(timeout=SOON)


def as_number(text: str) -> int:
    return int(text.replace(",", ""))


def test_a_drag_over_the_lengths_leaves_the_articles_of_those_lengths(page: Page) -> None:
    experiment = Experiments().answer(preset("recommended"))
    lengths = measure_lengths(experiment.reading.texts, experiment.split).articles["length"]
    open_view(page, "Articles")
    expect(page.get_by_text(f"{len(lengths):,} articles. Click")).to_be_visible(timeout=SOON)
    settle(page)  # a chart that is drawn again under the pointer forgets what was dragged
    chart = page.locator(".st-key-lengths").get_by_test_id("stVegaLiteChart")
    box = chart.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=8)
    page.mouse.up()
    limits = page.get_by_text(RANGE)
    expect(limits).to_be_visible(timeout=SOON)
    found = RANGE.search(limits.inner_text())
    assert found is not None
    shortest, longest = (as_number(number) for number in found.groups())
    n = int(((lengths >= shortest) & (lengths <= longest)).sum())
    assert 0 < n < len(lengths)
    expect(page.get_by_text(f"{n:,} articles. Click")).to_be_visible(timeout=SOON)
    page.mouse.click(box["x"] + box["width"] * 0.7, middle)
    expect(page.get_by_text(f"{len(lengths):,} articles. Click")).to_be_visible(timeout=SOON)


def test_a_click_on_a_pair_shows_both_articles(page: Page) -> None:
    open_view(page, "Duplicates")
    headings = page.get_by_text(re.compile(r"^(Training|Validation) article [\d,]+ ·"))
    expect(headings).to_have_count(2, timeout=SOON)
    before = headings.all_inner_texts()
    table = page.locator("[class*='st-key-near_pairs_']").get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + 35 * 2.5)  # the mark of the second row, below the heading
    expect(headings.first).not_to_have_text(before[0], timeout=SOON)
    assert [text.split()[0] for text in headings.all_inner_texts()] == ["Training", "Validation"]
    chosen = headings.all_inner_texts()
    settle(page)
    page.reload()
    expect(headings.first).to_have_text(chosen[0], timeout=SOON)
    assert headings.all_inner_texts() == chosen
    page.go_back()
    expect(headings.first).to_have_text(before[0], timeout=SOON)
