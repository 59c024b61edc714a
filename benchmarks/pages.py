"""Waiting times in the browser: first screen of a third start, a flipped switch, a change of page; bytes received.

    python benchmarks/pages.py [--corpus ag-news] [--rows 120000] [--flips 20]

Needs a Chromium and, for AG News, BOWLAB_DATA. With `--rows` the training file of AG News is repeated and shuffled
until it and the test file have that many rows. A flip is timed inside the browser, from the click to the first frame
with a new status header and no stale element. Logistic regression, which answers later, is timed from the click to its
accuracy and paired change on screen, on new recipes, the first of which reads other texts. Word groups of two are
switched on once, for the first time. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bowcore.recipe.presets import preset  # noqa: E402 - the project is not installed, its folder comes first

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SWITCHES = ("Digits", "Possessives", "Lower case", "Punctuation")
NEVER_SEEN = ("Leftovers", "Digits", "Possessives", "Count", "Lower case", "0/1", "Punctuation", "Digits")
STARTS = 3  # the first two compile modules and fill the cache folder
PAGES = ("Data", "Words", "Preprocessing", "Training", "Confusion matrix", "Playground")
READY = """() => document.querySelector('.st-key-status') && document.querySelectorAll('svg.marks').length >= 3
  && !document.querySelector('[data-stale=true]')"""
WATCH = """([choices, name, answered]) => new Promise((resolve) => {
  const status = () => document.querySelector('.st-key-status').innerText;
  const fitted = () => [...document.querySelectorAll('[data-testid=stMain] p')]
    .some((part) => /^Logistic regression.*[0-9].*;/.test(part.innerText));
  const before = status();
  const start = performance.now();
  [...document.querySelectorAll(choices)].find((choice) => choice.innerText.trim() === name).click();
  let drawn = 0;
  const look = () => {
    const now = performance.now() - start;
    if (!drawn && status() !== before && !document.querySelector('[data-stale=true]')) drawn = now;
    if (drawn && (!answered || fitted()) || now > 60000) resolve([drawn || now, now]);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
PILLS, OPTIONS = "[data-testid=stSidebar] button", "[role=option]"

GO = """(name) => new Promise((resolve) => {
  const main = () => [...document.querySelectorAll('[data-testid=stMain] [data-testid=stElementContainer]')];
  const before = new Set(main());
  const start = performance.now();
  [...document.querySelectorAll('a')].find((link) => link.innerText.trim() === name).click();
  const look = () => {
    const fresh = main().filter((element) => !before.has(element)).length;
    const done = fresh > 3 && !document.querySelector('[data-stale=true]');
    if (done || performance.now() - start > 30000) resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def grow(folder: Path, n_rows: int) -> None:
    """AG News in a folder of its own, its training rows repeated and shuffled until all rows are `n_rows`."""
    source = Path(os.environ["BOWLAB_DATA"]) / "ag_news"
    (folder / "ag_news").mkdir(parents=True)
    shutil.copy(source / "test.parquet", folder / "ag_news" / "test.parquet")
    train, n_test = pq.read_table(source / "train.parquet"), pq.read_metadata(source / "test.parquet").num_rows
    generator, n_wanted = np.random.default_rng(0), n_rows - n_test
    copies = [generator.permutation(len(train)) for _ in range(-(-n_wanted // len(train)))]
    rows = np.concatenate(copies)[:n_wanted]
    pq.write_table(train.take(pa.array(rows)), folder / "ag_news" / "train.parquet")


def start_server(home: str, data: Path | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """A server with this BOWLAB_HOME, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "BOWLAB_HOME": home} | ({"BOWLAB_DATA": str(data)} if data else {})
    process = subprocess.Popen(
        [*command, "--server.headless", "true"], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return process, f"http://127.0.0.1:{port}"


def wait_for(url: str, limit: float = 60.0) -> None:
    """Wait until the server is ready."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The server at {url} did not start within {limit:.0f} s.")


def first_screen(page: Page, home: str, data: Path | None) -> tuple[subprocess.Popen[bytes], str, float]:
    """A new server, its address, and the seconds from its start to the cards of BBC News, in an empty browser."""
    began = time.perf_counter()
    process, url = start_server(home, data)
    try:
        wait_for(url)
        page.goto(url)
        page.wait_for_function(READY, timeout=120_000)
    except BaseException:
        stop(process)
        raise
    return process, url, time.perf_counter() - began


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server."""
    process.terminate()
    process.wait(30)


def open_page(page: Page, url: str, corpus: str) -> None:
    """Open the Playground on a corpus and wait until every card is drawn."""
    page.goto(f"{url}/?recipe={quote(preset('recommended', corpus).to_link(), safe='')}")
    page.wait_for_function(READY, timeout=120_000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="ag-news" if os.environ.get("BOWLAB_DATA") else "bbc-news")
    parser.add_argument("--rows", type=int, default=0, help="articles of AG News, repeated; 0 takes them as they are")
    parser.add_argument("--flips", type=int, default=20)
    chosen = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home, data = str(Path(folder) / "home"), Path(folder) / "data" if chosen.rows else None
        if data is not None:
            grow(data, chosen.rows)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 720}).new_page()
        for _ in range(STARTS - 1):
            process, _, _ = first_screen(browser.new_context(bypass_csp=True).new_page(), home, data)
            stop(process)
        process, url, first = first_screen(page, home, data)
        try:
            open_page(page, url, chosen.corpus)
            page.wait_for_timeout(5000)  # the quick lane answers the first recipe
            received = [0]
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            session.on("Network.webSocketFrameReceived", lambda event: received.append(received.pop() + _size(event)))
            flips, sizes = [], []
            for number in range(chosen.flips):
                received[0] = 0
                flips.append(page.evaluate(WATCH, [PILLS, SWITCHES[number % len(SWITCHES)], False])[0])
                page.wait_for_timeout(1500)
                sizes.append(received[0])
            switches = []
            for name in PAGES:
                received[0] = 0
                switches.append(page.evaluate(GO, name))
                page.wait_for_timeout(1500)
                sizes.append(received[0])
            page.locator(".st-key-recipe_ngrams [role=combobox]").click()
            page.wait_for_selector("[role=option]")
            groups, groups_answered = page.evaluate(WATCH, [OPTIONS, "1–2", True])
            page.wait_for_timeout(5000)
            open_page(page, url, chosen.corpus)
            page.wait_for_timeout(5000)
            drawn, answers = [], []
            for name in NEVER_SEEN:
                for times, value in zip((drawn, answers), page.evaluate(WATCH, [PILLS, name, True]), strict=True):
                    times.append(value)
                if answers[-1] >= 60_000:
                    raise SystemExit(f"Logistic regression did not answer the switch {name} within 60 s.")
                page.wait_for_timeout(1500)
            browser.close()
        finally:
            stop(process)
    figures = {
        "corpus": chosen.corpus,
        "rows": chosen.rows or None,
        "first_screen_s": round(first, 2),
        "toggle_ms_median": round(statistics.median(flips)),
        "toggle_ms_max": round(max(flips)),
        "switch_ms_median": round(statistics.median(switches)),
        "toggle_never_seen_ms_max": round(max(drawn)),
        "word_groups_ms": round(groups),
        "word_groups_probe_ms": round(groups_answered),
        "probe_ms_median": round(statistics.median(answers)),
        "probe_ms_max": round(max(answers)),
        "bytes_max": max(sizes),
    }
    for name, value in figures.items():
        print(f"{name:25} {value}")
    print(json.dumps(figures))


def _size(event: dict[str, dict[str, str]]) -> int:
    """Bytes of a binary frame, which the protocol encodes as base64."""
    return len(event["response"]["payloadData"]) * 3 // 4


if __name__ == "__main__":
    main()
