"""Search by a regular expression in bounded time.

The engine is RE2, inside Arrow: its time grows with the text alone, but a pattern of many states takes microseconds a
letter. So texts are searched in portions, and a search that would take too long is given up in a sentence.
"""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.errors import SliceError
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal

LONGEST = 2.0  # seconds of a search, as the processor counts them: others who work meanwhile make no pattern slow
_FIRST, _FASTER = 1 << 13, 0.1  # bytes of the first portion; portions grow as long as one takes fewer seconds
_MOST_KNOWN = 200

_too_slow: dict[tuple[str, int, int], None] = {}
"""Patterns that were given up, with the number and the bytes of the texts: a page asks for a slice several times."""


def search_regex(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Which texts match, ignoring case: (n_texts,).

    Raises:
        SliceError: The search takes more than `LONGEST` seconds.
    """
    about = (pattern, len(texts), texts.nbytes)
    if about in _too_slow:
        raise _given_up()
    found = np.zeros(len(texts), dtype=np.bool_)
    ends = np.cumsum(pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
    start, portion, began = 0, _FIRST, time.thread_time()
    while start < len(texts):
        before = int(ends[start - 1]) if start else 0
        end = max(int(np.searchsorted(ends, before + portion, "right")), start + 1)
        n_bytes = int(ends[end - 1]) - before
        if n_bytes > portion:  # one long text: its beginning says how long the whole would take
            seconds = _time(pc.utf8_slice_codeunits(texts.slice(start, 1), 0, _FIRST), pattern)
            _check(about, began + LONGEST - seconds * n_bytes / _FIRST)
        since = time.thread_time()
        found[start:end] = _matches(texts.slice(start, end - start), pattern)
        portion = portion * 4 if time.thread_time() - since < _FASTER else portion
        start = end
        if start < len(texts):
            _check(about, began + LONGEST)
    return found


def _check(about: tuple[str, int, int], deadline: float) -> None:
    if time.thread_time() > deadline:
        while len(_too_slow) >= _MOST_KNOWN:
            _too_slow.pop(next(iter(_too_slow)), None)
        _too_slow[about] = None
        raise _given_up()


def _given_up() -> SliceError:
    return SliceError(
        f"This regular expression takes more than {decimal(LONGEST, 0)} s on these {TEXTS}. Shorten what it repeats, "
        "such as {0,200}, or search for plain words."
    )


def _time(texts: pa.Array, pattern: str) -> float:
    began = time.thread_time()
    _matches(texts, pattern)
    return time.thread_time() - began


def _matches(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (
        pc.match_substring_regex(texts, pattern, ignore_case=True).fill_null(False).to_numpy(zero_copy_only=False)
    )
    return found
