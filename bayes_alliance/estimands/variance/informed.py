r"""What did the ratings say that the prior did not? Contraction from prior to posterior.

.. math:: c = 1 - \frac{\mathrm{Var}_{posterior}}{\mathrm{Var}_{prior}}

near 1 where the ratings decide and near 0 where the posterior is the prior again; negative where
the posterior is wider than the prior, as can happen when the two are in conflict (Schad, Betancourt
and Vasishth 2021). Prior draws of anything come from the same estimand applied to `prior_fit`.
"""

import xarray as xr

from bayes_alliance.errors import checked_arguments

# Judgement: below one half, more of the prior's variance is left than was taken away.
PRIOR_DRIVEN = 0.5


@checked_arguments
def contraction(draws: xr.DataArray, prior: xr.DataArray) -> xr.DataArray:
    """How much the ratings narrowed a quantity, from prior to posterior.

    Parameters
    ----------
    draws : DataArray
        Posterior draws, dims (chain, draw, ...).
    prior : DataArray
        Prior draws of the same quantity: the same estimand of ``prior_fit(spec, ratings, seed=)``.

    Returns
    -------
    DataArray
        The other dims; at most 1. NaN for what the prior fixes.

    References
    ----------
    Schad, Betancourt and Vasishth (2021), Psychological Methods 26(1), 103-126.

    Examples
    --------
    >>> prior = prior_fit(fit.spec, fit.ratings, seed=1)  # doctest: +SKIP
    >>> contraction(shares(fit), shares(prior))  # doctest: +SKIP
    """
    # Variances over all chains together, so that chains that disagree do not look informed.
    before = prior.var(("chain", "draw"))
    after = draws.var(("chain", "draw"))
    return 1.0 - after / before.where(before > 0)


@checked_arguments
def prior_driven(draws: xr.DataArray, prior: xr.DataArray) -> xr.DataArray:
    """Whether a quantity mostly says what the prior said.

    Parameters
    ----------
    draws, prior : DataArray
        As in `contraction`.

    Returns
    -------
    DataArray of bool
        True where contraction is below `PRIOR_DRIVEN` (one half, a judgement). Such a number should
        be reported together with its prior; see also prior sensitivity.
    """
    return contraction(draws, prior) < PRIOR_DRIVEN
