"""The one compiled function.

`kernel` evaluates a *task*: the log posterior density and its gradient at an unconstrained vector,
or the log likelihood and its gradient at given parameters. What the task is about (data, priors,
structure) is read from memory, never compiled in, so the function is compiled once per
installation and kept on disk. It is a C function: nutpie's threads call it without Python's
global lock, Python calls it through `ctypes`.
"""

import functools
import hashlib
from pathlib import Path

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

from bayes_alliance.collapsed.kernel.access import COMPILED
from bayes_alliance.collapsed.kernel.censored import complete, excess_gradients
from bayes_alliance.collapsed.kernel.coordinates import log_prior_and_gradient, soft
from bayes_alliance.collapsed.kernel.header import N_CENSORED, N_ON, N_WORK, N_Z, K, Q
from bayes_alliance.collapsed.kernel.likelihood import log_likelihood_and_gradient
from bayes_alliance.collapsed.kernel.transforms import add_gradient, parameters_from

# Positions in the array that describes a task: sizes, then addresses.
(
    N_COORDINATES,  # 0: the vector holds the likelihood's parameters
    N_COEFFICIENTS,
    N_COVARIANCES,
    N_PARAMETERS,
    N_ROOTS,
    N_INDEX,
    N_DATA,
    KINDS,
    NUMBERS,
    TABLE,
    INDEX,
    DATA,
    WORK,  # workspaces, one behind the other
    WORK_LENGTH,  # doubles of each
    IN_USE,  # a number for each workspace: 1 while a thread works in it
    N_WORKSPACES,
    TASK_LENGTH,
) = range(17)

# What the kernel leaves in front of the workspace: the log likelihood, and the parameters.
LOG_LIKELIHOOD, PARAMETERS = range(2)

NOT_FINITE = 4


@intrinsic
def _pointer(typing_context, address):  # type: ignore[no-untyped-def]
    """Turn an address into a pointer."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


@intrinsic
def _taken(typing_context, address):  # type: ignore[no-untyped-def]
    """Change the number at an address from 0 to 1 at once; whether it was 0."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        number = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        free, used = ir.IntType(64)(0), ir.IntType(64)(1)
        found = builder.cmpxchg(number, free, used, "acq_rel", "acquire")
        return builder.extract_value(found, 1)

    return types.boolean(types.int64), generate


@intrinsic
def _given_back(typing_context, address):  # type: ignore[no-untyped-def]
    """Set the number at an address to 0."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        number = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        builder.store_atomic(ir.IntType(64)(0), number, "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64), generate


_DOUBLES = types.CPointer(types.float64)
_SIGNATURE = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)
_COPY_SIGNATURE = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)


@njit(**COMPILED)
def _evaluated(x, gradient, value, book, work):  # type: ignore[no-untyped-def]
    """Evaluate the task in a workspace that nobody else uses."""
    n, n_parameters = book[N_COORDINATES], book[N_PARAMETERS]
    index = carray(_pointer(book[INDEX]), (book[N_INDEX],), np.int64)
    data = carray(_pointer(book[DATA]), (book[N_DATA],), np.float64)
    start_values = 1 + 2 * n_parameters
    start_roots = start_values + n
    scratch = start_roots + book[N_ROOTS]
    copy = scratch + index[N_WORK]
    if not n:
        value[0] = log_likelihood_and_gradient(x, gradient, index, data, work[scratch:copy])
        work[LOG_LIKELIHOOD] = value[0]
        return 0 if np.isfinite(value[0]) else NOT_FINITE
    kinds = carray(_pointer(book[KINDS]), (n,), np.int64)
    numbers = carray(_pointer(book[NUMBERS]), (n, 4), np.float64)
    table = carray(_pointer(book[TABLE]), (book[N_COVARIANCES], 6), np.int64)
    parameters = work[PARAMETERS : PARAMETERS + n_parameters]
    by_parameter = work[PARAMETERS + n_parameters : start_values]
    values, roots = work[start_values:start_roots], work[start_roots:scratch]
    n_coefficients = book[N_COEFFICIENTS]
    prior = log_prior_and_gradient(x, kinds, numbers, values, gradient)
    n_censored = index[N_CENSORED]
    first = n - n_censored
    if n_censored:
        completed = work[copy : copy + book[N_DATA]]
        completed[:] = data
        complete(values[first:], index, data, completed)
        data = completed
    parameters_from(x, values, n_coefficients, table, parameters, roots)
    likelihood = log_likelihood_and_gradient(
        parameters, by_parameter, index, data, work[scratch:copy]
    )
    work[LOG_LIKELIHOOD] = likelihood
    value[0] = prior + likelihood
    if not np.isfinite(value[0]):
        return NOT_FINITE
    if n_censored:
        # What was the excess receives the derivative by it.
        excess = values[first:]
        delta = parameters[index[Q] + index[N_ON] * index[K] :]
        delta = delta[: index[N_Z] * index[K]]
        excess_gradients(delta, index, data, work[scratch:copy], excess)
        for i in range(n_censored):
            gradient[first + i] += excess[i] * numbers[first + i, 3] * soft(x[first + i])[1]
    add_gradient(
        x, values, numbers, n_coefficients, table, parameters, roots, by_parameter, gradient
    )
    return 0


@functools.cache
def compiled_kernel():  # type: ignore[no-untyped-def]
    """Return the compiled kernel, from disk if it was compiled before.

    Returns
    -------
    numba's C callback
        ``status = kernel(length, x, gradient, value, book)``: pointers to doubles, and to the
        task's address book; status 0, or 4 where the density is not finite.
    """
    sources = _fingerprint()

    def evaluate(length, x_, gradient_, value_, book_):  # type: ignore[no-untyped-def]
        # numba looks only at this function to decide whether the copy on disk is still good;
        # being part of the function, the fingerprint makes it look at all modules of the kernel.
        if sources == 0:
            return NOT_FINITE
        book = carray(book_, (TASK_LENGTH,), np.int64)
        x, gradient = carray(x_, (length,)), carray(gradient_, (length,))
        value = carray(value_, (1,))
        size = book[WORK_LENGTH]
        for slot in range(book[N_WORKSPACES]):
            in_use = book[IN_USE] + 8 * slot
            if _taken(in_use):
                work = carray(_pointer(book[WORK] + 8 * slot * size), (size,), np.float64)
                status = _evaluated(x, gradient, value, book, work)
                _given_back(in_use)
                return status
        # More threads than workspaces: this call takes memory of its own.
        return _evaluated(x, gradient, value, book, np.empty(size))

    return cfunc(_SIGNATURE, cache=True, error_model="numpy")(evaluate)


@functools.cache
def compiled_copy():  # type: ignore[no-untyped-def]
    """Return a C function that copies a vector: what nutpie stores of every draw.

    Returns
    -------
    numba's C callback
    """

    def copy(length, out_length, x_, out_, book_):  # type: ignore[no-untyped-def]
        carray(out_, (out_length,))[:] = carray(x_, (length,))
        return 0

    return cfunc(_COPY_SIGNATURE, cache=True)(copy)


def _fingerprint() -> int:
    """Return a positive number that changes with every change to the modules of the kernel."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return 1 + int.from_bytes(digest.digest()[:7], "big")
