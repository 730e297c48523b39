r"""Is a therapist's view accurate? Tracking, directional bias and assumed similarity.

The judgement `J` is what the therapist means, the truth `T` what the client means, both free of
single occasions; the truth is not *the* truth but the benchmark that is chosen (West and Kenny
2011). Over families,

.. math:: E[J - \mu_T \mid T, B] = (\mu_J - \mu_T) + t\,(T - \mu_T) + b\,(B - \mu_B)

with directional bias :math:`\mu_J - \mu_T`, tracking (truth force) `t`, and, where the therapist's
own view `B` of something similar is put beside the truth, assumed similarity (bias force) `b`.

**Moderators.** A covariate (therapist experience) moderates directional bias in every model that
has it as a covariate: `directional_bias` at two profiles. It moderates *tracking* only in a model
in which covariances depend on it, which the named moments do not contain; regressing recovered
effects on a product term would shrink the interaction towards zero, because the model that
recovered them has none. `stratified` fits strata of the covariate separately, so that every
covariance is free in each, and `tracking` of the two independent posteriors may be subtracted.
"""

from typing import Annotated, Literal

import xarray as xr

from bayes_alliance.errors import INSIDE, InputError, Problem, checked_arguments, nearest
from bayes_alliance.estimands.agreement import mean_difference
from bayes_alliance.estimands.at_time import at_time
from bayes_alliance.estimands.comparable import informants_of, require_common_scale
from bayes_alliance.estimands.expected_ratings import expected
from bayes_alliance.estimands.explained import explained, has_covariates
from bayes_alliance.estimands.profiles import Profile
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit

type LatentLevel = Annotated[Literal["latent", "alike", "child", "therapist", "clinic"], INSIDE]


@checked_arguments
def tracking(
    fit: Fit,
    *,
    judgement: str,
    truth: str,
    level: LatentLevel = "latent",
    time: float | None = None,
    unit: Literal["points", "sd"] = "points",
) -> xr.DataArray:
    r"""Tracking: by how much the judgement rises where the truth is higher.

    .. math:: t = \frac{\mathrm{Cov}(J, T)}{\mathrm{Var}(T)}, \qquad
              t_{sd} = \frac{\mathrm{Cov}(J, T)}{\mathrm{sd}(J)\,\mathrm{sd}(T)}

    Parameters
    ----------
    judgement, truth : str
        Informants, as in ``judgement="therapist_of_child", truth="child"``.
    level : {"latent", "alike", "child", "therapist", "clinic"}
        Over all families (latent), which differ in the covariates too; over families alike in the
        covariates; or over clients of one therapist, therapists, clinics.
    time : float, optional
        In units of the time column; where the level is read if not given.
    unit : {"points", "sd"}
        Points of the judgement per point of the truth, which needs no common scale to be defined
        but one to be read (1: point for point); or sds per sd, which is the correlation.

    Returns
    -------
    DataArray
        Dims (chain, draw). NaN where the truth does not vary.

    Raises
    ------
    InputError
        Unknown informants or levels; points of different scales.

    References
    ----------
    West and Kenny (2011), Psychological Review 118, 357-378.
    """
    informants_of(fit, [judgement, truth], where="judgement, truth", at_least=2)
    if unit == "points":
        require_common_scale(fit, "dyads.tracking", instead='dyads.tracking with unit="sd"')
    cov = _latent_cov(fit, level=level, time=time)
    together = _pick(cov, judgement, truth)
    of_truth = _pick(cov, truth, truth)
    below = of_truth if unit == "points" else (of_truth * _pick(cov, judgement, judgement)) ** 0.5
    return together / below.where(below > 0)


@checked_arguments
def directional_bias(
    fit: Fit, *, judgement: str, truth: str, time: float | None = None, at: Profile | None = None
) -> xr.DataArray:
    r"""Directional bias: how far the judgement lies above the truth on average.

    .. math:: \mu_J - \mu_T

    Parameters
    ----------
    judgement, truth : str
        Informants.
    time : float, optional
        In units of the time column; where the level is read if not given.
    at : mapping of str to float or str, optional
        Covariates of the model in their own unit; covariates left out, or all of them, at their
        average over the children. How experience moderates the bias is
        ``directional_bias(fit, ..., at={"experience": 10}) - directional_bias(fit, ...,
        at={"experience": 2})``.

    Returns
    -------
    DataArray
        Dims (chain, draw), rating points; negative where the judgement is lower.

    Raises
    ------
    InputError
        Unknown informants or covariates, informants on different scales.

    References
    ----------
    West and Kenny (2011), Psychological Review 118, 357-378.
    """
    informants_of(fit, [judgement, truth], where="judgement, truth", at_least=2)
    if at is None:
        return _pick(mean_difference(fit, time=time), judgement, truth)
    require_common_scale(fit, "dyads.directional_bias")
    when = fit.ratings.time.origin if time is None else time
    mean = expected(fit, when, at=at)
    return mean.sel(informant=judgement, drop=True) - mean.sel(informant=truth, drop=True)


@checked_arguments
def assumed_similarity(
    fit: Fit,
    *,
    judgement: str,
    truth: str,
    own: str,
    level: LatentLevel = "latent",
    time: float | None = None,
) -> xr.DataArray:
    r"""Tracking and assumed similarity: judgement on the truth and on the judge's own other view.

    .. math::
       \begin{pmatrix} t \\ b \end{pmatrix} =
       \begin{pmatrix} \mathrm{Var}\,T & \mathrm{Cov}(T, B) \\
                       \mathrm{Cov}(T, B) & \mathrm{Var}\,B \end{pmatrix}^{-1}
       \begin{pmatrix} \mathrm{Cov}(J, T) \\ \mathrm{Cov}(J, B) \end{pmatrix}

    in standardised form (each latent view divided by its sd), so that the two forces compare.

    Parameters
    ----------
    judgement, truth, own : str
        Informants: what is judged (``"therapist_of_child"``), the benchmark (``"child"``), and the
        judge's own view of something similar that may colour the judgement
        (``"therapist_of_caregiver"``).
    level : {"latent", "alike", "child", "therapist", "clinic"}
        As in `tracking`.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, force) with "tracking" and "assumed similarity"; sds per sd, free of the
        scale. NaN where truth and own view do not vary, or are the same.

    Raises
    ------
    InputError
        Unknown informants or levels.

    References
    ----------
    West and Kenny (2011), Psychological Review 118, 357-378 (truth force and bias force).
    """
    informants_of(fit, [judgement, truth, own], where="judgement, truth, own", at_least=3)
    cov = _latent_cov(fit, level=level, time=time)
    variance = {name: _pick(cov, name, name) for name in (judgement, truth, own)}

    def cor(first: str, second: str) -> xr.DataArray:
        product = variance[first] * variance[second]
        return _pick(cov, first, second) / product.where(product > 0) ** 0.5

    r_jt, r_jb, r_tb = cor(judgement, truth), cor(judgement, own), cor(truth, own)
    unshared = 1.0 - r_tb**2
    # Where truth and own view are the same, no regression can tell the two forces apart.
    unshared = unshared.where(unshared > 1e-12)
    forces = [(r_jt - r_jb * r_tb) / unshared, (r_jb - r_jt * r_tb) / unshared]
    return (
        xr.concat(forces, dim="force", coords="minimal", compat="override", join="exact")
        .assign_coords(force=["tracking", "assumed similarity"])
        .transpose("chain", "draw", "force")
    )


def _pick(matrix: xr.DataArray, first: str, second: str) -> xr.DataArray:
    return matrix.sel(informant=first, informant_=second, drop=True)


def _latent_cov(fit: Fit, *, level: LatentLevel, time: float | None) -> xr.DataArray:
    """Covariance of what informants mean, free of single occasions, at a level or over all."""
    active = [name for name in LEVELS if f"{name}_cov" in fit.moments]
    allowed = ["latent", *active, "alike"]
    if level not in allowed or not active:
        message = f"this fit has {', '.join(allowed) if active else 'none'}."
        problem = Problem(where="level", value=level, message=message + nearest(level, allowed))
        raise InputError([problem], "dyads")
    when = fit.ratings.time.origin if time is None else time
    chosen = active if level in ("latent", "alike") else [level]
    total = at_time(fit, fit.moments[f"{chosen[0]}_cov"], when)
    for name in chosen[1:]:
        total = total + at_time(fit, fit.moments[f"{name}_cov"], when)
    if level == "latent" and has_covariates(fit):
        total = total + explained(fit, when, occasions=False)
    return total
