r"""Whose expected rating? Covariate profiles in the user's own units, and what the model expects.

Without a profile it is the average over the children of the study, each with its own covariates.
A profile (``{"anxiety": 1, "experience": 2.5, "ethnicity": "latino"}``) is given as the covariates
are measured; the design knows how they are coded and centred. What it leaves out is averaged over
the children, as if all had what it says. With child, therapist and clinic effects at zero,

.. math:: E[y_k(s)] = \phi(s)' (\gamma_k + \bar x' B_k) + \bar z' \delta_k ,

which is the average of the children's expected ratings, because these are linear in the covariates.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design.coding import with_part
from bayes_alliance.errors import InputError, Problem, nearest, none_of
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import rows_of
from bayes_alliance.ratings import Covariate

type Profile = Mapping[str, float | str]
type Others = Literal["reference", "average"]
type Part = Literal["", "within", "between"]


def coded(
    fit: Fit,
    at: Profile | None = None,
    *,
    children: Collection[str] | None = None,
    others: Others = "average",
) -> tuple[xr.DataArray, xr.DataArray]:
    """Code a profile as the design codes covariates.

    Parameters
    ----------
    at : mapping of str to float or str, optional
        Covariates of the model in their own unit: a number, 0 or 1 (or a share between) for a
        binary one, a category for a categorical one. Of a covariate taken apart within and
        between children, ``"mood[within]"`` is the deviation from the child's mean and
        ``"mood[between]"`` that mean. Interactions follow from the covariates they join.
    children : collection of str, optional
        Labels of those averaged over; all of them if not given.
    others : {"average", "reference"}
        Where covariates stand that `at` leaves out. Average: at their mean over the children (over
        the occasions for what varies in time), which gives the average of the children's expected
        ratings. Reference: numeric ones at their mean, binary ones at 0, categorical ones at the
        reference category.

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
    if others == "average":
        x, z = (rows.mean(axis=0) for rows in coded_rows(fit, at, children=children))
    else:
        x, z = np.zeros((1, len(arrays.covariates))), np.zeros((1, len(arrays.occasion_covariates)))
        _put(fit, at or {}, x, z)
        _multiply(fit, x)
        x, z = x[0], z[0]
    return (
        xr.DataArray(x, dims="covariate", coords={"covariate": list(arrays.covariates)}),
        xr.DataArray(
            z,
            dims="occasion_covariate",
            coords={"occasion_covariate": list(arrays.occasion_covariates)},
        ),
    )


def coded_rows(
    fit: Fit, at: Profile | None = None, *, children: Collection[str] | None = None
) -> tuple[Floats, Floats]:
    """Coded covariates of children and of their rated occasions, as if all had a profile.

    Parameters
    ----------
    at, children
        As in `coded`.

    Returns
    -------
    x : array, shape (n_children, P)
        What is missing is at the mean of the others.
    z : array, shape (n_occasions, Q)

    Raises
    ------
    InputError
        As `coded`.
    """
    x, z = rows_of(fit.design, children)
    _multiply(fit, x, given=_put(fit, at or {}, x, z))
    return x, z


def _multiply(fit: Fit, x: Floats, *, given: set[int] | None = None) -> None:
    """Put the products of covariates that interact beside them, of those that are given or all."""
    for product, first, second in fit.design.products:
        if given is None or given & {first, second}:
            x[:, product] = x[:, first] * x[:, second]


def _put(fit: Fit, at: Profile, x: Floats, z: Floats) -> set[int]:
    """Put a profile into coded covariates; the columns of `x` that it gives."""
    arrays = fit.design
    if problems := _problems(fit, at):
        raise InputError(problems, "covariate profile")
    known = settable(fit)
    given: set[int] = set()
    for name, value in at.items():
        covariate, varies = known[name], varies_over_occasions(fit, name)
        array, labels = (z, arrays.occasion_covariates) if varies else (x, arrays.covariates)
        for position, label in enumerate(labels):
            if covariate.kind == "categorical" and label in {
                with_part(name, category) for category in covariate.categories
            }:
                array[:, position] = float(label == with_part(name, str(value)))
            elif label == name:
                array[:, position] = float(value) - centre_of(fit, name)
            else:
                continue
            given |= set() if varies else {position}
    return given


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


def reference(fit: Fit) -> dict[str, float | str]:
    """The profile whose growth coefficients the model itself has, ``level_at_reference``.

    Returns
    -------
    dict of str to float or str
        Numeric covariates at their mean over the children (over the rated occasions for what
        varies in time), binary ones at 0, categorical ones at the reference category.
    """
    return {
        name: covariate.categories[0] if covariate.kind == "categorical" else centre_of(fit, name)
        for name, covariate in settable(fit).items()
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
