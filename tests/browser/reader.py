"""What a reader does in the browser: opens a link, chooses, goes to another page, waits until the page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from bowcore.recipe.recipe import Recipe
from ui.texts import option

SOON = 120_000  # milliseconds: what is waited for may come late on a busy machine

VIEWS = {
    "": (),
    "data": ("data_view",),
    "words": ("words_view",),
    "preprocessing": ("preprocessing_view", "preprocessing_panel", "matrix_panel"),
    "training": (),
    "confusion": (),
}
"""The keys of the views of every page."""

TRAFFIC = """() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...message) {
        if (!this.isHeard) this.addEventListener('message', () => { window.answered = performance.now(); });
        this.isHeard = true;
        window.asked = performance.now();
        return send.apply(this, message);
    };
}"""
"""Notes when the browser last asked the server for something, and when the server last said something."""
SETTLED = """() => {
    if (!window.isWatched) new MutationObserver(() => { window.lastChange = performance.now(); }).observe(
        document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    window.isWatched = true;
    const isDrawn = chart => !chart.getClientRects().length || chart.querySelector('svg, canvas');
    return document.querySelector('[data-test-script-state=notRunning]') !== null
        && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(isDrawn)
        && !(window.asked > (window.answered ?? 0)) && performance.now() - window.lastChange >= 250;
}"""
"""Whether nothing is on its way, charts are drawn, and the page has stood still for a quarter of a second."""


def link(path: str, recipe: Recipe) -> str:
    return f"{path}?recipe={quote(recipe.to_link(), safe='')}"


def status(page: Page) -> Locator:
    """The status header."""
    return page.locator(".st-key-status")


def expect_fact(page: Page, text: str, timeout: float = SOON) -> None:
    """Open all facts, wait until they contain this text, and close them."""
    page.locator(".st-key-all_facts").get_by_role("button").click()
    facts = page.get_by_test_id("stPopoverBody")
    expect(facts).to_contain_text(text, timeout=timeout)
    page.keyboard.press("Escape")
    expect(facts).to_have_count(0)


def choose(page: Page, field: str, value: str) -> None:
    """Choose a value in one of the recipe's select boxes."""
    page.locator(f".st-key-recipe_{field}").get_by_role("combobox").click()
    page.get_by_role("option", name=option(field, value), exact=True).click()


def go(page: Page, title: str) -> None:
    """Another page by the navigation on top."""
    page.get_by_test_id("stTopNavLinkContainer").get_by_text(title, exact=True).click()


def settle(page: Page) -> None:
    """Wait until the server has answered what the browser asked, no script runs, and the page no longer changes."""
    page.evaluate("() => { window.lastChange = performance.now(); }")
    page.wait_for_function(SETTLED, polling=50, timeout=SOON)


def walk(page: Page, name: str, look: Callable[[str], None]) -> None:
    """Call `look` with its name for each view of the open page, and for each of the views inside it."""

    def choose_each(keys: tuple[str, ...], view: str) -> None:
        if not keys:
            return look(view)
        buttons = page.locator(f".st-key-{keys[0]} button")
        if not buttons.count():
            return choose_each(keys[1:], view)
        for place in range(buttons.count()):
            buttons.nth(place).click()
            settle(page)
            choose_each(keys[1:], f"{view} {buttons.nth(place).inner_text()}")
        return None

    if VIEWS[name]:  # a page that is not drawn yet has no views
        page.locator(f".st-key-{VIEWS[name][0]} button").first.wait_for(timeout=SOON)
    choose_each(VIEWS[name], name)
