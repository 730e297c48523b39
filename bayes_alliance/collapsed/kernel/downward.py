"""From messages to derivatives: posterior moments of effects, from the highest level down."""

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
from bayes_alliance.collapsed.kernel.blocks import add_block_residuals, add_block_squares
from bayes_alliance.collapsed.kernel.followers import (
    add_by_covariance,
    add_by_mean,
    unfold_covariance,
    unfold_mean,
    write_by_follow,
)
from bayes_alliance.collapsed.kernel.lanes import LANES, lanes, summed
from bayes_alliance.collapsed.kernel.occasions import (
    add_residuals,
    add_squares,
    write_by_covariance,
)
from bayes_alliance.collapsed.kernel.steps import explain, spread, terms_above
from bayes_alliance.collapsed.kernel.upward import children_upward, first_cell, kept, units_of


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
    work.by_follow[:] = 0.0
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
            children_upward(True, chunk, seats, tree, given, work)
        _children_downward(covariances, chunk, seats, tree, given, by, work)
    if len(seats.when) == 0 and len(given.variance) == 0:
        write_by_covariance(seats, work, by.cov)
    for level in range(n_levels):
        _write_by_root(level, tree, given, by, work)
    write_by_follow(by, work)


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
    """Posterior moments of each unit's effects plus those above it, put where it received.

    Covariances times the chance that the unit is there, so that sums below need no weights.
    """
    q, e = tree.n_terms[level], terms_above(level, tree)
    mean, g, above = lanes(work.vectors[0]), lanes(work.vectors[1]), lanes(work.vectors[2])
    cov_above, out = lanes(work.matrices[0]), lanes(work.matrices[1])
    for chunk in range(tree.chunk_start[level], tree.chunk_start[level + 1]):
        first, n_units = units_of(chunk, level, tree)
        precision, v = lanes(work.unit_precision[chunk]), lanes(work.unit_spread[chunk])
        if e:
            work.matrices[0] = 0.0
            parent = tree.parent[first : first + n_units]
            _receive(covariances, parent, e, work.vectors[2], work.matrices[0], work)
            _mirror(cov_above, e)
        received = lanes(work.unit_information[chunk])
        chance = lanes(work.unit_chance)[chunk]
        explain(level, tree, precision, received, above, mean, g, chance, work)
        if covariances:
            spread(level, tree, precision, v, cov_above, chance, out, work)
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
    place, first = kept(chunk, work.precision), first_cell(chunk, seats, work)
    precision, v = lanes(work.precision[place]), lanes(work.spread[place])
    mean, g, above = lanes(work.vectors[0]), lanes(work.vectors[1]), lanes(work.vectors[2])
    cov_above, out = lanes(work.matrices[0]), lanes(work.matrices[1])
    messages, n_children = lanes(work.information), lanes(work.pattern_chance)[chunk]
    chances = lanes(work.chance)
    work.matrices[0, :e, :e] = 0.0
    related, followed = len(seats.when) > 0, len(given.follow) > 0
    of_all, whole = lanes(work.vectors[4]), lanes(work.matrices[6])
    work.square[: seats.cell_start[chunk + 1] - seats.cell_start[chunk]] = 0.0
    work.block_square[:] = 0.0
    for turn in range(seats.round_start[chunk], seats.round_start[chunk + 1]):
        if e:
            parent = seats.parent[turn, : seats.n_seated[turn]]
            _receive(covariances, parent, e, work.vectors[2], work.matrices[0], work)
        explain(0, tree, precision, messages[turn], above, mean, g, chances[turn], work)
        if related:
            add_block_residuals(chunk, place, turn, mean, seats, given, by, work)
        elif followed:
            unfold_mean(mean, q, of_all, seats, given)
            add_residuals(chunk, first, turn, of_all, seats, given, by, work)
            add_by_mean(chunk, turn, mean, q, seats, given, by, work)
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
    elif followed:
        unfold_covariance(out, q, whole, seats, given, work)
        add_squares(chunk, first, whole, seats, given, by, work)
        add_by_covariance(place, out, q, work)
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
