"""Draws of the named moments as plain arrays, for what is exact given them.

Random effects, scores of children and therapists and the log likelihood have closed forms given the
named moments of a model with normal ratings. They need nothing else of a fit, so it does not matter
which engine made the draws or whether the fit was loaded from disk.
"""

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.likelihoods import law_of, leaving, residual
from bayes_alliance.posterior.fit import Fit

NOT_KEPT = 'what completes these ratings is not kept with this fit; engine "collapsed" keeps it'


def require_exact(
    fit: Fit, *, what: str, why: str, completed: bool = False, values: bool = False
) -> None:
    """Refuse fits for which something is not exact given the named moments.

    Parameters
    ----------
    what : str
        What was asked for.
    why : str
        Why other families do not have it.
    completed : bool
        Whether it is also exact for ratings that are normal given what is kept with the fit (the
        family's completion, missing numbers, means of children).
    values : bool
        Whether this goes for ratings that are themselves completed too: censored ones, and those
        with a latent value behind them.

    Raises
    ------
    InputError
        If the ratings are not normal, or covariates have missing values.
    """
    problems = not_exact(fit, why=why, completed=completed, values=values)
    for one in fit.design.incomplete:
        if completed and f"missing_{one.name}" in fit.moments:
            continue
        message = (
            f"missing for {int(one.absent.sum())} of {len(one.units)}: the values that were "
            "drawn in their place are not kept with the fit"
        )
        problems.append(Problem(where=f"covariates.{one.name}", message=message))
    if problems:
        raise InputError(problems, what)


def not_exact(fit: Fit, *, why: str, completed: bool, values: bool) -> list[Problem]:
    """Why nothing is exact given the named moments, for any child; parameters as above."""
    family = fit.spec.family
    problems = []
    needed = family.completion
    kept = completed and all(name in fit.moments for name in needed)
    kept = kept and (values or not family.completes_values)
    if needed != () and not kept:
        problems.append(Problem(where="likelihood.family", value=family.name, message=why))
    for term in fit.spec.covariates:
        if completed and f"mean_{term.name}" in fit.moments:
            continue
        for option in term.means:
            message = "the means of children that were drawn are not kept with the fit"
            problems.append(Problem(where=option.where, value=option.value, message=message))
    return problems


def in_order(fit: Fit) -> xr.Dataset:
    """Named moments, those that only the model's family has with their dims in its order."""
    moments, of_family = fit.moments, law_of(fit.spec).moments
    own = {
        name: moments[name].transpose("chain", "draw", *dims)
        for name, dims in {
            **residual.MOMENTS,
            **of_family,
            **leaving.dims(fit.design.leaving),
        }.items()
        if name in moments
    }
    return moments.assign(own)


def evenly_chosen(fit: Fit, draws: int | None) -> xr.Dataset:
    """Named moments of some draws of a fit.

    Parameters
    ----------
    draws : int or None
        How many draws of each chain to keep, evenly chosen; None for all.

    Returns
    -------
    Dataset
        Dims (chain, draw, ...).

    Raises
    ------
    InputError
        If there are not so many.
    """
    moments = fit.moments
    if draws is None:
        return moments
    there = moments.sizes["draw"]
    if not 1 <= draws <= there:
        message = f"from 1 to {there}, the draws of each chain"
        raise InputError([Problem(where="draws", value=draws, message=message)], "draws")
    return moments.isel(draw=np.linspace(0, there - 1, draws).round().astype(int))


def arrays_of(moments: xr.Dataset) -> dict[str, Floats]:
    """Named moments with the draws of all chains along one leading dim.

    Parameters
    ----------
    moments : Dataset
        Dims (chain, draw, ...).

    Returns
    -------
    dict
        Name to values, shape (n_chains * n_draws, ...).
    """
    out = {}
    for name, array in moments.items():
        if {"chain", "draw"} <= set(array.dims):
            values = array.transpose("chain", "draw", ...).values
            out[str(name)] = values.reshape(-1, *values.shape[2:])
    return out


def by_chain(moments: xr.Dataset, values: Floats) -> Floats:
    """Undo the joining of chains.

    Parameters
    ----------
    moments : Dataset
        As given to `arrays_of`.
    values : array, shape (n_chains * n_draws, ...)

    Returns
    -------
    array, shape (n_chains, n_draws, ...)
    """
    return values.reshape(moments.sizes["chain"], moments.sizes["draw"], *values.shape[1:])
