"""A reader's own file in a real browser: dropped, recognised, corrected, explored, taken home; and nobody else's."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import Server
from tests.browser.reader import SOON, go, settle, status
from tests.corpus.formats.test_unpacked import parquet_bomb

pytestmark = pytest.mark.browser


def messages(n: int = 200) -> bytes:
    """A table without a header, separated by semicolons, in an old encoding; the label is in the second column.

    Every fifth message could be of either kind.
    """
    kinds = (("Lunch at the café; I’ll bring soup", "ham"), ("You won £500! Claim your prize", "spam"))
    texts = [kinds[i % 2][0] if i % 5 else "See you at noon" for i in range(n)]
    lines = [f'"{texts[i]} {i}";{kinds[i % 2][1]};{("North", "South")[i // 2 % 2]};S-{i // 5}' for i in range(n)]
    lines += ['"";ham;North;S-1', '"no label here";;South;S-2']
    return "\n".join(lines).encode("windows-1252")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "report.html"


def open_dialog(page: Page) -> None:
    page.locator("[class*=st-key-recipe_corpus]").get_by_role("combobox").click()
    page.get_by_role("option", name="Your own…", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible(timeout=SOON)


def drop(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]


def save(page: Page, button: str, to: Path) -> str:
    """Click a button that downloads a file; the name that the browser gives it."""
    with page.expect_download(timeout=SOON) as download:
        page.get_by_role("button", name=button, exact=True).click()
    download.value.save_as(to)
    return str(download.value.suggested_filename)


def test_a_file_is_dropped_corrected_explored_and_taken_home(
    page: Page, browser: Browser, report: Path, tmp_path: Path
) -> None:
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    open_dialog(page)
    drop(page, "messages.csv", messages())
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not UTF-8: read as windows-1252", timeout=SOON)
    for fact in ("windows-1252", "Separator semicolon", "No header row", 'Quotes "', "Language English"):
        expect(dialog.get_by_role("button", name=fact)).to_be_visible()
    expect(dialog).to_contain_text("first 5 of 202 rows")
    expect(dialog).to_contain_text("Left out: 2 of 202")
    expect(dialog).to_contain_text("1 no label, 1 no text")
    # two columns of few values could be labels; the reader says which
    expect(dialog).to_contain_text("could be column 2, column 3")
    dialog.get_by_role("combobox", name=re.compile("column 4")).click()
    page.get_by_role("option", name="Group", exact=True).click()
    expect(dialog).to_contain_text("No column 4 is divided.", timeout=SOON)
    explore = dialog.get_by_role("button", name=re.compile("Explore 200 texts"))
    settle(page)  # while the dialog is drawn again, the button before stands beside the new one for a moment
    explore.click()
    expect(status(page)).to_contain_text("messages.csv", timeout=SOON)
    expect(status(page)).to_contain_text("always guessing")
    settle(page)
    address = page.url
    assert "own" in address and "messages.csv" in address
    page.reload()
    expect(status(page)).to_contain_text("messages.csv", timeout=SOON)

    # an error is found in the matrix, and its text is read
    go(page, "Confusion matrix")
    error = page.locator(".st-key-confusion path[aria-label*='predicted class: spam; true class: ham;']").first
    error.click(force=True, timeout=SOON)  # the number is drawn over the cell and passes the click on
    expect(page.get_by_text("true ham · predicted spam")).to_be_visible(timeout=SOON)
    words = page.get_by_test_id("stHtml").filter(has_text="See you at noon")
    expect(words.locator("span[title]").first).to_be_visible()  # a word with what it weighs

    # all of it is taken home
    page.get_by_role("button", name="Share", exact=True).click()
    assert save(page, "Notebook", tmp_path / "a.ipynb").endswith(".ipynb")
    notebook = nbformat.read(tmp_path / "a.ipynb", 4)
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells)
    assert "messages.csv" in code and "windows-1252" in code and "noon" not in code
    page.get_by_role("button", name="Make a report").click()
    expect(page.get_by_role("button", name="Report as HTML")).to_be_visible(timeout=SOON)
    assert save(page, "Report as HTML", report).endswith(".html")
    assert report.stat().st_size > 500_000

    # a shared link opens it elsewhere; a guessed name does not
    other = browser.new_context().new_page()
    other.goto(address)
    expect(status(other)).to_contain_text("messages.csv", timeout=SOON)
    guessed = re.sub(r"own(%3A|:)[A-Za-z0-9_-]{22}", lambda found: f"own{found[1]}{'A' * 22}", address)
    assert guessed != address
    other.goto(guessed)
    expect(other.get_by_test_id("stAlert").first).to_contain_text("not on this computer", timeout=SOON)
    expect(status(other)).to_contain_text("BBC News", timeout=SOON)
    other.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_report_opens_without_a_network_and_draws_every_figure(browser: Browser, report: Path, theme: Any) -> None:
    assert report.exists(), "the test above saves it"
    context = browser.new_context(color_scheme=theme, offline=True)
    tab, errors, asked = context.new_page(), [], []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(report.as_uri())
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
    page_asked = [url for url in asked if not url.startswith(("data:", "blob:", report.as_uri()))]
    assert page_asked == [] and errors == []
    tab.emulate_media(media="print")
    expect(tab.locator(".chart.light").first).to_be_visible()
    expect(tab.locator(".chart.dark").first).to_be_hidden()
    context.close()


def test_a_file_that_cannot_be_read_says_why_and_another_can_be_chosen(page: Page) -> None:
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    open_dialog(page)
    drop(page, "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stAlert")).to_contain_text("picture.png is not a file of texts", timeout=SOON)
    expect(dialog.get_by_role("button", name=re.compile("Explore"))).to_be_disabled()
    dialog.get_by_role("button", name="Another file").click()
    drop(page, "one.csv", b"text,label\n" + b"tea,a\n" * 30)
    expect(dialog.get_by_test_id("stAlert")).to_contain_text("have one class", timeout=SOON)
    dialog.get_by_role("button", name="Another file").click()
    settle(page)
    dialog.get_by_text("Paste", exact=True).click()
    rows = dialog.get_by_role("textbox")
    rows.fill("text\tlabel\n" + "".join(f"warm tea {i}\t{('good', 'poor')[i % 2]}\n" for i in range(40)))
    rows.press("Control+Enter")
    dialog.get_by_role("button", name="Read these rows").click()
    expect(dialog).to_contain_text("2 classes", timeout=SOON)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(status(page)).to_contain_text("BBC News")


@pytest.mark.fuzz
def test_a_file_that_unpacks_to_too_much_is_refused_and_not_kept(
    page: Page, server: Server, tried: Callable[[str], None]
) -> None:
    tried("Parquet bomb in the browser")
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    before = set((server.home / "own").glob("*"))
    open_dialog(page)
    drop(page, "reviews.parquet", parquet_bomb(2_000, 100_000))
    sentence = "and unpacks to more than 64.0 MB, the most that is read of a file of this size. Nothing of it is kept."
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text(sentence, timeout=SOON, use_inner_text=True)
    assert set((server.home / "own").glob("*")) == before
    dialog.get_by_role("button", name="Another file").click()
    drop(page, "reviews.csv", b"text,label\n" + b"warm tea,good\ncold soup,poor\n" * 20)
    expect(dialog.get_by_text("First row names the columns")).to_be_visible(timeout=SOON)


def test_the_server_drops_a_file_once_it_is_read_and_holds_few_of_a_browser(
    page: Page, server: Server, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    page.goto("/")
    expect(status(page)).to_contain_text("BBC News", timeout=SOON)
    settle(page)
    open_dialog(page)
    drop(page, "reviews.csv", b"text,label\n" + b"warm tea,good\ncold soup,poor\n" * 20)
    expect(page.get_by_role("dialog").get_by_text("First row names the columns")).to_be_visible(timeout=SOON)
    assert len(sent) == 1

    # the same browser, with names of its own for files that no widget asked for
    token = {"X-Xsrftoken": sent[0].headers.get("x-xsrftoken", "")}
    file: Any = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * 1_000}
    places = [sent[0].url.rpartition("/")[0] + f"/{name}" for name in ("one", "two", "three", "four")]
    answers = [page.request.put(place, multipart={"file": file}, headers=token).status for place in places]
    assert answers == [204] * 4
    # two of them, and not the corpus, which was read; the server renews its metrics after some seconds
    eventually(lambda: held_by_uploads(server) == 2_000)


def held_by_uploads(server: Server) -> int:
    """Bytes of uploaded files that the server holds, as its metrics say."""
    with urllib.request.urlopen(f"{server.url}/_stcore/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines if 'cache_type="UploadedFileManager"' in line)
