"""The job that downloads a corpus: it starts a process that fetches, reports its progress, and ends it on request."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

import bowcore
from bowcore import errors
from bowcore.corpus.fetch import QUIET
from bowcore.corpus.formats.unpacked import download_too_large, most_of_download
from bowcore.corpus.hub import artefact_key, parse_hub_name, read_download
from bowcore.errors import BowlabError, OutputError
from bowcore.jobs.job_context import JobContext, Record
from bowcore.jobs.progress import Progress
from bowcore.numbers import decimal
from bowcore.store import artefacts
from bowcore.store.home import home_folder
from bowcore.store.work_folders import working_in

TOKEN_SETTING = "BOWLAB_HUB_TOKEN"
"""With the value `pages`, downloads that a page asks for use the Hub's token of whoever runs the server, too."""

_NO_TOKEN = {
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_TOKEN": "",
    "HUGGING_FACE_HUB_TOKEN": "",
    "HF_TOKEN_PATH": os.devnull,
}
_LOOK_EVERY, _MEASURE_EVERY = 0.1, 0.3  # seconds
_LIBRARIES = 1_000_000_000  # bytes
_READING = 1 / 9  # time to read the files afterwards, relative to the time to fetch them


@dataclass(frozen=True, slots=True)
class Downloaded(Record):
    """A downloaded corpus; `n_own_test` of its articles are its own test split."""

    artefact: str
    commit: str = ""
    n_documents: int = 0
    n_own_test: int = 0
    class_names: tuple[str, ...] = ()


class _StoppedError(Exception):
    """Leaves `artefacts.store` without an artefact."""


def download(payload: dict[str, Any], context: JobContext) -> Downloaded | None:
    """Download a corpus of the Hub into an artefact. Partly fetched files are resumed by the next attempt.

    Payload: `name` (as in a recipe), `revision` ('' for the newest), `token` (whether the Hub's token of this
    account may be used; pages leave it out, since what they download is for everybody).
    """
    name, revision = str(payload["name"]), str(payload.get("revision", ""))
    parse_hub_name(name, revision)
    with_token = bool(payload.get("token")) or os.environ.get(TOKEN_SETTING) == "pages"
    key = artefact_key(name, revision)
    working = home_folder() / "downloads" / key
    try:
        with working_in(working, name):
            found = artefacts.reading(key, read_download)
            if found is None:
                artefacts.store(
                    key, lambda place: _fetch([name, revision, str(place), str(working)], with_token, context), name
                )
                found = artefacts.reading(key, read_download)
    except _StoppedError:
        return None
    finally:
        shutil.rmtree(working, ignore_errors=True)
    if found is None:
        raise OutputError(f"The files of {name} were damaged or deleted as soon as they were written. Check the disk.")
    articles, card = found
    return Downloaded(
        artefact=key,
        commit=card.commit,
        n_documents=articles.num_rows,
        n_own_test=card.n_own_test,
        class_names=tuple(card.class_names),
    )


def _fetch(arguments: list[str], with_token: bool, context: JobContext) -> None:
    progress, finished = Progress(context, 1.0), False
    name, working, total, looked = arguments[0], Path(arguments[-1]), 0, time.monotonic()
    with _started(arguments, {} if with_token else _NO_TOKEN) as (process, lines):
        while True:
            if context.should_stop():
                raise _StoppedError
            if time.monotonic() - looked >= _MEASURE_EVERY:
                looked = time.monotonic()
                if max(_on_disk(working), _in_memory(process.pid)) > most_of_download(total):
                    raise download_too_large(name, total)
            try:
                line = lines.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                continue
            if line is None:
                break
            event = json.loads(line)
            if "error" in event:
                raise getattr(errors, event["error"], BowlabError)(event["message"])
            finished = finished or bool(event.get("finished"))
            if "bytes" in event:
                total = event["total"]
                fetched = f"Fetched {decimal(event['bytes'] / 1e6)} of {decimal(event['total'] / 1e6)} MB"
                progress.done(event["bytes"], fetched, total=(1 + _READING) * event["total"])
            elif "message" in event:
                context.emit(message=event["message"])
        status = process.wait()
    if not finished:
        raise RuntimeError(f"The download process ended with status {status}")


def _on_disk(folder: Path) -> int:
    """Bytes of all files of a folder into which another process writes."""
    n_bytes = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            n_bytes += path.stat().st_size
    return n_bytes


def _in_memory(process: int) -> int:
    """Bytes that a process holds besides its libraries."""
    with contextlib.suppress(psutil.Error):
        return max(0, int(psutil.Process(process).memory_info().rss) - _LIBRARIES)
    return 0


@contextmanager
def _started(
    arguments: list[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str | None]]]:
    """The process that fetches, which ends with the block, and a queue of the lines it writes, None at their end."""
    paths = [str(Path(bowcore.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", "bowcore.corpus.fetch", *arguments],
        stdin=subprocess.PIPE,  # closed when this process ends, whereupon the other one exits
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | QUIET | environment | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        yield process, lines
    finally:
        process.kill()  # partly fetched files stay
        process.wait()
        reader.join()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _read(source: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    for line in source or ():
        lines.put(line)
    lines.put(None)
