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

import math

from numba import njit

from bayes_alliance.collapsed.kernel.access import COMPILED, at
from bayes_alliance.collapsed.kernel.children import absorb_chunk, differentiate_chunk, send_up
from bayes_alliance.collapsed.kernel.header import (
    BLOCK_COLUMNS,
    BLOCK_DIM,
    BLOCK_FIRST_COLUMN,
    CHILD,
    COLUMN_ROW,
    COLUMN_START,
    D_OMEGA,
    D_ON,
    D_THETA,
    D_Z,
    DS_PLACE,
    KEEP,
    N_BLOCKS,
    N_CHUNKS,
    N_ON,
    N_ROOT,
    N_ROUNDS,
    N_SETS,
    N_WORK,
    N_Z,
    WEIGHT,
    K,
    Q,
)
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.levels import absorb_level, clear_level, explain_level
from bayes_alliance.collapsed.kernel.messages import fill
from bayes_alliance.collapsed.kernel.residual import precision_gradients, precisions


@njit(**COMPILED)
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
    index, data : array
        The arrays of `Constants`.
    work : array
        At least N_WORK doubles, contents of no importance.

    Returns
    -------
    float
        NaN if the residual covariance is not positive definite; the gradient is then not written.
    """
    on = index[Q]
    occasion = on + index[N_ON] * index[K]
    roots = occasion + index[N_Z] * index[K]
    residual = roots + index[N_ROOT]
    beta, delta, root = parameters[on:occasion], parameters[occasion:roots], parameters[roots:]
    n_blocks, n_chunks = index[N_BLOCKS], index[N_CHUNKS]

    total = precisions(parameters[residual:], delta, index, data, work)
    if math.isnan(total):
        return total
    for level in range(1, n_blocks):
        clear_level(level, index, work)
    for chunk in range(n_chunks):
        absorb_chunk(chunk, parameters, beta, delta, root, index, data, work)
        if n_blocks > 1:
            send_up(chunk, index, work)
    for i in range(index[N_ROUNDS] * LANES):
        total += work[index[WEIGHT] + i]
    for level in range(1, n_blocks):
        total += absorb_level(level, root, index, work)

    _clear_derivatives(index, work)
    for level in range(n_blocks - 1, 0, -1):
        explain_level(level, root, index, work)
    for chunk in range(n_chunks):
        if not index[KEEP]:
            absorb_chunk(chunk, parameters, beta, delta, root, index, data, work)
        differentiate_chunk(chunk, delta, root, index, data, work)

    for i in range(on):
        gradient[i] = _across(work, index[D_THETA] + i * LANES)
    for i in range(occasion - on):
        gradient[on + i] = _across(work, index[D_ON] + i * LANES)
    for block in range(n_blocks):
        _root_gradient(block, root, gradient[roots:], index, work)
    precision_gradients(delta, gradient[occasion:roots], gradient[residual:], index, data, work)
    return total


@njit(**COMPILED)
def _clear_derivatives(index, work):  # type: ignore[no-untyped-def]
    n, n_sets = index[K], index[N_SETS]
    fill(work, index[D_OMEGA], n_sets * n * n, 0.0)
    fill(work, index[D_Z], n_sets * index[N_Z] * n, 0.0)
    fill(work, index[D_THETA], index[Q], 0.0)
    fill(work, index[D_ON], index[N_ON] * n, 0.0)
    ds = at(index, DS_PLACE, CHILD)
    fill(work, ds, (index[N_WORK] - ds) // LANES, 0.0)


@njit(**COMPILED)
def _across(work, place):  # type: ignore[no-untyped-def]
    """Sum of eight lanes."""
    total = 0.0
    for lane in range(LANES):
        total += work[place + lane]
    return total


@njit(**COMPILED)
def _root_gradient(block, root, gradient, index, work):  # type: ignore[no-untyped-def]
    """`2 dS L`, at the elements of `L` that are not fixed at zero."""
    dim = at(index, BLOCK_DIM, block)
    ds = at(index, DS_PLACE, block)
    for i in range(dim * (dim + 1) // 2):
        work[ds + i * LANES] = _across(work, ds + i * LANES)
    first = at(index, BLOCK_FIRST_COLUMN, block)
    for j in range(first, first + at(index, BLOCK_COLUMNS, block)):
        start, end = at(index, COLUMN_START, j), at(index, COLUMN_START, j + 1)
        for n in range(start, end):
            total = 0.0
            for o in range(start, end):
                row, other = at(index, COLUMN_ROW, n), at(index, COLUMN_ROW, o)
                row, other = max(row, other), min(row, other)
                total += work[ds + (row * (row + 1) // 2 + other) * LANES] * root[o]
            gradient[n] = total
