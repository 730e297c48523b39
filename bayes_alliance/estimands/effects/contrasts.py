r"""What a covariate does: to the level, to the slope, to the expected rating at a time.

.. math::
   \Delta_k(s) = \phi(s)' B_k' (x_{to} - x_{from}), \qquad
   \Delta_{kl} = \Delta_k - \Delta_l

for each informant, or as a difference between two of them. The model is linear, so the contrast is
the same for every child, and averaged over children, therapists and clinics, unless covariates
interact: then it is that at a named value of the others.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import xarray as xr

from bayes_alliance.design.coding import with_part
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.estimands.at_time import coefficient_or_time, weights
from bayes_alliance.estimands.comparable import informants_of, require_common_scale
from bayes_alliance.estimands.profiles import Profile, centre_of, changes, coded, settable, unknown
from bayes_alliance.estimands.variance import components
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Covariate

type Change = str | Mapping[str, Sequence[float | str]]


@checked_arguments
def contrast(
    fit: Fit,
    covariate: Change,
    *,
    time: float | Sequence[float] | None = None,
    on: str | None = None,
    difference: tuple[str, str] | None = None,
    unit: Literal["points", "sd"] = "points",
) -> xr.DataArray:
    r"""Effect of a covariate on the expected rating at a time, or on a growth coefficient.

    Parameters
    ----------
    covariate : str or mapping of str to pair
        ``"anxiety"``: 1 against 0 of a binary covariate, one unit more of a numeric one;
        ``"ethnicity[latino]"``: a category against the reference; ``{"experience": (2, 10)}`` or
        ``{"ethnicity": ("white", "latino")}``: from the first to the second value, in the
        covariate's own unit. Where it interacts with another covariate, this one is at its mean or
        reference unless it is given too: ``{"anxiety": (0, 1), "female": (1, 1)}``.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if neither `time` nor `on` is given.
    on : str, optional
        A growth coefficient (``"slope"``) instead of a time.
    difference : pair of str, optional
        Two informants: the effect on the first minus the effect on the second.
    unit : {"points", "sd"}
        Points (of slope: points per unit of scaled time), or each informant's sd: of a single
        rating at that time (all sources of variance, given the covariates); for a growth
        coefficient, of children in it.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence, without ``informant`` for a
        difference.

    Raises
    ------
    InputError
        Unknown covariates, values, informants or coefficients; points of different scales; a time
        together with a growth coefficient.
    """
    if problems := coefficient_or_time(fit, on, time, where="on"):
        raise InputError(problems, "effects")
    start, end = profiles(fit, covariate)
    (x_start, z_start), (x_end, z_end) = (
        coded(fit, profile, others="reference") for profile in (start, end)
    )
    step, step_z = x_end - x_start, z_end - z_start
    moments = fit.moments
    names = fit.design.coefficients if on is None else (on,)
    none = xr.zeros_like(moments[fit.design.coefficients[0]])
    by_coefficient = [
        xr.dot(moments[f"{name}_on"], step, dim="covariate") if f"{name}_on" in moments else none
        for name in names
    ]
    if on is not None:
        if bool((step_z != 0).any()):
            message = f"acts on the rating of its occasion, not on the {on}"
            raise InputError([Problem(where="covariate", message=message)], "effects")
        effect = by_coefficient[0]
    else:
        when = fit.ratings.time.origin if time is None else time
        phi = weights(fit, when)
        effect = sum(
            (phi.sel(coefficient=name, drop=True) * row)
            for name, row in zip(names, by_coefficient, strict=True)
        ) + xr.zeros_like(none)
        if "rating_on" in moments:
            effect = effect + xr.dot(moments["rating_on"], step_z, dim="occasion_covariate")
    effect = effect.transpose("chain", "draw", ..., "informant")
    if unit == "sd":
        variance = components(fit, time=time, of=on, among="alike").sum("source")
        effect = effect / variance.where(variance > 0) ** 0.5
    elif difference is not None:
        require_common_scale(fit, "effects.contrast", instead='effects.contrast with unit="sd"')
    return between(fit, effect, difference)


def between(fit: Fit, effect: xr.DataArray, difference: tuple[str, str] | None) -> xr.DataArray:
    """An effect on each informant, or its difference between two.

    Parameters
    ----------
    effect : DataArray
        With the dim informant.
    difference : pair of str or None
        First minus second.

    Raises
    ------
    InputError
        Unknown informants.
    """
    if difference is None:
        return effect
    first, second = informants_of(fit, difference, where="difference", at_least=2)
    return effect.sel(informant=first, drop=True) - effect.sel(informant=second, drop=True)


def profiles(fit: Fit, covariate: Change) -> tuple[Profile, Profile]:
    """Profiles a contrast goes from and to.

    Parameters
    ----------
    covariate : str or mapping of str to pair
        As in `contrast`.

    Raises
    ------
    InputError
        A covariate the model does not have, or something that is not a pair.
    """
    if not isinstance(covariate, str):
        wrong = [
            Problem(where=name, value=pair, message="two values, from and to, as in (2, 10)")
            for name, pair in covariate.items()
            if isinstance(pair, str) or len(pair) != 2
        ]
        if wrong:
            raise InputError(wrong, "contrast")
        return (
            {name: pair[0] for name, pair in covariate.items()},
            {name: pair[1] for name, pair in covariate.items()},
        )
    known = settable(fit)
    name, category = changes(fit).get(covariate, (covariate, None))
    if category is not None:
        return {name: known[name].categories[0]}, {name: category}
    if name not in known:
        raise InputError([_no_such_change(name, known)], "contrast")
    if known[name].kind == "categorical":
        choices = ", ".join(with_part(name, other) for other in known[name].categories[1:])
        message = f"is categorical; say which category: {choices}"
        raise InputError([Problem(where="covariate", value=name, message=message)], "contrast")
    # The parts of a binary covariate within and between children are shares, and so numeric.
    if known[name].kind == "binary" and name == known[name].name:
        return {name: 0.0}, {name: 1.0}
    start = centre_of(fit, name)
    return {name: start}, {name: start + 1.0}


def _no_such_change(text: str, known: Mapping[str, Covariate]) -> Problem:
    """Say which categories there are where the text begins with a categorical covariate."""
    for name, covariate in known.items():
        if covariate.kind == "categorical" and text.startswith(f"{name}["):
            message = f"no such category of {name}; one of {', '.join(covariate.categories)}"
            return Problem(where="covariate", value=text, message=message)
    return unknown(text, list(known))
