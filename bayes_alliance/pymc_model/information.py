r"""What ratings say about effects of covariates, roughly: where and in what shape to sample them.

A prior that shrinks effects gives each a standard deviation :math:`s_j`, sampled with the effect.
Given these the posterior of the effects is nearly normal,

.. math:: P = J + \mathrm{diag}(s)^{-2}, \qquad \beta \sim \mathrm{N}(P^{-1} h,\ P^{-1}),

with the information `J` and score `h` of the ratings. Sampled is where in this distribution the
effects lie, whatever :math:`s` is, so that there is no funnel. That is a change of variables and
exact for every `J` and `h`: these only have to be near. Here they are those of one informant's
ratings in a linear mixed model with child effects (Laird and Ware 1982), its variances by steps
of EM; missing values of covariates count as averages.
"""

import numpy as np
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design

type Floats = NDArray[np.float64]

STEPS_OF_EM = 100
LEAST_WITHIN = 0.01  # share of the variance: few ratings may be fitted without any residual


def of_effects(
    arrays: Design, columns: Floats, *, shared_effects: bool = False
) -> tuple[Floats, Floats]:
    """Information and score of effects, averages of growth coefficients partialled out.

    Parameters
    ----------
    columns : array, shape (R, n)
        What effects are multiplied by at every occasion.
    shared_effects : bool
        Of effects that all informants share, in spreads; otherwise of each informant's own, in
        points.

    Returns
    -------
    information : array, shape (K, n, n), or (1, n, n) of shared effects
    score : array, shape (K, n), or (1, n)
    """
    parts = [_of_informant(arrays, columns, k) for k in range(len(arrays.informants))]
    information, score = (np.stack([part[which] for part in parts]) for which in (0, 1))
    if not shared_effects:
        return information, score
    spread = arrays.spread
    return np.einsum("k,kij->ij", spread**2, information)[None], (spread @ score)[None]


def _of_informant(arrays: Design, columns: Floats, k: int) -> tuple[Floats, Floats]:
    n_informants, n = len(arrays.informants), len(arrays.children)
    rows = arrays.present[:, k]
    child, phi = arrays.occasion_child[rows], arrays.basis[rows]
    own = arrays.child_terms[arrays.child_terms % n_informants == k] // n_informants
    design = np.column_stack([phi, columns[rows]])
    y = arrays.y[rows, k] - arrays.center[k]
    both = np.column_stack([design, y])
    varying = phi[:, own]
    uu = np.zeros((n, len(own), len(own)))
    ux = np.zeros((n, len(own), both.shape[1]))
    np.add.at(uu, child, varying[:, :, None] * varying[:, None, :])
    np.add.at(ux, child, varying[:, :, None] * both[:, None, :])
    xx = both.T @ both
    variance = max(float(np.var(y)), 1e-6 * arrays.spread[k] ** 2)
    between, within = np.eye(len(own)) * 0.5 * variance, 0.5 * variance
    for _ in range(STEPS_OF_EM):
        given = np.linalg.inv(np.linalg.inv(between) + uu / within)
        weighed = (xx - np.einsum("iax,iab,iby->xy", ux, given, ux) / within) / within
        effect = np.linalg.pinv(weighed[:-1, :-1], hermitian=True) @ weighed[:-1, -1]
        contrast = np.append(-effect, 1.0)
        cross = ux @ contrast
        u = np.einsum("iab,ib->ia", given, cross) / within
        squares = contrast @ xx @ contrast - 2.0 * np.sum(u * cross)
        squares += np.einsum("ia,iab,ib->", u, uu, u) + np.einsum("iab,iba->", uu, given)
        within = max(float(squares) / max(len(y), 1), LEAST_WITHIN * variance)
        between = (u.T @ u + given.sum(axis=0)) / n + 1e-6 * variance * np.eye(len(own))
    n_fixed = phi.shape[1]
    fixed, free = slice(0, n_fixed), slice(n_fixed, -1)
    explained = weighed[free, fixed] @ np.linalg.pinv(weighed[fixed, fixed], hermitian=True)
    information = weighed[free, free] - explained @ weighed[fixed, free]
    score = weighed[free, -1] - explained @ weighed[fixed, -1]
    return 0.5 * (information + information.T), score


def placed(
    where: TensorVariable, scale: TensorVariable, information: Floats, score: Floats
) -> tuple[TensorVariable, TensorVariable]:
    """Effects, in their prior standard deviations, from where they lie in what ratings say.

    Parameters
    ----------
    where : tensor, shape (n,)
        About standard normal in the posterior.
    scale : tensor, shape (n,)
        Prior standard deviations `s`.
    information : array, shape (n, n)
    score : array, shape (n,)

    Returns
    -------
    raw : tensor, shape (n,)
        Effects divided by `s`: standard normal in the prior.
    log_density : tensor, scalar
        Of `where`, so that `raw` is standard normal, without its constant: with
        :math:`M = I + S J S = L L'` the raw effects are :math:`M^{-1} S h + L'^{-1} w`.
    """
    n = len(score)
    matrix = pt.eye(n) + scale[:, None] * information * scale[None, :]
    root = pt.linalg.cholesky(matrix)
    half = pt.linalg.solve_triangular(root, scale * score, lower=True)
    raw = pt.linalg.solve_triangular(root.T, half + where, lower=False)
    return raw, -0.5 * pt.dot(raw, raw) - pt.sum(pt.log(pt.diag(root)))
