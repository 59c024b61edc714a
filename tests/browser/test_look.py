"""The look of the pages, measured in a real Chromium: contrasts in both themes, places, charts described in words."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from charts.palette import ENOUGH_CONTRAST, contrast
from tests.browser.conftest import Server
from tests.browser.reader import SOON, choose, link, settle, status

pytestmark = pytest.mark.browser


BACKGROUNDS = """element => {
    const grounds = [];
    let shown = 1;
    for (let at = element; at; at = at.parentElement) {
        grounds.push(getComputedStyle(at).backgroundColor);
        shown *= Number(getComputedStyle(at).opacity);
    }
    return [getComputedStyle(element).color, shown, grounds];
}"""
"""The colour of an element's text, its opacity, and the background of the element and of all its ancestors."""
HEADER = ".st-key-status > [data-testid=stElementContainer] p"
"""The two lines below the header's buttons."""
WITH_HELP = "[data-testid=stMain] p:has([data-testid=stTooltipIcon])"
WRITE_COUNT = """(p, tried) => [...p.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).forEach(node => {
    node.data = node.data.replace(/(Recipes.tried[^0-9]*)[0-9,]+/, `$1${tried}`);
})"""
"""Writes another number of recipes tried: a larger number makes its line longer."""
SIGNS_APART = (
    f"(p, counts) => {{ const writeCount = {WRITE_COUNT};"
    + """
    const isApart = () => {
        const sign = p.querySelector("svg").getBoundingClientRect(), text = p.getBoundingClientRect();
        const words = document.createRange();
        words.selectNodeContents([...p.childNodes].filter(node => node.textContent.trim()).at(-1));
        const last = [...words.getClientRects()].at(-1);
        const isLevel = Math.abs(sign.top + sign.bottom - last.top - last.bottom) / 2 < 2.5;
        return !(isLevel && last.right <= sign.left && sign.right <= text.right + 1);
    };
    const measured = [], apart = [];
    for (const count of counts) {
        writeCount(p, count);
        for (let width = 400; width <= 1100; width += 3) {
            p.style.width = `${width}px`;
            measured.push(Math.round(p.getBoundingClientRect().width));
            if (isApart()) apart.push([count, width]);
        }
    }
    return [measured, apart];
}"""
)
"""The widths in pixels that a paragraph was given, and those at which its help sign is not behind its last word."""
DESCRIPTION = "e => (e.closest('[aria-label]') || e.querySelector('[aria-label]'))?.getAttribute('aria-label') || ''"
PAGES = ("", "data", "words", "preprocessing", "training", "confusion")


def channels(colour: str) -> tuple[float, float, float, float]:
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour)]
    red, green, blue, *rest = numbers
    return red, green, blue, rest[0] if rest else 1.0


def contrast_of(page: Page, selector: str) -> float:
    """Contrast of the first such element's text with the colours behind it, mixed where they are transparent."""
    element = page.locator(selector).first
    element.wait_for(timeout=SOON)
    text, opacity, backgrounds = element.evaluate(BACKGROUNDS)
    under = [255.0, 255.0, 255.0]
    for background in reversed(backgrounds):
        *over, share = channels(background)
        under = [share * one + (1 - share) * other for one, other in zip(over, under, strict=True)]
    *ink, share = channels(text)
    share *= opacity
    ink = [share * one + (1 - share) * other for one, other in zip(ink, under, strict=True)]
    as_text = ["#" + "".join(f"{round(channel):02x}" for channel in colour) for colour in (ink, under)]
    return contrast(*as_text)


def close_sidebar(page: Page) -> None:
    page.get_by_test_id("stSidebar").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_selected_and_the_primary_button_can_be_read(page: Page) -> None:
    page.goto("/data")
    chosen = "button[data-selected]:not([data-disabled])"
    places = {
        "a chosen view": f"[data-testid=stMain] {chosen}",
        "a chosen step of the recipe": f"[data-testid=stSidebar] {chosen}",
        "a caption": "[data-testid=stMain] [data-testid=stCaptionContainer] p",
        "the primary button": "[data-testid=stMain] button[kind=primary]",
    }
    found = {name: contrast_of(page, selector) for name, selector in places.items()}
    assert {name: round(value, 2) for name, value in found.items() if value < ENOUGH_CONTRAST} == {}


def test_every_chart_has_a_description_and_a_button_for_its_data(page: Page) -> None:
    described = 0
    for name in PAGES:
        page.goto(f"/{name}")
        page.locator(".st-key-status").wait_for(timeout=SOON)
        page.wait_for_function("!document.querySelector('[data-stale=true]')", timeout=SOON)
        if name not in ("preprocessing", "training"):  # they draw after a change, and after a training
            page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for(timeout=SOON)
        settle(page)  # the others are drawn after the first one
        for chart in page.get_by_test_id("stVegaLiteChart").all():
            words = chart.evaluate(DESCRIPTION)
            assert words.endswith(".") and len(words.split()) >= 6, (name, words)
            chart.hover()
            expect(page.get_by_role("button", name=f"Show data: {words}")).to_be_visible()
            described += 1
    assert described >= 6


def test_the_toolbar_of_a_chart_is_below_it_and_takes_no_clicks_while_hidden(page: Page) -> None:
    page.goto("/words")
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.locator("svg").first.wait_for(timeout=SOON)
    frame = page.get_by_test_id("stFullScreenFrame").filter(has=page.get_by_test_id("stVegaLiteChart")).first
    toolbar = frame.get_by_test_id("stElementToolbar")
    page.mouse.move(5, 5)
    assert toolbar.evaluate("e => getComputedStyle(e).pointerEvents") == "none"
    chart.hover()
    button = frame.get_by_role("button", name=re.compile("^Fullscreen"))
    expect(button).to_be_visible()
    below, drawn = button.bounding_box(), chart.bounding_box()
    assert below is not None and drawn is not None
    assert below["y"] >= drawn["y"] + drawn["height"] - 1
    button.click()
    closing = page.get_by_role("button", name=re.compile("^Close fullscreen"))
    expect(closing).to_be_in_viewport()
    closing.click()
    expect(closing).to_have_count(0)


LONG = preset("tutorial-baseline").change(
    word_forms="stem", min_documents=2, text_used="headline", weighting="count", training_articles=1000, split_seed=7
)
"""A recipe of many differences, on fewer articles than there are."""


def n_lines(page: Page) -> int:
    """Lines of text below the header's buttons."""
    texts = page.locator(HEADER)
    line = texts.last.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
    return round(sum(text.bounding_box()["height"] for text in texts.all()) / line)


@pytest.mark.parametrize(
    "recipe",
    [preset("recommended"), preset("tutorial-baseline"), LONG],
    ids=("recommended", "tutorial-baseline", "long"),
)
def test_the_six_cards_fit_a_projector_below_a_header_of_at_most_three_lines(page: Page, recipe: Recipe) -> None:
    page.goto(link("/", recipe))
    expect(page.locator(".st-key-card_train")).to_be_visible(timeout=SOON)
    expect(page.locator(HEADER).last).to_contain_text("Nothing changed yet.")
    assert n_lines(page) <= 3
    choose(page, "stop_words", "scikit-learn")
    expect(page.locator(HEADER).last).to_contain_text("→", timeout=SOON)
    settle(page)
    page.locator(".st-key-recipe_clean").get_by_role("button", name="Digits").click()
    expect(page.locator(HEADER).last).to_contain_text("Digits", timeout=SOON)
    assert n_lines(page) <= 3
    cards = page.locator(".st-key-cards").bounding_box()
    assert cards is not None and cards["height"] > 400
    assert cards["y"] + cards["height"] <= 720


def test_long_names_of_texts_and_classes_leave_the_header_at_three_lines(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(server.home))
    classes = [f"complaints about {what} that nobody has answered within the promised time" for what in ("rain", "tea")]
    lines = "".join(
        f"a line of {classes[i % 2].split()[2]} and words number {i},{classes[i % 2]}\n" for i in range(400)
    )
    name = own_files.keep_file(f"letters-{'of-readers-and-listeners-' * 4}2024.csv", f"text,label\n{lines}".encode())
    recipe = LONG.change(corpus=f"{name}?body=text&label=label", text_used="headline+body", training_articles=100)
    page.goto(f"{link('/', recipe)}&judge=logistic")
    expect(page.locator(HEADER).last).to_contain_text("Nothing changed yet.", timeout=SOON)
    choose(page, "stop_words", "scikit-learn")
    expect(page.locator(HEADER).last).to_contain_text("→", timeout=SOON)
    settle(page)
    page.locator(".st-key-recipe_clean").get_by_role("button", name="Digits").click()
    expect(page.locator(HEADER).last).to_contain_text("Digits", timeout=SOON)
    expect(status(page)).to_contain_text("Logistic regression has", timeout=SOON)
    expect(page.locator(HEADER).last).to_contain_text("changed label", timeout=SOON)
    settle(page)
    assert n_lines(page) <= 3


MOVES_NOTHING = """() => {
    const place = key => document.querySelector(`.st-key-${key}`).getBoundingClientRect();
    const places = () => {
        const [header, cards] = [place('status'), place('cards')];
        return [header.x, header.y, cards.x, cards.y, cards.width].map(Math.round).join();
    };
    let outer = document.querySelector('.st-key-slice_bar');
    while (!outer.parentElement.parentElement.matches('[data-testid=stMainBlockContainer]'))
        outer = outer.parentElement;
    const display = outer.style.display, withBar = places();
    outer.style.display = 'none';
    const without = places();
    outer.style.display = display;
    return withBar === without;
}"""
"""Whether header and cards are where they would be without the list of slices, in one moment of the same page."""


def test_the_list_of_slices_is_in_the_bar_of_every_page_next_to_the_names_of_pages(page: Page) -> None:
    saved = f"&slices={quote('1;n=oil and energy prices,q=oil', safe='')}"
    page.goto(link("/", preset("recommended")) + saved)
    slices = page.locator(".st-key-slice_bar")
    slices.wait_for(timeout=SOON)
    expect(page.locator(".st-key-card_train")).to_be_visible(timeout=SOON)
    page.wait_for_function(MOVES_NOTHING)  # once the style that places it in the bar has been applied
    places = []
    for name in PAGES:
        page.locator(f"[data-testid=stTopNavLink][href$='/{name}']").first.click()
        expect(page.locator(".st-key-status")).to_be_visible(timeout=SOON)
        place = slices.bounding_box()
        assert place is not None
        places.append((place["x"], place["y"]))  # its width leaves room for Streamlit's sign that the page is running
    assert set(places) == {places[0]}
    close_sidebar(page)
    for width in (1280, 1000, 768):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_function(f"() => innerWidth === {width}")
        # Streamlit measures the bar after it was drawn, then moves the last names under "more"
        page.wait_for_function(
            """() => [...document.querySelectorAll('[data-testid=stTopNavLink]')].at(-1).getBoundingClientRect().right
                < document.querySelector('.st-key-slice_bar').getBoundingClientRect().x"""
        )


def test_a_help_sign_follows_the_last_word_of_its_paragraph_at_any_width(page: Page) -> None:
    page.goto("/preprocessing")
    words = page.locator(WITH_HELP).filter(has_text="Recipes tried").first
    words.wait_for(timeout=SOON)
    settle(page)  # the page's own style is there
    # one script measures all widths, so no rerun changes the page meanwhile
    measured, apart = words.evaluate(SIGNS_APART, ["1", "12", "123", "1,234"])
    assert set(range(400, 1101, 3)) <= set(measured)
    assert apart == []
