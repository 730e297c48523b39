"""Everything about the data that the likelihood needs, fixed before sampling.

In goes a `Design`, out come two flat arrays, one of integers and one of doubles (`header` names
what lies where), so that the compiled kernel serves every data set, structure and depth of nesting
without being compiled again. Ratings enter the likelihood only through sums over occasions, one per
set `o` of informants who rated together:

``phi  = sum_t phi_t phi_t'`` (per pattern), ``yb = sum_t phi_t y_t'`` (per child),
``yy   = sum_t y_t y_t'`` (over all children),

and the same with the occasion covariates `z` in place of `y`. Sums per child are stored round by
round in the order in which the kernel walks through them, eight children side by side (`patterns`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.blocks import Block, blocks_of
from bayes_alliance.collapsed.kernel import header
from bayes_alliance.collapsed.kernel.children import kept_size
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.levels import box_size, node_size
from bayes_alliance.collapsed.patterns import Seating, seat
from bayes_alliance.collapsed.sums import sums_over_occasions
from bayes_alliance.design import Design

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Results of all chunks are kept between the passes if they take no more doubles than this.
MOST_KEPT = 2**24


@dataclass(frozen=True, kw_only=True, eq=False)
class Constants:
    """The data as the kernel takes them.

    Parameters
    ----------
    index : array of int
        Header, then arrays of integers.
    data : array
        Arrays of doubles.
    """

    index: Integers
    data: Floats

    @property
    def n_informants(self) -> int:
        """Number of informants."""
        return int(self.index[header.K])

    @property
    def n_parameters(self) -> int:
        """Length of the likelihood's parameters."""
        size, n = self.index, self.n_informants
        effects = int(size[header.N_ON] + size[header.N_Z]) * n
        return int(size[header.Q]) + effects + int(size[header.N_ROOT]) + n * n


def encode(
    design: Design, *, dense_roots: bool = False, keep: bool = False, augmented: bool = False
) -> Constants:
    """Constants of the collapsed likelihood.

    Parameters
    ----------
    dense_roots : bool
        Let every element of a square root be free, whatever the structure: for covariances that
        are given rather than parametrised.
    keep : bool
        Keep the results of all chunks in the workspace, however many: for `recover`.
    augmented : bool
        Leave censored ratings out of the sums: their latent values are coordinates. Otherwise
        ratings count as they are.
    """
    seating = seat(design)
    censored = design.floor | design.ceiling if augmented else np.zeros_like(design.present)
    hierarchy = blocks_of(design, dense_roots=dense_roots)
    on_column, on_coefficient = np.nonzero(design.covariate_on)
    rows = [row for block in hierarchy for row in block.columns]
    n_columns = np.array([len(block.columns) for block in hierarchy])
    n_chunks, n_rounds = len(seating.round_start) - 1, int(seating.round_start[-1])
    q = len(design.terms)
    kept = (n_chunks * kept_size(q, int(n_columns[0])) + n_rounds * 2 * q) * LANES
    numbers = {
        header.K: len(design.informants),
        header.T: len(design.coefficients),
        header.Q: q,
        header.N_ON: len(on_column),
        header.N_X: design.x.shape[1],
        header.N_Z: design.z.shape[1],
        header.N_SETS: len(seating.sets),
        header.N_CHUNKS: n_chunks,
        header.N_ROUNDS: n_rounds,
        header.N_BLOCKS: len(hierarchy),
        header.N_CENSORED: int(censored.sum()),
        header.N_CENSORED_ROWS: int(censored.any(axis=1).sum()),
        header.N_ROOT: sum(len(row) for row in rows),
        header.KEEP: int(keep or kept <= MOST_KEPT),
    }
    sets = [np.flatnonzero(members) for members in seating.sets]
    ups = [block.up for block in hierarchy]
    integers = {
        header.SET_START: _starts(sets),
        header.SET_INFORMANT: _joined(sets),
        header.ON_COLUMN: on_column,
        header.ON_COEFFICIENT: on_coefficient,
        header.BLOCK_DIM: np.array([len(block.terms) for block in hierarchy]),
        header.BLOCK_COLUMNS: n_columns,
        header.BLOCK_FIRST_COLUMN: np.cumsum([0, *n_columns])[:-1],
        header.COLUMN_START: _starts(rows),
        header.COLUMN_ROW: _joined(rows),
        header.UP_START: _starts(ups),
        header.UP_POSITION: _joined(ups),
        **_nesting(design, hierarchy, seating),
    }
    sums = sums_over_occasions(design, seating, censored)
    integers |= {name: sums[name] for name in sums if name < header.SET_ROWS}
    most_rounds = int(np.diff(seating.round_start).max(initial=0))
    places, of_levels, n_work = _places(numbers, integers, most_rounds=most_rounds)
    integers |= of_levels
    index, start_in_index = _packed(integers, first=header.LENGTH)
    doubles = {name: sums[name] for name in sums if name >= header.SET_ROWS}
    data, start_in_data = _packed(doubles, first=0)
    numbers |= places | start_in_index | start_in_data | {header.N_WORK: n_work}
    for position, number in numbers.items():
        index[position] = number
    return Constants(index=index.astype(np.int64), data=data.astype(np.float64))


def _packed(
    arrays: Mapping[np.int64, NDArray], *, first: int
) -> tuple[NDArray, dict[np.int64, int]]:
    """All arrays behind each other, after ``first`` zeros, and where each starts."""
    start = first + np.cumsum([0, *(array.size for array in arrays.values())])
    joined = np.concatenate(
        [np.zeros(first, dtype=np.int64), *(a.ravel() for a in arrays.values())]
    )
    return joined, dict(zip(arrays, start[:-1].tolist(), strict=True))


def _starts(pieces: list[Integers]) -> Integers:
    return np.cumsum([0, *(len(piece) for piece in pieces)]).astype(np.int64)


def _joined(pieces: list[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *pieces])


def _nesting(
    design: Design, hierarchy: tuple[Block, ...], seating: Seating
) -> dict[np.int64, Integers]:
    """Who is nested in whom, as offsets in the workspace."""
    levels = design.levels
    units = np.array([0, *(len(level.labels) for level in levels)])
    stride = np.array(
        [0] + [node_size(len(block.terms), len(block.columns)) * LANES for block in hierarchy[1:]]
    )
    box = np.array([0] + [box_size(len(block.terms)) for block in hierarchy[1:]])
    parents: list[Integers] = [np.zeros(0, dtype=np.int64)]
    for number, level in enumerate(levels[1:], start=1):
        padded = np.zeros(-(-units[number] // LANES) * LANES, dtype=np.int64)
        padded[: units[number]] = level.parent * box[number + 1]
        parents.append(padded)
    n_rounds = int(seating.round_start[-1])
    seats = seating.round * LANES + seating.lane
    child = np.full(n_rounds * LANES, -1, dtype=np.int64)
    child[seats] = np.arange(len(design.children))
    parent = np.zeros(n_rounds * LANES, dtype=np.int64)
    if levels:
        parent[seats] = levels[0].parent * box[1]
    return {
        header.BLOCK_UNITS: units,
        header.BLOCK_CHUNKS: -(-units // LANES),
        header.UNIT_START: _starts(parents),
        header.UNIT_PARENT: _joined(parents),
        header.NODE_STRIDE: stride,
        header.CHUNK_ROUND_START: seating.round_start,
        header.ROUND_VALID: np.bincount(seating.round, minlength=n_rounds),
        header.ROUND_CHILD: child,
        header.ROUND_PARENT: parent,
    }


def _places(
    size: Mapping[np.int64, int], arrays: Mapping[np.int64, Integers], *, most_rounds: int
) -> tuple[dict[np.int64, int], dict[np.int64, Integers], int]:
    """Lay out the workspace: scratch, then nodes, boxes and derivatives of each level."""
    k, t, q = size[header.K], size[header.T], size[header.Q]
    n_sets, n_z, keep = size[header.N_SETS], size[header.N_Z], size[header.KEEP]
    dims, columns = arrays[header.BLOCK_DIM], arrays[header.BLOCK_COLUMNS]
    m = int(columns.max())
    e = int(dims[1]) if len(dims) > 1 else 0
    lanes = {
        header.OMEGA: -(-n_sets * k * k // LANES),
        header.SMALL: -(-2 * k * k // LANES),
        header.D_OMEGA: n_sets * k * k,
        header.D_Z: n_sets * n_z * k,
        header.D_THETA: q,
        header.D_ON: size[header.N_ON] * k,
        header.WEIGHT: size[header.N_ROUNDS],
        header.LOG_DET: 1,
        header.COUNT: 1,
        header.U: q * m,
        header.FACTOR: m * m + m,
        header.C: m,
        header.B: q,
        header.RESIDUAL: t * k,
        header.ABOVE: e,
        header.G: q,
        header.LG: m,
        header.THETA: q,
        header.SECOND: q * (q + 1) // 2,
        header.P: e * e,
        header.RAP: q * e,
        header.RAE: q * e,
        header.M: q * e,
        header.MP: q * e,
        header.KEPT_CHUNKS: (size[header.N_CHUNKS] if keep else 1) * kept_size(q, int(columns[0])),
        header.KEPT_ROUNDS: (size[header.N_ROUNDS] if keep else most_rounds) * 2 * q,
        header.MEANS: size[header.N_ROUNDS] * q if size[header.N_CENSORED] else 0,
    }
    start = np.cumsum([0, *lanes.values()]) * LANES
    chunks, n_cov = arrays[header.BLOCK_CHUNKS], dims * (dims + 1) // 2
    level = start[-1] + np.cumsum([0, *(chunks * arrays[header.NODE_STRIDE])])
    sizes = np.array([box_size(dim) for dim in dims.tolist()])
    box = level[-1] + np.cumsum([0, *(chunks * LANES * sizes)])
    ds = box[-1] + np.cumsum([0, *n_cov]) * LANES
    places = dict(zip(lanes, start[:-1].tolist(), strict=True))
    of_levels = {
        header.LEVEL_PLACE: level[:-1],
        header.BOX_PLACE: box[:-1],
        header.DS_PLACE: ds[:-1],
    }
    return places, of_levels, int(ds[-1])
