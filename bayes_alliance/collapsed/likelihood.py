r"""The exact log likelihood with all random effects integrated out, and its gradient.

One pass upwards turns ratings into messages, child to therapist to clinic; one pass downwards turns
posterior means and covariances into derivatives, in closed form:

.. math:: \frac{\partial\ell}{\partial\theta_{0i}} = g_i, \quad
          \frac{\partial\ell}{\partial S} = \tfrac12 \sum (g g' - R A + R A\, P\, R A), \quad
          \frac{\partial\ell}{\partial L} = 2 \frac{\partial\ell}{\partial S} L, \quad
          \frac{\partial\ell}{\partial A_i} = -\tfrac12 E[\theta_i \theta_i'], \quad
          \frac{\partial\ell}{\partial b_i} = E[\theta_i].

The work grows linearly with the number of children. Laird and Ware (1982) for the model.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bayes_alliance.collapsed.children import absorb_chunk, differentiate_chunk, send_up
from bayes_alliance.collapsed.constants import (
    KEEP,
    N_BLOCKS,
    N_CHUNKS,
    N_ON,
    N_ROOT,
    N_ROUNDS,
    N_SETS,
    N_Z,
    Constants,
    K,
    Q,
)
from bayes_alliance.collapsed.lanes import LANES
from bayes_alliance.collapsed.levels import absorb_level, explain_level
from bayes_alliance.collapsed.messages import COMPILED, fill
from bayes_alliance.collapsed.residual import precision_gradients, precisions
from bayes_alliance.collapsed.workspace import D_OMEGA, D_ON, D_THETA, D_Z, N_DOUBLES, WEIGHT


def workspace(k: Constants) -> NDArray[np.float64]:
    """Workspace of the kernel; one per thread.

    Parameters
    ----------
    k : Constants

    Returns
    -------
    array
    """
    return np.zeros(index[N_DOUBLES])


def n_parameters(k: Constants) -> int:
    """Length of the parameters of `log_likelihood_and_gradient`.

    Parameters
    ----------
    k : Constants

    Returns
    -------
    int
    """
    n = index[K]
    return int(index[Q] + (index[N_ON] + index[N_Z]) * n + index[N_ROOT] + n * n)


@njit(cache=True,nogil=True,error_model="numpy")
def log_likelihood_and_gradient(parameters, gradient, index, data, work):  # type: ignore[no-untyped-def]
    """Log likelihood of all ratings, constants included, and its gradient.

    Parameters
    ----------
    parameters : array
        In this order: gamma (T, K); beta (n_on, K); delta (n_z, K); elements of the square roots
        of all blocks, column by column, child first; residual covariance (K, K).
    gradient : array
        Receives the derivatives; by the residual covariance, as if its elements were free
        (symmetric).
    k : Constants
    work : array
        As from `workspace`.

    Returns
    -------
    float
        NaN if the residual covariance is not positive definite; the gradient is then not written.
    """
    n = index[K]
    on = index[Q]
    occasion = on + index[N_ON] * n
    roots = occasion + index[N_Z] * n
    residual = roots + index[N_ROOT]
    beta, delta = parameters[on:occasion], parameters[occasion:roots]

    total = precisions(parameters[residual:], delta, index, data, work)
    if np.isnan(total):
        return total
    total += absorb_all(parameters, index, data, work)
    _clear_derivatives(index, data, work)
    n_blocks = index[N_BLOCKS]
    for level in range(n_blocks - 1, 0, -1):
        explain_level(level, parameters[roots:], index, data, work)
    for chunk in range(index[N_CHUNKS]):
        if not index[KEEP]:
            absorb_chunk(chunk, parameters, beta, delta, parameters[roots:], index, data, work)
        differentiate_chunk(chunk, delta, parameters[roots:], index, data, work)

    for i in range(on):
        gradient[i] = _across(work, index[D_THETA] + i * LANES)
    for i in range(occasion - on):
        gradient[on + i] = _across(work, index[D_ON] + i * LANES)
    for block in range(n_blocks):
        _root_gradient(block, parameters[roots:], gradient[roots:], index, data, work)
    precision_gradients(delta, gradient[occasion:roots], gradient[residual:], index, data, work)
    return total


@njit(**COMPILED)
def absorb_all(parameters, index, data, work):  # type: ignore[no-untyped-def]
    """Pass upwards; returns the sum of all log weights.

    Parameters
    ----------
    parameters, index, data, work
        As in `log_likelihood_and_gradient`; `precisions` must have been called.

    Returns
    -------
    float
    """
    n = index[K]
    on = index[Q]
    occasion = on + index[N_ON] * n
    roots = occasion + index[N_Z] * n
    beta, delta = parameters[on:occasion], parameters[occasion:roots]
    n_blocks = index[N_BLOCKS]
    for level in range(1, n_blocks):
        dim = index[index[BLOCK_DIM] + level]
        for chunk in range(index[index[BLOCK_CHUNKS] + level]):
            place = index[index[LEVEL_PLACE] + level] + chunk * index[index[NODE_STRIDE] + level]
            fill(work, place, dim * dim + dim, 0.0)
    for chunk in range(index[N_CHUNKS]):
        absorb_chunk(chunk, parameters, beta, delta, parameters[roots:], index, data, work)
        if n_blocks > 1:
            send_up(chunk, index, data, work)
    total = 0.0
    for i in range(index[N_ROUNDS] * LANES):
        total += work[index[WEIGHT] + i]
    for level in range(1, n_blocks):
        absorb_level(level, parameters[roots:], index, data, work)
        for chunk in range(index[index[BLOCK_CHUNKS] + level]):
            place = index[index[LEVEL_PLACE] + level] + (chunk + 1) * index[index[NODE_STRIDE] + level] - LANES
            total += _across(work, place)
    return total


@njit(**COMPILED)
def _clear_derivatives(index, data, work):  # type: ignore[no-untyped-def]
    n, n_sets = index[K], index[N_SETS]
    fill(work, index[D_OMEGA], n_sets * n * n, 0.0)
    fill(work, index[D_Z], n_sets * index[N_Z] * n, 0.0)
    fill(work, index[D_THETA], index[Q], 0.0)
    fill(work, index[D_ON], index[N_ON] * n, 0.0)
    fill(work, index[index[DS_PLACE] + 0], (index[N_DOUBLES] - index[index[DS_PLACE] + 0]) // LANES, 0.0)


@njit(**COMPILED)
def _across(work, place):  # type: ignore[no-untyped-def]
    """Sum of eight lanes."""
    total = 0.0
    for lane in range(LANES):
        total += work[place + lane]
    return total


@njit(**COMPILED)
def _root_gradient(block, root, gradient, index, data, work):  # type: ignore[no-untyped-def]
    """`2 dS L`, at the elements of `L` that are not fixed at zero."""
    dim = index[index[BLOCK_DIM] + block]
    ds = index[index[DS_PLACE] + block]
    for i in range(dim * (dim + 1) // 2):
        work[ds + i * LANES] = _across(work, ds + i * LANES)
    first = index[index[BLOCK_FIRST_COLUMN] + block]
    for j in range(first, first + index[index[BLOCK_COLUMNS] + block]):
        for n in range(index[index[COLUMN_START] + j], index[index[COLUMN_START] + j + 1]):
            total = 0.0
            for o in range(index[index[COLUMN_START] + j], index[index[COLUMN_START] + j + 1]):
                row = max(index[index[COLUMN_ROW] + n], index[index[COLUMN_ROW] + o])
                column = min(index[index[COLUMN_ROW] + n], index[index[COLUMN_ROW] + o])
                total += work[ds + (row * (row + 1) // 2 + column) * LANES] * root[o]
            gradient[n] = total
