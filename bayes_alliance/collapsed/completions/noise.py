"""Derivatives of values behind ratings, and by the noise they come from (`values`)."""

from numba import njit

from bayes_alliance.collapsed.completions.values import ABOVE, AT_NOISE, Values
from bayes_alliance.collapsed.kernel.arrays import COMPILED, Given, Point, Seats, Tree
from bayes_alliance.collapsed.kernel.lanes import lanes, square_root, summed, zero


@njit(**COMPILED)
def after_run(run: int, own: Values, given: Given, by: Given, aside: Given, point: Point) -> None:
    """Keep derivatives of `lambda' alpha` aside."""
    if run == AT_NOISE:
        for r in range(len(own.own_noise)):
            k = own.informant[r]
            own.by_value[own.cell[r], k, own.lane[r]] = point.by_latent[r] / own.spread[k]
        own.by_error[:] = 0.0
        aside.root[:] = 0.0
        aside.cov[:] = 0.0
        aside.stretch[:] = 0.0
        aside.variance[:] = 0.0
        return
    half = 0.5 if run == ABOVE else -0.5
    for level in range(by.root.shape[0]):
        for i in range(by.root.shape[1]):
            for c in range(by.root.shape[2]):
                aside.root[level, i, c] += half * by.root[level, i, c]
    for k in range(len(by.cov)):
        for j in range(len(by.cov)):
            aside.cov[k, j] += half * by.cov[k, j]
    by_error, by_stretch, by_variance = lanes(by.error), lanes(by.stretch), lanes(by.variance)
    of_error, of_stretch = lanes(own.by_error), lanes(aside.stretch)
    of_variance = lanes(aside.variance)
    for cell in range(by_stretch.shape[0]):
        for k in range(by_stretch.shape[1]):
            of_error[cell, k] += half * by_error[cell, k]
            of_stretch[cell, k] += half * by_stretch[cell, k]
            of_variance[cell, k] += half * by_variance[cell, k]


@njit(**COMPILED)
def differentiate_values(
    own: Values, seats: Seats, tree: Tree, given: Given, by: Given, aside: Given, point: Point
) -> None:
    """Add what noise and values make of derivatives to those by all that is given, and by noise."""
    for level in range(by.root.shape[0]):
        for i in range(by.root.shape[1]):
            for c in range(by.root.shape[2]):
                by.root[level, i, c] += aside.root[level, i, c]
    for k in range(len(by.cov)):
        for j in range(len(by.cov)):
            by.cov[k, j] += aside.cov[k, j]
    own.by_length[:] = 0.0
    own.by_root[:] = 0.0
    own.by_residual_root[:] = 0.0
    own.by_effect[:] = 0.0
    for chunk in range(len(seats.n_children)):
        own.theta[1] = 0.0
        for cell in range(seats.cell_start[chunk], seats.cell_start[chunk + 1]):
            _by_noise_of_cell(cell, own, seats, given, by, aside, point)
        _by_noise_of_effects(chunk, own, seats, tree, given)
    by_root, by_residual_root = lanes(own.by_root), lanes(own.by_residual_root)
    for i in range(tree.n_terms[0]):
        for c in range(tree.n_columns[0]):
            by.root[0, i, c] += summed(by_root[i, c])
    for k in range(len(own.center)):
        for j in range(k + 1):
            point.residual_root[1, k, j] += summed(by_residual_root[k, j])
    _by_noise_of_units(own, tree, given, by, point)
    _scatter(own, tree, point)


@njit(**COMPILED)
def _by_noise_of_cell(
    cell: int, own: Values, seats: Seats, given: Given, by: Given, aside: Given, point: Point
) -> None:
    """By noise of one occasion of eight children, and by what it is multiplied by."""
    basis, rated, stretch = lanes(seats.basis), lanes(seats.rated)[cell], lanes(given.stretch)[cell]
    by_error, by_stretch = lanes(by.error)[cell], lanes(by.stretch)[cell]
    by_variance, of_variance = lanes(by.variance)[cell], lanes(aside.variance)[cell]
    of_stretch, of_error = lanes(aside.stretch)[cell], lanes(own.by_error)[cell]
    variance, of_rating = lanes(own.own_variance)[cell], lanes(own.own)[cell]
    alpha, by_value = lanes(own.alpha)[cell], lanes(own.by_value)[cell]
    residual, by_pseudo = lanes(own.residual)[cell], lanes(own.by_pseudo)[cell]
    noise, noise_of_rating = lanes(own.residual_noise)[cell], lanes(own.rating_noise)[cell]
    by_length, by_root, by_theta = (
        lanes(own.by_length),
        lanes(own.by_residual_root),
        lanes(own.theta[1]),
    )
    typical, n_informants = lanes(own.variance)[cell], len(own.center)
    root = point.residual_root[0]
    # Scaled, of this cell; noise is needed until all informants have been gone through.
    by_residual = lanes(own.scaled)
    for k in range(n_informants):
        by_noise = 0.0 - of_error[k]
        by_own = by_noise - by_value[k]
        # Of the density of the pseudo rating given the value: it stands in the last run and,
        # with the other sign, in `g`.
        away = of_rating[k] - variance[k] * alpha[k]
        apart = away / variance[k]
        by_log_variance = 0.5 * (rated[k] - away * apart + by_own * of_rating[k])
        by_log_variance += by_value[k] * variance[k] * alpha[k]
        by_error[k] -= by_noise
        by_pseudo[k] = by_value[k] + apart + by_error[k]
        by_variance[k] += of_variance[k]
        unstretched = typical[k] * (own.length[k] * own.length[k])
        by_length[k] += 2.0 * (by_log_variance + unstretched * by_variance[k])
        by_log_stretch = -2.0 * by_log_variance - by_noise * residual[k]
        by_stretch[k] += of_stretch[k] + by_log_stretch / stretch[k]
        noise_of_rating[k] = square_root(variance[k]) * by_own
        by_residual[k] = by_noise / stretch[k]
        for j in range(k + 1):
            by_root[k, j] += by_residual[k] * noise[j]
        for c in range(basis.shape[1]):
            by_theta[c * n_informants + k] += basis[cell, c] * by_noise
    for j in range(n_informants):
        total = zero()
        for k in range(j, n_informants):
            total += root[k, j] * by_residual[k]
        noise[j] = total


@njit(**COMPILED)
def _by_noise_of_effects(chunk: int, own: Values, seats: Seats, tree: Tree, given: Given) -> None:
    """By noise of the effects of eight children, and by effects above them."""
    noise, by_theta, by_root = (
        lanes(own.effect_noise)[chunk],
        lanes(own.theta[1]),
        lanes(own.by_root),
    )
    root, turn = given.root[0], seats.round_start[chunk]
    for c in range(tree.n_columns[0]):
        total = zero()
        for i in range(tree.n_terms[0]):
            by_root[i, c] += by_theta[i] * noise[c]
            total += by_theta[i] * root[i, c]
        noise[c] = total
    if len(tree.n_terms) > 1:
        for lane in range(seats.n_seated[turn]):
            for i in range(tree.n_terms[1]):
                own.by_effect[seats.parent[turn, lane], i] += own.theta[1, tree.up[0, i], lane]


@njit(**COMPILED)
def _by_noise_of_units(own: Values, tree: Tree, given: Given, by: Given, point: Point) -> None:
    for level in range(1, len(tree.n_terms)):
        for unit in range(tree.unit_start[level], tree.unit_start[level + 1]):
            for c in range(tree.n_columns[level]):
                place = own.unit_noise[unit] + c
                for i in range(tree.n_terms[level]):
                    by_effect = own.by_effect[unit, i]
                    by.root[level, i, c] += by_effect * point.values[place]
                    point.by_values[place] += by_effect * given.root[level, i, c]
            if level + 1 < len(tree.n_terms):
                for i in range(tree.n_terms[level + 1]):
                    by_above = own.by_effect[unit, tree.up[level, i]]
                    own.by_effect[tree.parent[unit], i] += by_above


@njit(**COMPILED)
def _scatter(own: Values, tree: Tree, point: Point) -> None:
    """To where noise is among all coordinates."""
    for child in range(len(own.child_noise)):
        for c in range(tree.n_columns[0]):
            by_noise = own.effect_noise[own.child_chunk[child], c, own.child_lane[child]]
            point.by_values[own.child_noise[child] + c] += by_noise
    for row in range(len(own.occasion_noise)):
        for k in range(len(own.center)):
            by_noise = own.residual_noise[own.occasion_cell[row], k, own.occasion_lane[row]]
            point.by_values[own.occasion_noise[row] + k] += by_noise
    for r in range(len(own.own_noise)):
        by_noise = own.rating_noise[own.cell[r], own.informant[r], own.lane[r]]
        point.by_values[own.own_noise[r]] += by_noise
