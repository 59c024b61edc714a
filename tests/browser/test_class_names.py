"""Texts whose class names are long and begin alike, or differ by a space or by case alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bowcore.recipe.recipe import Recipe
from bowcore.store import own_files
from tests.browser.conftest import Server
from tests.browser.reader import SOON, link, settle, walk

pytestmark = pytest.mark.browser

REASON = "payment_by_card_refused_for_the_reason_"
CORPORA = {
    "reasons": (
        ("limit passed", f"{REASON}limit_reached"),
        ("wrong pin", f"{REASON}pin_not_correct"),
        ("card old", f"{REASON}card_out_of_date"),
    ),
    "sums": (
        ("=1+1 red heel", "=2+2"),
        ("＝1+1 blue heel", "＠SUM"),
        ("-1 green heel", "+1"),
        ("plain sole", "Gloves"),
    ),
    "shop": (("red heel", "Hats"), ("blue heel", "Hats "), ("green heel", "hats"), ("brown sole", "Gloves")),
}
"""Text and class of the rows, each of them 20 times."""
FAULTS = """terms => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].filter(
    chart => chart.getClientRects().length && chart.querySelector('svg')
).flatMap(chart => {
    const frame = chart.querySelector('svg').getBoundingClientRect();
    const seen = element => [...element.querySelectorAll('text')].filter(
        text => text.textContent.trim() && getComputedStyle(text).opacity !== '0');
    const cut = seen(chart).filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < frame.left - 4 || box.right > frame.right + 4;
    }).map(text => `cut: ${text.textContent}`);
    const groups = [...chart.querySelectorAll('.role-axis-label, .role-legend-symbol, .role-legend-label')];
    const twice = groups.flatMap(group => {
        const words = seen(group).map(text => text.textContent.trim());
        const again = words.filter((word, place) => words.indexOf(word) !== place && !terms.includes(word));
        return again.map(word => `twice: ${word}`);
    });
    return [...cut, ...twice];
})"""
"""Texts of charts that extend beyond the chart's sides, and labels but terms that an axis or a legend has twice.

A turned title's box is a few px wider than its letters.
"""

CATCH_SAVED = """window.saved = [];
window.showSaveFilePicker = async () => ({createWritable: async () => {
    const parts = [];
    return {write: async part => { parts.push(part); }, close: async () => {
        const texts = await Promise.all(parts.map(part => new Blob([part]).text()));
        window.saved.push(texts.join(''));
    }};
}});"""
"""A dialog of the system that takes what a toolbar saves, where a real one would wait for somebody."""


def open_page(page: Page, server: Server, monkeypatch: pytest.MonkeyPatch, name: str, corpus: str) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(server.home))
    lines = "".join(f"{text},{label}\n" for text, label in CORPORA[corpus] * 20)
    own = own_files.keep_file(f"{corpus}.csv", f"text,label\n{lines}".encode())
    page.goto(link(f"/{name}", Recipe().change(corpus=f"{own}?body=text&label=label")))
    expect(page.locator(".st-key-status")).to_contain_text(f"{corpus}.csv", timeout=SOON)
    settle(page)


@pytest.mark.parametrize(("corpus", "name"), [("reasons", ""), ("shop", "confusion")])
def test_class_names_are_whole_and_distinct_in_every_chart(
    page: Page,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    corpus: str,
    name: str,
    take_picture: Callable[[str], None],
) -> None:
    open_page(page, server, monkeypatch, name, corpus)
    faults: dict[str, Any] = {}
    drawn: list[int] = []
    terms = [term for text, _ in CORPORA[corpus] for term in text.split()]

    def look(view: str) -> None:
        expect(page.get_by_test_id("stException")).to_have_count(0)
        drawn.append(page.get_by_test_id("stVegaLiteChart").count())
        take_picture(f"{corpus}-{view.replace(' ', '-') or 'playground'}")
        if found := page.evaluate(FAULTS, terms):
            faults[view] = found

    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=SOON)
    walk(page, name, look)
    assert sum(drawn) > 0
    assert faults == {}


@pytest.mark.parametrize("corpus", ["reasons"])
def test_the_score_card_has_room_for_every_accuracy(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch, corpus: str
) -> None:
    open_page(page, server, monkeypatch, "", corpus)
    table = page.locator("table", has_text="Always")
    expect(table).to_be_visible(timeout=SOON)
    fits = "table => table.getBoundingClientRect().right <= table.parentElement.getBoundingClientRect().right + 1"
    assert table.evaluate(fits)
    guess, accuracy, _ = table.locator("tr", has_text="Always").locator("td").all()
    expect(accuracy).to_have_text(f"{100 / len(CORPORA[corpus]):.1f}\N{NO-BREAK SPACE}%", use_inner_text=True)
    assert len(guess.inner_text()) <= len("Always ") + 14


@pytest.mark.parametrize("corpus", ["shop"])
def test_the_titles_of_typical_words_are_distinct(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch, corpus: str
) -> None:
    open_page(page, server, monkeypatch, "words", corpus)
    page.locator(".st-key-words_view").get_by_text("Typical words", exact=True).click()
    titles = page.get_by_text(": above all “")
    expect(titles).to_have_count(len(CORPORA[corpus]), timeout=SOON)
    classes = [title.split(":")[0] for title in titles.all_inner_texts()]
    assert len(set(classes)) == len(CORPORA[corpus])


def until(look: Callable[[], None], n_tries: int = 30) -> None:
    """Repeat a look until it finds what it expects."""
    for n_left in reversed(range(n_tries)):
        try:
            return look()
        except AssertionError:
            if not n_left:
                raise
    return None


@pytest.mark.slow  # minutes on a busy machine, where tables are drawn again under the mouse
def test_what_a_tables_own_toolbar_saves_is_no_formula(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch, tried: Callable[[str], None]
) -> None:
    page.add_init_script(CATCH_SAVED)
    open_page(page, server, monkeypatch, "data", "sums")

    def look(view: str) -> None:
        for table in page.get_by_test_id("stDataFrame").all():
            if table.is_visible():
                before = page.evaluate("() => saved.length")
                button = table.get_by_role("button", name="Download as CSV")

                def point(table: Locator = table, button: Locator = button) -> None:
                    page.mouse.move(0, 0)  # a table that was drawn again under the mouse hears of it when it moves
                    table.hover()
                    expect(button).to_be_visible(timeout=2_000)

                until(point)
                button.evaluate("button => button.click()")  # the grid lies above it as soon as the mouse moves
                page.wait_for_function("n => saved.length > n", arg=before)

    walk(page, "data", look)
    saved: list[str] = page.evaluate("() => saved")
    cells = [cell for text in saved for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert {"'=2+2", "'＠SUM", "'+1"} & set(cells)
    for cell in cells:
        tried("cell of a toolbar's CSV")
        assert not re.match(r"[=+@\t\r\n＝＋－＠]|-(?![\d.]+$)", cell)
