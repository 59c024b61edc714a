"""A report from its button to the file, which is opened with the network off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.reader import SOON

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "report.html"


def test_a_report_is_made_where_the_link_is_shared_and_saved(page: Page, saved: Path) -> None:
    page.goto("/confusion")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Make a report").click()
    file = page.get_by_role("button", name="Report as HTML")
    expect(file).to_be_visible(timeout=SOON)
    with page.expect_download(timeout=SOON) as download:
        file.click()
    download.value.save_as(saved)
    assert saved.stat().st_size > 500_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_opens_without_a_network_and_draws_every_figure(browser: Browser, saved: Path, theme: Any) -> None:
    assert saved.exists(), "the test above saves it"
    context = browser.new_context(color_scheme=theme, offline=True)
    tab, errors, asked = context.new_page(), [], []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(saved.as_uri())
    expect(tab.locator("html[data-drawn]")).to_have_count(1, timeout=SOON)
    charts = tab.locator(".chart")
    assert tab.locator(".chart svg.marks").count() == charts.count() > 12
    shown = tab.locator(f".chart.{theme}")
    other = tab.locator(f".chart.{'dark' if theme == 'light' else 'light'}")
    expect(shown.first).to_be_visible()
    expect(other.first).to_be_hidden()
    sizes = shown.evaluate_all("hosts => hosts.map(host => host.querySelector('svg').getBoundingClientRect().height)")
    assert min(sizes) > 40
    assert tab.evaluate("document.fonts.check(\"13px 'Source Sans'\")")
    page_asked = [url for url in asked if not url.startswith(("data:", "blob:", saved.as_uri()))]
    assert page_asked == [] and errors == []
    tab.emulate_media(media="print")
    expect(tab.locator(".chart.light").first).to_be_visible()
    expect(tab.locator(".chart.dark").first).to_be_hidden()
    context.close()
