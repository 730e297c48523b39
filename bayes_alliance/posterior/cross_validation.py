r"""Expected log predictive density of units left out, by importance sampling and exact refits.

.. math:: \mathrm{elpd} = \sum_i \log \int p(y_i \mid y_{-i}, \theta)\, p(\theta \mid y_{-i})\,
          d\theta

with `i` a rating, a child, a therapist or a clinic. The posterior without the unit is reached from
the one at hand by Pareto smoothed importance sampling with weights
:math:`1 / p(y_i \mid y_{-i}, \theta)`; where their tail is too heavy (Pareto `k`) the model is
fitted again without the unit (Vehtari, Gelman and Gabry 2017; Vehtari et al. 2024). Random effects
are integrated out, which keeps most `k` low.
"""

from dataclasses import dataclass

import numpy as np
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayes_alliance.design import Design
from bayes_alliance.posterior.fit import Fit, whole
from bayes_alliance.posterior.fit import fit as fit_model
from bayes_alliance.posterior.left_out import Unit, recoded, with_level, without
from bayes_alliance.posterior.scores import scores_under

type Floats = NDArray[np.float64]

# Above this the smoothed weights are not to be trusted, however many draws there are.
HIGHEST_K = 0.7


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """What a model says about each unit, given the others.

    Parameters
    ----------
    labels : tuple of str
        Units with ratings.
    elpd : array, shape (n_units,)
        Log predictive density of all ratings of the unit.
    mcse : array, shape (n_units,)
        Monte Carlo standard error of `elpd`.
    pareto_k : array, shape (n_units,)
        Of the importance weights.
    high : array of bool, shape (n_units,)
        Whether `pareto_k` is too high for the number of draws.
    refitted : array of bool, shape (n_units,)
        Whether the model was fitted again without the unit: exact but for Monte Carlo error.
    """

    labels: tuple[str, ...]
    elpd: Floats
    mcse: Floats
    pareto_k: Floats
    high: NDArray[np.bool_]
    refitted: NDArray[np.bool_]


def left_out(fit: Fit, unit: Unit, *, seed: int, refits: int) -> LeftOut:
    """Leave out every unit of a kind.

    Parameters
    ----------
    fit : Fit
        With normal ratings and complete covariates (`named.require_exact`).
    unit : {"rating", "child", "therapist", "clinic"}
    seed : int
        Of the refits.
    refits : int
        The most refits to make, highest `k` first.

    Returns
    -------
    LeftOut

    Raises
    ------
    InputError
        If the ratings do not know such units.
    """
    design, moments = with_level(fit, unit)
    rated = np.flatnonzero(_n_ratings(design, unit))
    found = scores_under(moments, design, of=(unit,))[f"{unit}_score"]
    scores = found.transpose("chain", "draw", unit).values[..., rated]
    elpd, mcse, pareto_k = smoothed(scores)
    high = pareto_k > highest_k(scores.shape[0] * scores.shape[1])
    refitted = np.zeros_like(high)
    worst_first = np.argsort(-pareto_k)
    for position in worst_first[high[worst_first]][:refits]:
        # Every unit has a seed of its own, which does not depend on which others are refitted.
        own = int(np.random.SeedSequence([seed, int(position)]).generate_state(1)[0])
        score = refitted_score(fit, unit, int(rated[position]), seed=own)
        elpd[position], mcse[position] = score
        refitted[position] = True
    return LeftOut(
        labels=tuple(str(label) for label in found[unit].values[rated]),
        elpd=elpd,
        mcse=mcse,
        pareto_k=pareto_k,
        high=high,
        refitted=refitted,
    )


def highest_k(n_draws: int) -> float:
    r"""Return the Pareto `k` up to which importance sampling is reliable.

    .. math:: \min(1 - 1 / \log_{10} S,\ 0.7)

    Parameters
    ----------
    n_draws : int
        `S`, of all chains.

    Returns
    -------
    float

    References
    ----------
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25(72).
    """
    return min(1.0 - 1.0 / np.log10(n_draws), HIGHEST_K)


def smoothed(scores: Floats) -> tuple[Floats, Floats, Floats]:
    r"""Expected log predictive density by Pareto smoothed importance sampling.

    With normalised weights `w` and densities `p`, the Monte Carlo standard error of the logarithm
    of :math:`\hat p = \sum_s w_s p_s` is
    :math:`\sqrt{\sum_s w_s^2 (p_s - \hat p)^2 / r} / \hat p`, with `r` the efficiency of the draws.

    Parameters
    ----------
    scores : array, shape (n_chains, n_draws, n_units)
        Log density of the unit's ratings given the others, at draws given all ratings.

    Returns
    -------
    elpd, mcse, pareto_k : array, shape (n_units,)

    References
    ----------
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25(72).
    """
    n_units = scores.shape[-1]
    elpd, mcse, pareto_k = np.empty(n_units), np.zeros(n_units), np.empty(n_units)
    for i in range(n_units):
        score = scores[..., i]
        if np.ptp(score) == 0.0:
            elpd[i], pareto_k[i] = score[0, 0], -np.inf
            continue
        r_eff = efficiency(score)
        log_weights, k = array_stats.psislw(score.ravel(), r_eff=r_eff)
        log_weights = log_weights - logsumexp(log_weights)
        elpd[i] = logsumexp(log_weights + score.ravel())
        deviation = np.exp(log_weights) * np.expm1(score.ravel() - elpd[i])
        mcse[i] = np.sqrt((deviation**2).sum() / r_eff)
        pareto_k[i] = float(k)
    return elpd, mcse, pareto_k


def efficiency(score: Floats) -> float:
    """Effective draws of a density per draw.

    Parameters
    ----------
    score : array, shape (n_chains, n_draws)
        Its logarithm.

    Returns
    -------
    float
    """
    density = np.exp(score - score.max())
    return float(array_stats.ess(density, method="mean")) / score.size


def refitted_score(fit: Fit, unit: Unit, position: int, *, seed: int) -> tuple[float, float]:
    """Fit a model without a unit, with as many draws, and score the unit's ratings.

    Parameters
    ----------
    fit : Fit
        With all ratings.
    unit : {"rating", "child", "therapist", "clinic"}
    position : int
        Of the unit, as in the scores.
    seed : int

    Returns
    -------
    elpd : float
        Log predictive density of the unit's ratings given the others.
    mcse : float
        Its Monte Carlo standard error.
    """
    everybody, _ = with_level(fit, unit)
    moments = fit.moments
    refit = whole(
        fit_model(
            fit.spec,
            without(fit.ratings, unit, _key(everybody, unit, position)),
            seed=seed,
            engine="collapsed" if fit.engine == "collapsed" else "pymc",
            progress=False,
            chains=moments.sizes["chain"],
            draws=moments.sizes["draw"],
        )
    )
    if f"{unit}_cov" in moments or unit in ("rating", "child"):
        drawn = refit.moments
    else:
        _, drawn = with_level(refit, unit)
    scores = scores_under(drawn, recoded(everybody, refit.design), of=(unit,))[f"{unit}_score"]
    values = scores.isel({unit: position}).transpose("chain", "draw").values
    elpd = float(logsumexp(values) - np.log(values.size))
    deviation = np.expm1(values - elpd)
    return elpd, float(deviation.std() / np.sqrt(values.size * efficiency(values)))


def _n_ratings(design: Design, unit: Unit) -> NDArray[np.int64]:
    """Ratings of every unit."""
    if unit == "rating":
        return np.ones(design.n_ratings, dtype=np.int64)
    of_unit = np.bincount(
        design.occasion_child, design.present.sum(axis=1), minlength=len(design.children)
    )
    for level in design.levels if unit != "child" else ():
        of_unit = np.bincount(level.parent, of_unit, minlength=len(level.labels))
        if level.name == unit:
            break
    return of_unit.astype(np.int64)


def _key(design: Design, unit: Unit, position: int) -> str | tuple[str, float, str]:
    """What `without` calls a unit."""
    match unit:
        case "rating":
            rows, informants = np.nonzero(design.present)
            row, informant = rows[position], informants[position]
            child = design.children[design.occasion_child[row]]
            return child, float(design.occasion_time[row]), design.informants[informant]
        case "child":
            return design.children[position]
        case _:
            return next(level for level in design.levels if level.name == unit).labels[position]
