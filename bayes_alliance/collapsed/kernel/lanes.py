"""A number of eight lanes: eight children, or eight therapists, computed as if they were one.

The recursion does the same small matrix algebra for thousands of units. Written for one unit it is
easy to read but slow; loops over units inside every product are fast but unreadable, and a compiler
vectorises them only sometimes. Here numba learns a number of `LANES` doubles with + - * / :
`lanes(array)` sees an array of shape (..., 8) as an array (...) of such numbers, so that functions
read as the formula for one unit and compute it for eight. LLVM splits the number where a
processor's registers are shorter (AVX-512: one register; AVX2: two; SSE2 and NEON: four).

The type exists only inside functions compiled by numba (*Low-level extension API* in its
documentation).
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed, lower_builtin, lower_cast
from numba.core.typeconv import Conversion
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array, populate_array

LANES = 8

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
# `a * b + c` may be rounded once. No other liberty: NaN has to stay NaN, because that is how a
# covariance that is not positive definite shows.
_FLAGS = ("contract",)


class Eight(types.Type):
    """Numba's type of a number of eight lanes."""

    def __init__(self) -> None:
        super().__init__(name="Eight")

    def can_convert_from(self, typing_context: Any, other: Any) -> Any:
        """Let an ordinary number stand for the same number in every lane."""
        return Conversion.safe if other == types.float64 else None


@register_model(Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _VECTOR)


_EIGHT = Eight()


def _in_every_lane(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, zeros)


@lower_cast(types.float64, _EIGHT)
def _cast(context: Any, builder: Any, source: Any, target: Any, value: Any) -> Any:
    return _in_every_lane(builder, value)


def _lane_by_lane(function: Callable, in_place: Callable, instruction: str) -> None:
    """Teach numba an operator, between two numbers of eight lanes or one and an ordinary number."""
    pairs = ((_EIGHT, _EIGHT), (types.float64, _EIGHT), (_EIGHT, types.float64))
    cases = [signature(_EIGHT, *pair) for pair in pairs]
    for operation in (function, in_place):
        infer_global(operation)(type("Typed", (ConcreteTemplate,), {"cases": cases}))

        @lower_builtin(operation, _EIGHT, _EIGHT)
        @lower_builtin(operation, types.float64, _EIGHT)
        @lower_builtin(operation, _EIGHT, types.float64)
        def lowered(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            left, right = (
                value if kind == _EIGHT else _in_every_lane(builder, value)
                for value, kind in zip(arguments, sig.args, strict=True)
            )
            return getattr(builder, instruction)(left, right, flags=_FLAGS)


_lane_by_lane(operator.add, operator.iadd, "fadd")
_lane_by_lane(operator.sub, operator.isub, "fsub")
_lane_by_lane(operator.mul, operator.imul, "fmul")
_lane_by_lane(operator.truediv, operator.itruediv, "fdiv")


@intrinsic
def lanes(typing_context: Any, array: Any) -> Any:
    """The same memory, a contiguous array (..., 8) of doubles, as an array (...) of numbers."""
    # Memory of doubles need not be aligned to eight of them.
    seen = types.Array(_EIGHT, array.ndim - 1, "C", aligned=False)

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        source = make_array(sig.args[0])(context, builder, arguments[0])
        target = make_array(seen)(context, builder)
        populate_array(
            target,
            data=builder.bitcast(source.data, _VECTOR.as_pointer()),
            shape=cgutils.unpack_tuple(builder, source.shape)[:-1],
            strides=cgutils.unpack_tuple(builder, source.strides)[:-1],
            itemsize=context.get_constant(types.intp, 8 * LANES),
            meminfo=source.meminfo,
            parent=source.parent,
        )
        return impl_ret_borrowed(context, builder, seen, target._getvalue())

    return seen(array), generate


@intrinsic
def zero(typing_context: Any) -> Any:
    """Zero in every lane. Not `0.0 * x`, which is NaN where `x` is."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        return ir.Constant(_VECTOR, [0.0] * LANES)

    return _EIGHT(), generate


@intrinsic
def square_root(typing_context: Any, number: Any) -> Any:
    """Square root of every lane."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{LANES}f64")
        return builder.call(function, arguments)

    return _EIGHT(_EIGHT), generate


@intrinsic
def summed(typing_context: Any, number: Any) -> Any:
    """Sum of the lanes, an ordinary number."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        total = ir.Constant(ir.DoubleType(), 0.0)
        for lane in range(LANES):
            place = ir.Constant(ir.IntType(32), lane)
            total = builder.fadd(total, builder.extract_element(arguments[0], place))
        return total

    return types.float64(_EIGHT), generate
