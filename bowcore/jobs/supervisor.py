"""The server's side of its other processes: they start with it, are restarted when they die, and stop with it.

The server waits for this module before it listens, so it imports nothing that only a worker needs.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
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
    """One process that lives as long as this one, monitored by a thread.

    Args:
        name: What it is called in logs, and its files of output.
        command: What to run. The process is to exit at the end of file on its standard input.
        environment: Variables for it, besides those of this process.
        head_start: Seconds before the first start.
        is_elsewhere: Whether another server's process does its work, so that none is started.
        own_session: Whether it is left out when the terminal interrupts this one, which ends it anyway.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        environment: Callable[[], dict[str, str]] = dict,
        *,
        head_start: float = 0.0,
        is_elsewhere: Callable[[], bool] = lambda: False,
        own_session: bool = False,
    ) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.started = threading.Event()
        self._command, self._environment = command, environment
        self._head_start, self._is_elsewhere, self._own_session = head_start, is_elsewhere, own_session
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"supervisor-{name}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask the process to exit. It gets some seconds, a worker for its job; `wait` then kills it."""
        self._ending.set()

    def wait(self) -> None:
        """Return when the process has exited."""
        self._thread.join()

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        self._ending.wait(self._head_start)
        while not self._ending.is_set():
            started = time.monotonic()
            try:
                if self._is_elsewhere():
                    self._ending.wait(LONGEST_PAUSE / 10)
                    continue
                if self._run() and time.monotonic() - started > _HEALTHY:
                    pause = FIRST_PAUSE
                    continue
            except Exception:  # a full disk, a home that is gone, no process left: over in a moment, or in an hour
                _logger.exception("The process %s cannot be started; tried again in %.1f s", self.name, pause)
            pause = FIRST_PAUSE if time.monotonic() - started > _HEALTHY else min(2 * pause, LONGEST_PAUSE)
            self._ending.wait(pause)

    def _run(self) -> bool:
        """Whether the process left by itself, as a worker does to give its memory back."""
        with _output(self.name) as output:
            command, environment = self._command(), os.environ | known_folders() | self._environment()
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=self._own_session,
            )
            self.started.set()
            _logger.info("The process %s has the number %d", self.name, self.process.pid)
            self._wait_for(self.process)
        if not self._ending.is_set():
            code, said = self.process.returncode, _end_of(self.name)
            level = logging.ERROR if code else logging.INFO
            _logger.log(level, "The process %s ended with the code %d: %s", self.name, code, said)
        left, self.process = self.process.returncode == 0, None
        return left

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self._ending.wait(_LOOK_EVERY):
            pass
        if process.stdin is not None:
            process.stdin.close()  # end of file on its standard input makes it exit
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
        workers: dict[Lane, Supervised] = {lane: _worker(lane, head_start) for lane in lanes}
        try:
            yield workers
        finally:
            for worker in workers.values():
                worker.end()
            for worker in workers.values():
                worker.wait()


def wait_for_end_of_parent() -> None:
    """In a supervised process: return when its standard input ends, as the process that started it has ended.

    Raises:
        OSError: Standard input was closed from the start.
    """
    while os.read(0, 1024):  # not sys.stdin: a thread blocked in it makes the interpreter abort at its end
        pass


def _worker(lane: Lane, head_start: float) -> Supervised:
    root = str(Path(bowcore.__file__).parent.parent)

    def environment() -> dict[str, str]:
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(paths)} | (ONE_THREAD if lane == "quick" else {})

    return Supervised(
        f"worker-{lane}",
        lambda: [sys.executable, "-m", "bowcore", "worker", "--lane", lane],
        environment,
        head_start=head_start,
        is_elsewhere=partial(locks.worker_alive, lane),  # another server's worker runs our jobs too, until it exits
    )


def _output(name: str) -> IO[bytes]:
    """What the process and its libraries print, such as why it cannot start; what it logs has a file of its own."""
    path = logs_folder() / f"{name}.out"
    if path.exists() and path.stat().st_size > logs.LIMIT:
        path.replace(path.with_suffix(".out.1"))
    return path.open("ab")


def _end_of(name: str) -> str:
    """The last line that the process printed."""
    with (logs_folder() / f"{name}.out").open("rb") as output:
        output.seek(max(output.seek(0, os.SEEK_END) - 2000, 0))
        lines = output.read().decode("utf-8", errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else "without a word"
