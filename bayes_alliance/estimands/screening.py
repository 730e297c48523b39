r"""Which of many covariates matter: a read-out of priors that shrink effects together.

One model with all candidates under a regularised horseshoe or R2D2 prior replaces testing them one
at a time: effects without support are pulled to zero, and nothing has to be left out before the
others are estimated. `shrinkage` says how far each effect was pulled, `survivors` puts that beside
the probability of direction and the share of draws beyond what is negligible.
"""

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, NotNegative, Prob, Problem, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification.priors import PRIORS, of_numbers


@checked_arguments
def effects(fit: Fit) -> xr.DataArray:
    """Effects of all covariates on all they act on, per standard deviation or per contrast.

    Returns
    -------
    DataArray
        Dims (chain, draw, effect), rating points; coordinates along effect: on (``"level"``,
        ``"slope"``, ..., ``"rating"``), covariate, informant. A covariate shared by all informants
        has one entry for each.

    Raises
    ------
    InputError
        If the model has no covariates.
    """
    return _collected(fit, "")


@checked_arguments
def shrinkage(fit: Fit) -> xr.DataArray:
    r"""How far the prior pulls each effect to zero: 0 not at all, 1 all the way.

    .. math:: \kappa_j = \frac{1}{1 + s_j^2 I_j}, \qquad
              I_j = \sum_i x_{ij}^2 \left[A_i (I + S A_i)^{-1}\right]_{cc}, \quad
              A_i = \sum_t \phi_t \phi_t' / \sigma^2

    with :math:`s_j` the standard deviation of the effect given the prior's scales and :math:`I_j`
    what the ratings of its informant say about it, all else known, at the posterior means of the
    covariances :math:`S` of children, therapists and clinics and of the residual variance
    :math:`\sigma^2`; for effects on the rating itself :math:`I_j = \sum_t z_{tj}^2 / \sigma^2`.
    This is the shrinkage factor of Piironen and Vehtari (2017, section 2.2), who take covariates to
    be uncorrelated as well.

    Parameters
    ----------
    fit : Fit
        With normal ratings and a prior of effects that is normal given its scales.

    Returns
    -------
    DataArray
        As `effects`; constant over draws if the prior is normal.

    Raises
    ------
    InputError
        If the model has no covariates or a prior without a standard deviation.
    """
    prior = fit.spec.priors.get("covariate")
    if prior is not None and not prior.traits.normal:
        *others, last = (
            one.__name__ for one in PRIORS if "effect" in one.traits.fits and one.traits.normal
        )
        message = f"has no shrinkage factor; {', '.join(others)} and {last} have one"
        where, value = "priors.covariate.distribution", prior.distribution
        raise InputError([Problem(where=where, value=value, message=message)], "shrinkage")
    if prior is not None and not prior.traits.shrinks:
        drawn = effects(fit)
        spread = dict(zip(fit.design.informants, fit.design.spread, strict=True))
        # Of a normal prior, which has one sd for all effects.
        sd = np.asarray(of_numbers(prior).counterpart().arguments["sigma"]).item()
        scale = drawn * 0.0 + [sd * spread[k] for k in drawn["informant"].values]
    else:
        scale = _collected(fit, "_scale")
    return 1.0 / (1.0 + scale**2 * _information(fit, scale))


@checked_arguments
def survivors(fit: Fit, *, region: NotNegative, prob: Prob = 0.95) -> pd.DataFrame:
    """Which effects stand out, all candidates in one model.

    Parameters
    ----------
    region : float
        An effect within this many rating points of zero, per standard deviation of a numeric
        covariate or per contrast, is negligible. Stated by you, before looking.
    prob : float
        Of the interval.

    Returns
    -------
    DataFrame
        A row per effect, those most surely beyond the region first. Columns on, covariate,
        informant, mean, lower, upper (equal-tailed), direction (probability that the effect has
        the sign of its median), outside (share of draws beyond the region), shrinkage (posterior
        mean of the factor; NaN for a prior with heavier tails).

    Raises
    ------
    InputError
        If the model has no covariates or an argument is out of range.
    """
    drawn = effects(fit)
    over = ("chain", "draw")
    tails = drawn.quantile([(1.0 - prob) / 2.0, (1.0 + prob) / 2.0], dim=over)
    ranged = fit.spec.priors["covariate"].traits.normal
    table = pd.DataFrame(
        {
            "on": drawn["on"].values,
            "covariate": drawn["covariate"].values,
            "informant": drawn["informant"].values,
            "mean": drawn.mean(over).values,
            "lower": tails.isel(quantile=0).values,
            "upper": tails.isel(quantile=1).values,
            "direction": np.maximum((drawn > 0).mean(over).values, (drawn < 0).mean(over).values),
            "outside": (abs(drawn) > region).mean(over).values,
            "shrinkage": shrinkage(fit).mean(over).values if ranged else np.nan,
        }
    )
    return table.sort_values(["outside", "direction"], ascending=False, ignore_index=True)


def _collected(fit: Fit, suffix: str) -> xr.DataArray:
    arrays = fit.design
    columns: list[tuple[str, str, str]] = []
    values: list[Floats] = []
    for on in (*arrays.coefficients, "rating"):
        name = f"{on}_on{suffix}"
        if name not in fit.moments:
            continue
        if on == "rating":
            dim, labels, sd = (
                "occasion_covariate",
                arrays.occasion_covariates,
                arrays.occasion_covariate_sd,
            )
            acts = np.ones(len(labels), dtype=bool)
        else:
            dim, labels, sd = "covariate", arrays.covariates, arrays.covariate_sd
            acts = arrays.covariate_on[:, arrays.coefficients.index(on)]
        drawn = fit.moments[name].transpose("chain", "draw", dim, "informant").values
        for position in np.flatnonzero(acts):
            for k, informant in enumerate(arrays.informants):
                columns.append((on, labels[position], informant))
                values.append(drawn[..., position, k] * sd[position])
    if not columns:
        raise InputError([Problem(where="covariates", message="the model has none")], "screening")
    return xr.DataArray(
        np.stack(values, axis=-1),
        dims=("chain", "draw", "effect"),
        coords={
            name: ("effect", [column[position] for column in columns])
            for position, name in enumerate(("on", "covariate", "informant"))
        }
        | {"chain": fit.moments["chain"], "draw": fit.moments["draw"]},
    )


def _information(fit: Fit, scale: xr.DataArray) -> xr.DataArray:
    """What the ratings say about each effect per sd or contrast, all else known, dim effect."""
    arrays = fit.design
    within = [_of_children(fit, k) for k in range(len(arrays.informants))]
    information = []
    entries = (scale[name].values for name in ("on", "covariate", "informant"))
    for on, covariate, informant in zip(*entries, strict=True):
        k = arrays.informants.index(informant)
        precision, of_child = within[k]
        if on == "rating":
            position = arrays.occasion_covariates.index(covariate)
            there = arrays.present[:, k]
            z = arrays.z[there, position] / arrays.occasion_covariate_sd[position]
            information.append(precision * float(np.sum(z**2)))
            continue
        position, c = arrays.covariates.index(covariate), arrays.coefficients.index(on)
        x = arrays.x[:, position] / arrays.covariate_sd[position]
        information.append(float(np.nansum(x**2 * of_child[:, c, c])))
    return xr.DataArray(information, dims="effect")


def _of_children(fit: Fit, k: int) -> tuple[float, Floats]:
    """Residual precision of an informant, and information on each child's growth coefficients."""
    arrays, moments = fit.design, fit.moments
    over = ("chain", "draw")
    # Of this informant alone: what residuals of others say of it is left out, as in the formula.
    precision = 1.0 / float(moments["residual_cov"].mean(over).values[k, k])
    terms = np.arange(len(arrays.coefficients)) * len(arrays.informants) + k
    cov = np.zeros((len(terms), len(terms)))
    for name in arrays.term_sets():
        cov += moments[f"{name}_cov"].mean(over).values[np.ix_(terms, terms)]
    a = np.zeros((len(arrays.children), len(terms), len(terms)))
    there = arrays.present[:, k]
    outer = arrays.basis[there][:, :, None] * arrays.basis[there][:, None, :]
    np.add.at(a, arrays.occasion_child[there], precision * outer)
    # A (I + S A)^-1 and not (A^-1 + S)^-1: a child rated once has an A without an inverse.
    return precision, a @ np.linalg.inv(np.eye(len(terms)) + cov @ a)
