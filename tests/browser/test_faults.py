"""Open pages while the disk or the database fails: a sentence, what needs neither, and all of it when it is over."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import VIEWPORT, Server
from tests.browser.reader import SOON, choose, settle, status
from tests.disks import fill, mount, small_disk, unmount  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.faults]

PAGES = {"": ".st-key-cards", "preprocessing": ".st-key-preprocessing_panel", "confusion": ".st-key-confusion"}
"""Pages, and what stays on each of them without a database."""


@contextmanager
def full(home: Path) -> Iterator[str]:
    filler = fill(home.parent)
    try:
        yield "cannot be written: database or disk is full"
    finally:
        filler.unlink()


@contextmanager
def read_only(home: Path) -> Iterator[str]:
    mount("--bind", home.parent, home.parent)  # files that are open would keep the disk itself from becoming so
    mount("-o", "remount,ro,bind", home.parent)
    try:
        yield "cannot be written to any more. Make it writable again"
    finally:
        unmount(home.parent)


@contextmanager
def moved_away(home: Path) -> Iterator[str]:
    away = home.rename(home.with_name("away"))
    try:
        yield "was deleted or replaced"
    finally:
        away.rename(home)


@contextmanager
def locked(home: Path) -> Iterator[str]:
    with closing(sqlite3.connect(home / "runs.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield "is locked by another process"


@contextmanager
def no_database(home: Path) -> Iterator[str]:
    files = [path for end in ("", "-wal", "-shm") if (path := home / f"runs.sqlite{end}").exists()]
    for path in files:
        path.rename(home.parent / path.name)
    (home / "runs.sqlite").write_text("no database\n" * 1000)
    try:
        yield "is damaged: file is not a database"
    finally:
        for path in files:
            (home.parent / path.name).replace(path)


FAULTS = {
    full: ("stop_words", "spacy"),
    read_only: ("stop_words", "scikit-learn"),
    moved_away: ("word_forms", "stem"),
    locked: ("contractions", "cut"),
    no_database: ("contractions", "split"),
}
"""The faults, and what is chosen during each: a recipe that nobody has looked at yet."""


def test_open_pages_say_what_fails_keep_the_rest_and_go_on_by_themselves(
    browser: Browser,
    start_server: Callable[..., Server],
    small_disk: Callable[[str], Path],  # noqa: F811
    tried: Callable[[str], None],
) -> None:
    home = small_disk("150m") / "home"
    server = start_server(BOWLAB_HOME=str(home))
    with browser.new_context(viewport=VIEWPORT, locale="en-GB", base_url=server.url) as context:
        pages = {path: context.new_page() for path in PAGES}
        for path, page in pages.items():
            page.goto(f"/{path}")
            expect(status(page)).to_contain_text("right", timeout=SOON)
            settle(page)
        for fault, (field, value) in FAULTS.items():
            tried(f"{fault.__name__} in the browser")
            with fault(home) as told:
                for page in pages.values():
                    choose(page, field, value)
                for path, page in pages.items():
                    expect(errors(page)).to_contain_text(told, timeout=SOON, use_inner_text=True)
                    expect(page.locator(PAGES[path]).first).to_be_visible(timeout=SOON)
                    expect(status(page)).to_contain_text("changed label", timeout=SOON)
                if fault not in (full, locked):  # a database that can be read answers
                    assert health(server.url)["database"] == "does not answer"
            for page in pages.values():
                expect(errors(page)).to_have_count(0, timeout=SOON)
                settle(page)


def errors(page: Page) -> Locator:
    return page.get_by_test_id("stAlertContentError")


def health(url: str) -> dict[str, object]:
    try:
        with urllib.request.urlopen(f"{url}/health") as answer:
            found: dict[str, object] = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    return found
