"""The estimands that are reported of every fit without being asked for.

Where variance lies and how stable it is, whether informants agree, therapists and clients as dyads,
and what covariates go with, as records. What a model does not define (differences in points of
different scales, limits of ratings that are not normal) is absent. The same function of a prior
(`prior_fit`) gives prior draws with the same labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from operator import attrgetter

import numpy as np
import xarray as xr

from bayes_alliance.estimands import agreement, dyads, effects, variance
from bayes_alliance.estimands.agreement import AgreementLevel
from bayes_alliance.estimands.at_time import MOST_OCCASIONS, reference_times
from bayes_alliance.estimands.profiles import changes
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.results.record import LABELS, Result

THERAPIST_OF = "therapist_of_"

type Results = Iterator[Result]


def estimands(fit: Fit) -> Results:
    """Go through the reported estimands of a fit, in the order of ``estimands.csv``."""
    times = reference_times(fit.spec, fit.ratings)
    yield from shares(fit, times)
    if len(fit.ratings.informants) > 1:
        for level in LEVELS:
            for coefficient in varying(fit, level):
                matrix = agreement.correlation(fit, level=level, of=coefficient)
                own = Result(
                    estimand="agreement.correlation", is_bounded=True, level=level, draws=matrix
                )
                yield from _pairs(replace(own, coefficient=coefficient))
        yield from correlations(fit, "total", times)
        yield from indices_of_agreement(fit, times)
    yield from over_time(fit)
    yield from of_dyads(fit)
    yield from of_covariates(fit)


def at_origin(fit: Fit) -> Results:
    """Go through what sentences and figures need where the level is read, beside those reported.

    Yields
    ------
    Result
        Shares of variance, and correlations between informants at every level and in total.
    """
    origin = float(fit.ratings.time.origin)
    known = origin in reference_times(fit.spec, fit.ratings)
    if not known:
        yield from shares(fit, (origin,))
    if len(fit.ratings.informants) > 1:
        for level in LEVELS:
            if f"{level}_cov" in fit.moments and not (known and level == "child"):
                yield from correlations(fit, level, (origin,))
        if not known:
            yield from correlations(fit, "total", (origin,))


def shares(fit: Fit, times: Sequence[float]) -> Results:
    """Go through the shares of variance of every informant's ratings at some times."""
    draws = _timed(variance.shares(fit, time=list(times)), times)
    own = Result(estimand="variance.shares", is_bounded=True, draws=draws)
    yield from _entries(own, "time", "source", "informant")


def correlations(fit: Fit, level: AgreementLevel, times: Sequence[float]) -> Results:
    """Go through correlations between informants at a level, or in total, at some times."""
    draws = agreement.correlation(fit, level=level, time=list(times))
    own = Result(
        estimand="agreement.correlation", is_bounded=True, level=level, draws=_timed(draws, times)
    )
    for at in _entries(own, "time"):
        yield from _pairs(at)


def indices_of_agreement(fit: Fit, times: Sequence[float]) -> list[Result]:
    """List agreement between informants at some times.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.

    Returns
    -------
    list of Result
        By time: correlations between children (latent); where informants share a scale, the mean
        difference (first minus second informant), concordance and intraclass correlations of
        ratings; of normal ratings, their limits of agreement.
    """
    results = list(correlations(fit, "child", times)) if "child_cov" in fit.moments else []
    if comparable(fit):
        when = list(times)
        apart = agreement.mean_difference(fit, time=when)
        matrices = [Result(estimand="agreement.mean_difference", draws=apart)]
        if fit.spec.family.is_normal:
            limits = Result(estimand="agreement.limits", draws=agreement.limits(fit, time=when))
            matrices += _entries(limits, "limit")
        concordance = agreement.concordance(fit, time=when)
        matrices += [Result(estimand="agreement.concordance", is_bounded=True, draws=concordance)]
        for one in matrices:
            for at in _entries(replace(one, draws=_timed(one.draws, times)), "time"):
                results += _pairs(at)
        for index in (agreement.intraclass_agreement, agreement.intraclass_consistency):
            draws = _timed(index(fit, time=when), times)
            results += _entries(
                Result(estimand=f"agreement.{index.__name__}", is_bounded=True, draws=draws), "time"
            )
    return sorted(results, key=attrgetter("time"))


def over_time(fit: Fit) -> Results:
    """Go through how far ratings change, how stable they are, and how reliable slopes.

    Yields
    ------
    Result
        The change in the expected rating from the first to the last time
        (``effects.trajectories``), stability between these, reliability of slopes.
    """
    times = np.unique(fit.design.occasion_time)
    if len(times) < 2:
        return
    yield from change(fit)
    first, last = float(times[0]), float(times[-1])
    draws = variance.stability(fit, times=(first, last)).isel(time=0, drop=True)
    stability = Result(
        estimand="variance.stability", is_bounded=True, time=first, time_=last, draws=draws
    )
    yield from _entries(stability, "stability", "informant")
    if "slope" not in fit.design.coefficients or not fit.spec.residual.same_everywhere:
        return
    if not len(fit.design.coefficients) <= len(times) <= MOST_OCCASIONS:
        return
    if not any(f"{level}_cov" in fit.moments for level in LEVELS):
        return
    draws = variance.slope_reliability(fit)
    reliability = Result(
        estimand="variance.slope_reliability", is_bounded=True, coefficient="slope", draws=draws
    )
    for one in _entries(reliability, "informant"):
        if bool((one.draws > 0).any()):
            yield one


def change(fit: Fit) -> Results:
    """Go through the change in every informant's expected rating from the first to the last time.

    There is none where the model has no growth, or the ratings one time.
    """
    times = np.unique(fit.design.occasion_time)
    if not fit.spec.trajectory.changes or len(times) < 2:
        return
    first, last = float(times[0]), float(times[-1])
    expected = effects.trajectories(fit, times=(first, last))
    draws = expected.isel(time=1, drop=True) - expected.isel(time=0, drop=True)
    own = Result(estimand="effects.trajectories", time=first, time_=last, draws=draws)
    yield from _entries(own, "informant")


def of_dyads(fit: Fit) -> Results:
    """Go through dyads of a therapist and a client, as the informants' names show them.

    Parameters
    ----------
    fit : Fit
        Dyads are informants ``X`` and ``therapist_of_X``, in a model with effects of therapists
        and children.
    """
    if "therapist_cov" not in fit.moments or "child_cov" not in fit.moments:
        return
    time = float(fit.ratings.time.origin)
    for client in fit.ratings.informants:
        therapist = f"{THERAPIST_OF}{client}"
        if therapist not in fit.ratings.informants:
            continue
        draws = dyads.shares(fit, therapist=therapist, client=client, time=time)
        own = Result(estimand="dyads.shares", is_bounded=True, time=time, draws=draws)
        yield from _entries(own, "informant", "source")
        returned = dyads.reciprocity(fit, therapist=therapist, client=client, time=time)
        own = Result(estimand="dyads.reciprocity", is_bounded=True, time=time, draws=returned)
        pair = replace(own, informant=therapist, informant_=client)
        yield from _entries(pair, "reciprocity")
        if comparable(fit):
            follows = dyads.tracking(fit, judgement=therapist, truth=client, time=time)
            yield replace(
                pair, estimand="dyads.tracking", source="latent", is_bounded=False, draws=follows
            )


def of_covariates(fit: Fit) -> Results:
    """Go through what covariates go with, beside their effects, which are quantities of the model.

    Yields
    ------
    Result
        Of a growth coefficient, the effect on the first informant minus that on the second; and
        the effect on the expected rating at the last reference time.
    """
    on_ratings = {key: own for key, own in effects_of(fit).items() if key[0] != "residual_sd"}
    if not on_ratings:
        return
    for (coefficient, covariate), scalars in on_ratings.items() if comparable(fit) else ():
        for one, other in combinations(scalars, 2):
            apart = one.draws - other.draws
            if bool((apart != 0).any()):
                yield Result(
                    estimand="effects.contrast",
                    coefficient=coefficient,
                    covariate=covariate,
                    informant=one.informant,
                    informant_=other.informant,
                    draws=apart,
                )
    time = reference_times(fit.spec, fit.ratings)[-1]
    known = changes(fit)
    for covariate in dict.fromkeys(label for target, label in on_ratings if target != "rating"):
        if covariate in known:
            own = Result(
                estimand="effects.contrast",
                covariate=covariate,
                time=time,
                draws=effects.contrast(fit, covariate, time=time),
            )
            yield from _entries(own, "informant")


def effects_of(fit: Fit) -> dict[tuple[str, str], list[Scalar]]:
    """Effects of covariates on every informant.

    Returns
    -------
    dict
        From what is acted on (a growth coefficient, ``"rating"``, or ``"residual_sd"``, on its
        logarithm) and the label of the covariate or contrast.
    """
    by_target: dict[tuple[str, str], list[Scalar]] = {}
    for one in quantities(fit.moments):
        if one.covariate is not None and one.coefficient is not None:
            by_target.setdefault((one.coefficient, one.covariate), []).append(one)
    return by_target


def varying(fit: Fit, level: str) -> tuple[str, ...]:
    """Growth coefficients that vary at a level for two informants; none if it has no effects."""
    if f"{level}_cov" not in fit.moments:
        return ()
    cov = fit.moments[f"{level}_cov"]
    diagonal = np.diagonal(cov.transpose(..., "term", "term_").to_numpy(), axis1=-2, axis2=-1)
    varies = (diagonal > 0).reshape(-1, diagonal.shape[-1]).any(axis=0)
    coefficients = cov["term_coefficient"].to_numpy()[varies]
    return tuple(c for c in dict.fromkeys(coefficients.tolist()) if (coefficients == c).sum() > 1)


def comparable(fit: Fit) -> bool:
    """Whether points of different informants mean the same."""
    return fit.ratings.common_scale is not None


def _timed(draws: xr.DataArray, times: Sequence[float]) -> xr.DataArray:
    """Give draws the times at which they are the same, if they do not change over time."""
    return draws if "time" in draws.dims else draws.expand_dims(time=list(times))


def _entries(result: Result, *dims: str) -> Results:
    """Go through the entries of a result whose draws have further dims, if they have numbers."""
    if not dims:
        if bool(np.isfinite(result.draws.values).any()):
            yield result
        return
    dim, *inner = dims
    for position, label in enumerate(result.draws[dim].values.tolist()):
        own = {dim if dim in LABELS else "source": label}
        draws = result.draws.isel({dim: position}, drop=True)
        yield from _entries(replace(result, draws=draws, **own), *inner)


def _pairs(result: Result) -> Results:
    """Go through each pair of informants once."""
    informants = result.draws["informant"].values.tolist()
    for (i, one), (j, other) in combinations(enumerate(informants), 2):
        draws = result.draws.isel(informant=i, informant_=j, drop=True)
        yield from _entries(replace(result, informant=one, informant_=other, draws=draws))
