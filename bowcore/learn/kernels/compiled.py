"""How kernels are compiled: once a machine, with results that no number of threads changes.

Every number is summed by one thread in an order that no thread count changes: results are the same with 1 thread and
with 32. Fast-math is limited to fused multiply-add and signed zeros: a loss that is not a number must stay visible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_STRICT = frozenset({"contract", "nsz"})
_REORDER = _STRICT | {"reassoc"}

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def compiled(*, reorder: bool = False, parallel: bool = False) -> Callable[[_Kernel], _Kernel]:
    """Compile a function of arrays, kept in numba's cache on disk; `reorder` lets it sum in any order.

    Numba ships no types; this keeps those of the function.
    """
    fastmath = set(_REORDER if reorder else _STRICT)
    return cast(Callable[[_Kernel], _Kernel], njit(cache=True, parallel=parallel, fastmath=fastmath))
