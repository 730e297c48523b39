"""What every fit implies: the estimands that are reported without being asked for.

Where variance lies and how stable it is, whether informants agree, therapists and clients as dyads,
and what covariates go with, as named draws. What a model cannot tell (differences in points of
different scales, limits of ratings that are not normal) is left out. The same function of a prior
(`prior_fit`) gives prior draws under the same names.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import xarray as xr

from bayes_alliance.estimands import agreement, dyads, effects, variance
from bayes_alliance.estimands.agreement import AgreementLevel
from bayes_alliance.estimands.profiles import changes
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.tables.data_tables import MOST_OCCASIONS, reference_times

THERAPIST_OF = "therapist_of_"

type Named = Iterator[tuple[str, xr.DataArray]]


def implied(fit: Fit) -> Named:
    """Go through the estimands of a fit.

    Yields
    ------
    name : str
        Dotted name of the function and its labels, separated by a bar:
        ``"variance.shares|therapist,child,time=4"``.
    draws : DataArray
        Dims (chain, draw).
    """
    times = reference_times(fit.spec, fit.ratings)
    for time in times:
        shares = variance.shares(fit, time=time)
        for source in shares["source"].to_numpy():
            for informant in shares["informant"].to_numpy():
                draws = shares.sel(source=source, informant=informant, drop=True)
                yield f"variance.shares|{source},{informant},time={time:g}", draws
    if len(fit.ratings.informants) > 1:
        levels: tuple[AgreementLevel, ...] = LEVELS
        for level in levels:
            for coefficient in varying(fit, level):
                matrix = agreement.correlation(fit, level=level, of=coefficient)
                yield from _pairs(f"agreement.correlation|{level},{coefficient}", matrix)
        for time in times:
            matrix = agreement.correlation(fit, level="total", time=time)
            yield from _pairs(f"agreement.correlation|total,time={time:g}", matrix)
        for time in times:
            yield from of_agreement(fit, time)
    yield from of_time(fit)
    yield from of_dyads(fit)
    yield from of_covariates(fit)


def of_agreement(fit: Fit, time: float) -> Named:
    """Go through agreement between informants at a time.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.
    time : float
        In units of the time column.

    Yields
    ------
    name : str
        ``"agreement.limits|lower,time=4,child;caregiver"``: first minus second informant.
    draws : DataArray
        Dims (chain, draw). Correlations between children (latent); where informants share a
        scale, the mean difference, concordance and intraclass correlations of ratings; of normal
        ratings, their limits of agreement.
    """
    at = f"time={time:g}"
    if "child_cov" in fit.moments:
        latent = agreement.correlation(fit, level="child", time=time)
        yield from _pairs(f"agreement.correlation|child,{at}", latent)
    if not _comparable(fit):
        return
    yield from _pairs(f"agreement.mean_difference|{at}", agreement.mean_difference(fit, time=time))
    if fit.spec.family.is_normal:
        limits = agreement.limits(fit, time=time)
        for limit in ("lower", "upper"):
            own = limits.sel(limit=limit, drop=True)
            yield from _pairs(f"agreement.limits|{limit},{at}", own)
    yield from _pairs(f"agreement.concordance|{at}", agreement.concordance(fit, time=time))
    for index in (agreement.intraclass_agreement, agreement.intraclass_consistency):
        yield f"agreement.{index.__name__}|{at},all", index(fit, time=time)


def of_time(fit: Fit) -> Named:
    """Go through how far ratings change, how stable they are, and how reliable slopes.

    Yields
    ------
    name : str
        ``"effects.trajectories|time=4;16,child"`` (the change in the expected rating from the
        first to the last time), ``"variance.stability|disattenuated,time=4;16,child"``,
        ``"variance.slope_reliability|slope,child"``.
    draws : DataArray
        Dims (chain, draw).
    """
    times = np.unique(fit.design.occasion_time)
    if len(times) < 2:
        return
    first, last = float(times[0]), float(times[-1])
    if fit.spec.trajectory.changes:
        expected = effects.trajectories(fit, times=(first, last))
        change = expected.isel(time=1, drop=True) - expected.isel(time=0, drop=True)
        for informant in fit.ratings.informants:
            draws = change.sel(informant=informant, drop=True)
            yield f"effects.trajectories|time={first:g};{last:g},{informant}", draws
    stability = variance.stability(fit, times=(first, last)).isel(time=0, drop=True)
    for kind in stability["stability"].to_numpy():
        for informant in fit.ratings.informants:
            draws = stability.sel(stability=kind, informant=informant, drop=True)
            if bool(np.isfinite(draws).any()):
                yield f"variance.stability|{kind},time={first:g};{last:g},{informant}", draws
    if "slope" not in fit.design.coefficients or not fit.spec.residual.same_everywhere:
        return
    if not len(fit.design.coefficients) <= len(times) <= MOST_OCCASIONS:
        return
    if not any(f"{level}_cov" in fit.moments for level in LEVELS):
        return
    reliability = variance.slope_reliability(fit)
    for informant in fit.ratings.informants:
        draws = reliability.sel(informant=informant, drop=True)
        if bool((draws > 0).any()):
            yield f"variance.slope_reliability|slope,{informant}", draws


def of_dyads(fit: Fit) -> Named:
    """Go through dyads of a therapist and a client, as the informants' names tell them.

    Parameters
    ----------
    fit : Fit
        Dyads are informants ``X`` and ``therapist_of_X``, in a model with effects of therapists
        and children.

    Yields
    ------
    name : str
        ``"dyads.shares|perceiver,therapist_of_child,time=4"``,
        ``"dyads.reciprocity|dyadic,time=4,therapist_of_child;child"``,
        ``"dyads.tracking|latent,time=4,therapist_of_child;child"``.
    draws : DataArray
        Dims (chain, draw).
    """
    if "therapist_cov" not in fit.moments or "child_cov" not in fit.moments:
        return
    time = float(fit.ratings.time.origin)
    at = f"time={time:g}"
    for client in fit.ratings.informants:
        therapist = f"{THERAPIST_OF}{client}"
        if therapist not in fit.ratings.informants:
            continue
        pair = f"{therapist};{client}"
        shares = dyads.shares(fit, therapist=therapist, client=client, time=time)
        for informant in (therapist, client):
            for source in shares["source"].to_numpy():
                draws = shares.sel(source=source, informant=informant, drop=True)
                if bool(np.isfinite(draws).any()):
                    yield f"dyads.shares|{source},{informant},{at}", draws
        returned = dyads.reciprocity(fit, therapist=therapist, client=client, time=time)
        for kind in returned["reciprocity"].to_numpy():
            yield f"dyads.reciprocity|{kind},{at},{pair}", returned.sel(reciprocity=kind, drop=True)
        if _comparable(fit):
            draws = dyads.tracking(fit, judgement=therapist, truth=client, time=time)
            yield f"dyads.tracking|latent,{at},{pair}", draws


def of_covariates(fit: Fit) -> Named:
    """Go through differences between informants in what covariates go with.

    Yields
    ------
    name : str
        ``"effects.contrast|anxiety,level,child;caregiver"``: the effect on the level of the first
        informant minus that on the second. ``"effects.contrast|anxiety,time=16,child"``: the
        effect on the expected rating at the last reference time.
    draws : DataArray
        Dims (chain, draw).
    """
    found = [entry for entry in acting(fit) if entry[0] != "residual_sd"]
    if not found:
        return
    if _comparable(fit):
        for target, label, draws in found:
            for first, second in combinations(fit.ratings.informants, 2):
                apart = draws.sel(informant=first, drop=True) - draws.sel(
                    informant=second, drop=True
                )
                if bool((apart != 0).any()):
                    yield f"effects.contrast|{label},{target},{first};{second}", apart
    time = reference_times(fit.spec, fit.ratings)[-1]
    known = changes(fit)
    for label in dict.fromkeys(label for target, label, _ in found if target != "rating"):
        if label not in known:
            continue
        effect = effects.contrast(fit, label, time=time)
        for informant in fit.ratings.informants:
            draws = effect.sel(informant=informant, drop=True)
            yield f"effects.contrast|{label},time={time:g},{informant}", draws


def acting(fit: Fit) -> Iterator[tuple[str, str, xr.DataArray]]:
    """Go through the effects of covariates.

    Yields
    ------
    target : str
        A growth coefficient, ``"rating"``, or ``"residual_sd"`` (on its logarithm).
    label : str
        Of the covariate or contrast: ``"anxiety"``, ``"ethnicity[latino]"``.
    draws : DataArray
        Dims (chain, draw, informant).
    """
    for variable in [str(v) for v in fit.moments.data_vars if str(v).endswith("_on")]:
        draws = fit.moments[variable]
        along = next(str(dim) for dim in draws.dims if str(dim).endswith("covariate"))
        for label in draws[along].to_numpy().tolist():
            own = draws.sel({along: label}, drop=True)
            if bool((own != 0).any()):
                yield variable.removesuffix("_on"), label, own


def varying(fit: Fit, level: str) -> tuple[str, ...]:
    """Growth coefficients that vary at a level for at least two informants.

    Parameters
    ----------
    level : {"child", "therapist", "clinic"}

    Returns
    -------
    tuple of str
        Empty if the model has no effects at this level.
    """
    if f"{level}_cov" not in fit.moments:
        return ()
    cov = fit.moments[f"{level}_cov"]
    diagonal = np.diagonal(cov.transpose(..., "term", "term_").to_numpy(), axis1=-2, axis2=-1)
    varies = (diagonal > 0).reshape(-1, diagonal.shape[-1]).any(axis=0)
    found = cov["term_coefficient"].to_numpy()[varies]
    return tuple(c for c in dict.fromkeys(found.tolist()) if (found == c).sum() > 1)


def _comparable(fit: Fit) -> bool:
    """Whether points of different informants mean the same."""
    return fit.ratings.common_scale is not None


def _pairs(labels: str, matrix: xr.DataArray) -> Named:
    """Each pair of informants once."""
    for first, second in combinations(matrix["informant"].to_numpy().tolist(), 2):
        draws = matrix.sel(informant=first, informant_=second, drop=True)
        if np.isnan(draws.to_numpy()).all():
            continue
        yield f"{labels},{first};{second}", draws
