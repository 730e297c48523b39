"""What varies between families: the covariance of expected ratings, free of single occasions.

Dyadic estimands compare what people *mean*, so they read the covariance between children,
therapists, clinics, or all of these together (``"latent"``), never the residual.
"""

from typing import Annotated, Literal

import xarray as xr

from bayes_alliance.errors import INSIDE, InputError, Problem, nearest
from bayes_alliance.estimands.at_time import at_time
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit

type LatentLevel = Annotated[Literal["latent", "child", "therapist", "clinic"], INSIDE]


def latent_cov(fit: Fit, *, level: LatentLevel, time: float | None) -> xr.DataArray:
    """Covariance between informants of what varies at a level, or at all levels together.

    Parameters
    ----------
    level : {"latent", "child", "therapist", "clinic"}
        Latent: over all families, whatever their therapist and clinic.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant, informant_), squared rating points.

    Raises
    ------
    InputError
        A level the model does not have.
    """
    active = [name for name in LEVELS if f"{name}_cov" in fit.moments]
    allowed = ["latent", *active]
    if level not in allowed or not active:
        message = f"this fit has {', '.join(allowed) if active else 'none'}."
        problem = Problem(where="level", value=level, message=message + nearest(level, allowed))
        raise InputError([problem], "dyads")
    when = fit.ratings.time.origin if time is None else time
    chosen = active if level == "latent" else [level]
    total = at_time(fit, fit.moments[f"{chosen[0]}_cov"], when)
    for name in chosen[1:]:
        total = total + at_time(fit, fit.moments[f"{name}_cov"], when)
    return total
