"""Where intermediate results lie in the one array of workspace of a chain.

The kernel allocates nothing: it writes into a float64 array made once per chain or thread. This
module names the places in it. Lengths are counted in lanes, places in doubles.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.lanes import LANES

# Positions in `Constants.place`.
(
    OMEGA,  # precision of each set of informants, (n_sets, K, K), not by lane
    FACTOR,  # scratch for one small matrix factorisation, (2, K, K), not by lane
    D_OMEGA,  # twice the derivative by each precision, lower triangle in (n_sets, K, K)
    D_Z,  # derivative by occasion covariates before weighting, (n_sets, n_z, K)
    D_THETA,  # derivative by gamma, (q,)
    D_ON,  # derivative by beta, (n_on, K)
    WEIGHT,  # log weight of each child, (n_rounds,)
    LOG_DET,  # log determinant of the factor at hand, (1,)
    COUNT,  # ones, (1,)
    U,  # A L C^-T, (q, m)
    C,  # C^-1 L' b, (m,)
    B,  # sums over occasions of the child at hand, (q,)
    RESIDUAL,  # sums over occasions less occasion covariates, (T, K)
    ABOVE,  # mean of the effects above, (e,)
    G,  # derivative by the child's expected coefficients, (q,)
    LG,  # L' g, (m,)
    THETA,  # posterior mean of the coefficients, (q,)
    SECOND,  # sum of second moments of the coefficients, lower triangle (q,)
    P,  # sum of covariances of the effects above, (e, e)
    V,  # L C^-T, (q, m)
    RAP,  # R A P, (q, e)
    LRA,  # L' R A, (m, e)
    M,  # E - S R A, (q, e)
    MP,  # M P, (q, e)
    KEPT_CHUNKS,  # R A, factor and its reciprocal diagonal, per chunk
    KEPT_ROUNDS,  # g0 and theta0, per round
    N_DOUBLES,  # length of the workspace
) = range(27)


def node_size(dim: int, columns: int) -> int:
    """Lanes per chunk of a level: precision, information, factor, mean, covariance, log weight.

    Parameters
    ----------
    dim : int
        Terms at the level.
    columns : int
        Columns of its square root.

    Returns
    -------
    int
    """
    return dim * dim + dim + columns * columns + columns + dim + dim * (dim + 1) // 2 + 1


def places(
    *,
    size: Sequence[int],
    block_dim: Sequence[int],
    block_columns: Sequence[int],
    block_chunks: Sequence[int],
    most_rounds: int,
) -> dict[str, NDArray[np.int64]]:
    """Lay out the workspace.

    Parameters
    ----------
    size : sequence of int
        As in `Constants`.
    block_dim, block_columns, block_chunks : sequence of int
        As in `Constants`.
    most_rounds : int
        Rounds of the chunk that has most.

    Returns
    -------
    dict
        ``place``; ``level_place``, start of each level's nodes; ``ds_place``, start of each
        block's derivative by its covariance.
    """
    k, t, q, n_on, _, n_z, n_sets, n_chunks, n_rounds, n_blocks, _, keep = size
    m = max(block_columns)
    e = block_dim[1] if n_blocks > 1 else 0
    lanes = {
        OMEGA: -(-n_sets * k * k // LANES),
        FACTOR: -(-2 * k * k // LANES),
        D_OMEGA: n_sets * k * k,
        D_Z: n_sets * n_z * k,
        D_THETA: q,
        D_ON: n_on * k,
        WEIGHT: n_rounds,
        LOG_DET: 1,
        COUNT: 1,
        U: q * m,
        C: m,
        B: q,
        RESIDUAL: t * k,
        ABOVE: e,
        G: q,
        LG: m,
        THETA: q,
        SECOND: q * (q + 1) // 2,
        P: e * e,
        V: q * m,
        RAP: q * e,
        LRA: m * e,
        M: q * e,
        MP: q * e,
        KEPT_CHUNKS: (n_chunks if keep else 1) * kept_chunk(q, block_columns[0]),
        KEPT_ROUNDS: (n_rounds if keep else most_rounds) * 2 * q,
    }
    start = np.cumsum([0, *lanes.values()])
    nodes = [
        n_chunks * node_size(dim, columns) if index else 0
        for index, (dim, columns, n_chunks) in enumerate(
            zip(block_dim, block_columns, block_chunks, strict=True)
        )
    ]
    level_place = start[-1] + np.cumsum([0, *nodes])
    ds = [dim * (dim + 1) // 2 for dim in block_dim]
    ds_place = level_place[-1] + np.cumsum([0, *ds])
    return {
        "place": np.concatenate([start[:-1], ds_place[-1:]]) * LANES,
        "level_place": level_place[:-1] * LANES,
        "ds_place": ds_place[:-1] * LANES,
    }


def kept_chunk(q: int, m: int) -> int:
    """Lanes kept per chunk: R A, the factor, and the reciprocals of its diagonal.

    Parameters
    ----------
    q, m : int
        Terms, and columns of the child's square root.

    Returns
    -------
    int
    """
    return q * q + m * m + m
