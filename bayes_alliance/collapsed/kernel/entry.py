"""The one compiled function.

`kernel` evaluates the log posterior density and its gradient at an unconstrained vector; at an
empty vector, the log density of the ratings and its derivatives at what is given. Data, priors and
structure are read from memory, never compiled in, so the function is compiled once per installation
and kept on disk. It is a C function: nutpie's threads call it without Python's global lock, Python
calls it through `ctypes`.
"""

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numba import carray, njit, types

from bayes_alliance import cache
from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.completions.latent import LATENT
from bayes_alliance.collapsed.completions.noise import after_run, differentiate_values
from bayes_alliance.collapsed.completions.values import (
    AT_NOISE,
    AT_PSEUDO_RATINGS,
    before_run,
    half_square,
    write_values,
)
from bayes_alliance.collapsed.kernel.arrays import (
    MERGED,
    Given,
    Parameters,
    Point,
    Seats,
    Tree,
    Work,
)
from bayes_alliance.collapsed.kernel.coordinates import log_prior_and_gradient, turn_back, turned
from bayes_alliance.collapsed.kernel.covariances import (
    add_average_factors,
    add_by_covariances,
    write_covariances,
)
from bayes_alliance.collapsed.kernel.memory import given_back, reader, table_length, taken
from bayes_alliance.collapsed.kernel.recursion import AGAIN, FIRST, LAST, ONLY, log_density

# The tuples of arrays in a workspace's table: constants, then what the thread writes, then those of
# the completions. The second `Given` receives derivatives by the first, the third keeps some aside.
KINDS = (Seats, Tree, Parameters, *3 * (Given,), Work, Point, *(one.own for one in COMPLETIONS))
TABLE_LENGTH = table_length(KINDS)
(_seats, _tree, _parameters, _given, _by, _aside, _work, _point, *_own) = (
    reader(KINDS, place) for place in range(len(KINDS))
)

_values = _own[COMPLETIONS.index(LATENT)]

# How the recursion runs in each run for values behind ratings.
_RUNS = (FIRST, AGAIN, AGAIN, LAST)

# C passes on the number of workspaces, then their tables, each with a flag in front: 1 while a
# thread works in it.
WORKSPACE_LENGTH = 1 + TABLE_LENGTH

NOT_FINITE = 4

_DOUBLES = types.CPointer(types.float64)
_SIGNATURE = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.CPointer(types.int64))
_COPY_SIGNATURE = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)


@njit(**MERGED)
def _nothing_completed(address: int, seats: Seats, given: Given, point: Point) -> float:
    return 0.0


@njit(**MERGED)
def _nothing_differentiated(
    address: int, seats: Seats, given: Given, by: Given, point: Point
) -> None:
    pass


def _completing(before: Any, complete: Any, own: Any) -> Any:
    """Compiled function that does what one does, then lets a completion write."""

    @njit(**MERGED)
    def both(address: int, seats: Seats, given: Given, point: Point) -> float:
        log_density = before(address, seats, given, point)
        return log_density + complete(own(address), seats, given, point)

    return both


def _differentiating(after: Any, differentiate: Any, own: Any) -> Any:
    """Compiled function that lets a completion differentiate, then does what one does."""

    @njit(**MERGED)
    def both(address: int, seats: Seats, given: Given, by: Given, point: Point) -> None:
        differentiate(own(address), seats, given, by, point)
        after(address, seats, given, by, point)

    return both


# numba takes no list of different functions, so that they are joined one by one.
_complete_all, _differentiate_all = _nothing_completed, _nothing_differentiated
_observe_all = _nothing_completed
for _completion, _of_own in zip(COMPLETIONS, _own, strict=True):
    if _completion.observes:
        _observe_all = _completing(_observe_all, _completion.complete, _of_own)
    else:
        _complete_all = _completing(_complete_all, _completion.complete, _of_own)
    _differentiate_all = _differentiating(_differentiate_all, _completion.differentiate, _of_own)


@njit(**MERGED)
def _evaluated(x: Floats, gradient: Floats, value: Floats, address: int) -> int:
    """`log p(x) + log p(ratings | x)`, in a workspace that nobody else uses."""
    seats, tree, parameters = _seats(address), _tree(address), _parameters(address)
    given, by, aside = _given(address), _by(address), _aside(address)
    work, point = _work(address), _point(address)
    prior = 0.0
    if len(x):
        kinds, numbers, coordinates = parameters.kinds, parameters.numbers, point.coordinates
        prior = turned(x, parameters, coordinates)
        prior += log_prior_and_gradient(coordinates, kinds, numbers, point, gradient)
        prior += add_average_factors(coordinates, parameters, point, gradient)
        point.by_values[:] = 0.0
        # First, because leaving varies as what it follows does.
        write_covariances(coordinates, parameters, given, point)
        prior += _complete_all(address, seats, given, point)
    # Values behind ratings, if these have any, are written by runs of their own.
    has_values = len(x) > 0 and len(point.latent) > 0
    values, likelihood, constant = _values(address), 0.0, 0.0
    run = AT_NOISE if has_values else AT_PSEUDO_RATINGS
    while run <= AT_PSEUDO_RATINGS:
        if has_values:
            before_run(run, values, seats, tree, given, point)
        likelihood = log_density(_RUNS[run] if has_values else ONLY, seats, tree, given, by, work)
        if run == AT_NOISE:
            constant = likelihood - half_square(given, by)
            prior += write_values(values, seats, by, point)
            if values.only[0] > 0.0:
                return 0
            prior += _observe_all(address, seats, given, point)
        if run != AT_PSEUDO_RATINGS:
            after_run(run, values, given, by, aside, point)
        run += 1
    if has_values:
        likelihood = constant + half_square(given, by)
    point.log_likelihood[0] = likelihood
    value[0] = prior + likelihood
    if not np.isfinite(value[0]):
        return NOT_FINITE
    if len(x):
        if has_values:
            differentiate_values(values, seats, tree, given, by, aside, point)
        _differentiate_all(address, seats, given, by, point)
        for i in range(len(x)):
            gradient[i] += point.slopes[i] * point.by_values[i]
        add_by_covariances(point.coordinates, parameters, given, by, point, gradient)
        turn_back(parameters, gradient)
    return 0


@functools.cache
def compiled_kernel() -> Any:
    """Return the compiled kernel, from disk if it was compiled before.

    Returns
    -------
    numba's C callback
        ``status = kernel(length, x, gradient, value, book)``: pointers to doubles, and to the
        workspaces; status 0, or 4 where the density is not finite.
    """
    sources = _fingerprint()

    def evaluate(length, x_, gradient_, value_, book_):  # type: ignore[no-untyped-def]
        # numba looks only at this function to decide whether the copy on disk is still good;
        # being part of the function, the fingerprint makes it look at all compiled modules.
        if sources == 0:
            return NOT_FINITE
        x, gradient = carray(x_, (length,)), carray(gradient_, (length,))
        value = carray(value_, (1,))
        # Where there are more threads than workspaces, some wait until one is free.
        book = carray(book_, (1,))
        while True:
            for number in range(book[0]):
                in_use = book.ctypes.data + 8 * (1 + number * WORKSPACE_LENGTH)
                if taken(in_use):
                    status = _evaluated(x, gradient, value, in_use + 8)
                    given_back(in_use)
                    return status

    return cache.as_c_function(_SIGNATURE, evaluate, error_model="numpy")


@functools.cache
def compiled_copy() -> Any:
    """Return a C function that copies a vector: what nutpie stores of every draw."""

    def copy(length, out_length, x_, out_, book_):  # type: ignore[no-untyped-def]
        x, out = carray(x_, (length,)), carray(out_, (out_length,))
        for i in range(length):
            out[i] = x[i]
        return 0

    return cache.as_c_function(_COPY_SIGNATURE, copy)


def _fingerprint() -> int:
    """Return a positive number that changes with every change to a compiled module."""
    digest = hashlib.sha256()
    engine = Path(__file__).parents[1]
    for path in sorted([*engine.glob("kernel/*.py"), *engine.glob("completions/*.py")]):
        digest.update(path.read_bytes())
    return 1 + int.from_bytes(digest.digest()[:7], "big")
