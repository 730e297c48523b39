r"""Log scores: how well all others predict the ratings of a child, a therapist, a clinic.

For each draw of the parameters, :math:`\log p(y_{unit} \mid y_{others}, parameters)`, jointly for
all ratings of the unit, with all random effects integrated out (`collapsed.contributions`,
`collapsed.single_ratings`). This is what cross-validation that leaves out a unit averages over the
posterior; summed ratings of a unit whose effects are in the sample would not do, because they have
seen what they predict (Vehtari, Gelman and Gabry 2017; Merkle, Furr and Rabe-Hesketh 2019). Beside
them, the log likelihood of all ratings.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed.contributions import log_scores as of_units
from bayes_alliance.collapsed.moments import log_likelihood as at_moments
from bayes_alliance.collapsed.single_ratings import rating_scores
from bayes_alliance.design import Design
from bayes_alliance.errors import checked_arguments, one_of
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior import transposed
from bayes_alliance.posterior.completed import Proposal
from bayes_alliance.posterior.exact import NOT_KEPT, arrays_of, by_chain, require_exact
from bayes_alliance.posterior.fit import Fit

WHY = (
    "a censored rating has no density, and the probability of several together has no closed form; "
    "scores are exact only for ratings that are normal, given what is kept with the fit"
)


@checked_arguments
def log_scores(fit: Fit, *, of: Sequence[str] = LEVELS) -> xr.Dataset:
    """Log density of each unit's ratings given all other ratings.

    Parameters
    ----------
    fit : Fit
        With normal ratings, from either engine; or with ratings that are normal given weights of
        occasions or missing numbers that the fit keeps. Scores are then given these, which have
        seen all ratings. Who leaves is never scored.
    of : sequence of {"rating", "child", "therapist", "clinic"}
        Units to score; levels the model does not have are left out.

    Returns
    -------
    Dataset
        ``child_score`` (chain, draw, child), ``therapist_score`` (chain, draw, therapist),
        ``clinic_score`` (chain, draw, clinic), ``rating_score`` (chain, draw, rating). Units are
        coordinates, of a rating ``"c17, 8, caregiver"``: child, time, informant. The scores of the
        highest level are plain log likelihoods: nothing is shared above it, and they sum to that
        of all ratings.

    Raises
    ------
    InputError
        Other families, covariates with missing values, unknown units.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    """
    for name in of:
        one_of(name, ("rating", *LEVELS), where="of")
    require_exact(fit, what="log scores", why=WHY, completed=True)
    moments, design = fit.moments, fit.design
    scores = _scores(arrays_of(moments), design, of=of)
    coords = {name: moments[name] for name in ("chain", "draw")}
    return xr.Dataset(
        {
            f"{name}_score": (("chain", "draw", name), by_chain(moments, values))
            for name, values in scores.items()
        },
        coords=coords | {name: list(units_of(design, name)) for name in scores},
    )


def units_of(design: Design, unit: str) -> tuple[str, ...]:
    """Labels of the units of a kind, in the order of their scores."""
    if unit == "rating":
        return design.rating_labels(*np.nonzero(design.present))
    return design.units[unit]


def by_draw(
    moments: xr.Dataset, design: Design, *, unit: str, proposed: Proposal | None = None
) -> Iterator[Floats]:
    """Log scores of all units of a kind, some draws at a time.

    Parameters
    ----------
    moments : Dataset
        Dims (chain, draw, ...), of any fit of the same model.
    unit : {"rating", "child", "therapist", "clinic"}
    proposed : Proposal, optional
        Of values that complete the unit's ratings: the joint density of both over that of the
        proposal takes the place of the density of the ratings (see `completed`).

    Yields
    ------
    array, shape (n_some, n_units)
        Draws one chain after the other.
    """
    given = arrays_of(moments)
    n_draws = len(given["residual_cov"])
    # Every block lays out the design again: few large ones.
    size = max(1, 4 * transposed.MOST_IN_BLOCK // len(units_of(design, unit)))
    for first in range(0, n_draws, size):
        some = {name: values[first : first + size] for name, values in given.items()}
        scores = _scores(some, design, of=(unit,))[unit]
        yield scores if proposed is None else scores + proposed.correction(design, some)


def _scores(
    given: Mapping[str, ArrayLike], design: Design, *, of: Sequence[str]
) -> dict[str, Floats]:
    """Log scores by kind of unit, shape (n_draws, n_units)."""
    scores = {}
    if set(of) & set(design.units):
        scores = {name: v for name, v in of_units(design, given).items() if name in of}
    if "rating" in of:
        scores["rating"] = rating_scores(design, given)
    return scores


def log_likelihood(fit: Fit) -> xr.DataArray:
    """Log likelihood of all ratings at every draw of a fit, effects integrated out.

    Parameters
    ----------
    fit : Fit
        With normal ratings, from either engine.

    Returns
    -------
    DataArray
        Dims (chain, draw), with all constants.

    Raises
    ------
    InputError
        Other families, covariates with missing values.
    """
    why = "the likelihood has no closed form given the named moments; with normal ratings it has"
    require_exact(fit, what="log likelihood", why=why)
    return _at_draws(fit)


def log_likelihood_of_completed(fit: Fit, *, what: str) -> xr.DataArray:
    """Log density of the completed ratings at every draw, given what completes them there.

    With normal ratings and complete covariates, the log likelihood.

    Parameters
    ----------
    what : str
        What needs it, for the message if the fit does not keep what completes its ratings.
    """
    require_exact(fit, what=what, why=NOT_KEPT, completed=True, values=True)
    return _at_draws(fit)


def _at_draws(fit: Fit) -> xr.DataArray:
    values = by_chain(fit.moments, at_moments(fit.design, arrays_of(fit.moments)))
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.DataArray(values, dims=("chain", "draw"), coords=coords)
