"""From ratings to messages: effects are integrated out level by level, from the children up."""

from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.kernel.arrays import COMPILED, MERGED, Given, Seats, Tree, Work
from bayes_alliance.collapsed.kernel.blocks import block_information, block_precision
from bayes_alliance.collapsed.kernel.followers import fold_information, fold_precision
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes
from bayes_alliance.collapsed.kernel.occasions import coefficient_precision, information
from bayes_alliance.collapsed.kernel.steps import absorb, integrate, log_determinant


@njit(**MERGED)
def upward(
    anew: bool, units_anew: bool, seats: Seats, tree: Tree, given: Given, work: Work
) -> float:
    """Integrate effects out, level by level; twice the sum of the log weights of all units.

    Of matrices that are not computed `anew`, determinants are left out.
    """
    n_chunks, n_levels = len(seats.n_children), len(tree.n_terms)
    work.box[:] = 0.0
    work.note[:] = 0.0
    for chunk in range(n_chunks):
        children_upward(anew, chunk, seats, tree, given, work)
        if n_levels > 1:
            sent = work.precision[kept(chunk, work.precision)]
            for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
                parent = seats.parent[turn, : seats.n_seated[turn]]
                _send(sent, work.information[turn], parent, tree.up[0], tree.n_terms[1], work)
    for level in range(1, n_levels):
        _units_upward(units_anew, level, tree, given, work)
    return work.log_weight.sum() + work.unit_log_weight.sum()


@njit(**COMPILED)
def kept(chunk: int, matrices: Floats) -> int:
    """Where a chunk's matrices lie: each has its place, or all share one (see `downward`)."""
    return min(chunk, len(matrices) - 1)


@njit(**COMPILED)
def first_cell(chunk: int, seats: Seats, work: Work) -> int:
    """Where the precisions of a chunk's cells start, likewise."""
    return seats.cell_start[chunk] if len(work.precision) == len(seats.n_children) else 0


@njit(**COMPILED)
def children_upward(
    anew: bool, chunk: int, seats: Seats, tree: Tree, given: Given, work: Work
) -> None:
    """Messages and log weights of a chunk's children: `-e'We - log|C|^2 + |V'b|^2`, twice."""
    q, m = tree.n_terms[0], tree.n_columns[0]
    place, first = kept(chunk, work.precision), first_cell(chunk, seats, work)
    a, v = lanes(work.precision[place]), lanes(work.spread[place])
    u = lanes(work.u[kept(chunk, work.u)])
    messages, log_weight = lanes(work.information), lanes(work.log_weight)
    c, of_all = lanes(work.vectors[0]), lanes(work.vectors[4])
    related, followed = len(seats.when) > 0, len(given.follow) > 0
    if anew:
        if related:
            block_precision(chunk, place, a, seats, given, work)
        elif followed:
            whole = lanes(work.matrices[6])
            coefficient_precision(chunk, first, whole, seats, given, work)
            fold_precision(place, whole, a, seats, given, work)
        else:
            coefficient_precision(chunk, first, a, seats, given, work)
        integrate(0, tree, a, given.root[0], u, v, lanes(work.factor))
    for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
        b = messages[turn]
        if related:
            square = block_information(chunk, place, turn, b, seats, given, work)
        elif followed:
            square = information(chunk, first, turn, of_all, seats, given, work)
            fold_information(of_all, b, q, seats, given)
        else:
            square = information(chunk, first, turn, b, seats, given, work)
        log_weight[turn] = absorb(b, u, v, q, m, c) - square
    for lane in range(LANES if anew else 0):
        log_det = log_determinant(work.factor, m, lane) + work.log_det[lane]
        for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
            if lane < seats.n_seated[turn]:
                work.log_weight[turn, lane] -= log_det


@njit(**COMPILED)
def _units_upward(anew: bool, level: int, tree: Tree, given: Given, work: Work) -> None:
    """Messages and log weights of a level's units, from what they received."""
    q, m = tree.n_terms[level], tree.n_columns[level]
    c, factor = lanes(work.vectors[0]), lanes(work.factor)
    for chunk in range(tree.chunk_start[level], tree.chunk_start[level + 1]):
        precision, received = work.unit_precision[chunk], work.unit_information[chunk]
        first, n_units = units_of(chunk, level, tree)
        for lane in range(LANES):
            for i in range(q):
                received[i, lane] = work.note[first + lane, i] if lane < n_units else 0.0
                for j in range(i + 1 if anew else 0):
                    value = work.box[first + lane, i, j] if lane < n_units else 0.0
                    precision[i, j, lane] = value
                    precision[j, i, lane] = value
        u, v = lanes(work.unit_u[kept(chunk, work.unit_u)]), lanes(work.unit_spread[chunk])
        if anew:
            integrate(level, tree, lanes(precision), given.root[level], u, v, factor)
        log_weight = lanes(work.unit_log_weight)
        log_weight[chunk] = absorb(lanes(received), u, v, q, m, c)
        for lane in range(n_units if anew else 0):
            work.unit_log_weight[chunk, lane] -= log_determinant(work.factor, m, lane)
        if level + 1 < len(tree.n_terms):
            parent = tree.parent[first : first + n_units]
            _send(precision, received, parent, tree.up[level], tree.n_terms[level + 1], work)


@njit(**COMPILED)
def units_of(chunk: int, level: int, tree: Tree) -> tuple[int, int]:
    """First unit of a chunk, and how many it holds: all but the level's last hold eight."""
    first = tree.unit_start[level] + (chunk - tree.chunk_start[level]) * LANES
    return first, min(LANES, tree.unit_start[level + 1] - first)


@njit(**COMPILED)
def _send(
    precision: Floats, information: Floats, parent: Integers, up: Integers, e: int, work: Work
) -> None:
    """Add `R A` and `g0`, at the terms of the level above, to what the units there received."""
    for lane in range(len(parent)):
        unit = parent[lane]
        for i in range(e):
            work.note[unit, i] += information[up[i], lane]
            for j in range(i + 1):
                work.box[unit, i, j] += precision[up[i], up[j], lane]
