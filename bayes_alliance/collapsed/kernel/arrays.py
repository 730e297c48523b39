"""The arrays the recursion reads and writes, by name: who sits where, what is given, what it keeps.

Children are dealt out in *chunks* of eight patterns side by side, one in each lane (`lanes`). A
pattern is a set of occasions and of the informants who rated at each; children who share it share
every matrix. The *rounds* of a chunk hold one child of each pattern. A *cell* is one occasion of a
chunk's patterns, a *slot* one occasion of a round: constants and weights are by cell, ratings and
residuals by slot. Where no child sits, in a lane whose pattern has fewer children than the chunk
has rounds, every residual must be 0: the cell's precision is that of the pattern.

Every field is annotated with its type in compiled functions, which read a field from a table of
addresses where they ask for it (`memory`). `q` counts terms (T coefficients
of K informants), `e` the terms of the levels above the child, `m` the columns of square roots.
"""

from typing import Annotated, Any, NamedTuple

from numba import types

from bayes_alliance.arrays import Floats, Integers

# Options of numba for all compiled functions but the one that C calls: no Python entry point, none
# kept on disk, because that one is kept whole, and no references counted, because Python holds all
# memory.
COMPILED = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
# The same for what one function alone calls: it is compiled as a part of that function. By itself
# it would be compiled twice, alone and once more with the function, and so would all it calls.
MERGED = {**COMPILED, "inline": "always"}

# An array of numbers of eight lanes, and one such number, as compiled functions see them.
type Eights = Any
type Eight = Any

Integers1 = Annotated[Integers, types.Array(types.int64, 1, "C")]
Integers2 = Annotated[Integers, types.Array(types.int64, 2, "C")]
Floats1 = Annotated[Floats, types.Array(types.float64, 1, "C")]
Floats2 = Annotated[Floats, types.Array(types.float64, 2, "C")]
Floats3 = Annotated[Floats, types.Array(types.float64, 3, "C")]
Floats4 = Annotated[Floats, types.Array(types.float64, 4, "C")]


class Seats(NamedTuple):
    """Who sits where; constant."""

    round_start: Integers1  # (chunks + 1,) rounds of a chunk
    cell_start: Integers1  # (chunks + 1,) cells of a chunk
    slot_start: Integers1  # (rounds + 1,) slots of a round, one for each cell of its chunk
    informant_set: Integers2  # (cells, 8) row of `sets`; 0 where the pattern has no such occasion
    rated: Floats3  # (cells, K, 8) 1 for informants of that set, 0 for others
    basis: Floats3  # (cells, T, 8) growth basis
    when: Floats2  # (cells, 8) scaled time; (0, 8): residuals of different occasions are unrelated
    parent: Integers2  # (rounds, 8) unit above each child, among all units
    n_seated: Integers1  # (rounds,) children in a round; they fill the first lanes
    seated: Floats2  # (rounds, 8) 1 where a child sits, 0 elsewhere
    n_children: Floats2  # (chunks, 8) children of each pattern in the chunk
    sets: Integers2  # (sets, K) 1 for informants who rate together; the first is nobody
    n_occasions: Floats1  # (sets,) occasions of a set
    # Of what may be assumed where categories are missing (`assumed`); no groups: nothing.
    group_start: Integers1  # (groups + 1,) assumptions that exclude each other
    assumed: Integers2  # (rounds, 8) assumption by which each child is there, or -1; or (0, 8)
    unit_assumed: Integers1  # (units,) likewise of those above; or (0,)


class Tree(NamedTuple):
    """Levels of random effects, children first, and the units of those above; constant."""

    n_terms: Integers1  # (levels,) terms that vary at a level or above
    n_columns: Integers1  # (levels,) columns of the level's square root
    first_row: Integers2  # (levels, m) first row of a column that is not fixed at zero
    end_row: Integers2  # (levels, m) the row after its last
    up: Integers2  # (levels, q) where the next level's terms are among a level's
    unit_start: Integers1  # (levels + 1,) units of a level; none at the children's
    chunk_start: Integers1  # (levels + 1,) chunks of eight units of a level
    parent: Integers1  # (units,) unit above, among all units


class Parameters(NamedTuple):
    """What the coordinates of the sampler's vector are; constant. None: `Given` is set by hand."""

    kinds: Integers1  # (coordinates,) density of each (`coordinates`)
    numbers: Floats2  # (coordinates, 4) its shape, constant, location and unit
    structure: Integers1  # (covariances,) how each is parametrised (`covariances`)
    level: Integers1  # (covariances,) whose covariance it is; -1 for that of the residuals
    n_varying: Integers1  # (covariances,) terms that vary
    first_sd: Integers1  # (covariances,) first coordinate of the standard deviations
    first_correlation: Integers1  # (covariances,) first coordinate of the partial correlations
    row: Integers2  # (covariances, q) row of the square root of each term that varies
    factor: Integers2  # (covariances, q) common factor each of them loads on
    n_averaged: Integers1  # (covariances,) first rows whose average correlation has a prior, or 0
    by_average: Floats2  # (covariances, 2) exponent and constant of that factor (`covariances`)
    turn: Floats2  # (n, n) upper triangular: the first coordinates are this times the vector's
    shift: Floats1  # (n,) and this


class Given(NamedTuple):
    """What makes the ratings normal; in a second one, the derivatives by it.

    Of an occasion, `stretch * residual` is normal with covariance `cov / weight`, to the diagonal
    of which single ratings may add. Completions write these (`completions`).
    """

    error: Floats3  # (slots, K, 8) ratings less their expectation without random effects
    weight: Floats2  # (cells, 8)
    stretch: Floats3  # (cells, K, 8)
    cov: Floats2  # (K, K) residual covariance
    variance: Floats3  # (cells, K, 8) what single ratings add to it (`single`); no cells: nothing
    root: Floats3  # (levels, q, m) square root of each level's covariance
    rho: Floats1  # (1,) correlation of residuals one unit of scaled time apart (`blocks`)
    follow: Floats2  # (T * followers, q) their growth coefficients by those of others (`followers`)
    log_chance: Floats1  # (assumptions,) log probability of each; the derivative is its posterior


class Work(NamedTuple):
    """Memory of one thread; what a name says here is so after the pass upward, then downward."""

    omega: Floats3  # (sets, K, K) precision of the informants of a set, zero for others
    square_of_set: Floats3  # (sets, K, K) sum of E[f f'] of scaled residuals, lower triangle
    small: Floats3  # (2, K, K) scratch
    cov: Floats3  # (levels, q, q) L L'
    by_cov: Floats4  # (levels, q, q, 8) twice the derivative, lower triangle
    # By chunk, or one for all of them if they are computed again on the way down.
    precision: Floats4  # (chunks, q, q, 8) R A, sent upward
    spread: Floats4  # (chunks, q, m, 8) V, root of the covariance of own effects
    cell_precision: Floats4  # (cells, K, K, 8) of the unscaled residuals
    block: Floats4  # (chunks, most rows, most rows, 8) precision of all residuals of a child
    u: Floats4  # (chunks, q, m, 8) U, likewise; or one, scratch, where nothing runs again
    followed: Floats4  # (chunks, T * followers, q, 8) what those who follow send (`followers`)
    # By round.
    information: Floats3  # (rounds, q, 8) g0, sent upward
    log_weight: Floats2  # (rounds, 8) twice the log weight of each child
    # By chunk of units above the children.
    unit_precision: Floats4  # (unit chunks, e, e, 8)
    unit_spread: Floats4  # (unit chunks, e, m, 8)
    unit_u: Floats4  # (unit chunks, e, m, 8), or one, scratch
    unit_information: Floats3  # (unit chunks, e, 8)
    unit_log_weight: Floats2  # (unit chunks, 8)
    # By unit, because those below come in any order.
    box: Floats3  # (units, e, e) precision received, lower triangle; then posterior covariance
    note: Floats2  # (units, e) information received; then posterior mean
    # Scratch.
    square: Floats4  # (most cells of a chunk, K, K, 8)
    cell_small: Floats4  # (2, K, K, 8)
    factor: Floats3  # (m, m, 8)
    vectors: Floats3  # (5, at least T * K, q and m, 8)
    by_follow: Floats3  # (T * followers, q, 8) derivatives, by lane
    matrices: Floats4  # (7, at least T * K and q, likewise, 8); the last of all informants
    block_small: Floats4  # (2, most rows of a block, most rows, 8)
    block_square: Floats3  # (most rows, most rows, 8)
    block_residual: Floats2  # (most rows, 8)
    log_det: Floats1  # (8,) of the residuals of a chunk's patterns, where each has its own
    # Posterior probability of being there: 1 where nothing is assumed, 0 where nobody sits.
    chance: Floats2  # (rounds, 8)
    pattern_chance: Floats2  # (chunks, 8) sum over the children of each pattern
    unit_chance: Floats2  # (unit chunks, 8)


class Point(NamedTuple):
    """Memory of one thread for a point of the sampler's vector."""

    coordinates: Floats1  # (coordinates,) the vector, turned
    values: Floats1  # (coordinates,) in rating points, partial correlations as they are
    slopes: Floats1  # (coordinates,) of the values by their coordinates
    by_values: Floats1  # (coordinates,) derivatives by the values
    log_likelihood: Floats1  # (1,)
    coefficients: Floats1  # (coefficients,) of the expectation of ratings
    x: Floats3  # (rounds, covariates, 8) covariates of children, completed
    by_x: Floats3  # (rounds, covariates, 8) derivatives, where any is completed
    expected: Floats2  # (q, 8) growth coefficients without random effects, and derivatives
    by_coefficient: Floats2  # (coefficients, 8) derivatives, by lane
    latent: Floats1  # (ratings,) values behind them, in units of the scale, if they have any
    by_latent: Floats1  # (ratings,) derivatives by them, of what ratings say
    loading: Floats2  # (K, J) loadings of items
    by_loading: Floats2  # (K, J) derivatives
    step: Floats3  # (K, J, C - 1) between their responses, in units of the scale
    by_step: Floats3  # (K, J, C - 1) derivatives
    # (2, K, K) square root of the residual covariance, and derivatives; of informants who rate
    residual_root: Floats3
    unit_root: Floats3  # (2, K, K) square root of the correlations of a coefficient, likewise
