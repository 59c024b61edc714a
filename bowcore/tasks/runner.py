"""A lane's worker, and a job of one's own, with the table of this program's kinds of jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from bowcore.jobs import run, worker
from bowcore.jobs.jobs import Job
from bowcore.jobs.run import OnEvent, OnMessage
from bowcore.store import artefacts
from bowcore.store.locks import Lane
from bowcore.tasks.handlers import handler_for


def work(lane: Lane, *, until_idle: bool = False) -> None:
    """Do the jobs of a lane: see `bowcore.jobs.worker.work`.

    Raises:
        RunError: Another worker serves this lane.
    """
    worker.work(lane, handler_for, prepare=_PREPARE.get(lane, lambda: None), until_idle=until_idle)


def run_here(
    kind: str,
    payload: Mapping[str, Any],
    lane: Lane,
    key: str,
    on_event: OnEvent = lambda event: None,
    on_message: OnMessage = lambda message: None,
) -> Job:
    """Have a job done while this process waits: see `bowcore.jobs.run.run_here`."""
    return run.run_here(handler_for, kind, payload, lane, key, on_event, on_message)


def _prepare_long() -> None:
    """Compile the kernels while no job waits for them, and delete what nobody goes on with."""
    from bowcore.tasks import (
        checkpoints,
    )  # here: it brings numpy, which the quick lane imports after its threads are set

    threading.Thread(target=_warm_kernels, daemon=True).start()
    artefacts.sweep()
    checkpoints.sweep()


def _warm_kernels() -> None:
    from bowcore.learn.network.passes import warm_kernels  # here: the other lanes do without the compiler

    warm_kernels()


_PREPARE: dict[Lane, Callable[[], None]] = {"long": _prepare_long}
"""What the worker of a lane does before its first job."""
