"""Growing pauses between two tries of what a fault prevents."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from bowcore.errors import OutputError

FIRST, LONGEST = 0.2, 5.0  # seconds
END_WITHIN = 600.0
"""Seconds for which the end of a job is tried again before it is given up."""

Made = TypeVar("Made")


class Pauses:
    """Seconds until the next try, doubled each time, by a clock that nobody sets."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first, self._longest = first, longest
        self.reset()

    def reset(self) -> None:
        """Begin with the shortest pause again, after a success."""
        self._next, self._since = self._first, time.monotonic()

    def next(self) -> float:
        """The pause before the next try."""
        now, self._next = self._next, min(2 * self._next, self._longest)
        return now

    @property
    def passed(self) -> float:
        """Seconds since the last success."""
        return time.monotonic() - self._since


def insist(
    write: Callable[[], Made],
    give_up: Callable[[], bool] = lambda: False,
    tell: Callable[[OutputError], None] = lambda error: None,
    longest: float = LONGEST,
) -> Made:
    """What `write` returns, tried again for `END_WITHIN` seconds while database or home do not take it.

    Args:
        write: Raises `OutputError` if nothing was written.
        give_up: Whether not to try again.
        tell: Hears why it has to be tried again.
        longest: Seconds between two tries, at most.

    Raises:
        OutputError: It did not take it in that time.
    """
    pauses, pause = Pauses(longest=longest), threading.Event()
    while True:
        try:
            return write()
        except OutputError as error:
            if give_up() or pauses.passed > END_WITHIN:
                raise
            tell(error)
            pause.wait(pauses.next())
