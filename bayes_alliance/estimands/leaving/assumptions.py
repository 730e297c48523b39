"""Average changes under four assumptions about who leaves, side by side."""

from collections.abc import Sequence

import xarray as xr

from bayes_alliance.errors import Seed, checked_arguments
from bayes_alliance.estimands.variance import contraction
from bayes_alliance.posterior.fit import Fit, fit
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Leaving, ModelSpec, with_leaving

IGNORING = "ignoring"
ASSUMPTIONS = (IGNORING, "rating", "either", "alliance")


@checked_arguments
def side_by_side(
    spec: ModelSpec, ratings: Ratings, *, seed: Seed, informants: Sequence[str] = ()
) -> xr.DataArray:
    """Average growth where leaving is ignored, or follows the rating, either, or the alliance.

    Parameters
    ----------
    spec : ModelSpec
        Of the ratings; what it says of leaving itself is left out.
    seed : int
        The same for all four fits.
    informants : sequence of str
        Whose alliance, or rating, leaving may follow; all if none are named.

    Returns
    -------
    DataArray
        Dims (assumption, chain, draw, coefficient, informant), rating points: averages over the
        children of the study. Coordinate ``contraction``, dims (assumption, coefficient,
        informant): how much the ratings narrowed each from its prior (`variance.contraction`).

    Raises
    ------
    InputError
        If leaving cannot be part of the model.
    """
    models = assumed(spec, informants=tuple(informants)).values()
    found = [_growth(fit(of, ratings, seed=seed, progress=False)) for of in models]
    narrowed = [
        contraction(draws, _growth(prior_fit(of, ratings, seed=seed)))
        for draws, of in zip(found, models, strict=True)
    ]
    joint, informed = (xr.concat(own, dim="assumption") for own in (found, narrowed))
    return joint.assign_coords(
        assumption=list(ASSUMPTIONS), contraction=(informed.dims, informed.values)
    )


def assumed(spec: ModelSpec, *, informants: tuple[str, ...] = ()) -> dict[str, ModelSpec]:
    """The model under each assumption."""
    out = {IGNORING: with_leaving(spec, None)}
    for follows in ASSUMPTIONS[1:]:
        out[follows] = with_leaving(spec, Leaving(follows=follows, informants=informants))
    return out


def _growth(fitted: Fit) -> xr.DataArray:
    averages = average_growth(fitted.moments, fitted.design)
    names = list(fitted.design.coefficients)
    growth = xr.concat([averages[name] for name in names], dim="coefficient")
    ordered = growth.assign_coords(coefficient=names).reset_coords(drop=True)
    return ordered.transpose("chain", "draw", "coefficient", "informant").rename(None)
