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
MOST_KEPT = 3
"""Values that one run of a page keeps: those of its recipe, of the recipe before, and of one that it compares."""

Value = TypeVar("Value")
Seen = dict[Hashable, tuple[float, Any]]

_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """In this thread, inside the block, take what `look` found a moment ago for unchanged."""
    seen: Seen = {}
    before = _seen.set(seen)
    try:
        yield
    finally:
        _seen.reset(before)
        seen.clear()  # so that a copy of the context, such as a thread's, keeps nothing in memory


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
    """What `find` returned first under this key inside the block of `one_look`; outside of one, what it returns now.

    It is for values that nothing changes. The last `MOST_KEPT` are kept.
    """
    value = look(key, find)
    seen = _seen.get()
    if seen is not None:
        seen[key] = math.inf, value
        for oldest in _kept(seen)[:-MOST_KEPT]:
            del seen[oldest]
    return value


def forget() -> None:
    """Forget what was found, so that the next `look` sees what has just been written; what is kept stays."""
    seen = _seen.get()
    if seen is not None:
        for key in seen.keys() - _kept(seen):
            del seen[key]


def _kept(seen: Seen) -> list[Hashable]:
    return [key for key, (since, _) in seen.items() if since == math.inf]
