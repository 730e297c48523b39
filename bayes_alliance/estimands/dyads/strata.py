"""Does tracking depend on who the therapist is? One fit for each stratum of a covariate.

Covariances in the growth models do not depend on covariates, so no function of one fit can say
whether, for instance, therapists with less experience track their clients more closely. Fitting
the strata separately lets every mean and covariance differ between them. The posteriors are
independent, because no child is in both, and so are their draws: estimands of the two may be
subtracted. The price is precision, and a cut through a numeric covariate: report where it lies and
try another.
"""

from typing import Unpack

import numpy as np
import pandas as pd

from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments, nearest
from bayes_alliance.posterior.fit import Fit, fit
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.part import of_children
from bayes_alliance.specification import ModelSpec


@checked_arguments
def stratified(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    by: str,
    cut: float | None = None,
    seed: Seed,
    **sampler: Unpack[SamplerOptions],
) -> dict[str, Fit]:
    """Fit a model to each stratum of a covariate separately.

    Parameters
    ----------
    spec : ModelSpec
        Without `by` as a covariate, unless it varies inside the strata.
    by : str
        A covariate of children, therapists or clinics in the ratings.
    cut : float, optional
        Where a numeric covariate is cut: up to it, and above. Its median over children if not
        given.
    seed : int
        Of the first fit; the next ones use the numbers after it.
    **sampler
        As in `fit`.

    Returns
    -------
    dict of str to Fit
        ``{"experience <= 4": ..., "experience > 4": ...}``, or a fit per category. Children whose
        covariate is missing are in none.

    Raises
    ------
    InputError
        If there is no such covariate, a stratum is empty, or the model cannot be fitted to it.

    Examples
    --------
    >>> fits = stratified(spec, ratings, by="experience", seed=1)  # doctest: +SKIP
    >>> low, high = (  # doctest: +SKIP
    ...     tracking(f, judgement="therapist_of_caregiver", truth="caregiver")
    ...     for f in fits.values()
    ... )
    >>> summarise(low - high)  # doctest: +SKIP
    """
    return {
        label: fit(spec, part, seed=seed + number, progress=False, **sampler)
        for number, (label, part) in enumerate(strata(ratings, by=by, cut=cut).items())
    }


def strata(ratings: Ratings, *, by: str, cut: float | None = None) -> dict[str, Ratings]:
    """Ratings of the children of each stratum of a covariate.

    Parameters
    ----------
    by : str
        A covariate of children, therapists or clinics.
    cut : float, optional
        As in `stratified`.

    Raises
    ------
    InputError
        If there is no such covariate or a stratum is empty.
    """
    known = {c.name: c for c in ratings.covariates if c.level != "occasion"}
    if by not in known:
        message = f"one of {', '.join(known) or 'none: the study declares no covariates'}."
        problem = Problem(where="by", value=by, message=message + nearest(by, known))
        raise InputError([problem], "strata")
    covariate = known[by]
    # By child, so that a therapist's value counts as often as the therapist has children.
    values = values_by_child(ratings, by, covariate.level)
    if covariate.kind == "numeric":
        edge = float(values.median()) if cut is None else float(cut)
        members = {f"{by} <= {edge:g}": values <= edge, f"{by} > {edge:g}": values > edge}
    else:
        categories = covariate.categories if covariate.kind == "categorical" else (0.0, 1.0)
        members = {
            f"{by} = {value if isinstance(value, str) else format(value, 'g')}": values == value
            for value in categories
        }
    empty = [label for label, inside in members.items() if not inside.any()]
    if empty:
        message = f"nobody has {' or '.join(empty)}"
        raise InputError([Problem(where="cut", value=cut, message=message)], "strata")
    return {label: of_children(ratings, inside.index[inside]) for label, inside in members.items()}


def values_by_child(ratings: Ratings, name: str, level: str) -> pd.Series:
    """Read a covariate of every child, its therapist or its clinic.

    Parameters
    ----------
    name : str
        The covariate.
    level : {"child", "therapist", "clinic"}
        What it describes.

    Returns
    -------
    Series
        By child; NaN where it is not known.
    """
    children = ratings.children
    if level == "child":
        return children[name]
    frame = ratings.therapists if level == "therapist" else ratings.clinics
    values = children[level].map(frame[name])
    return values.where(values.notna(), np.nan)
