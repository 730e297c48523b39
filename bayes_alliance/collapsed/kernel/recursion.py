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

from bayes_alliance.collapsed.kernel.arrays import MERGED, Given, Seats, Tree, Work
from bayes_alliance.collapsed.kernel.assumed import sum_over_assumed
from bayes_alliance.collapsed.kernel.downward import downward
from bayes_alliance.collapsed.kernel.occasions import residual_precisions
from bayes_alliance.collapsed.kernel.upward import upward

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
    if len(seats.group_start) > 1:
        twice += sum_over_assumed(seats, tree, given, by, work)
    downward(run in (ONLY, LAST), seats, tree, given, by, work)
    return 0.5 * twice
