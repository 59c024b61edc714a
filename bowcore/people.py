"""On whose behalf the program acts: the teacher, who sits at the computer or has the key, or one of the guests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bowcore.errors import RunError
from bowcore.numbers import seconds

SECONDS_SETTING = "BOWLAB_GUEST_SECONDS"
MOST_SECONDS = 600.0
"""Estimated time of a guest's training, unless `BOWLAB_GUEST_SECONDS` is set."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the program.

    Attributes:
        id: Equal for equal people; empty for whoever sits at the computer, in browsers and on the command line.
        is_teacher: Whether that person decides for the room.
    """

    id: str
    is_teacher: bool = False


TEACHER = Person("", is_teacher=True)


def _at_the_computer() -> Person:
    return TEACHER


_acting: ContextVar[Person | None] = ContextVar("person", default=None)
_find = _at_the_computer


def person() -> Person:
    """The person on whose behalf this thread acts: outside of pages, the teacher."""
    return _acting.get() or _find()


def find_by(find: Callable[[], Person]) -> None:
    """Let `find` say who acts, in a process that serves pages to many people."""
    global _find
    _find = find


@contextmanager
def acting(who: Person) -> Iterator[None]:
    """Act on behalf of a person inside the block."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def most_seconds() -> float:
    """Estimated seconds that a training of this person may take.

    Raises:
        RunError: The setting is no number.
    """
    if person().is_teacher:
        return float("inf")
    try:
        return float(os.environ.get(SECONDS_SETTING, MOST_SECONDS))
    except ValueError:
        raise RunError(f"{SECONDS_SETTING} must be a number of seconds.") from None


def too_long(what: str, wanted: float, remedy: str = "Ask the teacher.") -> str:
    """Why this person may not have what takes that many seconds; empty if that is allowed.

    Raises:
        RunError: The setting is no number.
    """
    most = most_seconds()
    if wanted <= most:
        return ""
    return f"{what} would take about {seconds(wanted)}; guests may use {seconds(most)}. {remedy}"
