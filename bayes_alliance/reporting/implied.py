"""What every fit implies: the estimands that are reported without being asked for.

Shares of variance at the reference times, and correlations between informants at each level and
in total, as named draws.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import xarray as xr

from bayes_alliance.estimands import agreement, variance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.data_tables import reference_times


def implied(fit: Fit) -> Iterator[tuple[str, xr.DataArray]]:
    """Go through the estimands of a fit.

    Parameters
    ----------
    fit : Fit

    Yields
    ------
    name : str
        Dotted name of the function and its labels, separated by a bar:
        ``"variance.shares|therapist,child,time=4"``.
    draws : DataArray
        Dims (chain, draw).
    """
    times = reference_times(fit.spec, fit.ratings)
    for time in times:
        shares = variance.shares(fit, time=time)
        for source in shares["source"].to_numpy():
            for informant in shares["informant"].to_numpy():
                draws = shares.sel(source=source, informant=informant, drop=True)
                yield f"variance.shares|{source},{informant},time={time:g}", draws
    if len(fit.ratings.informants) == 1:
        return
    for level in ("child", "therapist", "clinic"):
        for coefficient in varying(fit, level):
            matrix = agreement.correlation(fit, level=level, of=coefficient)
            yield from _pairs(f"agreement.correlation|{level},{coefficient}", matrix)
    for time in times:
        matrix = agreement.correlation(fit, level="total", time=time)
        yield from _pairs(f"agreement.correlation|total,time={time:g}", matrix)


def varying(fit: Fit, level: str) -> tuple[str, ...]:
    """Growth coefficients that vary at a level for at least two informants.

    Parameters
    ----------
    fit : Fit
    level : {"child", "therapist", "clinic"}

    Returns
    -------
    tuple of str
        Empty if the model has no effects at this level.
    """
    if f"{level}_cov" not in fit.moments:
        return ()
    cov = fit.moments[f"{level}_cov"]
    diagonal = np.diagonal(cov.transpose(..., "term", "term_").to_numpy(), axis1=-2, axis2=-1)
    varies = (diagonal > 0).reshape(-1, diagonal.shape[-1]).any(axis=0)
    found = cov["term_coefficient"].to_numpy()[varies]
    return tuple(c for c in dict.fromkeys(found.tolist()) if (found == c).sum() > 1)


def _pairs(labels: str, matrix: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """Each pair of informants once."""
    for first, second in combinations(matrix["informant"].to_numpy().tolist(), 2):
        draws = matrix.sel(informant=first, informant_=second, drop=True)
        if np.isnan(draws.to_numpy()).all():
            continue
        yield f"{labels},{first};{second}", draws
