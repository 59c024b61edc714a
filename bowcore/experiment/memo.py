"""A bounded cache: values by key, those not used recently dropped first.

It is bounded by entries and by bytes. A dropped value that is still referenced, because another session draws it, is
found again and not computed a second time.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from bowcore.errors import in_words
from bowcore.experiment.buffers import Buffers, buffers_of
from bowcore.memory import cache_budget

MAX_ENTRIES = 1_000
LEAST_SECONDS = 0.001  # that a value counts as having taken: a clock's step would decide otherwise
MIN_AT_ONCE = 2  # values computed at a time, at least: one that takes seconds must not block all others

Value = TypeVar("Value")


@dataclass(slots=True)
class _Computation:
    """A value that one thread computes and others wait for."""

    done: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False
    value: Any = None
    error: Exception | None = None


class Memo:
    """At most `max_entries` values, and at most `max_bytes` in addition to the largest of them.

    So a corpus whose answer alone exceeds the bound is not computed again at every rerun. For room in entries the least
    recently used one is dropped. For bytes it is the one with the most bytes that it alone holds, times the number of
    values used after it, for each second that it took: many small results of earlier recipes take as much memory as the
    cells of one, and what is read from disk is dropped before what is computed. Seconds are the processor's, without
    those of the values that it is made of.

    As many large values are computed at a time as there are cores: more would not finish earlier, and computing one
    takes several times its own size in memory.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._lock = threading.RLock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._buffers: dict[Hashable, Buffers] = {}
        self._sizes: dict[Hashable, int] = {}
        self._holders: dict[object, set[Hashable]] = {}  # keys of the entries that hold each buffer
        self._own: dict[Hashable, int] = {}  # bytes of the buffers that no other entry holds
        self._seconds: dict[Hashable, float] = {}  # of the values kept, and of those dropped that are still referenced
        self._n_bytes = 0
        self._dropped: weakref.WeakValueDictionary[Hashable, Any] = weakref.WeakValueDictionary()
        self._computing: dict[Hashable, _Computation] = {}
        self._turns = threading.Semaphore(max(MIN_AT_ONCE, os.cpu_count() or 1))
        self._mine = threading.local()  # how many nested values this thread computes

    def __len__(self) -> int:
        return len(self._values)

    @property
    def n_bytes(self) -> int:
        """Bytes of all values; shared buffers are counted once."""
        return self._n_bytes

    def get(
        self,
        key: Hashable,
        make: Callable[[], Value],
        announce: Callable[[], AbstractContextManager[object]] = nullcontext,
        *,
        large: bool = True,
    ) -> Value:
        """The value under this key, computed by `make` if there is none.

        Threads that request a key at the same time share one computation. An `Exception` is raised in all of them and
        not cached. Any other `BaseException`, such as an interrupted script, ends only its own thread; one of the
        waiting threads computes the value instead.

        Args:
            key: Equal keys mean equal values.
            make: Called without arguments; may request other keys of this memo.
            announce: Returns a context that lasts while the value is computed or waited for.
            large: Whether computing it takes time and memory, so that it waits for its turn.
        """
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    found: Value = self._values[key]
                    return found
                alive: Value | None = self._dropped.get(key)
                if alive is not None:
                    self._keep(key, alive, buffers_of(alive))
                    return alive
                running = self._computing.get(key)
                if running is None:
                    mine = self._computing[key] = _Computation()
            if running is None:
                return self._compute(key, make, announce, mine, large)
            with announce(), self._turn_given_back():
                running.done.wait()
            if running.error is not None:
                raise running.error
            if not running.abandoned:
                computed: Value = running.value
                return computed

    def clear(self) -> None:
        """Drop every value, including those still referenced elsewhere."""
        with self._lock:
            for kept in (
                self._values,
                self._buffers,
                self._sizes,
                self._holders,
                self._own,
                self._seconds,
                self._dropped,
            ):
                kept.clear()
            self._n_bytes = 0

    def _compute(
        self,
        key: Hashable,
        make: Callable[[], Value],
        announce: Callable[[], AbstractContextManager[object]],
        mine: _Computation,
        large: bool,
    ) -> Value:
        mine.abandoned = True
        try:
            with announce(), self._turn() if large else nullcontext():
                value, seconds = self._timed(make)
                buffers = buffers_of(value)
                # before the announcement ends, where a page may be interrupted
                mine.value, mine.abandoned = value, False
                with self._lock:
                    self._seconds[key] = seconds
                    self._keep(key, value, buffers)
        except Exception as error:
            known = in_words(error)
            mine.error = known if mine.abandoned else None
            if known is error:
                raise
            raise known from error
        finally:
            with self._lock:
                del self._computing[key]
            mine.done.set()
        return value

    def _timed(self, make: Callable[[], Value]) -> tuple[Value, float]:
        """A new value, and the seconds of this thread without those of nested values."""
        outer: float = getattr(self._mine, "nested", 0.0)
        self._mine.nested = 0.0
        began = time.thread_time()
        try:
            value = make()
        finally:
            seconds = time.thread_time() - began
            nested, self._mine.nested = self._mine.nested, outer + seconds
        return value, seconds - nested

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold one of the turns until this thread's outermost value is computed."""
        depth: int = getattr(self._mine, "depth", 0)
        if not depth:
            self._turns.acquire()
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if not depth:
                self._turns.release()

    @contextmanager
    def _turn_given_back(self) -> Iterator[None]:
        """Release this thread's turn while it waits: the value it waits for may need one."""
        if not getattr(self._mine, "depth", 0):
            yield
            return
        self._turns.release()
        try:
            yield
        finally:
            self._turns.acquire()

    def _keep(self, key: Hashable, value: Any, buffers: Buffers) -> None:
        self._values[key], self._buffers[key], self._sizes[key] = value, buffers, sum(buffers.values())
        self._own[key] = 0
        for buffer, n_bytes in buffers.items():
            holders = self._holders.setdefault(buffer, set())
            if not holders:
                self._n_bytes += n_bytes
                self._own[key] += n_bytes
            elif len(holders) == 1:
                self._own[next(iter(holders))] -= n_bytes
            holders.add(key)
        while len(self._values) > max(self._max_entries, 1):
            self._drop(next(iter(self._values)))
        while len(self._values) > 1 and self._n_bytes > self._max_bytes + max(self._sizes.values()):
            used_after = enumerate(reversed(self._values))
            self._drop(max(used_after, key=lambda entry: (entry[0] * self._own_per_second(entry[1]), entry[0]))[1])
        if len(self._seconds) > 4 * max(self._max_entries, len(self._values)):
            alive = self._values.keys() | self._dropped.keys()
            self._seconds = {key: seconds for key, seconds in self._seconds.items() if key in alive}

    def _own_per_second(self, key: Hashable) -> float:
        return self._own[key] / max(self._seconds[key], LEAST_SECONDS)

    def _drop(self, key: Hashable) -> None:
        value, _, _ = self._values.pop(key), self._sizes.pop(key), self._own.pop(key)
        for buffer, n_bytes in self._buffers.pop(key).items():
            holders = self._holders[buffer]
            holders.remove(key)
            if not holders:
                del self._holders[buffer]
                self._n_bytes -= n_bytes
            elif len(holders) == 1:
                self._own[next(iter(holders))] += n_bytes
        if type(value).__weakrefoffset__:
            self._dropped[key] = value


@cache
def process_memo() -> Memo:
    """The memo of this process, bounded by the setting `BOWLAB_CACHE_MB`."""
    return Memo(MAX_ENTRIES, cache_budget())
