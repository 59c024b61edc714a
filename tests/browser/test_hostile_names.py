"""A corpus from the Hub whose classes and terms are called like members of every JavaScript object, or like commands.

Streamlit's Markdown makes icons, a logo and arrows of some names; a browser turns the rest of a line around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bowcore.recipe.recipe import Recipe
from tests.browser.conftest import Server
from tests.browser.reader import SOON, VIEWS, link, settle, walk
from tests.corpus.hub_server import Repository, serve

pytestmark = pytest.mark.browser

CLASSES = ("constructor", ":material/delete:", "\u202egnp.evil :streamlit: :dog:", "__proto__ -> -- \x1b[31m")
SHOWN = ("constructor", ":material/delete:", "⟨U+202E⟩gnp.evil :streamlit: :dog:", "__proto__ -> -- ␛[31m")
TEXTS = ("constructor tostring valueof alpha", "__proto__ hasownproperty beta")
ROWS = "".join(f"{TEXTS[row % 2]},{CLASSES[row % 4]}\n" for row in range(160))
CARD = b"---\nlicense: cc0-1.0\n---\nLines for tests.\n"
KEYWORDS = Recipe().change(
    corpus="hub:lab/keywords", masked_words=("gamma",), mask_name=":material/skull: :red[a] \u202e"
)

EMPTY_CHARTS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].filter(chart => {
    if (!chart.getClientRects().length) return false;
    if (chart.ariaLabel?.startsWith('No leftovers')) return false;
    const marks = [...chart.querySelectorAll('svg .role-mark:not(.mark-group) > *')];
    return !marks.some(mark => mark.textContent.trim() || (mark.getAttribute('d') && mark.getBBox().width
        + mark.getBBox().height > 0));
}).map(chart => chart.innerText || chart.outerHTML)"""
"""The charts in which neither a shape nor a text is drawn, apart from axes, legends and titles."""

SAYS = "shown => document.body.textContent.replaceAll('\\u2060', '').includes(shown)"
OBEYED = """() => {
    const found = [...document.querySelectorAll('img[alt="Streamlit logo"]')].map(() => 'logo');
    for (const icon of document.querySelectorAll('[data-testid=stIconMaterial], [role=img][translate=no]'))
        if (['delete', 'skull'].includes(icon.textContent.trim()) && !icon.closest('[class*=slice_drop]'))
            found.push(`icon: ${icon.parentElement.textContent.slice(0, 80)}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent;
        if (walker.currentNode.parentElement.closest('script, style')) continue;
        if (/[\u202e\x1b]/.test(text)) found.push(`control: ${text.slice(0, 80)}`);
        if (/__proto__ [→—]/.test(text) || /🐶/.test(text)) found.push(`picture: ${text.slice(0, 80)}`);
    }
    return found;
}"""
"""Names that were obeyed: logos, icons, arrows and emoji of names, and controls that nobody sees."""


@pytest.fixture(scope="module")
def keywords(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows a Hub with one data set."""
    files = {"README.md": CARD, "keywords.csv": f"text,label\n{ROWS}".encode()}
    with serve() as hub:
        hub.repositories["lab/keywords"] = Repository({"main": files})
        cache: Path = tmp_path_factory.mktemp("hub")
        server = start_server(HF_ENDPOINT=hub.url, HF_HOME=str(cache), NO_PROXY="127.0.0.1")
        yield server.url
        server.stop()


def open_page(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}{link(f'/{name}', KEYWORDS)}")
    offer = page.locator(".st-key-offer_start button")
    score = page.locator(".st-key-status")
    expect(offer.or_(score).first).to_be_visible(timeout=SOON)
    settle(page)
    if offer.count():
        offer.click()
        expect(offer).to_have_count(0, timeout=SOON)
    expect(score).to_contain_text("lab/keywords", timeout=SOON)
    settle(page)


@pytest.mark.parametrize("name", list(VIEWS))
def test_every_chart_is_drawn_every_name_shown_as_written_and_the_console_shows_no_error(
    page: Page, keywords: str, name: str
) -> None:
    open_page(page, keywords, name)
    drawn: list[int] = []
    blank: dict[str, Any] = {}
    obeyed: dict[str, Any] = {}
    names: set[str] = set()

    def look(view: str) -> None:
        drawn.append(page.get_by_test_id("stVegaLiteChart").count())
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if found := page.evaluate(EMPTY_CHARTS):
            blank[view] = found
        if found := page.evaluate(OBEYED):
            obeyed[view] = found
        names.update(shown for shown in SHOWN if page.evaluate(SAYS, shown))

    if name not in ("preprocessing", "training"):  # the others draw a chart in their first view
        page.get_by_test_id("stVegaLiteChart").first.wait_for(timeout=SOON)
        settle(page)
    walk(page, name, look)
    assert blank == {}
    assert obeyed == {}
    assert names == set(SHOWN) or name != "data"  # other pages cut some of them
    assert SHOWN[1] in names or name in ("training", "preprocessing")
    assert sum(drawn) > 0 or name == "training"
