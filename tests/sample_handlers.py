"""Handlers that the tests' workers run, in their own processes."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from bowcore.errors import CorpusError
from bowcore.jobs.job_context import JobContext, Record


@dataclass(frozen=True, slots=True)
class Noted(Record):
    """Any result that JSON can hold, as it is."""

    noted: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.noted


def count(payload: dict[str, Any], context: JobContext) -> Noted:
    for i in range(payload["to"]):
        context.emit({"i": i}, progress=(i + 1) / payload["to"], message=f"counted {i + 1}")
    return Noted({"counted": payload["to"]})


def endless(payload: dict[str, Any], context: JobContext) -> Noted:
    """Report once, then work until told to stop."""
    context.emit({"begun": True}, progress=0.5)
    pause = threading.Event()
    while not context.should_stop():
        pause.wait(0.01)
    context.emit({"ended": True})
    return Noted({"cut": True})


def deaf(payload: dict[str, Any], context: JobContext) -> Noted:
    """Report three times, then never look up again."""
    for i in range(3):
        context.emit({"i": i})
    threading.Event().wait()
    return Noted({})


def deaf_at_first(payload: dict[str, Any], context: JobContext) -> Noted:
    """Report, then never look up again; but end at once where the file of the first time is found."""
    mark = Path(payload["mark"])
    again = mark.exists()
    mark.touch()  # before the report: whoever hears of it may kill this process
    context.emit({"again": again})
    if not again:
        threading.Event().wait()
    return Noted({"process": os.getpid()})


def refuse(payload: dict[str, Any], context: JobContext) -> Noted:
    raise CorpusError("The file has 3 rows; give it at least 20.")


def crash(payload: dict[str, Any], context: JobContext) -> Noted:
    context.emit({"before": True})
    return Noted({"impossible": 1 // payload["zero"]})


def too_large(payload: dict[str, Any], context: JobContext) -> Noted:
    if payload["refused_by"] == "Arrow":
        raise pa.ArrowInvalid("offset overflow\nwhile concatenating arrays")
    raise MemoryError


def threads(payload: dict[str, Any], context: JobContext) -> Noted:
    return Noted({"omp": os.environ.get("OMP_NUM_THREADS"), "numba": os.environ.get("NUMBA_NUM_THREADS")})


def odd(payload: dict[str, Any], context: JobContext) -> Noted:
    context.emit({"a set": {1}})
    return Noted({})
