"""Pareto smoothed importance sampling: another posterior from the draws of one.

That without a unit from the one with it, or that under another prior.
"""

import numpy as np
from scipy.special import logsumexp

from bayes_alliance.arrays import Floats
from bayes_alliance.posterior.diagnostics import effective_of_means

# Above this the smoothed weights are not to be trusted, however many draws there are.
HIGHEST_K = 0.7
# Weighted draws that are worth less than this part of as many without weights are not relied upon:
# the Monte-Carlo error of a mean is more than twice that of another fit's. Judgement. A low Pareto
# k says that weights have no heavy tail, not that many draws share them.
LEAST_WORTH = 0.25


def highest_k(n_draws: int) -> float:
    r"""Return the Pareto `k` up to which importance sampling is reliable.

    .. math:: \min(1 - 1 / \log_{10} S,\ 0.7)

    Parameters
    ----------
    n_draws : int
        `S`, of all chains.

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
        # All weights are equal (a unit whose score does not depend on the parameters): there is no
        # tail to fit a Pareto distribution to, and nothing to correct.
        if np.ptp(score) == 0.0:
            elpd[i], pareto_k[i] = score[0, 0], -np.inf
            continue
        r_eff = efficiency(score)
        log_weights, k = weights(-score, r_eff=r_eff)
        elpd[i] = logsumexp(log_weights + score.ravel())
        # expm1 of the difference is (p - p hat) / p hat, which is what the formula divides by; the
        # densities themselves would underflow.
        deviation = np.exp(log_weights) * np.expm1(score.ravel() - elpd[i])
        mcse[i] = np.sqrt((deviation**2).sum() / r_eff)
        pareto_k[i] = k
    return elpd, mcse, pareto_k


def weights(log_ratio: Floats, *, r_eff: float = 1.0) -> tuple[Floats, float]:
    """Smoothed importance weights of draws, and how heavy their tail is.

    Parameters
    ----------
    log_ratio : array, shape (n_chains, n_draws)
        Log density of the other posterior less that of the draws, up to a constant.
    r_eff : float
        Effective draws of the ratio per draw.

    Returns
    -------
    log_weights : array, shape (n_chains * n_draws,)
        Whose exponentials sum to 1.
    pareto_k : float
        Minus infinity if all weights are equal.
    """
    # There is no tail then to fit a Pareto distribution to, and nothing to correct.
    if np.ptp(log_ratio) == 0.0:
        return np.full(log_ratio.size, -np.log(log_ratio.size)), -np.inf
    # Here, because it loads two seconds of other things, and a report that smooths no weights needs
    # nothing of it.
    from arviz_stats.base import array_stats

    # The function takes the logarithm of what is divided by.
    log_weights, k = array_stats.psislw(-log_ratio.ravel(), r_eff=r_eff)
    return log_weights - logsumexp(log_weights), float(k)


def worth(log_weights: Floats) -> float:
    r"""Independent draws that weighted ones are worth, per draw: :math:`1 / S \sum_s w_s^2`.

    Parameters
    ----------
    log_weights : array, shape (n_chains * n_draws,)
        As from `weights`.
    """
    return float(1.0 / (log_weights.size * np.exp(2.0 * log_weights).sum()))


def reliable(log_weights: Floats, k: float) -> bool:
    """Whether a mean under weights is as good as one of another fit, but for twice the error.

    Parameters
    ----------
    log_weights : array, shape (n_chains * n_draws,)
    k : float
        Both as from `weights`.
    """
    return k <= highest_k(log_weights.size) and worth(log_weights) >= LEAST_WORTH


def weighted_mean(values: Floats, log_weights: Floats) -> tuple[float, float]:
    r"""Mean of values under another posterior, and its Monte-Carlo standard error.

    With normalised weights `w` of `S` draws the error is that of the mean of
    :math:`S w_s (x_s - \bar x)` over chains: draws that depend on those before, and chains that
    differ, have the less effective draws.

    Parameters
    ----------
    values : array, shape (n_chains, n_draws)
    log_weights : array, shape (n_chains * n_draws,)
        As from `weights`.
    """
    if np.ptp(values) == 0.0:  # rounding of weights would pass for an error
        return float(values.flat[0]), 0.0
    weight = np.exp(log_weights).reshape(values.shape)
    mean = float((weight * values).sum())
    deviation = weight * values.size * (values - mean)
    n_effective = values.size * efficiency_of(deviation)
    return mean, float(deviation.std() / np.sqrt(n_effective))


def efficiency(score: Floats) -> float:
    """Effective draws of a density per draw.

    Parameters
    ----------
    score : array, shape (n_chains, n_draws)
        Its logarithm.
    """
    # Only ratios of densities count; with the largest at 1 none overflows.
    return efficiency_of(np.exp(score - score.max()))


def efficiency_of(values: Floats) -> float:
    """Effective draws of the mean per draw; 1 where values are all alike.

    Parameters
    ----------
    values : array, shape (n_chains, n_draws)
    """
    if np.ptp(values) == 0.0:
        return 1.0
    return float(effective_of_means(values[None])[0]) / values.size
