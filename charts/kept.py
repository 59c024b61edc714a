"""Drawings of the same arguments, made once in a process: Altair takes most of a page's time."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

from bowcore.nouns import A_TEXT, TEXT, TEXTS

MAX_BYTES = 4_000_000
"""Of all drawings pickled; as Python's objects they take several times that."""

Drawn = TypeVar("Drawn")


class KeptDrawings:
    """What chart functions returned, by a digest of their arguments and of the noun in use; the oldest go first.

    All callers share them, so they must not be changed.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._drawn: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._n_bytes = 0

    def __len__(self) -> int:
        return len(self._drawn)

    def get(self, name: str, arguments: tuple[Any, ...], make: Callable[[], Drawn]) -> Drawn:
        """The drawing of a function, by its name, with these arguments, which `make` makes if there is none.

        Arguments that cannot be pickled have no key: their drawing is made at each call.
        """
        try:
            called = pickle.dumps((name, f"{TEXT}", f"{TEXTS}", f"{A_TEXT}", arguments), protocol=5)
        except (pickle.PicklingError, TypeError, AttributeError):
            return make()
        key = blake2b(called, digest_size=16).digest()
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                kept: Drawn = self._drawn[key][0]
                return kept
        drawn = make()
        self._keep(key, drawn, len(pickle.dumps(drawn, protocol=5)))
        return drawn

    def _keep(self, key: bytes, drawn: object, n_bytes: int) -> None:
        if n_bytes > self._max_bytes // 8:
            return
        with self._lock:
            self._n_bytes += n_bytes - self._drawn.pop(key, (None, 0))[1]
            self._drawn[key] = drawn, n_bytes
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= self._drawn.popitem(last=False)[1][1]


kept_drawings = KeptDrawings()
"""Those of this process."""
