"""Functions compiled by numba as nodes of PyTensor's graph, with gradients in closed form.

A density of many ratings is one node then, however many informants did not rate, and costs one call
instead of a graph of its own.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import register_funcify_default_op_cache_key

type Like = int | Literal["rows"]


class Compiled(Op):
    """A compiled log density, or its gradient.

    Parameters
    ----------
    name : str
        Tells it from all others: compiled graphs are cached under it.
    function : callable
        Compiled. Its first inputs are what is sampled, those that follow are constants.
    like : tuple of int or "rows"
        What each output is like: an input, by its position; a number for each row of the first
        input.
    gradient : Compiled, optional
        Gradient of the weighted sum of a log density: takes what is sampled, the weights, and the
        constants.
    """

    __props__ = ("name",)

    def __init__(
        self,
        name: str,
        function: Callable,
        *,
        like: tuple[Like, ...],
        gradient: "Compiled | None" = None,
    ) -> None:
        self.name = name
        self.function = function
        self.like = like
        self.gradient = gradient

    def make_node(self, *inputs: Variable) -> Apply:
        """Check nothing but types: shapes are the caller's."""
        given = [pt.as_tensor(value) for value in inputs]
        rows = pt.TensorType("float64", shape=given[0].type.shape[:1])
        of = [given[one].type if isinstance(one, int) else rows for one in self.like]
        return Apply(self, given, [output() for output in of])

    def perform(self, node: Apply, inputs: list, output_storage: list) -> None:
        """Evaluate outside compiled graphs (PyMC's other backends)."""
        values = self.function(*map(np.asarray, inputs))
        values = values if isinstance(values, tuple) else (values,)
        for storage, value in zip(output_storage, values, strict=True):
            storage[0] = value

    def infer_shape(self, node: Apply, input_shapes: list) -> list:
        """As `like` says."""
        rows = input_shapes[0][:1]
        return [input_shapes[one] if isinstance(one, int) else rows for one in self.like]

    def pullback(self, inputs: list, outputs: list, cotangents: list) -> list:
        """Take the weighted gradient."""
        assert self.gradient is not None, "a gradient is not differentiated again"
        n = len(self.gradient.like)
        by_sampled = self.gradient(*inputs[:n], cotangents[0], *inputs[n:])
        # PyTensor wants a gradient by every input, though nobody differentiates by constants.
        constants: Sequence[Variable] = inputs[len(by_sampled) :]
        return [*by_sampled, *(pt.zeros_like(value, dtype="float64") for value in constants)]


@register_funcify_default_op_cache_key(Compiled)
def _compile(op: Compiled, node: Apply, **_: object) -> Callable:
    return op.function
