"""Windows of every size: cards that fill them, the switch *Projector*, and narrow ones where nothing may overlap."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader import SOON, VIEWS, go, settle, walk

pytestmark = pytest.mark.browser

STEADY = 30.0  # seconds that a busy machine may take to draw a page's charts again
SWITCH = "[class*='st-key-projector'] label"

CARDS = """() => [...document.querySelectorAll('.st-key-cards .stGridCell')].map(card => {
    const edge = card.getBoundingClientRect(), block = card.querySelector('.stVerticalBlock');
    const drawn = [...card.querySelectorAll('svg.marks, canvas')].map(e => e.getBoundingClientRect());
    return {
        hidden: block.scrollHeight - block.clientHeight,
        right: Math.max(0, ...drawn.map(box => box.right - edge.right)),
        below: Math.max(0, ...drawn.map(box => box.bottom - edge.bottom)),
        height: edge.height, bottom: edge.bottom,
    };
})"""
"""Of each card: pixels of its content that must be scrolled to, and how far its chart or table leaves it."""

BROKEN = """() => [...document.querySelectorAll('[data-testid=stSidebar] *')].flatMap(element =>
    [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE && node.data.trim()).flatMap(node =>
        [...node.data.matchAll(/[^ ]+/g)].filter(word => {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
        }).map(word => word[0])))"""
"""Words of the sidebar that stand on two lines."""
CUT = """() => [...document.querySelectorAll('[data-testid=stSidebar] [role=combobox], [data-testid=stSidebar] p')]
    .filter(element => element.scrollWidth > element.clientWidth + 1)
    .map(element => element.value || element.innerText)"""
"""Words of the sidebar that do not fit into their field."""

OVERLAPS = r"""() => {
    const main = document.querySelector("[data-testid=stMain]"), room = main.getBoundingClientRect();
    const boxes = [];
    const add = (element, box, words) => {
        let {left, right, top, bottom} = box;
        for (let at = element.parentElement; at && at !== main; at = at.parentElement) {
            if (at.tagName === "svg" || getComputedStyle(at).overflow === "visible") continue;
            const seen = at.getBoundingClientRect();
            left = Math.max(left, seen.left); right = Math.min(right, seen.right);
            top = Math.max(top, seen.top); bottom = Math.min(bottom, seen.bottom);
        }
        if (right - left > 1 && bottom - top > 1) boxes.push({left, right, top, bottom, words, element});
    };
    for (const element of main.querySelectorAll("*")) {
        if (element.closest("style, title, canvas, [data-testid=stElementToolbar]")) continue;
        if (element.closest("[data-testid=stIconMaterial]")) continue;
        if (/rotate\((?!-?90|0)/.test(element.getAttribute("transform") || "")) continue;  // its box is not its shape
        const style = getComputedStyle(element);
        if (style.visibility === "hidden" || style.opacity === "0") continue;
        if (element.matches(".stDataFrame, .stVegaLiteChart")) add(element, element.getBoundingClientRect(), "");
        for (const node of element.childNodes) {
            if (node.nodeType !== Node.TEXT_NODE || !node.data.trim() || / icon$/.test(node.data)) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects()) add(element, box, node.data.trim());
        }
    }
    const found = [];
    boxes.forEach((one, place) => {
        if (one.right > room.right + 1) found.push(["outside", one.words, Math.round(one.right - room.right)]);
        for (const other of boxes.slice(place + 1)) {
            if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
            if (one.words === other.words && one.words) continue;  // a text and its halo
            const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
            const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
            if (width > 2 && height > 4.5) found.push([one.words, other.words, Math.round(width), Math.round(height)]);
        }
    });
    return [boxes.length, found];
}"""
"""How many texts, charts and tables are visible, and those that overlap or leave the page at the right."""

FACTOR = "getComputedStyle(document.querySelector('[data-testid=stMainBlockContainer]')).zoom"
CELLS = """() => [...document.querySelector('.stVegaLiteChart').querySelectorAll('.mark-rect path')]
    .map(cell => cell.getBoundingClientRect().width)"""
"""Widths of the cells of the first matrix."""


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"() => innerWidth === {width} && innerHeight === {height}")
    settle(page)


def resize_or_open(page: Page, address: str, width: int, height: int) -> None:
    """Another size of the open page; the first call opens it."""
    page.set_viewport_size({"width": width, "height": height})
    if page.url == "about:blank":
        page.goto(address)


def open_playground(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".st-key-card_train")).to_be_visible(timeout=SOON)
    settle(page)


def heights(page: Page) -> list[float]:
    """Heights in pixels of the screen: a line of the page, of the sidebar and of a chart."""
    words = "element => element.getBoundingClientRect().height"
    places = ".st-key-cards p", "[data-testid=stSidebar] p", ".st-key-cards .stVegaLiteChart svg text"
    return [page.locator(place).first.evaluate(words) for place in places]


def test_the_cards_fill_a_window_of_any_size_and_no_word_of_the_sidebar_is_broken(page: Page) -> None:
    open_playground(page)
    designed = heights(page)
    for width, height in ((1280, 720), (1920, 1080)):
        check_cards(page, width, height, designed, 1)
    page.locator(SWITCH).click()
    for width, height, larger in ((2560, 1440, 2), (1280, 720, 1), (1366, 768, 1.05), (1920, 1080, 1.5)):
        check_cards(page, width, height, designed, larger)


def check_cards(page: Page, width: int, height: int, designed: list[float], larger: float) -> None:
    resize(page, width, height)
    page.wait_for_function(
        f"() => document.querySelector('.st-key-cards').getBoundingClientRect().bottom > {height - 25}"
    )
    cards: list[dict[str, Any]] = page.evaluate(CARDS)
    assert len(cards) == 6
    assert [card for card in cards if card["right"] > 0 or card["below"] > 0] == []
    # the article and the terms are lists, which scroll
    assert [place for place, card in enumerate(cards, start=1) if card["hidden"] > 1 and place > 2] == []
    assert max(card["bottom"] for card in cards) <= height
    assert min(card["height"] for card in cards) > 0.3 * height
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth]") == [0, 0]
    assert page.evaluate(BROKEN) == page.evaluate(CUT) == []
    grown = [now / before for now, before in zip(heights(page), designed, strict=True)]
    assert grown == pytest.approx([larger] * 3, rel=0.05)


def test_the_switch_is_kept_in_this_browser_alone_and_holds_on_every_page(page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/words")
    expect(page.locator(SWITCH)).to_be_visible(timeout=SOON)
    settle(page)
    assert page.evaluate(FACTOR) == "1"
    with page.expect_response(re.compile("/projector/on")):
        page.locator(SWITCH).click()
    page.wait_for_function(f"() => {FACTOR} === '1.5'")
    go(page, "Data")
    expect(page.locator(".st-key-data_view")).to_be_visible(timeout=SOON)
    assert page.evaluate(FACTOR) == "1.5"
    page.reload()
    page.wait_for_function(f"() => {FACTOR} === '1.5'")
    assert page.context.browser is not None
    another = page.context.browser.new_context(viewport={"width": 1920, "height": 1080})
    other = another.new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-data_view")).to_be_visible(timeout=SOON)
    assert other.evaluate(FACTOR) == "1"
    another.close()
    with page.expect_response(re.compile("/projector/off")):
        page.locator(SWITCH).click()
    page.reload()
    expect(page.locator(".st-key-data_view")).to_be_visible(timeout=SOON)
    settle(page)
    assert page.evaluate(FACTOR) == "1"


def test_charts_and_tables_of_an_enlarged_page_stay_in_their_columns_and_take_clicks_where_they_are_drawn(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/words")
    expect(page.locator(SWITCH)).to_be_visible(timeout=SOON)
    settle(page)
    page.locator(SWITCH).click()
    page.wait_for_function(f"() => {FACTOR} === '1.5'")
    settle(page)
    table, chart = page.locator(".stDataFrame").first, page.locator(".stVegaLiteChart svg.marks").first
    for drawn in (table, chart):
        inside = drawn.evaluate(
            """e => { const box = e.closest('.stElementContainer').getBoundingClientRect();
                const own = e.getBoundingClientRect(); return [own.right - box.right, own.width / box.width]; }"""
        )
        assert inside[0] < 2 and inside[1] > 0.9
    box = table.bounding_box()
    assert box is not None
    second_row = box["x"] + 150, box["y"] + 1.5 * 33 * 2.5
    page.mouse.move(*second_row)
    settle(page)  # a table takes a click where it has seen the pointer
    page.mouse.click(*second_row)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("“to” in context", timeout=SOON)
    settle(page)
    inside = dialog.bounding_box()
    assert inside is not None and 0.9 * 1920 < inside["width"] < 1920, "a dialog is enlarged like its page"
    for drawn in dialog.locator(".stDataFrame, .stVegaLiteChart svg.marks").all():
        box = drawn.bounding_box()
        assert box is not None and box["x"] + box["width"] < inside["x"] + inside["width"]


@pytest.mark.parametrize(
    ("name", "widths"),
    [(name, (853,) if views else (853, 700)) for name, views in VIEWS.items()]
    + [pytest.param(name, (700,), marks=pytest.mark.slow) for name, views in VIEWS.items() if views],
)
def test_nothing_overlaps_in_a_narrow_window(page: Page, name: str, widths: tuple[int, ...]) -> None:
    measured: dict[str, Any] = {}

    def measure(view: str) -> None:
        n_boxes, found = page.evaluate(OVERLAPS)
        last = time.monotonic() + STEADY
        while found and time.monotonic() < last:  # a busy machine draws later
            page.wait_for_timeout(400)
            n_boxes, found = page.evaluate(OVERLAPS)
        assert n_boxes > 10
        if found:
            measured[view] = found

    for width in widths:
        resize_or_open(page, f"/{name}", width, 480)
        page.locator(".st-key-status").wait_for(timeout=SOON)
        page.wait_for_function(f"() => innerWidth === {width}")
        settle(page)
        walk(page, name, lambda view, width=width: measure(f"{view} {width}"))
    assert measured == {}


def test_the_cells_of_the_confusion_matrix_are_at_least_40_px_wide_in_a_narrow_window(page: Page) -> None:
    for width in (853, 700):
        resize_or_open(page, "/confusion", width, 480)
        page.locator(".stVegaLiteChart svg.marks").first.wait_for(timeout=SOON)
        settle(page)
        cells = page.evaluate(CELLS)
        assert len(cells) == 25
        assert min(cells) >= 40


@pytest.mark.parametrize("address", ["/data?data_view=duplicates", "/preprocessing?preprocessing_view=matrix"])
def test_a_column_with_a_table_or_a_long_text_has_the_whole_width_of_a_narrow_window(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 853, "height": 480})
    page.goto(address)
    wide = page.locator("[data-testid=stMain] :is(.stDataFrame, textarea)").first
    expect(wide).to_be_visible(timeout=SOON)
    settle(page)
    box = wide.bounding_box()
    assert box is not None and box["width"] > 480


@pytest.mark.parametrize(
    "address",
    [
        "/words",
        pytest.param("/words?words_view=sizes", marks=pytest.mark.slow),
        "/words?words_view=rare-words",
        pytest.param("/words?words_view=growth", marks=pytest.mark.slow),
        "/confusion",
    ],
)
def test_the_main_chart_of_a_page_grows_with_the_window(page: Page, address: str) -> None:
    heights = []
    for width, height in ((1280, 720), (1920, 1080)):
        resize_or_open(page, address, width, height)
        chart = page.locator("[class*=st-key-grows_]").first.get_by_test_id("stVegaLiteChart").locator("svg.marks")
        expect(chart).to_be_visible(timeout=SOON)
        settle(page)
        box = chart.bounding_box()
        assert box is not None and box["y"] + box["height"] <= height + 60
        heights.append(box["height"])
    assert heights[0] >= 300
    assert heights[1] >= heights[0] + 270


@pytest.mark.parametrize(
    "address",
    ["/words", pytest.param("/words?words_view=word-list", marks=pytest.mark.slow), "/data?data_view=source-words"],
)
def test_a_long_table_fills_what_a_window_leaves(page: Page, address: str) -> None:
    heights = []
    for width, height in ((1280, 720), (1920, 1080), (1920, 1400), (1280, 720)):
        resize_or_open(page, address, width, height)
        table = page.locator("[class*=st-key-grows_table_] .stDataFrame")
        expect(table).to_be_visible(timeout=SOON)
        settle(page)
        box = table.bounding_box()
        assert box is not None
        heights.append(box["height"])
        if height > 720:  # text and download below it are in the window too
            below = page.get_by_test_id("stMain").evaluate("e => e.scrollHeight - e.clientHeight")
            assert below <= 40
    assert heights[0] == heights[3] >= 350
    assert heights[1] >= heights[0] + 200
    assert heights[2] == pytest.approx(heights[1] + 320, abs=2)
