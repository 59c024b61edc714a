"""Back, Forward and a reload in a real browser: one press each, and everything that the address carries returns."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from bowcore.lessons.moments import MOMENTS
from tests.browser.reader import SOON, choose, go, settle
from ui.texts import option

BY_KEY = {moment.key: moment for moment in MOMENTS}

pytestmark = pytest.mark.browser


def pick_view(page: Page, key: str, name: str) -> None:
    page.locator(f"[class*=st-key-{key}]").get_by_role("radio", name=name, exact=True).click()
    settle(page)


def expect_stop_words(page: Page, value: str) -> None:
    box = page.locator("[class*=st-key-recipe_stop_words]").get_by_role("combobox").first
    expect(box).to_have_value(option("stop_words", value), timeout=SOON)


def entries(page: Page) -> int:
    length: int = page.evaluate("history.length")
    return length


def test_back_and_forward_walk_through_recipe_page_view_and_filter_one_press_each(page: Page) -> None:
    page.goto("/words")
    expect_stop_words(page, "keep")
    settle(page)
    assert page.url.endswith("/words")
    start = entries(page)
    seen = [page.url]

    choose(page, "stop_words", "spacy")
    expect_stop_words(page, "spacy")
    settle(page)
    seen.append(page.url)
    pick_view(page, "words_view", "Word list")
    seen.append(page.url)
    box = page.get_by_role("textbox", name="Find a term")
    box.fill("mo")
    box.press("Enter")
    settle(page)
    seen.append(page.url)
    go(page, "Data")
    expect(page.locator("[class*=st-key-data_view]")).to_be_visible()
    settle(page)
    seen.append(page.url)
    assert len(set(seen)) == 5, seen
    assert entries(page) == start + 4

    def words_page(n: int) -> None:
        expect(page).to_have_url(seen[n])
        settle(page)
        expect(page).to_have_url(seen[n])

    page.go_back()
    words_page(3)
    expect(page.get_by_role("textbox", name="Find a term")).to_have_value("mo")
    page.go_back()
    words_page(2)
    expect(page.get_by_role("textbox", name="Find a term")).to_have_value("")
    page.go_back()
    words_page(1)
    expect(page.get_by_role("radio", name="Rank curve", exact=True)).to_be_checked()
    expect_stop_words(page, "spacy")
    page.go_back()
    words_page(0)
    expect_stop_words(page, "keep")
    for n in (1, 2, 3):
        page.go_forward()
        words_page(n)
    expect(page.get_by_role("textbox", name="Find a term")).to_have_value("mo")
    expect_stop_words(page, "spacy")
    page.go_forward()
    words_page(4)
    expect(page.locator("[class*=st-key-data_view]")).to_be_visible()


def test_see_it_on_another_page_and_view_costs_one_press_of_back(page: Page) -> None:
    page.goto("/")
    expect_stop_words(page, "keep")
    settle(page)
    page.locator("[class*=st-key-show_me]").get_by_role("button").first.click()
    page.get_by_role("button", name=re.compile(BY_KEY["slope"].title)).click()
    settle(page)
    page.locator(".st-key-moment_go").get_by_role("button").click()
    settle(page)
    shown, before = page.url, entries(page)
    page.locator(".st-key-moment_page").get_by_role("link").click()
    expect(page.get_by_role("radio", name="Zipf's law", exact=True)).to_be_checked(timeout=SOON)
    settle(page)
    assert entries(page) == before + 1
    page.go_back()
    expect(page).to_have_url(shown)
    expect(page.locator(".st-key-cards")).to_be_visible(timeout=SOON)


def test_a_cell_of_the_playground_opens_its_articles_and_the_way_to_read_them_costs_one_press_of_back(
    page: Page,
) -> None:
    page.goto("/")
    expect_stop_words(page, "keep")
    settle(page)
    shown, before = page.url, entries(page)
    label = "predicted class: sports; true class: entertainment"
    cell_of_chart = page.locator(f".st-key-card_confusion svg.marks path[aria-label*='{label}']").first
    cell_of_chart.click(position={"x": 4, "y": 4})  # next to its number
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("4 of 58 validation articles")).to_be_visible(timeout=SOON)
    assert (entries(page), page.url) == (before, shown)
    dialog.get_by_role("link").click()
    cell = page.get_by_role("combobox", name="Cell: click it").first
    expect(cell).to_have_value(re.compile("true entertainment, predicted sports: 4"), timeout=SOON)
    settle(page)
    assert entries(page) == before + 1
    page.go_back()
    expect(page).to_have_url(shown)
    expect(page.locator(".st-key-cards")).to_be_visible(timeout=SOON)
    expect(dialog).to_have_count(0)


def test_undo_stays_its_own_and_takes_back_what_back_has_changed(page: Page) -> None:
    page.goto("/words")
    expect_stop_words(page, "keep")
    for value in ("spacy", "scikit-learn"):
        choose(page, "stop_words", value)
        expect_stop_words(page, value)
        settle(page)
    page.go_back()
    expect_stop_words(page, "spacy")
    settle(page)
    page.locator(".st-key-undo button").first.click()
    expect_stop_words(page, "scikit-learn")
    settle(page)
    before = entries(page)
    page.locator(".st-key-undo button").first.click()
    expect_stop_words(page, "spacy")
    settle(page)
    page.go_back()
    expect_stop_words(page, "scikit-learn")
    assert entries(page) == before + 1


def test_a_reload_keeps_view_pin_cell_and_article(page: Page) -> None:
    page.goto("/confusion")
    expect_stop_words(page, "keep")
    page.locator(".st-key-pin button").first.click()
    settle(page)
    choose(page, "stop_words", "spacy")
    expect_stop_words(page, "spacy")
    settle(page)
    pick_view(page, "confusion_mode", "% of true class (recall)")
    cell = page.get_by_role("combobox", name="Cell: click it").first
    cell.fill("sports, predicted sports")
    cell.press("Enter")
    settle(page)
    expect(cell).to_have_value(re.compile("true sports, predicted sports"))
    page.get_by_role("button", name="Go to page 2").or_(page.get_by_label("Page 2")).first.click()
    settle(page)
    read = page.get_by_text(re.compile("Validation article .* true sports"))
    shown = read.inner_text()
    page.reload()
    expect_stop_words(page, "spacy")
    expect(page.get_by_role("radio", name="% of true class (recall)")).to_be_checked()
    expect(cell).to_have_value(re.compile("true sports, predicted sports"))
    expect(read).to_have_text(shown)
    expect(page.locator(".st-key-pin button").first).to_have_attribute("kind", "primary")


def test_an_own_essay_has_room_survives_a_reload_of_its_tab_and_is_in_no_address(page: Page) -> None:
    essay = "The minister said that the club's match wasn't won at home. " * 140
    page.goto("/")
    expect_stop_words(page, "keep")
    page.locator(".st-key-playground_text button").first.click()
    area = page.locator(".st-key-own_text_area textarea")
    area.fill(essay)
    room = area.bounding_box()
    assert room is not None and room["width"] > 600 and room["height"] > 300
    page.locator(".st-key-own_text_use button").first.click()
    note = page.get_by_text("your own text, 1,540 words")
    expect(note).to_be_visible(timeout=SOON)
    settle(page)
    assert "minister" not in page.url
    page.reload()
    expect(note).to_be_visible(timeout=SOON)
    assert "minister" not in page.url
    go(page, "Preprocessing")
    expect(page.get_by_role("textbox", name="Sentence to follow")).to_have_value(essay.strip(), timeout=SOON)
    other = page.context.new_page()
    other.goto("/")
    expect(other.get_by_text("1 Text")).to_be_visible(timeout=SOON)
    expect(other.get_by_text("your own text,")).to_have_count(0)
    other.close()


def await_dot(page: Page, pattern: str) -> None:
    """Wait for what stands behind Training in the navigation."""
    link = page.locator("[data-testid=stTopNavLink][href$='/training']")
    last = time.monotonic() + SOON / 1000
    found = ""
    while time.monotonic() < last:
        found = link.evaluate("link => getComputedStyle(link, '::after').content")
        if re.fullmatch(pattern, found):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{found} is not {pattern}")


def test_a_running_training_shows_at_training_on_every_page_with_its_time_left(page: Page) -> None:
    page.goto("/training?recipe=2%3Brecommended%3Bhidden%3D64%3Bepochs%3D200%3Bnetwork_seed%3D77")
    page.get_by_role("button", name="Start", exact=True).click(timeout=SOON)
    await_dot(page, '"● .* left"')
    go(page, "Words")
    expect(page.locator("[class*=st-key-words_view]")).to_be_visible(timeout=SOON)
    await_dot(page, '"● .* left"')
    go(page, "Training")
    page.locator(".st-key-train_stop button").click(timeout=SOON)
    await_dot(page, "none")
