"""Loops over the columns of a row, in vector registers: what numba's own loops do not come to.

They are written with LLVM's builder and called from compiled kernels like functions. Numbers are 16 at a time, whatever
the processor has: LLVM cuts that to the registers there are. Rows are those of C-ordered matrices.

Asking for a row ahead changes no number: it starts to load what will be needed soon, and nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from bowcore.learn.kernels.rows import Floats, Integers

WIDTH = 16
"""Columns in a vector, and bits in a word of `active`."""
MOST_DIRECTIONS = 4
"""Rows of `directions` that `sum_active` can mix: so many sums of four vectors each fit the registers."""
BLOCK = 64
"""Columns whose sums `sum_active` keeps in registers; what it takes has a multiple of them."""
HAS_MASKS = bool(binding.get_host_cpu_features().get("avx512f", False))
"""Whether the processor adds only where a bit is set, in one instruction; elsewhere `sum_active` is slow."""

_GROUP = 8  # rows that are added at once: the sum is loaded and stored an eighth as often
_VECTORS = BLOCK // WIDTH
_BYTE, _I32, _I64 = ir.IntType(8).as_pointer(), ir.IntType(32), ir.IntType(64)
_FOR_READING, _SECOND_CACHE, _DATA = 0, 2, 1  # as LLVM's `llvm.prefetch` counts them
_FUSED = ("contract",)  # a product and a sum may be rounded once

_cgutils: Any = cgutils  # numba ships no types


def _number(value: int) -> Any:
    return ir.Constant(_I64, value)


def _check(*arrays: Any) -> None:
    """Refuse arrays whose rows do not lie side by side, as the loops take for granted."""
    for array in arrays:
        if array.layout != "C":
            raise TypingError(f"The loops over columns take C-ordered arrays, not {array}.")


class _Emitter:
    """The builder with the few operations that the loops here are made of."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.context, self.builder = context, builder
        self._kinds, self._arguments = signature.args, arguments
        self.kind = context.get_data_type(signature.args[0].dtype)
        self.vector = ir.VectorType(self.kind, WIDTH)

    def array(self, position: int) -> Any:
        return self.context.make_array(self._kinds[position])(self.context, self.builder, self._arguments[position])

    def data(self, position: int) -> Any:
        return self.array(position).data

    def length(self, position: int, axis: int) -> Any:
        return self.builder.extract_value(self.array(position).shape, axis)

    def at(self, pointer: Any, *offsets: Any) -> Any:
        """The pointer, so many items on."""
        for offset in offsets:
            pointer = self.builder.gep(pointer, [offset])
        return pointer

    def row(self, position: int, row: Any, *columns: Any) -> Any:
        """Pointer into row `row` of the matrix that is argument `position`."""
        return self.at(self.data(position), self.builder.mul(row, self.length(position, 1)), *columns)

    def integer(self, position: int, place: Any) -> Any:
        value = self.builder.load(self.at(self.data(position), place))
        return value if value.type == _I64 else self.builder.zext(value, _I64)

    def load(self, pointer: Any, kind: Any) -> Any:
        loaded = self.builder.load(self.builder.bitcast(pointer, kind.as_pointer()))
        loaded.align = self._itemsize
        return loaded

    def store(self, value: Any, pointer: Any) -> None:
        stored = self.builder.store(value, self.builder.bitcast(pointer, value.type.as_pointer()))
        stored.align = self._itemsize

    @property
    def _itemsize(self) -> int:
        return 8 if isinstance(self.kind, ir.DoubleType) else 4

    def spread(self, value: Any) -> Any:
        """A vector of one number."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, value, ir.Constant(_I32, 0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_I32, WIDTH), [0] * WIDTH))

    def add(self, left: Any, right: Any) -> Any:
        return self.builder.fadd(left, right, flags=_FUSED)

    def times(self, left: Any, right: Any) -> Any:
        return self.builder.fmul(left, right, flags=_FUSED)

    def prefetch(self, pointer: Any) -> None:
        hint = ir.FunctionType(ir.VoidType(), [_BYTE, _I32, _I32, _I32])
        function = _cgutils.get_or_insert_function(self.builder.module, hint, "llvm.prefetch.p0i8")
        flags = [ir.Constant(_I32, flag) for flag in (_FOR_READING, _SECOND_CACHE, _DATA)]
        self.builder.call(function, [self.builder.bitcast(pointer, _BYTE), *flags])

    def loop(self, first: Any, last: Any, step: int = 1) -> Any:
        return _cgutils.for_range_slice(self.builder, first, last, _number(step), _I64)

    def whole(self, size: Any, step: int) -> Any:
        """The largest multiple of `step` that is at most `size`."""
        return self.builder.mul(self.builder.udiv(size, _number(step)), _number(step))

    def nothing(self) -> Any:
        return self.context.get_dummy_value()


@intrinsic
def _prefetch_columns(typing_context: Any, matrix: Any, row: Any, low: Any, high: Any) -> Any:
    _check(matrix)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emit = _Emitter(context, builder, signature, arguments)
        start = emit.row(0, arguments[1])
        with emit.loop(arguments[2], arguments[3], WIDTH) as (column, _):
            emit.prefetch(emit.at(start, column))
        return emit.nothing()

    return types.void(matrix, types.intp, types.intp, types.intp), generate


@intrinsic
def _activate(typing_context: Any, row: Any, words: Any) -> Any:
    _check(row, words)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emit = _Emitter(context, builder, signature, arguments)
        zeros = emit.spread(ir.Constant(emit.kind, 0.0))
        with emit.loop(_number(0), emit.length(0, 0), WIDTH) as (column, _):
            at = emit.at(emit.data(0), column)
            values = emit.load(at, emit.vector)
            negative = builder.fcmp_ordered("<", values, zeros)
            emit.store(builder.select(negative, zeros, values), at)
            word = builder.bitcast(builder.fcmp_ordered(">", values, zeros), ir.IntType(WIDTH))
            builder.store(word, emit.at(emit.data(1), builder.udiv(column, _number(WIDTH))))
        return emit.nothing()

    return types.void(row, words), generate


@intrinsic
def _add_rows(
    typing_context: Any, total: Any, rows: Any, positions: Any, values: Any, first: Any, last: Any, low: Any
) -> Any:
    _check(total, rows, positions, values)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emit = _Emitter(context, builder, signature, arguments)
        first, last, low = arguments[4:]
        target, size, final = emit.data(0), emit.length(0, 0), builder.sub(emit.length(2, 0), _number(1))
        place = _cgutils.alloca_once_value(builder, first)

        def add(sources: list[Any], values: list[Any], following: list[Any], start: Any, stop: Any, kind: Any) -> None:
            with emit.loop(start, stop, getattr(kind, "count", 1)) as (column, _):
                products = [
                    emit.times(emit.load(emit.at(source, column), kind), value)
                    for source, value in zip(sources, values, strict=True)
                ]
                # Two chains of sums: the one need not wait for the other.
                halves = [emit.load(emit.at(target, column), kind), None]
                for number, product in enumerate(products):
                    half = number >= (len(products) + 1) // 2
                    halves[half] = product if halves[half] is None else emit.add(halves[half], product)
                total = halves[0] if halves[1] is None else emit.add(*halves)
                emit.store(total, emit.at(target, column))
                for source in following:
                    emit.prefetch(emit.at(source, column))

        n_rows = _GROUP
        while n_rows:
            test, body, after = (builder.append_basic_block() for _ in range(3))
            builder.branch(test)
            builder.position_at_end(test)
            here = builder.load(place)
            builder.cbranch(builder.icmp_signed("<=", builder.add(here, _number(n_rows)), last), body, after)
            builder.position_at_end(body)
            places = [builder.add(here, _number(number)) for number in range(n_rows)]
            sources = [emit.row(1, emit.integer(2, at), low) for at in places]
            single = [builder.load(emit.at(emit.data(3), at)) for at in places]
            following = []
            for at in places:
                ahead = builder.add(at, _number(n_rows))
                ahead = builder.select(builder.icmp_signed("<", ahead, final), ahead, final)
                following.append(emit.row(1, emit.integer(2, ahead), low))
            whole = emit.whole(size, WIDTH)
            add(sources, [emit.spread(value) for value in single], following, _number(0), whole, emit.vector)
            add(sources, single, [], whole, size, emit.kind)
            builder.store(builder.add(here, _number(n_rows)), place)
            builder.branch(test)
            builder.position_at_end(after)
            n_rows //= 2
        return emit.nothing()

    integers = (types.intp, types.intp, types.intp)
    return types.void(total, rows, positions, values, *integers), generate


@intrinsic
def _sum_active(
    typing_context: Any, total: Any, active: Any, documents: Any, pulls: Any, first: Any, last: Any, directions: Any,
    ahead: Any, following: Any,
) -> Any:  # fmt: skip
    _check(total, active, documents, pulls, directions, ahead)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emit = _Emitter(context, builder, signature, arguments)
        first, last, following = arguments[4], arguments[5], emit.row(7, arguments[8])
        zeros = emit.spread(ir.Constant(emit.kind, 0.0))
        bits = ir.VectorType(ir.IntType(1), WIDTH)
        sums = [[_cgutils.alloca_once(builder, emit.vector) for _ in range(_VECTORS)] for _ in range(MOST_DIRECTIONS)]

        def add_block(column: Any, used: list[list[Any]]) -> None:
            for vector in range(_VECTORS):
                emit.prefetch(emit.at(following, column, _number(WIDTH * vector)))
            for row in used:
                for held in row:
                    builder.store(zeros, held)
            word = builder.udiv(column, _number(WIDTH))
            with emit.loop(first, last) as (entry, _):
                words = emit.row(1, emit.integer(2, entry), word)
                where = [builder.bitcast(builder.load(emit.at(words, _number(v))), bits) for v in range(_VECTORS)]
                for number, row in enumerate(used):
                    pull = emit.spread(builder.load(emit.row(3, entry, _number(number))))
                    for held, mask in zip(row, where, strict=True):
                        before = builder.load(held)
                        builder.store(builder.select(mask, emit.add(before, pull), before), held)
            for vector in range(_VECTORS):
                mixed, at = None, builder.add(column, _number(WIDTH * vector))
                for number, row in enumerate(used):
                    direction = emit.load(emit.row(6, _number(number), at), emit.vector)
                    part = emit.times(builder.load(row[vector]), direction)
                    mixed = part if mixed is None else emit.add(mixed, part)
                emit.store(mixed, emit.at(emit.data(0), at))

        end = builder.append_basic_block()
        choice = builder.switch(emit.length(6, 0), end)
        for n_directions in range(1, MOST_DIRECTIONS + 1):
            block = builder.append_basic_block()
            choice.add_case(_number(n_directions), block)
            builder.position_at_end(block)
            with emit.loop(_number(0), emit.length(0, 0), BLOCK) as (column, _):
                add_block(column, sums[:n_directions])
            builder.branch(end)
        builder.position_at_end(end)
        return emit.nothing()

    integers = (types.intp, types.intp)
    return types.void(total, active, documents, pulls, *integers, directions, ahead, types.intp), generate


# These give the calls the types that numba does not ship.
prefetch_columns = cast(Callable[[Floats, int, int, int], None], _prefetch_columns)
"""Ask for `matrix[row, low:high]`."""

activate = cast(Callable[[Floats, Integers], None], _activate)
"""Set the negative numbers of `row` to 0, leave what is not a number, and set the bits of `words` where it is above 0.

`row` has a multiple of `WIDTH` columns, `words` one word of `WIDTH` bits for each vector of it.
"""

add_rows = cast(Callable[[Floats, Floats, Integers, Floats, int, int, int], None], _add_rows)
"""Add `values[k] * rows[positions[k], low : low + total.size]` to `total` for k from `first` to before `last`.

Rows of the positions after those being added are asked for meanwhile, also beyond `last`.
"""

sum_active = cast(Callable[[Floats, Integers, Integers, Floats, int, int, Floats, Floats, int], None], _sum_active)
"""Fill `total` with the sum, for k from `first` to before `last`, of `pulls[k] @ directions` where a bit is set.

Bit j of row `documents[k]` of `active` says whether column j counts there, from the lowest bit of the first word on.
`total` and `directions`, of 1 to `MOST_DIRECTIONS` rows, have a multiple of `BLOCK` columns. Row `following` of `ahead`
is asked for meanwhile.
"""
