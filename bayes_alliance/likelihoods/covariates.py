"""Covariates of children and occasions, some means of children among them parameters.

Where the mean of a child is a parameter (`design.latent_means`), ratings of new families need it
drawn given the values of the covariate, and its own parameters have priors and named moments.
"""

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.design.latent_means import LatentMean
from bayes_alliance.likelihoods.residual import Moments, Variables


def drawn(arrays: Design, moments: Moments, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Coded covariates, what is missing of them and means that are parameters drawn.

    A missing value is the one that the draw holds or, where none is kept, that of somebody else of
    whom it is known: nobody stands at the mean.

    Parameters
    ----------
    moments : mapping
        Named moments of one draw.

    Returns
    -------
    x : array, shape (n_children, P)
    z : array, shape (R, Q)
        Deviations of occasions from the means in ``x``.
    """
    x, z = arrays.x.copy(), arrays.z.copy()
    for one in arrays.incomplete:
        first_child = np.unique(one.unit, return_index=True)[1]
        values = x[np.ix_(first_child, one.columns)]
        if (name := f"missing_{one.name}") in moments:
            numbers = np.arange(1, len(one.columns) + 1)
            drawn_here = moments[name][:, None]
            is_number = one.kind == "numeric"
            values[one.absent] = drawn_here if is_number else drawn_here == numbers
        else:
            others = np.flatnonzero(~one.absent)
            values[one.absent] = values[rng.choice(others, size=int(one.absent.sum()))]
        x[:, list(one.columns)] = values[one.unit]
    for product, first, second in arrays.products:
        x[:, product] = x[:, first] * x[:, second]
    for mean in arrays.latent_means:
        means = _means(arrays, mean, x, moments, rng)
        x[:, mean.between] = means
        z[:, mean.within] = mean.values - means[arrays.occasion_child]
    return x, z


def _means(
    arrays: Design, one: LatentMean, x: Floats, moments: Moments, rng: np.random.Generator
) -> Floats:
    """Means of children of what varies over occasions, given its values, shape (n_children,)."""
    own, within = (one.sd * moments[f"{one.variable}_{part}"] for part in ("between", "within"))
    mean = np.full(len(arrays.children), moments[f"{one.variable}_intercept"])
    for number, p in enumerate(one.given):
        weight = moments[f"{one.variable}_weight"][number]
        mean = mean + weight * x[:, p] / arrays.covariate_sd[p]
    mean = one.sd * mean
    n = np.bincount(arrays.occasion_child, minlength=len(mean))
    deviation = one.values - mean[arrays.occasion_child]
    total = np.bincount(arrays.occasion_child, weights=deviation, minlength=len(mean))
    # Precisions times both variances, so that a variance of zero does no harm.
    known = within**2 + n * own**2
    spread = own * within / np.sqrt(known)
    return mean + own**2 * total / known + spread * rng.standard_normal(len(mean))


def coords(arrays: Design) -> dict[str, list[str]]:
    """Labels along the dims of `names`."""
    return {
        f"{one.variable}_given": [arrays.covariates[p] for p in one.given]
        for one in arrays.latent_means
        if one.given
    }


def names(arrays: Design) -> tuple[str, ...]:
    """Named moments of means of children that are parameters."""
    return tuple(name for one in arrays.latent_means for name in one.moments)


def prior_draws(arrays: Design, size: tuple[int, int], rng: np.random.Generator) -> Variables:
    """Prior draws of `names`.

    Parameters
    ----------
    size : (int, int)
        Chains and draws.
    """
    variables: Variables = {}
    for one in arrays.latent_means:
        variables |= _of_one(one, size, rng)
    return variables


def _of_one(one: LatentMean, size: tuple[int, int], rng: np.random.Generator) -> Variables:
    """Draw what means of children of one covariate follow; priors as in `pymc_model`."""
    front, name = ("chain", "draw"), one.variable
    variables: Variables = {
        f"{name}_intercept": (front, rng.standard_normal(size)),
        f"{name}_between": (front, np.abs(rng.standard_normal(size))),
        f"{name}_within": (front, np.abs(rng.standard_normal(size))),
    }
    if one.given:
        weight = rng.standard_normal((*size, len(one.given)))
        variables[f"{name}_weight"] = (*front, f"{name}_given"), weight
    return variables
