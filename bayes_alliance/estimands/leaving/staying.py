r"""How likely new families stay, and what they are like, by quadrature over what leaving follows.

Growth coefficients :math:`\theta` of a new child are normal, and what leaving follows of them,
:math:`\zeta`, is linear in them: a level and a slope of leaving itself. Given :math:`\zeta` the
intervals are independent, residuals of ratings that leaving follows among the noise, so that

.. math:: P(\text{stays to } t) = E_\zeta \prod_{s < t} \Phi\Big(- \frac{a_s + \phi_s'\zeta}
          {\sqrt{1 + r' S r}}\Big), \qquad
          E[\theta \mid \text{stays}] = \mu + \mathrm{Cov}(\theta, \zeta)\,
          \mathrm{Var}(\zeta)^{-1} (E[\zeta \mid \text{stays}] - E[\zeta]) .

Families of the study are taken in a few groups of those with much the same covariates
(`design.groups`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.leavers import associations, follows
from bayes_alliance.design import AtRisk, Design
from bayes_alliance.design.groups import groups
from bayes_alliance.likelihoods.leaving import SHARE as SHARE

ASSOCIATION = "leaving_on"  # quantity: what a point more moves the probit of leaving by

type Moments = Mapping[str, Floats]

# By how many numbers leaving follows.
NODES = {0: 1, 1: 41, 2: 25, 3: 11}
FEWEST = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Staying:
    """Probabilities of draws, for families of the study together.

    Parameters
    ----------
    probability : array, shape (n_draws, T)
        Of being in treatment at each time.
    mean : array, shape (n_draws, q)
        Growth coefficients, coefficient by coefficient, of all families.
    stayed : array, shape (n_draws, q)
        Of those who stay to the last occasion.
    """

    probability: Floats
    mean: Floats
    stayed: Floats


def staying(design: Design, leaving: AtRisk, moments: Moments) -> Staying:
    """Average over the families of a study.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws.
    """
    n_draws, k = len(moments["residual_cov"]), len(design.informants)
    T, q = len(design.coefficients), len(design.terms)
    on, on_slope, r = associations(leaving, moments, n_draws, k)
    E = follows(design, leaving, on, on_slope)
    effects = np.zeros((n_draws, len(design.covariates), q))
    average = np.concatenate([moments[name] for name in design.coefficients], axis=-1)
    for c, name in enumerate(design.coefficients):
        if f"{name}_on" in moments:
            effects[..., c * k : (c + 1) * k] = moments[f"{name}_on"]
    between = sum(
        (moments[f"{level}_cov"] for level in design.term_sets()), np.zeros((n_draws, q, q))
    )
    noise = 1.0 + np.einsum("dgk,dkl,dgl->dg", r, moments["residual_cov"], r)
    n_times = len(leaving.times)
    phi = _basis(design, leaving)
    alive, of_all, of_stayed = np.zeros((n_draws, n_times)), np.zeros((n_draws, q)), np.zeros(q)
    alive[:, 0] = 1.0
    for share, group, middle, spread in _alike(design, leaving):
        rows = E[:, np.arange(T) * (k + leaving.n_groups) + k + group]
        # How covariates, those of leaving behind the others, move what leaving follows, and theta.
        P = effects.shape[1]
        by_covariates = np.zeros((n_draws, T, len(middle)))
        by_covariates[..., :P] = rows @ np.swapaxes(effects, -1, -2)
        if leaving.covariates:
            by_covariates[:, 0, P:] = moments["leaving_covariate"]
        of_theta = np.zeros((n_draws, q, len(middle)))
        of_theta[..., :P] = np.swapaxes(effects, -1, -2)
        cov = rows @ between @ np.swapaxes(rows, -1, -2)
        cov = cov + by_covariates @ spread @ np.swapaxes(by_covariates, -1, -2)
        if leaving.therapist:
            cov[:, 0, 0] += moments["leaving_therapist_sd"] ** 2
        across = between @ np.swapaxes(rows, -1, -2)
        across = across + of_theta @ spread @ np.swapaxes(by_covariates, -1, -2)
        mean = average + of_theta @ middle
        threshold = moments["leaving_baseline"], phi, by_covariates @ middle, noise[:, group]
        probability, moved = _integrated(*threshold, cov, across)
        alive[:, 1:] += share * probability
        of_all += share * mean
        of_stayed = of_stayed + share * (probability[:, -1:] * mean + moved)
    return Staying(probability=alive, mean=of_all, stayed=of_stayed / alive[:, -1:])


def _integrated(
    baseline: Floats, phi: Floats, mean: Floats, noise: Floats, cov: Floats, across: Floats
) -> tuple[Floats, Floats]:
    """Probability of staying through each interval, and `E[theta - mu; stays through all]`."""
    values, vectors = np.linalg.eigh(cov)
    values = np.maximum(values, 0.0)
    there = np.flatnonzero(values.max(axis=0, initial=0.0) > 1e-14)
    root = vectors[..., there] * np.sqrt(values[:, None, there])
    x, w = np.polynomial.hermite_e.hermegauss(NODES.get(len(there), FEWEST))
    places = np.array(list(product(range(len(x)), repeat=len(there))), dtype=np.int64)
    u, weight = x[places], (w / w.sum())[places].prod(axis=1)
    zeta = mean[:, None] + u @ np.swapaxes(root, -1, -2)
    z_score = (baseline[:, None] + zeta @ phi.T) / np.sqrt(noise[:, None, None])
    stay = np.cumprod(ndtr(-z_score), axis=-1)
    inverse = np.where(values[:, there] > 1e-14, 1.0 / np.sqrt(values[:, there] + 1e-300), 0.0)
    per_u = across @ (vectors[..., there] * inverse[:, None])
    moved = np.einsum("n,dn,nm->dm", weight, stay[..., -1], u)
    return np.einsum("n,dnt->dt", weight, stay), (per_u @ moved[..., None])[..., 0]


def _basis(design: Design, leaving: AtRisk) -> Floats:
    """Growth basis at the times at which families are at risk, shape (T - 1, coefficients)."""
    basis = np.concatenate([design.basis, leaving.added_basis])
    time = np.concatenate([design.occasion_time, leaving.added_time])
    first = [int(np.flatnonzero(time == when)[0]) for when in leaving.times[:-1]]
    return basis[first]


def _alike(design: Design, leaving: AtRisk) -> Iterator[tuple[float, int, Floats, Floats]]:
    """Share, group of associations, mean and covariance of the covariates of families alike."""
    rows = np.hstack([design.x, leaving.x])
    absent = np.isnan(rows)
    if absent.any():
        rows = np.where(absent, np.nanmean(rows, axis=0), rows)
    unit = np.append(design.covariate_sd, leaving.covariate_sd)
    for group in range(leaving.n_groups):
        own = rows[leaving.group == group]
        for alike in groups(own, unit) if len(own) else ():
            yield len(own) / len(rows) * alike.share, group, alike.mean, alike.cov
