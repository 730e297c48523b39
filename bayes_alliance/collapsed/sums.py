"""Sums over a child's occasions, in the order in which the kernel reads them.

The kernel walks through chunks; within a chunk through its rounds, and within a round through the
sets of informants that occur in the chunk (*cells*). Children who lack a set have zeros there.
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.kernel import header
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.patterns import Seating
from bayes_alliance.design import Design

type Integers = NDArray[np.int64]


def sums_over_occasions(
    design: Design, seating: Seating, censored: NDArray[np.bool_]
) -> dict[np.int64, NDArray]:
    """Sums over occasions, laid out by chunk, set, round and lane.

    Parameters
    ----------
    censored : array of bool, shape (R, K)
        Ratings that are left out of the sums.

    Returns
    -------
    dict
        Arrays by their name in the `header`.
    """
    n_sets, n_informants = seating.sets.shape
    n_chunks, n_rounds = len(seating.round_start) - 1, int(seating.round_start[-1])
    n_t, n_z, n_x = design.basis.shape[1], design.z.shape[1], design.x.shape[1]
    row_child, row_set = design.occasion_child, seating.row_set
    chunk, round_, lane = (a[row_child] for a in (seating.chunk, seating.round, seating.lane))

    # A cell is a set that occurs in a chunk.
    cells, cell = np.unique(chunk * n_sets + row_set, return_inverse=True)
    cell = cell.ravel()
    cell_chunk, cell_set = np.divmod(cells, max(n_sets, 1))
    cell_start = np.searchsorted(cell_chunk, np.arange(n_chunks + 1))
    set_size = seating.sets.sum(axis=1)

    n_pairs = n_t * (n_t + 1) // 2
    phi = np.zeros((len(cells), n_pairs, LANES))
    first = round_ == seating.round_start[chunk]
    for pair, (left, right) in enumerate(zip(*np.tril_indices(n_t), strict=True)):
        product = design.basis[first, left] * design.basis[first, right]
        np.add.at(phi, (cell[first], pair, lane[first]), product)

    def laid_out(width: Integers) -> tuple[Integers, Integers]:
        """Start of each round, and of each occasion's cell within its round; in lanes."""
        before = np.concatenate([[0], np.cumsum(width[cell_set])])
        within = before[:-1] - before[cell_start[cell_chunk]]
        of_chunk = np.diff(before[cell_start])
        of_round = np.repeat(of_chunk, np.diff(seating.round_start))
        start = np.concatenate([[0], np.cumsum(of_round)])
        return start, start[round_] + within[cell]

    round_yb, row_yb = laid_out(n_t * set_size)
    yb = np.zeros((round_yb[-1], LANES))
    position_in_set = np.cumsum(seating.sets, axis=1) - 1
    y = np.where(design.present & ~censored, design.y, 0.0)
    row, informant = np.nonzero(design.present)
    place = row_yb[row] + position_in_set[row_set[row], informant]
    for c in range(n_t):
        later = place + c * set_size[row_set[row]]
        np.add.at(yb, (later, lane[row]), design.basis[row, c] * y[row, informant])
    yb_of = np.zeros(y.shape, dtype=np.int64)
    yb_of[row, informant] = place * LANES + lane[row]

    round_yz, row_yz = laid_out(np.full(n_sets, n_t * n_z))
    yz = np.zeros((round_yz[-1], LANES))
    for c in range(n_t):
        for p in range(n_z):
            product = design.basis[:, c] * design.z[:, p]
            np.add.at(yz, (row_yz + c * n_z + p, lane), product)

    x = np.zeros((n_rounds, 1 + n_x, LANES))
    x[seating.round, 0, seating.lane] = 1.0
    for p in range(n_x):
        x[seating.round, 1 + p, seating.lane] = design.x[:, p]
    sums = {
        header.CHUNK_SET_START: cell_start,
        header.CHUNK_SET: cell_set,
        header.ROUND_YB: round_yb[:-1] * LANES,
        header.ROUND_YZ: round_yz[:-1] * LANES,
        header.SET_ROWS: np.bincount(row_set, minlength=n_sets).astype(np.float64),
        header.SLOT_COUNT: np.bincount(
            seating.chunk * LANES + seating.lane, minlength=n_chunks * LANES
        ).astype(np.float64),
        header.PHI: phi,
        header.YB: yb,
        header.YZ: yz,
        header.X: x,
        header.YY: np.zeros((n_sets, n_informants, n_informants)),
        header.ZY: np.zeros((n_sets, n_z, n_informants)),
        header.ZZ: np.zeros((n_sets, n_z, n_z)),
    }
    for s in range(n_sets):
        rows = row_set == s
        sums[header.YY][s] = y[rows].T @ y[rows]
        sums[header.ZY][s] = design.z[rows].T @ y[rows]
        sums[header.ZZ][s] = design.z[rows].T @ design.z[rows]
    rows, informants = np.nonzero(censored)
    at_all = np.flatnonzero(censored.any(axis=1))
    return sums | {
        header.CENSORED_START: np.searchsorted(rows, np.append(at_all, len(y))),
        header.CENSORED_SET: row_set[at_all],
        header.CENSORED_SEAT: (round_ * LANES + lane)[at_all],
        header.CENSORED_INFORMANT: informants,
        header.CENSORED_POSITION: position_in_set[row_set[rows], informants],
        header.CENSORED_YB: yb_of[rows, informants],
        header.CENSORED_END: design.y[rows, informants],
        header.CENSORED_SIGN: np.where(design.ceiling[rows, informants], 1.0, -1.0),
        header.CENSORED_Y: y[at_all],
        header.CENSORED_PHI: design.basis[at_all],
        header.CENSORED_Z: design.z[at_all],
    }
