"""Logs of the server and its workers: one JSON object a line, in a file that is cut at a size.

BOWLAB_LOG_LEVEL  DEBUG, INFO (the default), WARNING or ERROR: the least level that is written

A line has `time` (UTC), `level`, `logger`, `message`, `process`, and `job`, the id of the job that the process runs, if
any; of an error also `exception`.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler

from bowcore.errors import BowlabError
from bowcore.store.home import logs_folder

LIMIT = 5_000_000
"""Bytes of a file; the one before it is kept too."""
OURS = ("bowcore", "ui", "report", "charts")
"""Loggers written from the chosen level on; of libraries only warnings are, or less if the level is higher."""
PAGES = "streamlit.error_util"
"""The logger to which Streamlit tells what ended a page; it hands nothing on to the root's."""
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_job = ""


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, whatever signs the message holds."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if job := getattr(record, "job", _job):
            line["job"] = job
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


@contextmanager
def written_to(name: str) -> Iterator[None]:
    """Write what is logged inside the block to `<name>.log` in the folder of logs; on a full disk nothing."""
    try:
        handler = RotatingFileHandler(logs_folder() / f"{name}.log", maxBytes=LIMIT, backupCount=1, encoding="utf-8")
    except (OSError, BowlabError):
        logging.getLogger(__name__).warning("No log can be written to %s.log", name)
        yield
        return
    handler.setFormatter(JsonLines())
    level, root = _level(), logging.getLogger()
    before = root.level, [logging.getLogger(ours).level for ours in OURS]
    pages = logging.getLogger(PAGES)
    hands_on, pages.propagate = pages.propagate, False  # Streamlit sets it when it is first used
    for logger in (root, pages):
        logger.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)
    try:
        yield
    finally:
        for logger in (root, pages):
            logger.removeHandler(handler)
        pages.propagate = hands_on
        handler.close()
        root.setLevel(before[0])
        for ours, old in zip(OURS, before[1], strict=True):
            logging.getLogger(ours).setLevel(old)


@contextmanager
def about_job(job_id: str) -> Iterator[None]:
    """Write this id with every line that this process logs inside the block: a process runs one job at a time."""
    global _job
    _job = job_id
    try:
        yield
    finally:
        _job = ""


def _level() -> int:
    name = os.environ.get("BOWLAB_LOG_LEVEL", "").strip().upper()
    return int(getattr(logging, name)) if name in _LEVELS else logging.INFO
