"""Everything about the data that the likelihood needs, fixed before sampling.

In goes a `Design`, out come flat arrays of one fixed type each, so that the compiled kernel serves
every data set, structure and depth of nesting without being compiled again. Ratings enter the
likelihood only through sums over occasions, one per set `o` of informants who rated together:

``phi  = sum_t phi_t phi_t'``   (per pattern), ``yb = sum_t phi_t y_t'``   (per child),
``yy   = sum_t y_t y_t'``       (over all children),

and the same with the occasion covariates `z` in place of `y`. Per-child arrays are stored round by
round in the order the kernel walks through them, eight children side by side (`patterns`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.blocks import Block, blocks
from bayes_alliance.collapsed.lanes import LANES
from bayes_alliance.collapsed.patterns import Seating, seat
from bayes_alliance.collapsed.workspace import node_size, places
from bayes_alliance.design import Design

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Positions in `Constants.size`.
K, T, Q, N_ON, N_X, N_Z, N_SETS, N_CHUNKS, N_ROUNDS, N_BLOCKS, N_ROOT, KEEP = range(12)

# Intermediate results of all chunks are kept between the passes if they need no more doubles.
MOST_KEPT = 2**19


class Constants(NamedTuple):
    """Arrays of the likelihood's kernel; the leading dimension of ragged ones is split by starts.

    Parameters
    ----------
    size : int, shape (12,)
        K informants, T coefficients, Q = T K terms, N_ON covariate-coefficient pairs, N_X
        covariates, N_Z occasion covariates, N_SETS sets of informants, N_CHUNKS, N_ROUNDS,
        N_BLOCKS (child and the levels above), N_ROOT elements of all square roots that are not
        fixed at zero, KEEP (1 if intermediate results of all chunks are kept between passes).
    set_start, set_informant : int
        Informants of each set.
    set_rows : float
        Occasions of each set.
    on_column, on_coefficient : int, shape (N_ON,)
        Column of ``x`` and the coefficient it acts on.
    block_dim, block_columns, block_first_column : int, shape (N_BLOCKS,)
        Terms that matter at a block (its own and those of all levels above), columns of its square
        root, and the number of its first column among all columns.
    column_start, column_row : int
        Rows of each column of a square root that are not fixed at zero.
    up_start, up_position : int
        Positions, among the terms of a block, of the terms of the next one.
    block_chunks, block_units : int, shape (N_BLOCKS,)
        Chunks and units of each level; 0 for the child.
    unit_start, unit_parent : int
        Place of each unit's parent in the parent level's workspace.
    node_stride : int, shape (N_BLOCKS,)
        Doubles of workspace per chunk of a level.
    chunk_set_start, chunk_set, chunk_round_start : int
        Sets that occur in a chunk, and its first round.
    round_valid, round_yb, round_yz, round_child, round_parent : int
        Children in a round (they fill the first lanes), where its sums start, who they are, and
        the place of their parents in the workspace of the first level.
    slot_count : float, shape (N_CHUNKS * LANES,)
        Children per slot.
    phi, yb, yz, x : float
        Sums per pattern and child, by lane; ``x`` starts with a column of ones (zeros where there
        is no child).
    yy, zy, zz : float
        Sums over all occasions of a set: shapes (N_SETS, K, K), (N_SETS, N_Z, K) and
        (N_SETS, N_Z, N_Z).
    place, level_place, ds_place : int
        Where things lie in the workspace (`workspace.places`).
    """

    size: Integers
    set_start: Integers
    set_informant: Integers
    set_rows: Floats
    on_column: Integers
    on_coefficient: Integers
    block_dim: Integers
    block_columns: Integers
    block_first_column: Integers
    column_start: Integers
    column_row: Integers
    up_start: Integers
    up_position: Integers
    block_chunks: Integers
    block_units: Integers
    unit_start: Integers
    unit_parent: Integers
    node_stride: Integers
    chunk_set_start: Integers
    chunk_set: Integers
    chunk_round_start: Integers
    round_valid: Integers
    round_yb: Integers
    round_yz: Integers
    round_child: Integers
    round_parent: Integers
    slot_count: Floats
    phi: Floats
    yb: Floats
    yz: Floats
    x: Floats
    yy: Floats
    zy: Floats
    zz: Floats
    place: Integers
    level_place: Integers
    ds_place: Integers


def constants(design: Design, *, dense_roots: bool = False) -> Constants:
    """Constants of the collapsed likelihood.

    Parameters
    ----------
    design : Design
    dense_roots : bool
        Let every element of a square root be free, whatever the structure: for covariances that
        are given rather than parametrised.

    Returns
    -------
    Constants
    """
    seating = seat(design)
    hierarchy = blocks(design, dense_roots=dense_roots)
    nesting = _nesting(design, hierarchy, seating)
    sums = _sums(design, seating)
    n_on, n_x, n_z = int(design.covariate_on.sum()), design.x.shape[1], design.z.shape[1]
    n_chunks, n_rounds = len(seating.round_start) - 1, int(seating.round_start[-1])
    n_terms, columns = len(design.terms), len(hierarchy[0].columns)
    kept = n_chunks * (n_terms**2 + columns**2 + columns) + n_rounds * 2 * n_terms
    on_column, on_coefficient = np.nonzero(design.covariate_on)
    ups = [block.up for block in hierarchy]
    rows = [row for block in hierarchy for row in block.columns]
    n_columns = [len(block.columns) for block in hierarchy]
    size = [
        len(design.informants),
        len(design.coefficients),
        n_terms,
        n_on,
        n_x,
        n_z,
        len(seating.sets),
        n_chunks,
        n_rounds,
        len(hierarchy),
        sum(len(row) for row in rows),
        kept * LANES <= MOST_KEPT,
    ]
    sets = [np.flatnonzero(members) for members in seating.sets]
    fields = {
        "size": size,
        "set_start": _starts(sets),
        "set_informant": _joined(sets),
        "set_rows": np.bincount(seating.row_set, minlength=len(sets)),
        "on_column": on_column,
        "on_coefficient": on_coefficient,
        "block_dim": [len(block.terms) for block in hierarchy],
        "block_columns": n_columns,
        "block_first_column": np.cumsum([0, *n_columns])[:-1],
        "column_start": _starts(rows),
        "column_row": _joined(rows),
        "up_start": _starts(ups),
        "up_position": _joined(ups),
        **nesting,
        **sums,
    }
    fields |= places(
        size=size,
        block_dim=fields["block_dim"],
        block_columns=n_columns,
        block_chunks=nesting["block_chunks"],
        most_rounds=int(np.diff(seating.round_start).max(initial=0)),
    )
    return Constants(
        **{
            name: np.ascontiguousarray(
                fields[name], dtype=np.float64 if kind == Floats else np.int64
            )
            for name, kind in Constants.__annotations__.items()
        }
    )


def _starts(pieces: list[Integers]) -> Integers:
    return np.cumsum([0, *(len(piece) for piece in pieces)]).astype(np.int64)


def _joined(pieces: list[Integers]) -> Integers:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)


def _nesting(
    design: Design, hierarchy: tuple[Block, ...], seating: Seating
) -> dict[str, NDArray]:
    """Who is nested in whom, as places in the workspace."""
    levels = design.levels
    units = [0, *(len(level.labels) for level in levels)]
    stride = [0] + [
        node_size(len(block.terms), len(block.columns)) * LANES for block in hierarchy[1:]
    ]
    parents = [np.zeros(0, dtype=np.int64)]
    for index, level in enumerate(levels[1:], start=1):
        padded = np.zeros(-(-units[index] // LANES) * LANES, dtype=np.int64)
        padded[: units[index]] = _place(level.parent, stride[index + 1])
        parents.append(padded)
    if levels:
        parents.append(np.zeros(0, dtype=np.int64))

    n_rounds = int(seating.round_start[-1])
    seat_index = seating.round * LANES + seating.lane
    child = np.full(n_rounds * LANES, -1, dtype=np.int64)
    child[seat_index] = np.arange(len(design.children))
    parent = np.zeros(n_rounds * LANES, dtype=np.int64)
    if levels:
        parent[seat_index] = _place(levels[0].parent, stride[1])
    return {
        "block_units": np.array(units),
        "block_chunks": -(-np.array(units) // LANES),
        "unit_start": _starts(parents),
        "unit_parent": _joined(parents),
        "node_stride": np.array(stride),
        "chunk_round_start": seating.round_start,
        "round_valid": np.bincount(seating.round, minlength=n_rounds),
        "round_child": child,
        "round_parent": parent,
        "slot_count": np.bincount(
            seating.chunk * LANES + seating.lane,
            minlength=(len(seating.round_start) - 1) * LANES,
        ),
    }


def _place(unit: Integers, stride: int) -> Integers:
    return unit // LANES * stride + unit % LANES


def _sums(design: Design, seating: Seating) -> dict[str, NDArray]:
    """Sums over occasions, laid out by chunk, set, round and lane."""
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
    for pair, (c, d) in enumerate((c, d) for c in range(n_t) for d in range(c + 1)):
        product = design.basis[first, c] * design.basis[first, d]
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
    row, informant = np.nonzero(design.present)
    for c in range(n_t):
        place = row_yb[row] + c * set_size[row_set[row]] + position_in_set[row_set[row], informant]
        np.add.at(yb, (place, lane[row]), design.basis[row, c] * design.y[row, informant])

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
    y = np.where(design.present, design.y, 0.0)
    members = [row_set == index for index in range(n_sets)]
    return {
        "chunk_set_start": cell_start,
        "chunk_set": cell_set,
        "round_yb": round_yb[:-1] * LANES,
        "round_yz": round_yz[:-1] * LANES,
        "phi": phi.ravel(),
        "yb": yb.ravel(),
        "yz": yz.ravel(),
        "x": x.ravel(),
        "yy": np.concatenate(
            [np.zeros(0), *((y[rows].T @ y[rows]).ravel() for rows in members)]
        ),
        "zy": np.concatenate(
            [np.zeros(0), *((design.z[rows].T @ y[rows]).ravel() for rows in members)]
        ),
        "zz": np.concatenate(
            [np.zeros(0), *((design.z[rows].T @ design.z[rows]).ravel() for rows in members)]
        ),
    }
