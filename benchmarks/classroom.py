"""A class at work on one server: how long a click takes, and how much memory all processes have together.

    python benchmarks/classroom.py [--sessions 30] [--minutes 2] [--thought 10] [--browsers 1] [--corpus ag-news]

Sessions exchange Streamlit's own messages over web sockets, as guests. They open a page and then click: switches of the
recipe, another page, another article or view, after `--thought` seconds on average, exponentially distributed with a
fixed seed. They rerun fragments as requested, as a browser does. Before they come, within as long, workers run, the
teacher has opened the page, and the jobs that this starts have ended; `--cold` leaves that out. One more session, the
teacher's, trains networks of 256 units without a break, every fourth with 5,000, and watches. `--browsers` of the
sessions are real ones.

A click is timed from the message that asks for the rerun to the one that ends it, all numbers sent. The first screens
are timed apart. Memory is the proportional set size of the server and its workers, without this program: the most
during the run, and its growth as the median slope (Theil and Sen) of the second half, which a training of 5,000 units
hardly moves. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import psutil
from playwright.async_api import Page, async_playwright
from scipy.stats import theilslopes
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]  # so that the script runs from any folder

from bowcore.recipe.presets import preset  # noqa: E402
from pages import FLAGS, PILLS, READY, SWITCHES, WATCH, start_server, stop, wait_for  # noqa: E402

LOOK_EVERY = 5.0  # seconds between two looks at the memory
PATIENCE = 60.0  # seconds after which a click is an error
QUIET = 5.0  # seconds without a job, after which no other is asked for by the page as it is
RECIPE = ("-recipe_clean", "-recipe_weighting")
READ = ("-another", "-another_article", "_view", "-words_axes", "-confusion_mode", "-cell_page")
"""Ends of the ids of widgets that show more of a page."""
SMALL, LARGE = {"hidden": 256, "epochs": 60}, {"hidden": 5000, "epochs": 3}


class Click(NamedTuple):
    """One click: what it was, when, on which page, and its milliseconds."""

    kind: str
    second: float
    page: str
    milliseconds: float


@dataclass
class Figures:
    """What the sessions measured: milliseconds, and what went wrong."""

    began: float = field(default_factory=time.monotonic)
    first: list[float] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    in_browser: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Session:
    """One browser's side of a session."""

    def __init__(self, socket: ClientConnection, query: str, figures: Figures) -> None:
        self._socket, self._query, self._figures = socket, query, figures
        self._page = ""
        self._pages: dict[str, str] = {}  # hashes by title
        self._cached: dict[str, ForwardMsg] = {}
        self._widgets: dict[str, object] = {}  # by id
        self._reruns: dict[str, asyncio.Task[None]] = {}  # by fragment
        self._began = False
        self._finished = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    def close(self) -> None:
        """Stop reading."""
        self._stop_reruns()
        self._reading.cancel()

    async def run(self, widget: WidgetState | None = None) -> float:
        """Run the page, after a click on a widget or as it is; milliseconds until its end."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page
        if widget is not None:
            message.rerun_script.widget_states.widgets.append(widget)
        self._finished.clear()
        self._began = False
        sent = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        ended = asyncio.create_task(self._finished.wait())
        done, _ = await asyncio.wait({ended, self._reading}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if self._reading in done:
            self._reading.result()  # raises the error that ended the connection
        if ended not in done:
            raise TimeoutError(f"No answer within {PATIENCE:.0f} s")
        return 1000 * (time.perf_counter() - sent)

    async def go(self, title: str) -> float:
        """Open another page."""
        self._page = self._pages[title]
        self._widgets = {name: widget for name, widget in self._widgets.items() if name.endswith(RECIPE)}
        return await self.run()

    async def click_at_random(self, chance: random.Random) -> Click:
        """One click of a reader."""
        second = time.monotonic() - self._figures.began
        kind, milliseconds = await self._click(chance)
        title = next((title for title, page in self._pages.items() if page == self._page), "Playground")
        return Click(kind, second, title, milliseconds)

    async def _click(self, chance: random.Random) -> tuple[str, float]:
        kind = chance.choices(("switch", "move", "read"), (2, 1, 1))[0]
        if kind == "move":
            others = sorted(title for title, page in self._pages.items() if page != self._page)
            return kind, await self.go(chance.choice(others))
        ends = RECIPE if kind == "switch" else READ
        shown = sorted(name for name in self._widgets if name.endswith(ends))
        if not shown:
            return "again", await self.run()
        return kind, await self.run(clicked(shown := chance.choice(shown), self._widgets[shown], chance))

    async def press(self, label: str) -> bool:
        """Press the button of this name, and return whether there is one that can be pressed."""
        for name, widget in self._widgets.items():
            if getattr(widget, "label", "") == label and not getattr(widget, "disabled", False):
                await self.run(WidgetState(id=name, trigger_value=True))
                return True
        return False

    async def _read(self) -> None:
        async for raw in self._socket:
            message = ForwardMsg.FromString(raw)
            if message.WhichOneof("type") == "ref_hash":
                message = self._cached[message.ref_hash]
            elif message.hash:
                self._cached[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                if not message.metadata.run.fragment_ids:
                    self._began = True
                    self._stop_reruns()
            elif kind == "auto_rerun":
                self._rerun_regularly(message)
            elif kind == "stop_auto_rerun":
                self._stop_reruns()
            elif kind == "navigation":
                self._pages = {page.page_name: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                if self._began:
                    self._finished.set()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._note(message)

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._figures.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif kind in ("button", "button_group", "pagination"):
            widget = getattr(element, kind)
            end = widget.id.rpartition("-")[2]
            for old in [name for name in self._widgets if name.rpartition("-")[2] == end and end != "None"]:
                del self._widgets[old]  # the widget of another look
            self._widgets[widget.id] = widget

    def _stop_reruns(self) -> None:
        for task in self._reruns.values():
            task.cancel()
        self._reruns.clear()

    def _rerun_regularly(self, asked: ForwardMsg) -> None:
        fragment = asked.auto_rerun.fragment_id
        if fragment in self._reruns:
            self._reruns[fragment].cancel()
        self._reruns[fragment] = asyncio.create_task(self._rerun(asked))

    async def _rerun(self, asked: ForwardMsg) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = asked.auto_rerun.fragment_id
        message.rerun_script.is_auto_rerun = True
        while True:
            await asyncio.sleep(asked.auto_rerun.interval)
            await self._socket.send(message.SerializeToString())


def clicked(name: str, widget: object, chance: random.Random) -> WidgetState:
    """The state of a widget after a random click on it."""
    state = WidgetState(id=name)
    if hasattr(widget, "num_pages"):
        state.int_value = chance.randint(1, max(widget.num_pages, 1))
    elif hasattr(widget, "options"):
        options = [option.content for option in widget.options]
        chosen = {options[position] for position in widget.default}
        if widget.click_mode == widget.MULTI_SELECT:
            chosen ^= {chance.choice(options)}
        else:
            chosen = {chance.choice([option for option in options if option not in chosen] or options)}
        state.string_array_value.data.extend(option for option in options if option in chosen)
    else:
        state.trigger_value = True
    return state


@contextlib.asynccontextmanager
async def opened(url: str, query: str, figures: Figures, guest: int | None = None) -> AsyncIterator[Session]:
    """A session that has not run yet: the teacher's, or that of a guest who comes through a proxy."""
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    named = {} if guest is None else {"X-Forwarded-For": f"10.0.0.{guest}", "Cookie": f"bowlab-browser=guest-{guest}"}
    settings = {"subprotocols": [Subprotocol("streamlit")], "max_size": None, "ping_interval": None}
    async with connect(stream, additional_headers=named, **settings) as socket:
        session = Session(socket, query, figures)
        try:
            yield session
        finally:
            session.close()


async def learn(url: str, query: str, thought: float, seed: int, figures: Figures) -> None:
    """One reader, from the first screen until cancelled."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, thought))
    async with opened(url, query, figures, guest=seed + 1) as session:
        figures.first.append(await session.run())
        while True:
            await asyncio.sleep(chance.expovariate(1 / thought))
            figures.clicks.append(await session.click_at_random(chance))


async def train(url: str, corpus: str, figures: Figures) -> None:
    """Train one network after the other until cancelled, and watch."""
    from bowcore.jobs import jobs

    number = 0
    while True:
        number += 1
        size = LARGE if number % 4 == 2 else SMALL
        recipe = preset("recommended", corpus).change(network_seed=number, **size)
        async with opened(url, query_of(recipe.to_link()), figures) as session:
            await session.run()
            await session.go("Training")
            if not await session.press("Start"):
                figures.errors.append("No network can be trained: the button is missing")
                return
            await asyncio.sleep(1)
            while await asyncio.to_thread(jobs.has_any, "long", "queued", "running"):
                await asyncio.sleep(0.5)


async def browse(page: Page, url: str, query: str, thought: float, seed: int, figures: Figures) -> None:
    """One real browser that flips switches until cancelled."""
    chance = random.Random(seed)
    await page.goto(f"{url}/?{query}")
    await page.wait_for_function(READY, timeout=120_000)
    while True:
        await asyncio.sleep(chance.expovariate(1 / thought))
        figures.in_browser.append((await page.evaluate(WATCH, [PILLS, chance.choice(SWITCHES), False]))[0])


def fits_in_words() -> str:
    """How many logistic regressions were fitted, and how long after they were asked for."""
    from bowcore.jobs import jobs
    from bowcore.tasks.fit_logistic import KIND

    done = [job for job in jobs.recent(KIND, limit=10_000) if job.state == "done"]
    waited = [job.finished - job.created for job in done if job.finished is not None]
    longest = f", median {statistics.median(waited):.1f} s after the click, at most {max(waited):.1f} s" if done else ""
    return f"Logistic regression: {len(done)} fits{longest}"


def query_of(link: str) -> str:
    """The address of a recipe, after its question mark."""
    return f"recipe={quote(link, safe='')}"


def memory_mb(process: psutil.Process) -> dict[str, float]:
    """Megabytes of the server and of each process below it; what they share is divided among them."""
    found: dict[str, float] = {}
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error, OSError):
            command = one.cmdline()
            name = command[-1] if "worker" in command else "server" if one == process else "pages"
            found[name] = found.get(name, 0) + one.memory_full_info().pss / 1e6
    return found


def seconds_of(process: psutil.Process) -> list[float]:
    """Processor seconds of the server and of each further process that draws pages."""
    others = [one for one in process.children() if "streamlit" in one.cmdline()]
    return [times.user + times.system for times in (one.cpu_times() for one in (process, *others))]


async def watch(process: psutil.Process, sizes: list[tuple[float, float]], figures: Figures) -> None:
    """Note and print the memory until cancelled."""
    began = time.monotonic()
    while True:
        found = await asyncio.to_thread(memory_mb, process)
        sizes.append((time.monotonic() - began, sum(found.values())))
        parts = ", ".join(f"{name} {size:.0f}" for name, size in found.items())
        print(f"{sizes[-1][0]:6.0f} s  {len(figures.clicks):5} clicks  {sizes[-1][1]:6.0f} MB: {parts}", flush=True)
        await asyncio.sleep(LOOK_EVERY)


async def prepare(url: str, query: str) -> tuple[float, float]:
    """Wait for the workers, open the page as the teacher, and wait for the jobs that this starts.

    Returns milliseconds of the first screen on a fresh home, and seconds until the last of its jobs had ended.
    """
    from bowcore.jobs import jobs

    while not await asyncio.to_thread(is_healthy, url):
        await asyncio.sleep(0.2)
    async with opened(url, query, Figures()) as session:
        first, began, quiet_since = await session.run(), time.monotonic(), time.monotonic()
        while (now := time.monotonic()) - quiet_since < QUIET and now - began < PATIENCE:
            if await asyncio.to_thread(jobs.has_any, "quick", "queued", "running"):
                quiet_since = time.monotonic()
            await asyncio.sleep(0.2)
        return first, quiet_since - began


def is_healthy(url: str) -> bool:
    """Whether database and workers answer."""
    try:
        with urllib.request.urlopen(f"{url}/health") as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


async def attend(url: str, process: psutil.Process, chosen: argparse.Namespace) -> tuple[Figures, list]:
    """Run everybody until time is over; figures, and memory over time."""
    query = query_of(preset("recommended", chosen.corpus).to_link())
    if not chosen.cold:
        first, seconds = await prepare(url, query)
        print(f"First screen on a fresh home: {first:.0f} ms; the jobs that it starts take {seconds:.0f} s")
    figures, sizes = Figures(), []
    n_sessions = chosen.sessions - chosen.browsers
    async with contextlib.AsyncExitStack() as stack:
        running = [learn(url, query, chosen.thought, seed, figures) for seed in range(n_sessions)]
        running += [watch(process, sizes, figures)] + ([] if chosen.idle else [train(url, chosen.corpus, figures)])
        if chosen.browsers:
            playwright = await stack.enter_async_context(async_playwright())
            executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
            chromium = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
            for seed in range(n_sessions, chosen.sessions):
                page = await chromium.new_page(bypass_csp=True, viewport={"width": 1280, "height": 720})
                running.append(browse(page, url, query, chosen.thought, seed, figures))
        tasks = [asyncio.create_task(one) for one in running]
        await asyncio.wait(tasks, timeout=60 * chosen.minutes, return_when=asyncio.ALL_COMPLETED)
        for task in tasks:
            if task.done():
                figures.errors.append(f"A session ended: {task.exception()!r}")
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return figures, sizes


@contextlib.contextmanager
def served() -> Iterator[tuple[psutil.Process, str]]:
    """A server with a fresh home, which this process uses too, and its address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["BOWLAB_HOME"] = home
        process, url = start_server(home)
        try:
            wait_for(url)
            yield psutil.Process(process.pid), url
        finally:
            stop(process)


def python_seconds() -> float:
    """Seconds of 20 million steps of a loop in Python, by which figures of two machines can be compared."""
    began, n = time.perf_counter(), 0
    while n < 20_000_000:
        n += 1
    return time.perf_counter() - began


def busy_seconds() -> float:
    """The same with one such loop for each processor: two that share a core are slower together."""
    n = os.cpu_count() or 1
    with ProcessPoolExecutor(n) as pool:
        return max(loop.result() for loop in [pool.submit(python_seconds) for _ in range(n)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="ag-news" if os.environ.get("BOWLAB_DATA") else "bbc-news")
    parser.add_argument("--sessions", type=int, default=30, help="with the browsers, without the one that trains")
    parser.add_argument("--browsers", type=int, default=int(shutil.which("chromium") is not None))
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument(
        "--thought",
        type=float,
        default=10.0,
        help="seconds between two clicks, on average; N times as many on a machine N times as slow leave it as much "
        "of its processors, and its times are N times as long",
    )
    parser.add_argument("--cold", action="store_true", help="let all come while the server starts")
    parser.add_argument("--idle", action="store_true", help="train nothing")
    chosen = parser.parse_args()
    alone, busy = python_seconds(), busy_seconds()
    print(f"{chosen.corpus}. 20 million steps of a loop in Python: {alone:.1f} s, {busy:.1f} with every processor busy")
    with served() as (process, url):
        figures, sizes = asyncio.run(attend(url, process, chosen))
        used = seconds_of(process)
        print(fits_in_words())
    taken = [click.milliseconds for click in figures.clicks]
    for click in sorted(figures.clicks, key=lambda click: -click.milliseconds)[:10]:
        print(f"{click.milliseconds:6.0f} ms at {click.second:.0f} s: {click.kind}, {click.page}")
    for kind in sorted({click.kind for click in figures.clicks}):
        some = [click.milliseconds for click in figures.clicks if click.kind == kind]
        print(f"{kind}: {len(some)} clicks, median {statistics.median(some):.0f} ms, at most {max(some):.0f} ms")
    print(f"First screens: median {statistics.median(figures.first):.0f} ms, at most {max(figures.first):.0f} ms")
    seconds = 60 * chosen.minutes
    print(f"Processors, with the start: server {' + '.join(f'{one / seconds:.2f}' for one in used)}, "
          f"this program {time.process_time() / seconds:.2f}")  # fmt: skip
    if figures.in_browser:
        print(
            f"In the browser: {len(figures.in_browser)} clicks, median {statistics.median(figures.in_browser):.0f} ms"
        )
    for error in figures.errors[:10]:
        print(f"Error: {error}", file=sys.stderr)
    second_half = np.array(sizes[len(sizes) // 2 :])
    growth = 3600 * theilslopes(second_half[:, 1], second_half[:, 0]).slope if len(second_half) > 2 else 0.0
    print(
        json.dumps(
            {
                "sessions": chosen.sessions,
                "clicks": len(taken) + len(figures.in_browser),
                "median_ms": round(statistics.median(taken)),
                "p95_ms": round(float(np.percentile(taken, 95))),
                "max_ms": round(max(taken)),
                "memory_gb": round(max(size for _, size in sizes) / 1000, 2),
                "memory_growth_mb_per_hour": round(float(growth)),
                "errors": len(figures.errors),
            }
        )
    )


if __name__ == "__main__":
    main()
