r"""Log density of one child's, therapist's or clinic's ratings given all other ratings.

Cross-validation that leaves out a unit needs the *joint* density of all its ratings given those of
the others, at every draw of the parameters (Vehtari, Gelman and Gabry 2017). Ratings of a unit are
not independent of the others given the parameters, because they share a therapist or clinic; what
they share is `w`, with posterior `N(v, P)`, and the unit's message about it has precision `R A`,
information `g0` and log weight `a`. From

.. math:: \frac{1}{p(y_i \mid y_{-i})} = E\!\left[\frac{1}{p(y_i \mid w)} \,\middle|\, y\right],
          \qquad P = F F', \quad D D' = I - F' R A F, \quad g = g_0 - R A\, v,

    \log p(y_i \mid y_{-i}) = a + \log|D| + g_0' v - \tfrac12 v' R A\, v - \tfrac12 |D^{-1} F' g|^2.

At the top of the hierarchy nothing is shared, and this is the log weight alone.
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.kernel import header
from bayes_alliance.collapsed.nodes import Units, evaluation_of, units
from bayes_alliance.collapsed.patterns import seat
from bayes_alliance.collapsed.task import Evaluation

type Floats = NDArray[np.float64]


def log_score(model: CollapsedModel, draws: Floats) -> dict[str, tuple[tuple[str, ...], Floats]]:
    """Log density of each unit's ratings given the ratings of all others.

    Parameters
    ----------
    model : CollapsedModel
    draws : array, shape (chain, draw, n_parameters)
        Draws of the unconstrained vector.

    Returns
    -------
    dict
        ``"child"`` and each level above to dims (chain, draw, unit) and values.
    """
    design = model.design
    names = ("child", *(level.name for level in design.levels))
    counts = (len(design.children), *(len(level.labels) for level in design.levels))
    out: dict[str, tuple[tuple[str, ...], Floats]] = {
        name: (("chain", "draw", name), np.zeros((*draws.shape[:2], count)))
        for name, count in zip(names, counts, strict=True)
    }
    evaluation = evaluation_of(model)
    evaluate = evaluation.function()
    row_set = seat(design).row_set
    for chain, draw in np.ndindex(draws.shape[:2]):
        evaluate(draws[chain, draw])
        found = units(model, evaluation)
        weight = found[0].weight + _ratings_weight(model, evaluation, row_set)
        for number, level in enumerate(found):
            if number:
                below = found[number - 1].parent
                weight = level.weight + np.bincount(below, weight, minlength=len(level.weight))
            above = found[number + 1] if number + 1 < len(found) else None
            scores = weight if above is None else weight + _shared(level, above)
            out[names[number]][1][chain, draw] = scores
    return out


def _shared(level: Units, above: Units) -> Floats:
    """What the log density gains because others tell about the shared effects."""
    up = level.block.up
    precision = level.precision[:, up[:, None], up]
    information = level.information[:, up]
    values, vectors = np.linalg.eigh(above.cov)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])[level.parent]
    mean = above.mean[level.parent]
    product = np.einsum("uij,uj->ui", precision, mean)
    inside = np.eye(len(up)) - np.swapaxes(root, 1, 2) @ precision @ root
    factor = np.linalg.cholesky(inside)
    right = np.einsum("uij,ui->uj", root, information - product)
    solved = np.linalg.solve(factor, right[..., None])[..., 0]
    log_det = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    linear = np.einsum("ui,ui->u", information - 0.5 * product, mean)
    return log_det + linear - 0.5 * np.einsum("ui,ui->u", solved, solved)


def _ratings_weight(
    model: CollapsedModel, evaluation: Evaluation, row_set: NDArray[np.int64]
) -> Floats:
    """`-1/2 sum_t (r_t' Omega r_t + log|2 pi S|)` of each child."""
    design, index = model.design, evaluation.task.constants.index
    n_informants = len(design.informants)
    parameters = evaluation.parameters
    delta_place = int(index[header.Q] + index[header.N_ON] * n_informants)
    delta = parameters[delta_place : delta_place + int(index[header.N_Z]) * n_informants]
    residual = design.y - design.z @ delta.reshape(-1, n_informants)
    cov = parameters[-n_informants * n_informants :].reshape(n_informants, n_informants)
    of_row = np.zeros(len(row_set))
    for s in range(int(index[header.N_SETS])):
        rows = np.flatnonzero(row_set == s)
        members = np.flatnonzero(design.present[rows[0]])
        factor = np.linalg.cholesky(cov[np.ix_(members, members)])
        white = np.linalg.solve(factor, residual[np.ix_(rows, members)].T)
        log_det = 2.0 * np.log(np.diagonal(factor)).sum() + len(members) * np.log(2.0 * np.pi)
        of_row[rows] = -0.5 * ((white**2).sum(axis=0) + log_det)
    return np.bincount(design.occasion_child, of_row, minlength=len(design.children))
