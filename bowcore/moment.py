"""What one run of a page looks at again and again: files of the home, corpora, jobs.

Each look gives up the interpreter's lock, and where many pages run at once a thread waits 5 ms or more to have it back.
Inside `one_look` the last look counts for a moment.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

MOMENT = 0.2  # seconds

Value = TypeVar("Value")
Seen = dict[Hashable, tuple[float, Any]]

_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """In this thread, inside the block, take what `look` found a moment ago for unchanged."""
    before = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(before)


def look(key: Hashable, find: Callable[[], Value]) -> Value:
    """What `find` returns now, or returned under this key a moment ago. What it raises is not remembered."""
    seen = _seen.get()
    if seen is None:
        return find()
    last = seen.get(key)
    if last is not None and time.monotonic() - last[0] < MOMENT:
        return cast(Value, last[1])
    value = find()
    seen[key] = time.monotonic(), value
    return value


def keep(key: Hashable, find: Callable[[], Value]) -> Value:
    """What `find` returned first under this key inside the block of `one_look`; outside of one, what it returns now."""
    value = look(key, find)
    seen = _seen.get()
    if seen is not None:
        seen[key] = math.inf, value
    return value


def forget() -> None:
    """Forget what was found, so that the next `look` sees what has just been written."""
    seen = _seen.get()
    if seen is not None:
        seen.clear()
