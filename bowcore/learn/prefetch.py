"""A hint to the processor, for compiled kernels: fetch what will be needed soon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from bowcore.learn.rows import Floats

_FOR_READING, _SECOND_CACHE, _DATA = 0, 2, 1  # as LLVM's `llvm.prefetch` counts them


@intrinsic
def _prefetch(typing_context: Any, array: Any, row: Any, column: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        values = context.make_array(kind)(context, builder, arguments[0])
        numbas: Any = cgutils
        item = numbas.get_item_pointer(context, builder, kind, values, list(arguments[1:]), wraparound=False)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        hint = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        called = numbas.get_or_insert_function(builder.module, hint, "llvm.prefetch.p0i8")
        flags = [ir.Constant(number, flag) for flag in (_FOR_READING, _SECOND_CACHE, _DATA)]
        builder.call(called, [builder.bitcast(item, byte), *flags])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


# This gives the call the types that numba does not ship.
prefetch = cast(Callable[[Floats, int, int], None], _prefetch)
"""Start to load the cache line that holds `array[row, column]`: it changes nothing, and nobody waits for it."""
