"""Workers of the lanes, and jobs run in this process, with this program's kinds of jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from bowcore.jobs import run, worker
from bowcore.store import artefacts, own_files
from bowcore.store.home import delete_abandoned, home_folder
from bowcore.store.locks import Lane
from bowcore.tasks.handlers import handler_for

_ABANDONED_AFTER = 30 * 86_400.0  # seconds since a training was last saved; with new code it is never resumed


def work(lane: Lane, *, until_idle: bool = False) -> None:
    """Do the jobs of a lane: see `bowcore.jobs.worker.work`.

    Raises:
        RunError: Another worker serves this lane.
    """
    worker.work(lane, handler_for, prepare=_PREPARE.get(lane, lambda: None), until_idle=until_idle)


run_here = partial(run.run_here, handler_for)
"""Run a job while this process waits: see `bowcore.jobs.run.run_here`."""


def sweep_trainings() -> int:
    """Delete trainings that nobody resumed for a month, gigabytes each, and return their number."""
    return delete_abandoned((home_folder() / "training").glob("*/"), _ABANDONED_AFTER)


def _prepare_long() -> None:
    """Compile the kernels before a job needs them, and delete abandoned files."""
    threading.Thread(target=_warm_kernels, daemon=True).start()
    artefacts.sweep()
    sweep_trainings()
    own_files.sweep_files()


def _warm_kernels() -> None:
    from bowcore.learn.network.passes import warm_kernels  # the other lanes never import the compiler

    warm_kernels()


_PREPARE: dict[Lane, Callable[[], None]] = {"long": _prepare_long}
"""What the worker of a lane does before its first job."""
