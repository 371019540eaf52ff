"""How the kernels are compiled, and what they need of the processor."""

from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from letrics.compiling import Compiler

_compiler = Compiler(Path(__file__).parent)
# Whether kernels were compiled before, so that they only need to be loaded.
IS_KEPT = _compiler.is_kept
inner, inlined, kernel, kernel_beside = (
    _compiler.inner,
    _compiler.inlined,
    _compiler.kernel,
    _compiler.kernel_beside,
)


@intrinsic
def _ones(typingctx: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def _lowest(typingctx: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.uint64(types.uint64), generate


@intrinsic
def _word_at(typingctx: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = builder.load(_pointer(context, builder, data, arguments[0], arguments[1], ir.IntType(64)))
        word.align = 1
        return word

    return types.uint64(data, types.int64), generate


@intrinsic
def _copy_16(typingctx: Any, into: Any, to: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sixteen = ir.VectorType(ir.IntType(8), 16)
        read = builder.load(_pointer(context, builder, data, arguments[2], arguments[3], sixteen))
        read.align = 1
        builder.store(read, _pointer(context, builder, into, arguments[0], arguments[1], sixteen)).align = 1
        return context.get_dummy_value()

    return types.none(into, types.int64, data, types.int64), generate


@intrinsic
def _fetch(typingctx: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = _pointer(context, builder, data, arguments[0], arguments[1], ir.IntType(8))
        number = ir.IntType(32)
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", (at.type,), ir.FunctionType(ir.VoidType(), (at.type, number, number, number))
        )
        # It will be read, not written; it stays in all caches; it is data, not code.
        builder.call(ask, [at, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(data, types.int64), generate


def _array_at(kind: types.Type) -> Any:
    """Return what takes an address and a number, and gives the array of so many numbers of a *kind* there."""
    made = types.Array(kind, 1, "C", readonly=True, aligned=False)

    @intrinsic
    def array_at(typingctx: Any, address: Any, size: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _array(context, builder, made, arguments[0], arguments[1])

        return made(types.int64, types.int64), generate

    return array_at


def part_of_room(kind: types.Type, first: int, size: int) -> Any:
    """Return what takes the address of a room, and gives the array of *size* numbers from its byte *first* on."""
    made = types.Array(kind, 1, "C")

    @intrinsic
    def part_of(typingctx: Any, room: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            address = builder.add(arguments[0], context.get_constant(types.int64, first))
            return _array(context, builder, made, address, context.get_constant(types.intp, size))

        return made(types.int64), generate

    return part_of


def _array(context: Any, builder: Any, made: Any, address: Any, size: Any) -> Any:
    array, each = context.make_array(made)(context, builder), context.get_data_type(made.dtype)
    width = context.get_constant(types.intp, context.get_abi_sizeof(each))
    data = builder.inttoptr(address, each.as_pointer())
    populate_array(array, data, (size,), (width,), width, None)  # type: ignore[no-untyped-call]
    return array._getvalue()


def _pointer(context: Any, builder: Any, kind: Any, array: Any, place: Any, as_type: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), as_type.as_pointer())


# How many bits of a 64-bit word are set, and the place of the lowest one of a word that is not 0: one instruction each.
ones: Any = _ones
lowest: Any = _lowest
# Of bytes, from any place on: a 64-bit word; sixteen bytes, copied to a place in others.  There must be so many.
word_at: Any = _word_at
copy_16: Any = _copy_16
# Of an address in memory, and a number: the array of so many bytes, 16-bit or 32-bit numbers that begin there.
bytes_at: Any = _array_at(types.uint8)
shorts_at: Any = _array_at(types.uint16)
numbers_at: Any = _array_at(types.uint32)
# Of any array: has the 64 bytes around a place read into the caches, while the processor goes on; what is no place of
# it does no harm.
fetch: Any = _fetch


@inner
def signed(number: Any) -> int:
    """Return a number of any size and sign as a signed one of 64 bits: mixed with unsigned ones it would be a float."""
    return np.int64(number)  # type: ignore[return-value]
