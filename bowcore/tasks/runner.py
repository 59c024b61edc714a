"""Workers of the lanes, and jobs run in this process, with this program's kinds of jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from bowcore.errors import BowlabError
from bowcore.jobs import run, worker
from bowcore.jobs.old_jobs import sweep_jobs
from bowcore.store import artefacts, own_files
from bowcore.store.clock_jumps import follow_clock
from bowcore.store.locks import Lane
from bowcore.store.make_room import sweep_own_words
from bowcore.store.work_folders import delete_abandoned
from bowcore.tasks.handlers import handler_for

_SWEEP_EVERY = 6 * 3600.0  # seconds
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
    """Delete trainings, and other unfinished work, that nobody resumed for a month, gigabytes each.

    Returns:
        Their number.
    """
    return delete_abandoned(_ABANDONED_AFTER)


def _prepare_long() -> None:
    """Compile the kernels before a job needs them, and delete abandoned files."""
    threading.Thread(target=_warm_kernels, daemon=True).start()
    threading.Thread(target=_sweep_for_ever, daemon=True).start()


def sweep() -> None:
    """Delete what dead processes left behind, and what has expired."""
    artefacts.sweep()
    follow_clock()
    sweep_trainings()
    own_files.sweep_files()
    sweep_own_words(own_files.KEPT_DAYS * 86_400)
    sweep_jobs()


def _sweep_for_ever() -> None:
    """Sweep now and every few hours: a server may run for a term."""
    pause = threading.Event()
    while True:
        try:
            sweep()
        except (BowlabError, OSError) as error:  # a full or missing disk, a database that does not answer
            logging.getLogger(__name__).warning("Expired files could not be deleted: %s", error)
        pause.wait(_SWEEP_EVERY)


def _warm_kernels() -> None:
    from bowcore.learn.network.passes import warm_kernels  # the other lanes never import the compiler

    warm_kernels()


_PREPARE: dict[Lane, Callable[[], None]] = {"long": _prepare_long}
"""What the worker of a lane does before its first job."""
