r"""Whose expected rating? Covariate profiles in the user's own units, and what the model expects.

A profile (``{"anxiety": 1, "experience": 2.5, "ethnicity": "latino"}``) is given as the covariates
are measured; the design knows how they are coded and centred. The expected rating of a child with
that profile, child, therapist and clinic effects at zero, is

.. math:: E[y_k(s)] = \phi(s)' (\gamma_k + x' B_k) + z' \delta_k .
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design.coding import with_part
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.errors import InputError, Problem, nearest, none_of
from bayes_alliance.estimands.at_time import weights
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Covariate

type Profile = Mapping[str, float | str]
type Others = Literal["reference", "average"]
type Part = Literal["", "within", "between"]


def coded(
    fit: Fit, at: Profile | None = None, *, others: Others = "reference"
) -> tuple[xr.DataArray, xr.DataArray]:
    """Code a profile as the design codes covariates.

    Parameters
    ----------
    at : mapping of str to float or str, optional
        Covariates of the model in their own unit: a number, 0 or 1 (or a share between) for a
        binary one, a category for a categorical one. Of a covariate taken apart within and
        between children, ``"mood[within]"`` is the deviation from the child's mean and
        ``"mood[between]"`` that mean. Interactions follow from the covariates they join.
    others : {"reference", "average"}
        Where covariates stand that `at` leaves out. Reference: numeric ones at their mean, binary
        ones at 0, categorical ones at the reference category. Average: all at their mean over the
        children (over the occasions for what varies in time), which gives the average of the
        children's expected ratings, because these are linear in the covariates.

    Returns
    -------
    x : DataArray
        Dim covariate.
    z : DataArray
        Dim occasion_covariate.

    Raises
    ------
    InputError
        With every covariate the model does not have and every value it cannot take.
    """
    arrays = fit.design
    x = _start(arrays.x, arrays.covariates, "covariate", others)
    z = _start(arrays.z, arrays.occasion_covariates, "occasion_covariate", others)
    chosen = dict(at or {})
    if problems := _problems(fit, chosen):
        raise InputError(problems, "covariate profile")
    known = settable(fit)
    categories = {
        name: {with_part(name, category) for category in covariate.categories}
        for name, covariate in known.items()
    }
    given: set[int] = set()
    for name, value in chosen.items():
        kind, varies = known[name].kind, varies_over_occasions(fit, name)
        array, labels = (z, arrays.occasion_covariates) if varies else (x, arrays.covariates)
        for position, label in enumerate(labels):
            if kind == "categorical" and label in categories[name]:
                array[position] = float(label == with_part(name, str(value)))
            elif label == name:
                array[position] = float(value) - centre_of(fit, name)
            else:
                continue
            given |= set() if varies else {position}
    # At average covariates an interaction is at its own average, which is not the product of
    # averages; as soon as a profile sets one of its parts it is the product.
    for product, first, second in arrays.products:
        if others == "reference" or given & {first, second}:
            x[product] = x[first] * x[second]
    return x, z


def settable(fit: Fit) -> dict[str, Covariate]:
    """What a profile may give: covariates by name, and the two parts of one taken apart.

    Returns
    -------
    dict of str to Covariate
        ``"anxiety"``; ``"mood[within]"`` and ``"mood[between]"`` for a covariate whose effects
        within and between children are distinguished. Interactions follow from their parts.
    """
    return {label: covariate for label, (covariate, _) in _entries(fit).items()}


def changes(fit: Fit) -> dict[str, tuple[str, str | None]]:
    """What single columns of the design change: an entry of a profile, or to which category.

    Returns
    -------
    dict of str to (str, str or None)
        ``"anxiety"``: ``("anxiety", None)``; ``"ethnicity[latino]"``: ``("ethnicity",
        "latino")``. Interactions, and categorical covariates without a category, are not there.
    """
    single: dict[str, tuple[str, str | None]] = {}
    for name, covariate in settable(fit).items():
        if covariate.kind == "categorical":
            single |= {with_part(name, other): (name, other) for other in covariate.categories}
        else:
            single[name] = (name, None)
    return single


def _entries(fit: Fit) -> dict[str, tuple[Covariate, Part]]:
    """Covariates by what a profile calls them, with the part that is meant."""
    known = {covariate.name: covariate for covariate in fit.ratings.covariates}
    parts: dict[bool, tuple[Part, ...]] = {True: ("within", "between"), False: ("",)}
    return {
        with_part(term.name, part): (known[term.name], part)
        for term in fit.spec.covariates
        if len(term.parts) == 1
        for part in parts[term.splits]
    }


def varies_over_occasions(fit: Fit, name: str) -> bool:
    """Whether a profile's entry acts on the rating of one occasion.

    Parameters
    ----------
    name : str
        One of `settable`.
    """
    covariate, part = _entries(fit)[name]
    return covariate.level == "occasion" and part != "between"


def centre_of(fit: Fit, name: str) -> float:
    """What the design subtracts from a numeric entry of a profile.

    Parameters
    ----------
    name : str
        One of `settable`.

    Returns
    -------
    float
        In the covariate's own unit; 0 for a deviation from the child's mean and for contrasts.
    """
    arrays = fit.design
    if _entries(fit)[name][1] == "within":
        return 0.0
    if varies_over_occasions(fit, name):
        labels, centres = arrays.occasion_covariates, arrays.occasion_covariate_centre
    else:
        labels, centres = arrays.covariates, arrays.covariate_centre
    return float(centres[labels.index(name)]) if name in labels else 0.0


def of_coefficients(moments: xr.Dataset, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Averages of growth coefficients, and effects of covariates on them, as plain arrays.

    Returns
    -------
    dict
        ``level`` ... (chain, draw, K), ``level_on`` ... (chain, draw, P, K).
    """
    every = [given for name in names for given in (name, f"{name}_on") if given in moments]
    return {
        name: moments[name].transpose("chain", "draw", ..., "informant").values for name in every
    }


def growth_coefficients(fit: Fit, x: xr.DataArray) -> xr.DataArray:
    r"""Average growth coefficients of children with coded covariates `x`.

    .. math:: \gamma_k + x' B_k

    Parameters
    ----------
    x : DataArray
        Dim covariate, as from `coded`.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient, informant), rating points.
    """
    arrays, moments = fit.design, fit.moments
    given = of_coefficients(moments, arrays.coefficients)
    values = expected_coefficients(arrays.coefficients, given, x.values[None])
    return by_coefficient(fit, values[..., 0, :, :])


def by_coefficient(fit: Fit, values: Floats) -> xr.DataArray:
    """Label values with dims (chain, draw, coefficient, informant)."""
    coords = {
        "chain": fit.moments["chain"].values,
        "draw": fit.moments["draw"].values,
        "coefficient": list(fit.design.coefficients),
        "informant": list(fit.design.informants),
    }
    return xr.DataArray(values, dims=tuple(coords), coords=coords)


def expected(
    fit: Fit,
    time: float | Sequence[float],
    *,
    at: Profile | None = None,
    others: Others = "reference",
) -> xr.DataArray:
    """Expected rating of a child with a profile, effects of child, therapist and clinic at zero.

    Parameters
    ----------
    time : float or sequence of float
        In units of the time column.
    at : mapping of str to float or str, optional
        As in `coded`.
    others : {"reference", "average"}
        As in `coded`.

    Returns
    -------
    DataArray
        Dims (chain, draw, informant), with ``time`` for a sequence; rating points.

    Raises
    ------
    InputError
        As `coded`.
    """
    x, z = coded(fit, at, others=others)
    phi, moments = weights(fit, time), fit.moments
    mean = np.einsum("ijck,...c->ij...k", growth_coefficients(fit, x).values, phi.values)
    if "rating_on" in moments:
        on = moments["rating_on"].transpose("chain", "draw", "occasion_covariate", "informant")
        shift = np.einsum("ijpk,p->ijk", on.values, z.values)
        mean = mean + (shift[:, :, None] if "time" in phi.dims else shift)
    coords = {
        "chain": moments["chain"],
        "draw": moments["draw"],
        **({"time": phi["time"]} if "time" in phi.dims else {}),
        "informant": list(fit.design.informants),
    }
    return xr.DataArray(mean, dims=tuple(coords), coords=coords)


def _start(values: np.ndarray, labels: Sequence[str], dim: str, others: Others) -> xr.DataArray:
    """Coded covariates before a profile is put in."""
    start = np.zeros(len(labels))
    if others == "average" and len(labels):
        # Children whose covariate is missing are taken to be like the others on average.
        start = np.nanmean(values, axis=0)
    return xr.DataArray(start, dims=dim, coords={dim: list(labels)})


def unknown(name: str, inside: Sequence[str]) -> Problem:
    """Say that the model has no such covariate, and which it has."""
    have = ", ".join(inside) if inside else "none"
    message = f"not a covariate of this model (it has {have}).{nearest(name, inside)}"
    return Problem(where="covariate", value=name, message=message)


def _problems(fit: Fit, at: Profile) -> list[Problem]:
    known = _entries(fit)
    problems: list[Problem] = []
    for name, value in at.items():
        if name not in known:
            problems.append(unknown(name, list(known)))
            continue
        covariate, part = known[name]
        where = f"at[{name}]"
        if covariate.kind == "categorical":
            if value not in covariate.categories:
                problems.append(none_of(value, covariate.categories, where=where))
        elif isinstance(value, str) or not math.isfinite(value):
            problems.append(Problem(where=where, value=value, message="a finite number"))
        elif covariate.kind == "binary" and not part and not 0 <= value <= 1:
            message = "0 or 1, or a share between them"
            problems.append(Problem(where=where, value=value, message=message))
    return problems
