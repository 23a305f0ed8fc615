"""Differing bits of filters, many words at a time: eight 64-bit words are one operation where the processor has vectors so wide.

Left to itself LLVM counts the bits of two filters word by word, whatever the processor. So the vectors are written out here, as LLVM's own
``ctpop`` on them, which it breaks down for processors that have narrower ones or none. How many words a filter has must be known when a
kernel is compiled: it is a variable of the kernel's closure.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
WORD = ir.IntType(64)


@intrinsic(prefer_literal=True)
def differing(typing_context, left, i, right, j, words):  # type: ignore[no-untyped-def]
    """Differing bits of row ``i`` of ``left`` and row ``j`` of ``right``, both (rows, words)."""
    count = words.literal_value

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        left, right = (_row(context, builder, signature, args, at, count) for at in (0, 2))
        total, start = ir.Constant(WORD, 0), 0
        for lanes in (LANES, 4, 2, 1):
            while count - start >= lanes:
                pair = [_loaded(builder, builder.gep(side, [ir.Constant(WORD, start)]), lanes) for side in (left, right)]
                total = builder.add(total, _summed(builder, _ones(builder, builder.xor(*pair), lanes), lanes))
                start += lanes
        return total

    return types.uint64(left, i, right, j, words), generate


@intrinsic(prefer_literal=True)
def differing_from_eight(typing_context, left, i, turned, group, found, words):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Write to ``found[8 * group :]`` (uint16) how many bits row ``i`` of ``left`` and each of eight filters differ in.

    ``turned`` is (groups, words, 8): the first words of eight filters, then their second words, and so on.
    """
    count = words.literal_value

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        row = _row(context, builder, signature, args, 0, count)
        eight = _row(context, builder, signature, args, 2, count * LANES)
        vector = ir.VectorType(WORD, LANES)
        total = ir.Constant(vector, [0] * LANES)
        for word in range(count):
            one = builder.load(builder.gep(row, [ir.Constant(WORD, word)]))
            first = builder.insert_element(ir.Constant(vector, ir.Undefined), one, ir.Constant(ir.IntType(32), 0))
            everywhere = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))
            theirs = _loaded(builder, builder.gep(eight, [ir.Constant(WORD, word * LANES)]), LANES)
            total = builder.add(total, _ones(builder, builder.xor(everywhere, theirs), LANES))
        short = ir.VectorType(ir.IntType(16), LANES)
        out = context.make_array(signature.args[4])(context, builder, args[4]).data
        place = builder.gep(out, [builder.mul(context.cast(builder, args[3], signature.args[3], types.intp), ir.Constant(WORD, LANES))])
        stored = builder.store(builder.trunc(total, short), builder.bitcast(place, short.as_pointer()))
        stored.align = 2
        return context.get_dummy_value()

    return types.void(left, i, turned, group, found, words), generate


def _row(context: Any, builder: Any, signature: Any, args: Any, at: int, width: int) -> Any:
    """Where the row begins whose array is argument ``at`` and whose number is the next one, of ``width`` words a row."""
    data = context.make_array(signature.args[at])(context, builder, args[at]).data
    number = context.cast(builder, args[at + 1], signature.args[at + 1], types.intp)
    return builder.gep(data, [builder.mul(number, ir.Constant(WORD, width))])


def _loaded(builder: Any, place: Any, lanes: int) -> Any:
    kind = WORD if lanes == 1 else ir.VectorType(WORD, lanes)
    loaded = builder.load(builder.bitcast(place, kind.as_pointer()))
    loaded.align = 8
    return loaded


def _ones(builder: Any, words: Any, lanes: int) -> Any:
    return builder.ctpop(words) if lanes == 1 else _called(builder, f"llvm.ctpop.v{lanes}i64", words.type, words)


def _summed(builder: Any, words: Any, lanes: int) -> Any:
    return words if lanes == 1 else _called(builder, f"llvm.vector.reduce.add.v{lanes}i64", WORD, words)


def _called(builder: Any, name: str, result: Any, words: Any) -> Any:
    kind = ir.FunctionType(result, [words.type])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [words])  # type: ignore[no-untyped-call]
