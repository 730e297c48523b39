"""Points of a graph, and its log density and gradient there: without anything being compiled.

A graph is evaluated node by node as it is written. To rewrite it first, or to ask PyMC where it
would start, costs many times what a small graph costs to evaluate.
"""

import operator
from collections.abc import Callable, Collection
from functools import reduce
from itertools import count, islice

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply
from pytensor.graph.replace import _vectorize_node, vectorize_graph
from pytensor.tensor import TensorVariable
from pytensor.tensor.blockwise import Blockwise

from bayes_alliance.arrays import Floats
from bayes_alliance.pymc_model.compiled import Compiled

AS_WRITTEN = Mode(linker="py", optimizer=None)
POSITIVE = ("_above_2", "_local", "covariate_global", "covariate_slab")
# The middle of the scale of small ratings.
CENTER = 30.0

type Point = dict[str, np.ndarray]


def random_point(model: pm.Model, rng: np.random.Generator) -> Point:
    """Values in the support of every free variable."""
    point = {}
    for variable in model.free_RVs:
        name, shape = variable.name, shape_of(variable, model)
        if name.endswith("_cor_cholesky"):
            rows = np.linalg.cholesky(np.cov(rng.normal(size=(shape[0], 4 * shape[0]))))
            point[name] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        elif name.endswith("_loading_beta"):
            point[name] = rng.beta(2.0, 2.0, size=shape)
        elif name.endswith("_r2") or name == "residual_autoregression":
            point[name] = rng.beta(2.0, 5.0, size=shape)
        elif name == "leaving_share":
            point[name] = rng.beta(2.0, 2.0)
        elif name.endswith("_share"):
            point[name] = rng.dirichlet(np.ones(shape[-1]), size=shape[0])
        elif name == "residual_sd_on":
            point[name] = 0.3 * rng.normal(size=shape)
        elif "_sd" in name or name == "excess" or name.endswith(POSITIVE):
            point[name] = rng.gamma(2.0, 2.0, size=shape)
        else:
            point[name] = np.asarray((name == "level") * CENTER + rng.normal(size=shape))
    return point


def shape_of(variable: TensorVariable, model: pm.Model) -> tuple[int, ...]:
    """Shape of a free variable: by its labels where the graph leaves it open."""
    if None not in variable.type.shape:
        return variable.type.shape
    return tuple(len(model.coords[dim]) for dim in model.named_vars_to_dims[variable.name])


def log_density(model: pm.Model) -> Callable[[Point], float]:
    """Log density by the free variables, no Jacobian of any transformation."""
    return _alone(*_written(model))


def log_density_and_gradient(model: pm.Model) -> Callable[[Point], tuple[float, Point]]:
    """The same, and its gradient by every free variable."""
    return _with_gradient(*_written(model))


def alone_and_with_gradient(
    model: pm.Model,
) -> tuple[Callable[[Point], float], Callable[[Point], tuple[float, Point]]]:
    """Both of them, from one graph."""
    graph = _written(model)
    return _alone(*graph), _with_gradient(*graph)


def log_densities_and_gradient(
    model: pm.Model, many: Collection[str]
) -> Callable[[Point], tuple[Floats, Point]]:
    """Log densities at many values of some free variables, and the gradient of their sum.

    These variables have a dimension more, the first. The gradient by each of their values is that
    of its own density.
    """
    plain, density = _written(model)
    names = [variable.name for variable in plain.free_RVs]
    inputs = [
        pt.tensor(name, dtype=one.dtype, shape=(None, *one.type.shape)) if name in many else one
        for name, one in zip(names, plain.value_vars, strict=True)
    ]
    given = zip(names, plain.value_vars, inputs, strict=True)
    densities = vectorize_graph(density, {old: new for name, old, new in given if name in many})
    wanted = [densities, *pytensor.gradient.grad(densities.sum(), inputs)]
    function = pytensor.function(inputs, wanted, mode=AS_WRITTEN)

    def evaluated(point: Point) -> tuple[Floats, Point]:
        values, *slopes = function(*(point[name] for name in names))
        return values, dict(zip(names, slopes, strict=True))

    return evaluated


@_vectorize_node.register(Compiled)
def _one_by_one(op: Compiled, node: Apply, *batched: TensorVariable) -> Apply:
    """A compiled density at many points is evaluated at one after the other."""
    dims = (f"d{number}" for number in count())
    inputs, outputs = (
        ",".join(f"({','.join(islice(dims, one.type.ndim))})" for one in several)
        for several in (node.inputs, node.outputs)
    )
    return Blockwise(op, signature=f"{inputs}->{outputs}").make_node(*batched)


def _written(model: pm.Model) -> tuple[pm.Model, TensorVariable]:
    """The model on its own scales, and its log density.

    It is added up in twos: Python takes no more than 32 terms at once.
    """
    plain = remove_value_transforms(model)
    return plain, reduce(operator.add, (part.sum() for part in plain.logp(sum=False)))


def _alone(plain: pm.Model, density: TensorVariable) -> Callable[[Point], float]:
    names = [variable.name for variable in plain.free_RVs]
    function = pytensor.function(plain.value_vars, density, mode=AS_WRITTEN)

    def evaluated(point: Point) -> float:
        return float(function(*(point[name] for name in names)))

    return evaluated


def _with_gradient(
    plain: pm.Model, density: TensorVariable
) -> Callable[[Point], tuple[float, Point]]:
    names = [variable.name for variable in plain.free_RVs]
    wanted = [density, *pytensor.gradient.grad(density, plain.value_vars)]
    function = pytensor.function(plain.value_vars, wanted, mode=AS_WRITTEN)

    def evaluated(point: Point) -> tuple[float, Point]:
        value, *slopes = function(*(point[name] for name in names))
        return float(value), dict(zip(names, slopes, strict=True))

    return evaluated


def direction(name: str, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction in which a free variable can move from a value."""
    free = rng.normal(size=value.shape)
    if name.endswith("_share"):
        return free - free.mean(axis=-1, keepdims=True)
    if name.endswith("_cor_cholesky"):
        free = np.tril(free)
        return free - (free * value).sum(axis=1, keepdims=True) * value
    return free


def moved(name: str, value: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A free variable after a small step; rows of the root of correlations keep their length."""
    there = value + by
    if name.endswith("_cor_cholesky"):
        there /= np.linalg.norm(there, axis=1, keepdims=True)
    return there


def slope(function: Callable[[Point], float], point: Point, along: Point, step: float) -> float:
    """Derivative along a direction of all free variables: fourth-order central difference."""

    def there(by: float) -> float:
        return function({name: moved(name, point[name], by * one) for name, one in along.items()})

    near, far = (there(by) - there(-by) for by in (step, 2 * step))
    return (8 * near - far) / (12 * step)
