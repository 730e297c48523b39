"""How sure: the probability of a direction, and of a value that does not matter in practice.

Shares of posterior draws. A share of 0 or 1 says that no draw was on the other side, not that none
could be.
"""

import xarray as xr

from bayes_alliance.errors import InputError, Limit, Problem, checked_arguments


@checked_arguments
def direction(draws: xr.DataArray) -> xr.DataArray:
    r"""Probability of direction: that the quantity has the sign it seems to have.

    .. math:: \max\{P(\theta > 0),\; P(\theta < 0)\}

    Parameters
    ----------
    draws : DataArray
        Dims (chain, draw, ...).

    Returns
    -------
    DataArray
        The other dims, between 0.5 and 1 (0 where every draw is 0). NaN where a draw is undefined.

    References
    ----------
    Makowski, Ben-Shachar, Chen and Lüdecke (2019), Frontiers in Psychology 10:2767.
    """
    above = (draws > 0).mean(("chain", "draw"))
    below = (draws < 0).mean(("chain", "draw"))
    out = above.where(above >= below, below)
    return out.where(draws.notnull().all(("chain", "draw")))


@checked_arguments
def inside(draws: xr.DataArray, region: tuple[Limit, Limit]) -> xr.DataArray:
    """Probability that the quantity lies inside a region, such as one of practical equivalence.

    Parameters
    ----------
    draws : DataArray
        Dims (chain, draw, ...).
    region : pair of float
        From and to, both included, in the unit of the draws. What does not matter in practice is
        for the user to say, before the data are seen.

    Returns
    -------
    DataArray
        The other dims, between 0 and 1. NaN where a draw is undefined.

    Raises
    ------
    InputError
        If the region does not go from a lower to a higher number.

    References
    ----------
    Kruschke (2018), Advances in Methods and Practices in Psychological Science 1, 270-280.
    """
    lower, upper = region
    if not lower <= upper:
        message = "two numbers, the lower one first"
        raise InputError([Problem(where="region", value=region, message=message)], "inside")
    share = ((draws >= lower) & (draws <= upper)).mean(("chain", "draw"))
    return share.where(draws.notnull().all(("chain", "draw")))
