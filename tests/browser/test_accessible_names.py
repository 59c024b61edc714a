"""What a screen reader and the Tab key meet: a name for every button, and fields in the order of their rows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader import SOON, settle

pytestmark = pytest.mark.browser

ICON_ONLY = """() => [...document.querySelectorAll('[data-testid="stMain"] button, section.stSidebar button')]
    .filter(button => button.querySelector('[data-testid="stIconMaterial"]'))
    .filter(button => !button.querySelector('[data-testid="stMarkdownContainer"]')?.textContent.trim())
    .filter(button => button.closest('.stButton, .stPopover'))
    .map(button => button.closest('[class*=st-key-]')?.className)"""
"""Buttons and popovers with an icon and no label, which Streamlit names after their icon."""
SIZES = """keys => keys.map(key => {
    const button = document.querySelector(`.st-key-${key} button`);
    const label = button.querySelector('[data-testid="stMarkdownContainer"]').getBoundingClientRect();
    return [button.getBoundingClientRect().width, label.width];
})"""
FOCUSED = "() => document.activeElement.closest('[class*=st-key-recipe_]')?.className.match(/st-key-(\\S+)/)[1]"


def test_buttons_that_show_an_icon_are_named_by_what_they_do(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-another").wait_for(timeout=SOON)
    settle(page)
    named = {"undo": "Undo", "redo": "Redo", "another": "Another article", "look_up": "Look up a word"}
    named |= {"new_here_close": "Close", "pin": "Pin", "show_code": "Code of this page"}
    for key, name in named.items():
        button = page.locator(f".st-key-{key}").get_by_role("button", name=name, exact=True)
        expect(button, f"{key} is named {name}").to_have_count(1)
    drawn = page.evaluate(SIZES, [key for key in named if key != "pin"])
    assert all(width < 60 and label <= 1 for width, label in drawn), "the names are not drawn"
    assert page.evaluate(ICON_ONLY) == []
    page.goto("/preprocessing")
    page.locator(".st-key-sentence_dialog").wait_for(timeout=SOON)
    settle(page)
    expect(
        page.locator(".st-key-sentence_dialog").get_by_role("button", name="Your own text", exact=True)
    ).to_have_count(1)
    assert page.evaluate(ICON_ONLY) == []


def test_the_tab_key_goes_through_the_sidebar_row_by_row(page: Page) -> None:
    page.goto("/")
    page.locator(".st-key-status").wait_for(timeout=SOON)
    settle(page)
    page.locator(".st-key-recipe_corpus").get_by_role("combobox").focus()
    met: list[str] = []
    for _ in range(40):
        key = page.evaluate(FOCUSED)
        if key and key not in met:
            met.append(key)
        page.keyboard.press("Tab")
    boxes = {}
    for key in met:
        box = page.locator(f".st-key-{key}").bounding_box()
        assert box is not None
        boxes[key] = round(box["y"] / 8), box["x"]
    assert len(met) == 10
    assert met == sorted(met, key=boxes.__getitem__)
