"""Memory of the server while a class flips switches: many sessions on one server.

    python benchmarks/room.py [--corpus ag-news] [--sessions 30] [--minutes 10] [--pause 8]

Sessions exchange Streamlit's own messages over web sockets, without browsers: they open the Playground, flip a random
switch after a random pause of `--pause` seconds on average, and rerun fragments as requested. The memory of the
server process, without its workers, is read every five seconds. The last line is one JSON object: the largest of these
figures, those at half time and at the end, the number of flips and their median time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]  # so that the script runs from any folder

from bowcore.recipe.presets import preset  # noqa: E402
from pages import start_server, wait_for  # noqa: E402

LOOK_EVERY = 5.0  # seconds
SWITCHES = ("-recipe_clean", "-recipe_weighting")


class Session:
    """One browser's side of a session."""

    def __init__(self, socket: ClientConnection, query: str, pause: float, seed: int) -> None:
        self._socket, self._query, self._pause = socket, query, pause
        self._random = random.Random(seed)
        self._cached: dict[str, ForwardMsg] = {}
        self._switches: dict[str, ButtonGroup] = {}  # by their names
        self._reruns: list[asyncio.Task[None]] = []
        self._finished = asyncio.Event()
        self.milliseconds: list[float] = []

    async def live(self) -> None:
        """Open the page and flip switches until cancelled."""
        reading = asyncio.create_task(self._read())
        await self._run()
        while not reading.done():
            await asyncio.sleep(self._random.uniform(0.2, 1.8) * self._pause)
            began = time.perf_counter()
            await self._run(*self._flip())
            self.milliseconds.append(1000 * (time.perf_counter() - began))
        reading.result()  # raises the error that ended the connection

    def _flip(self) -> tuple[str, list[str]]:
        """A switch's id, and its values after a random click."""
        switch = self._switches[self._random.choice(sorted(self._switches))]
        options = [option.content for option in switch.options]
        chosen = {options[position] for position in switch.default}
        if switch.click_mode == ButtonGroup.MULTI_SELECT:
            chosen ^= {self._random.choice(options)}
        else:
            chosen = {self._random.choice([option for option in options if option not in chosen])}
        return switch.id, [option for option in options if option in chosen]

    async def _run(self, widget: str = "", values: list[str] | None = None) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        if widget:
            state = message.rerun_script.widget_states.widgets.add(id=widget)
            state.string_array_value.data.extend(values or [])
        self._finished.clear()
        await self._socket.send(message.SerializeToString())
        await self._finished.wait()

    async def _read(self) -> None:
        async for raw in self._socket:
            message = ForwardMsg.FromString(raw)
            if message.WhichOneof("type") == "ref_hash":
                message = self._cached[message.ref_hash]
            elif message.hash:
                self._cached[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._stop_reruns()
            elif kind == "auto_rerun":
                self._reruns.append(asyncio.create_task(self._rerun(message)))
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._finished.set()
            elif kind == "stop_auto_rerun":
                self._stop_reruns()
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "button_group":
                switch = message.delta.new_element.button_group
                if switch.id.endswith(SWITCHES):  # a switch of another look replaces the one of the same name
                    self._switches[switch.id.rpartition("-")[2]] = switch

    def _stop_reruns(self) -> None:
        for task in self._reruns:
            task.cancel()
        self._reruns.clear()

    async def _rerun(self, asked: ForwardMsg) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.fragment_id = asked.auto_rerun.fragment_id
        message.rerun_script.is_auto_rerun = True
        while True:
            await asyncio.sleep(asked.auto_rerun.interval)
            await self._socket.send(message.SerializeToString())


async def run_session(url: str, query: str, pause: float, seed: int, end: float) -> list[float]:
    """One session from its first screen until time is over; milliseconds of its flips."""
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None, ping_interval=None) as socket:
        session = Session(socket, query, pause, seed)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(end - time.monotonic()):
                await session.live()
        return session.milliseconds


async def watch(process: psutil.Process, sizes: list[float], began: float) -> None:
    """Note the memory of the server, in megabytes, until cancelled."""
    while True:
        sizes.append(process.memory_info().rss / 1e6)
        print(f"{time.monotonic() - began:6.0f} s  {sizes[-1]:7.0f} MB", flush=True)
        await asyncio.sleep(LOOK_EVERY)


async def run_sessions(url: str, pid: int, chosen: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Megabytes over time, and milliseconds of all flips."""
    query = f"recipe={quote(preset('recommended', chosen.corpus).to_link(), safe='')}"
    began = time.monotonic()
    sizes: list[float] = []
    watching = asyncio.create_task(watch(psutil.Process(pid), sizes, began))
    end = began + 60 * chosen.minutes
    found = await asyncio.gather(*(run_session(url, query, chosen.pause, seed, end) for seed in range(chosen.sessions)))
    watching.cancel()
    return sizes, [flip for flips in found for flip in flips]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="ag-news" if os.environ.get("BOWLAB_DATA") else "bbc-news")
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pause", type=float, default=8.0, help="seconds between two flips of a session, on average")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        process, url = start_server(home)
        try:
            wait_for(url)
            sizes, flips = asyncio.run(run_sessions(url, process.pid, chosen))
        finally:
            process.terminate()
            process.wait(30)
    figures = {
        "corpus": chosen.corpus,
        "sessions": chosen.sessions,
        "minutes": chosen.minutes,
        "peak_mb": round(max(sizes)),
        "mb_at_half": round(sizes[len(sizes) // 2]),
        "mb_at_end": round(sizes[-1]),
        "n_flips": len(flips),
        "median_ms": round(statistics.median(flips)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
