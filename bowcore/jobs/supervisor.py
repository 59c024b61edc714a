"""The server's side of the workers: they start with it, are restarted when they die, and stop with it.

The server waits for this module before it listens, so it imports nothing that only a worker needs.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import bowcore
from bowcore.store import locks, logs
from bowcore.store.home import known_folders, logs_folder
from bowcore.store.locks import Lane
from bowcore.store.version import version

_logger = logging.getLogger(__name__)

GRACE = 20.0  # seconds that a job has to end when its process must exit: writing 2 GB of weights takes 4 to 10
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Environment that keeps a process to one thread; read by the libraries on import."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between a worker's death and the next start; doubled each time
_HEALTHY = 20.0  # seconds: a worker that lived longer resets the pause
_LOOK_EVERY = 0.2


class Supervised:
    """One lane's worker process, monitored by a thread."""

    def __init__(self, lane: Lane, head_start: float = 0.0) -> None:
        self.lane = lane
        self.process: subprocess.Popen[bytes] | None = None
        self.started = threading.Event()
        self._head_start = head_start
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"supervisor-{lane}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask the worker to exit. It gets a few seconds for the current job; `wait` then kills it."""
        self._ending.set()

    def wait(self) -> None:
        """Return when the worker has exited."""
        self._thread.join()

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        self._ending.wait(self._head_start)
        while not self._ending.is_set():
            started = time.monotonic()
            try:
                if locks.worker_alive(self.lane):  # another server's worker: it runs our jobs too, until it exits
                    self._ending.wait(LONGEST_PAUSE / 10)
                    continue
                if self._run_worker() and time.monotonic() - started > _HEALTHY:
                    pause = FIRST_PAUSE
                    continue
            except Exception:  # a full disk, a home that is gone, no process left: over in a moment, or in an hour
                _logger.exception("The %s lane's worker cannot be started; tried again in %.1f s", self.lane, pause)
            pause = FIRST_PAUSE if time.monotonic() - started > _HEALTHY else min(2 * pause, LONGEST_PAUSE)
            self._ending.wait(pause)

    def _run_worker(self) -> bool:
        """Whether the worker left by itself, to give its memory back."""
        with _output(self.lane) as output:
            self.process = _start_worker(self.lane, output)
            self.started.set()
            _logger.info("The %s lane's worker has the process %d", self.lane, self.process.pid)
            self._wait_for(self.process)
        if not self._ending.is_set():
            code, said = self.process.returncode, _end_of(self.lane)
            level = logging.ERROR if code else logging.INFO
            _logger.log(level, "The %s lane's worker ended with the code %d: %s", self.lane, code, said)
        left, self.process = self.process.returncode == 0, None
        return left

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self._ending.wait(_LOOK_EVERY):
            pass
        if process.stdin is not None:
            process.stdin.close()  # end of file on its standard input makes the worker exit
        for insist in (process.terminate, process.kill):
            try:
                process.wait(GRACE + 2)
                return
            except subprocess.TimeoutExpired:
                insist()
        process.wait()


@contextmanager
def supervise(lanes: Sequence[Lane] = locks.LANES, *, head_start: float = 0.0) -> Iterator[dict[Lane, Supervised]]:
    """Keep one worker per lane alive inside the block. A lane served by another server's worker is left alone.

    Args:
        lanes: Lanes to serve.
        head_start: Seconds before the first start; jobs queued meanwhile wait for it.
    """
    version()  # now, before anybody changes the files of the program that runs
    with logs.written_to("server"):
        workers: dict[Lane, Supervised] = {lane: Supervised(lane, head_start) for lane in lanes}
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.end()
            for worker in workers.values():
                worker.wait()


def _start_worker(lane: Lane, output: IO[bytes]) -> subprocess.Popen[bytes]:
    root = str(Path(bowcore.__file__).parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = (
        os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | known_folders() | (ONE_THREAD if lane == "quick" else {})
    )
    command = [sys.executable, "-m", "bowcore", "worker", "--lane", lane]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment)


def _output(lane: Lane) -> IO[bytes]:
    """What the worker and its libraries print, such as why it cannot start; what it logs has a file of its own."""
    path = logs_folder() / f"worker-{lane}.out"
    if path.exists() and path.stat().st_size > logs.LIMIT:
        path.replace(path.with_suffix(".out.1"))
    return path.open("ab")


def _end_of(lane: Lane) -> str:
    """The last line that the worker printed."""
    with (logs_folder() / f"worker-{lane}.out").open("rb") as output:
        output.seek(max(output.seek(0, os.SEEK_END) - 2000, 0))
        lines = output.read().decode("utf-8", errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else "without a word"
