"""Take the pictures of the README: `python docs/screenshots/take.py`, with the packages of requirements-dev.txt.

It starts a server with an empty home, drops a file of made-up letters to a town into the dialog *Your own texts*, and
goes from page to page as a reader does. No text of a corpus is in a picture.
"""

from __future__ import annotations

import csv
import io
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
N_LETTERS = 900
SOON = 60_000  # milliseconds
SHARE_OFF_TOPIC = 0.35
"""Letters with a sentence of another subject, so that a model makes mistakes."""

OPENINGS = (
    "Dear town hall,", "Good morning,", "I wrote in March and nobody answered.", "Thank you for your letter.",
    "I called on {day}.", "My neighbour and I ask you for help.", "Here is what happened on {day}.",
    "I am sorry to trouble you again.", "This is my {count} letter about it.",
)  # fmt: skip
ENDINGS = (
    "Please let me know what you'll do.", "When will somebody come?", "It can't go on like this.",
    "I don't need an answer before {day}.", "Yours, a patient resident.", "We are happy to help.",
    "You can reach me after five o'clock.", "Many thanks in advance!",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Thursday", "Saturday", "last week", "the first of May")
COUNTS = ("second", "third", "fourth", "last")
SUBJECTS = {
    "library": (
        "The {thing} that I borrowed is lost, and the librarian asks for a fine.",
        "Could the reading room stay open on {day}? Students need the {thing}.",
        "Someone tore pages out of the {thing} that I had reserved.",
        "The shelves near the entrance are too high to reach a {thing}.",
    ),
    "roads": (
        "The {thing} at the corner of Mill Lane is broken and cars don't slow down.",
        "Since the roadworks, lorries park on the pavement by the {thing}.",
        "A hole in the street has damaged two bicycles near the {thing}.",
        "The bus no longer stops at the {thing}, and the crossing is dangerous.",
    ),
    "parks": (
        "The {thing} in the park needs water; half of the leaves are brown.",
        "Dogs run freely over the {thing} where children play.",
        "Who mows the grass around the {thing}? It hasn't been cut since {day}.",
        "After the storm a branch fell on the {thing} next to the pond.",
    ),
    "waste": (
        "The {thing} was not emptied on {day} and smells.",
        "Rats come to the {thing} behind our house every night.",
        "I'd like a bigger {thing}, as we are five in the flat.",
        "Glass lies all around the {thing}, and nobody sweeps it up.",
    ),
}
THINGS = {
    "library": ("novel", "dictionary", "newspaper", "atlas", "book", "magazine", "map"),
    "roads": ("traffic light", "lamp", "bridge", "sign", "station", "tunnel", "map"),
    "parks": ("oak", "bench", "fountain", "rose bed", "playground", "lamp", "bridge"),
    "waste": ("bin", "container", "sack", "compost heap", "paper bank", "bench", "newspaper"),
}


def letters(seed: int = 1) -> bytes:
    """A table of letters with their office, separated by semicolons: 38, 28, 20 and 14 % of the four offices."""
    drawn = random.Random(seed)

    def sentence(office: str) -> str:
        return drawn.choice(SUBJECTS[office]).format(thing=drawn.choice(THINGS[office]), day=drawn.choice(DAYS))

    def polite(sentences: tuple[str, ...]) -> str:
        return drawn.choice(sentences).format(day=drawn.choice(DAYS), count=drawn.choice(COUNTS))

    table = io.StringIO()
    rows = csv.writer(table, delimiter=";")
    rows.writerow(["letter", "office"])
    for _ in range(N_LETTERS):
        office = drawn.choices(list(SUBJECTS), (38, 28, 20, 14))[0]
        about = [sentence(office) for _ in range(drawn.choice((1, 1, 2)))]
        if drawn.random() < SHARE_OFF_TOPIC:
            about.insert(drawn.randrange(2), sentence(drawn.choice(list(SUBJECTS))))
        rows.writerow([" ".join([polite(OPENINGS), *about, polite(ENDINGS)]), office])
    return table.getvalue().encode()


def main() -> None:
    """Start a server, take all pictures, stop it."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        server = subprocess.Popen(
            [*command, f"--server.port={port}"], cwd=HERE.parents[1], env={**os.environ, "BOWLAB_HOME": home}
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(f"http://127.0.0.1:{port}/")
                _take_all(page)
        finally:
            server.terminate()
            server.wait()


def _take_all(page: Page) -> None:
    status = page.locator(".st-key-status")
    expect(status).to_contain_text("BBC News", timeout=SOON)
    _settle(page)
    page.get_by_role("combobox", name="Texts").first.click()
    page.get_by_role("option", name="Your own…", exact=True).click()
    dialog = page.get_by_role("dialog")
    file = {"name": "letters.csv", "mimeType": "text/csv", "buffer": letters()}
    dialog.locator("input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]
    dialog.get_by_role("button", name="Each is a text").click(timeout=SOON)
    page.get_by_role("combobox", name="What one of them is called").fill("letter")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Each is a letter").click(timeout=SOON)
    _settle(page)
    _take(page, "own-texts")
    dialog.get_by_role("button", name=re.compile("Explore")).click()
    expect(status).to_contain_text("letters to learn from", timeout=SOON)
    page.get_by_role("button", name=re.compile("Train the network")).click(timeout=SOON)
    expect(page.get_by_role("button", name=re.compile("Train the network"))).to_have_count(0, timeout=SOON)
    _settle(page)
    _take(page, "playground")
    for name, picture in (("Training", "training"), ("Confusion matrix", "confusion")):
        page.get_by_role("link", name=name).click()
        _settle(page)
        _take(page, picture)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=HERE / f"{name}.png")


def _settle(page: Page) -> None:
    """Wait until nothing runs and what came last is drawn."""
    page.wait_for_timeout(2_000)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=SOON)
    page.wait_for_timeout(2_000)


def _wait_for(url: str) -> None:
    last = time.monotonic() + SOON / 1000
    while True:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            if time.monotonic() > last:
                raise
            time.sleep(0.2)  # between two looks


if __name__ == "__main__":
    main()
