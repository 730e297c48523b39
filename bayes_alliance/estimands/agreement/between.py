r"""How ratings of different informants go together, at each level and in total.

At a level the correlation is latent: it is free of the residual, so it is not weakened by
unreliable ratings. The total is that of ratings of one occasion,

.. math::
   \phi(s)' (S_{clinic} + S_{therapist} + S_{child}) \phi(s) + S_{residual},

and, for a new family of the population, what covariates make differ (`explained`): the total is
then that of a model without covariates. With ``level="alike"`` it is that among families alike in
the covariates, and differences that covariates explain do not count as agreement. At a level of
its own the correlation is always of those alike.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import xarray as xr

from bayes_alliance.errors import INSIDE, InputError, Problem, checked_arguments, nearest
from bayes_alliance.estimands.at_time import at_time, coefficient_or_time, unstacked
from bayes_alliance.estimands.explained import (
    explained,
    has_covariates,
    residual_covariance,
)
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.moments import correlations

type AgreementLevel = Annotated[
    Literal["child", "therapist", "clinic", "occasion", "total", "alike"], INSIDE
]


# Ratings of one occasion, of new families of the population or alike in the covariates.
WHOLE = ("total", "alike")


@checked_arguments
def covariance(
    fit: Fit,
    *,
    level: AgreementLevel = "child",
    of: str | None = None,
    time: float | Sequence[float] | None = None,
) -> xr.DataArray:
    """Covariance between informants.

    Parameters
    ----------
    level : {"child", "therapist", "clinic", "occasion", "total", "alike"}
        Between children (of one therapist), therapists, clinics; between the residuals of one
        occasion; or, in total, between ratings of one occasion over families of the population, or
        over families alike in the covariates.
    of : str, optional
        A growth coefficient (``"level"``, ``"slope"``) instead of the expected rating at a time;
        only for child, therapist and clinic.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), with ``time`` for a sequence; squared points.

    Raises
    ------
    InputError
        A level or coefficient that the model does not have.
    """
    check(fit, level, of=of, time=time)
    moments = fit.moments
    if level == "occasion":
        return residual_covariance(fit)
    if of is not None:
        return unstacked(fit, moments[f"{level}_cov"]).sel(
            coefficient=of, coefficient_=of, drop=True
        )
    when = fit.ratings.time.origin if time is None else time
    if level not in WHOLE:
        return at_time(fit, moments[f"{level}_cov"], when)
    parts = [
        at_time(fit, moments[f"{name}_cov"], when) for name in LEVELS if f"{name}_cov" in moments
    ]
    if level == "total" and has_covariates(fit):
        parts.append(explained(fit, when))
    total = residual_covariance(fit)
    for part in parts:
        # The residual is the same at all times; plain sums take a fraction of labelled ones.
        residual = "time" in part.dims and "time" not in total.dims
        total = part.copy(
            data=part.values + (total.values[:, :, None] if residual else total.values)
        )
    return total


@checked_arguments
def correlation(
    fit: Fit,
    *,
    level: AgreementLevel = "child",
    of: str | None = None,
    time: float | Sequence[float] | None = None,
) -> xr.DataArray:
    """Correlation between informants.

    Parameters
    ----------
    level, of, time
        As in `covariance`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), with ``time`` for a sequence. NaN beside an
        informant who does not vary at that level.

    Raises
    ------
    InputError
        A level or coefficient that the model does not have.
    """
    return correlations(covariance(fit, level=level, of=of, time=time))


def check(
    fit: Fit, level: str, *, of: str | None = None, time: float | Sequence[float] | None = None
) -> None:
    """Refuse levels, growth coefficients and combinations that the fit does not have."""
    active = [name for name in LEVELS if f"{name}_cov" in fit.moments]
    problems: list[Problem] = []
    allowed = [*active, "occasion", *WHOLE]
    if level not in allowed:
        message = f"this fit has {', '.join(allowed)}.{nearest(level, allowed)}"
        problems.append(Problem(where="level", value=level, message=message))
    problems += coefficient_or_time(fit, of, time, where="of")
    if of is not None and level in ("occasion", *WHOLE):
        message = "growth coefficients vary between children, therapists and clinics only"
        problems.append(Problem(where="of", value=of, message=message))
    if problems:
        raise InputError(problems, "agreement")
