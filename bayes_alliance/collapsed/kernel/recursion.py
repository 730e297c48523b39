r"""The exact log density of ratings with all random effects integrated out, and its derivatives.

One pass `upward` turns ratings into messages, child to therapist to clinic, to any depth; one pass
`downward` turns posterior means and covariances of the effects into derivatives by everything that
made the ratings normal (`Given`), in closed form. What a completion changes (a value beyond an end,
a weight, a covariate) is among these, so it needs no code here. The work grows linearly with the
number of children. Laird and Ware (1982) for the model.

Most of the work is on matrices, which do not depend on ratings. Where the same is given but for the
residuals (`completions.values`), later runs use the matrices of the first, and posterior
covariances are added to derivatives in one of the runs.
"""

import math

from numba import njit

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.kernel.arrays import (
    COMPILED,
    MERGED,
    Eights,
    Given,
    Seats,
    Tree,
    Work,
)
from bayes_alliance.collapsed.kernel.blocks import (
    add_block_residuals,
    add_block_squares,
    block_information,
    block_precision,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, summed, zero
from bayes_alliance.collapsed.kernel.occasions import (
    add_residuals,
    add_squares,
    coefficient_precision,
    information,
    residual_precisions,
    write_by_covariance,
)
from bayes_alliance.collapsed.kernel.steps import (
    absorb,
    explain,
    integrate,
    log_determinant,
    spread,
    terms_above,
)

# Runs: the only one; the first of several, without covariances; one with its matrices, likewise
# without; the last, with them.
ONLY, FIRST, AGAIN, LAST = range(4)


@njit(**MERGED)
def log_density(run: int, seats: Seats, tree: Tree, given: Given, by: Given, work: Work) -> float:
    """`log p(ratings | given)`, but for the Jacobian of weights and stretches (`occasions`).

    Derivatives are written to `by`; nothing depends on what it or the workspace held before. NaN,
    and no derivatives, if the residual covariance is not positive definite. Of runs after the first
    only what depends on ratings is returned; derivatives without covariances are of that, too.
    """
    log_det = 0.0
    if len(seats.when) == 0 and len(given.variance) == 0:
        log_det = residual_precisions(given.cov, seats, work.omega, work.small)
    if math.isnan(log_det):
        return log_det
    # If chunks share their place in memory, all but units' matrices are computed in every run.
    anew, units_anew = run <= FIRST or len(work.u) < len(seats.n_children), run <= FIRST
    twice = upward(anew, units_anew, seats, tree, given, work) - log_det
    downward(run in (ONLY, LAST), seats, tree, given, by, work)
    return 0.5 * twice


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
        _children_upward(anew, chunk, seats, tree, given, work)
        if n_levels > 1:
            sent = work.precision[_kept(chunk, work.precision)]
            for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
                parent = seats.parent[turn, : seats.n_seated[turn]]
                _send(sent, work.information[turn], parent, tree.up[0], tree.n_terms[1], work)
    for level in range(1, n_levels):
        _units_upward(units_anew, level, tree, given, work)
    return work.log_weight.sum() + work.unit_log_weight.sum()


@njit(**MERGED)
def downward(
    covariances: bool, seats: Seats, tree: Tree, given: Given, by: Given, work: Work
) -> None:
    """Posterior moments of the effects, from the top; derivatives by all that is given."""
    n_chunks, n_levels = len(seats.n_children), len(tree.n_terms)
    work.square_of_set[:] = 0.0
    by.cov[:] = 0.0
    by.rho[:] = 0.0
    work.by_cov[:] = 0.0
    for level in range(n_levels):
        q, root = tree.n_terms[level], given.root[level, :, : tree.n_columns[level]]
        for i in range(q):
            for j in range(q):
                total = 0.0
                for k in range(tree.n_columns[level]):
                    total += root[i, k] * root[j, k]
                work.cov[level, i, j] = total
    for level in range(n_levels - 1, 0, -1):
        _units_downward(covariances, level, tree, work)
    for chunk in range(n_chunks):
        if len(work.precision) < n_chunks:
            _children_upward(True, chunk, seats, tree, given, work)
        _children_downward(covariances, chunk, seats, tree, given, by, work)
    if len(seats.when) == 0 and len(given.variance) == 0:
        write_by_covariance(seats, work, by.cov)
    for level in range(n_levels):
        _write_by_root(level, tree, given, by, work)


@njit(**COMPILED)
def _kept(chunk: int, matrices: Floats) -> int:
    """Where a chunk's matrices lie: each has its place, or all share one (see `downward`)."""
    return min(chunk, len(matrices) - 1)


@njit(**COMPILED)
def _first_cell(chunk: int, seats: Seats, work: Work) -> int:
    """Where the precisions of a chunk's cells start, likewise."""
    return seats.cell_start[chunk] if len(work.precision) == len(seats.n_children) else 0


@njit(**COMPILED)
def _children_upward(
    anew: bool, chunk: int, seats: Seats, tree: Tree, given: Given, work: Work
) -> None:
    """Messages and log weights of a chunk's children: `-e'We - log|C|^2 + |V'b|^2`, twice."""
    q, m = tree.n_terms[0], tree.n_columns[0]
    place, first = _kept(chunk, work.precision), _first_cell(chunk, seats, work)
    a, v = lanes(work.precision[place]), lanes(work.spread[place])
    u = lanes(work.u[_kept(chunk, work.u)])
    messages, log_weight = lanes(work.information), lanes(work.log_weight)
    c = lanes(work.vectors[0])
    related = len(seats.when) > 0
    if anew:
        if related:
            block_precision(chunk, place, a, seats, given, work)
        else:
            coefficient_precision(chunk, first, a, seats, given, work)
        integrate(0, tree, a, given.root[0], u, v, lanes(work.factor))
    for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
        b = messages[turn]
        if related:
            square = block_information(chunk, place, turn, b, seats, given, work)
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
        first, n_units = _units_of(chunk, level, tree)
        for lane in range(LANES):
            for i in range(q):
                received[i, lane] = work.note[first + lane, i] if lane < n_units else 0.0
                for j in range(i + 1 if anew else 0):
                    value = work.box[first + lane, i, j] if lane < n_units else 0.0
                    precision[i, j, lane] = value
                    precision[j, i, lane] = value
        u, v = lanes(work.unit_u[_kept(chunk, work.unit_u)]), lanes(work.unit_spread[chunk])
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
def _units_of(chunk: int, level: int, tree: Tree) -> tuple[int, int]:
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


@njit(**COMPILED)
def _receive(
    covariances: bool, parent: Integers, e: int, mean: Floats, cov: Floats, work: Work
) -> None:
    """Mean of the effects above each unit, 0 in empty lanes; their covariance is added to `cov`."""
    for lane in range(len(parent)):
        unit = parent[lane]
        for i in range(e):
            mean[i, lane] = work.note[unit, i]
            for j in range(i + 1 if covariances else 0):
                cov[i, j, lane] += work.box[unit, i, j]
    for lane in range(len(parent), LANES):
        for i in range(e):
            mean[i, lane] = 0.0


@njit(**COMPILED)
def _mirror(matrix: Eights, n: int) -> None:
    """Fill the upper triangle from the lower one."""
    for i in range(n):
        for j in range(i):
            matrix[j, i] = matrix[i, j]


@njit(**COMPILED)
def _units_downward(covariances: bool, level: int, tree: Tree, work: Work) -> None:
    """Posterior moments of each unit's effects plus those above it, put where it received."""
    q, e = tree.n_terms[level], terms_above(level, tree)
    mean, g, above = lanes(work.vectors[0]), lanes(work.vectors[1]), lanes(work.vectors[2])
    cov_above, out = lanes(work.matrices[0]), lanes(work.matrices[1])
    one = zero() + 1.0
    for chunk in range(tree.chunk_start[level], tree.chunk_start[level + 1]):
        first, n_units = _units_of(chunk, level, tree)
        precision, v = lanes(work.unit_precision[chunk]), lanes(work.unit_spread[chunk])
        if e:
            work.matrices[0] = 0.0
            parent = tree.parent[first : first + n_units]
            _receive(covariances, parent, e, work.vectors[2], work.matrices[0], work)
            _mirror(cov_above, e)
        received = lanes(work.unit_information[chunk])
        explain(level, tree, precision, received, above, mean, g, work)
        if covariances:
            spread(level, tree, precision, v, cov_above, one, out, work)
        for lane in range(n_units):
            for i in range(q):
                work.note[first + lane, i] = work.vectors[0, i, lane]
                for j in range(i + 1 if covariances else 0):
                    work.box[first + lane, i, j] = work.matrices[1, i, j, lane]


@njit(**COMPILED)
def _children_downward(
    covariances: bool, chunk: int, seats: Seats, tree: Tree, given: Given, by: Given, work: Work
) -> None:
    """Derivatives of a chunk's children, given the effects above them."""
    q, e = tree.n_terms[0], terms_above(0, tree)
    place, first = _kept(chunk, work.precision), _first_cell(chunk, seats, work)
    precision, v = lanes(work.precision[place]), lanes(work.spread[place])
    mean, g, above = lanes(work.vectors[0]), lanes(work.vectors[1]), lanes(work.vectors[2])
    cov_above, out = lanes(work.matrices[0]), lanes(work.matrices[1])
    messages, n_children = lanes(work.information), lanes(seats.n_children)[chunk]
    work.matrices[0, :e, :e] = 0.0
    related = len(seats.when) > 0
    work.square[: seats.cell_start[chunk + 1] - seats.cell_start[chunk]] = 0.0
    work.block_square[:] = 0.0
    for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
        if e:
            parent = seats.parent[turn, : seats.n_seated[turn]]
            _receive(covariances, parent, e, work.vectors[2], work.matrices[0], work)
        explain(0, tree, precision, messages[turn], above, mean, g, work)
        if related:
            add_block_residuals(chunk, place, turn, mean, seats, given, by, work)
        else:
            add_residuals(chunk, first, turn, mean, seats, given, by, work)
    if covariances:
        # Children of a pattern share all matrices but the covariance above, whose sum is enough.
        _mirror(cov_above, e)
        spread(0, tree, precision, v, cov_above, n_children, out, work)
        _mirror(out, q)
    else:
        work.matrices[1] = 0.0
    if related:
        add_block_squares(chunk, place, out, seats, given, by, work)
    else:
        add_squares(chunk, first, out, seats, given, by, work)


@njit(**COMPILED)
def _write_by_root(level: int, tree: Tree, given: Given, by: Given, work: Work) -> None:
    """`2 dS L`, the derivative by a level's square root; lanes are added up first."""
    q, m = tree.n_terms[level], tree.n_columns[level]
    by_cov = lanes(work.by_cov[level])
    twice = work.matrices[0, :, :, 0]
    for i in range(q):
        for j in range(i + 1):
            total = summed(by_cov[i, j])
            twice[i, j] = total
            twice[j, i] = total
    for k in range(m):
        for i in range(q):
            total = 0.0
            for j in range(q):
                total += twice[i, j] * given.root[level, j, k]
            by.root[level, i, k] = total
