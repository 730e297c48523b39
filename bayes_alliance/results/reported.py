"""The estimands that are reported of every fit without being asked for.

Where variance lies and how stable it is, whether informants agree, therapists and clients as dyads,
and what covariates go with, as records. What a model does not define (differences in points of
different scales, limits of ratings that are not normal) is absent. The same function of a prior
(`prior_fit`) gives prior draws with the same labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from bayes_alliance.estimands import dyads, effects, variance
from bayes_alliance.estimands.at_time import MOST_OCCASIONS, reference_times
from bayes_alliance.estimands.profiles import changes
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar, coefficients
from bayes_alliance.results import of_agreement
from bayes_alliance.results.of_agreement import comparable
from bayes_alliance.results.record import Result, entries, identified, timed

SHARES, COURSE = "variance.shares", "effects.trajectories"
THERAPIST_OF = "therapist_of_"

type Results = Iterator[Result]


def estimands(fit: Fit) -> Results:
    """Go through the reported estimands of a fit, in the order of ``estimands.csv``.

    What the ratings cannot tell is left out.
    """
    times = reference_times(fit.spec, fit.ratings)
    yield from identified(fit.design, shares(fit, times))
    if len(fit.ratings.informants) > 1:
        yield from identified(fit.design, of_agreement.between_informants(fit, times))
    yield from observed_level(fit)
    yield from identified(fit.design, over_time(fit))
    yield from identified(fit.design, of_dyads(fit))
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
        yield from identified(fit.design, shares(fit, (origin,)))
    if len(fit.ratings.informants) > 1:
        for level in LEVELS:
            if f"{level}_cov" in fit.moments and not (known and level == "child"):
                yield from identified(fit.design, of_agreement.correlations(fit, level, (origin,)))
        if not known:
            yield from identified(fit.design, of_agreement.correlations(fit, "total", (origin,)))


def shares(fit: Fit, times: Sequence[float]) -> Results:
    """Go through the shares of variance of every informant's ratings at some times."""
    draws = timed(variance.shares(fit, time=list(times)), times)
    own = Result(estimand=SHARES, is_bounded=True, draws=draws)
    for one in entries(own, "time", "source", "informant"):
        yield replace(one, needs="repeated") if _is_apart(one) else one


def _is_apart(share: Result) -> bool:
    """Whether a share of variance rests on telling children from occasions.

    Where each child has one occasion, what a model without children calls the occasion is both.
    """
    return share.source in ("child", "relationship", "occasion")


def noun(estimand: str) -> str:
    """Name an estimand as readers know it: ``"correlation"``, ``"ICC(A,1)"``."""
    symbols = {index.estimand: index.symbol for index in of_agreement.TOGETHER}
    return symbols.get(estimand) or estimand.rpartition(".")[2].replace("_", " ")


def shares_among(rows: pd.DataFrame) -> pd.DataFrame:
    """Select the shares of variance of ratings from rows of results."""
    return rows[rows["estimand"] == SHARES]


def dyads_among(rows: pd.DataFrame) -> pd.DataFrame:
    """Select what is of dyads from rows of results."""
    return rows[rows["estimand"].str.startswith("dyads.")]


def over_time(fit: Fit) -> Results:
    """Go through how far ratings change, how stable they are, and how reliable slopes.

    Yields
    ------
    Result
        The change in the expected rating from the first to the last time
        (``effects.trajectories``), stability between these (free of occasions only
        where units differ in change), reliability of slopes.
    """
    times = np.unique(fit.design.occasion_time)
    if len(times) < 2:
        return
    yield from change(fit)
    first, last = float(times[0]), float(times[-1])
    draws = variance.stability(fit, times=(first, last)).isel(time=0, drop=True)
    effects_of = [one for level in LEVELS if (one := getattr(fit.spec, level)) is not None]
    if not any(one.in_change for one in effects_of):
        # Without differences in change the model fixes it, but for what covariates add.
        draws = draws.sel(stability=["total"])
    stability = Result(
        estimand="variance.stability",
        is_bounded=True,
        needs="repeated",
        time=first,
        time_=last,
        draws=draws,
    )
    yield from entries(stability, "stability", "informant")
    if "slope" not in fit.design.coefficients or not fit.spec.residual.same_everywhere:
        return
    # Fewer occasions than coefficients do not determine a child's slope; children with times of
    # their own have no common design.
    if not len(fit.design.coefficients) <= len(times) <= MOST_OCCASIONS:
        return
    if not any(f"{level}_cov" in fit.moments for level in LEVELS):
        return
    draws = variance.slope_reliability(fit)
    reliability = Result(
        estimand="variance.slope_reliability",
        is_bounded=True,
        needs="repeated",
        coefficient="slope",
        draws=draws,
    )
    for one in entries(reliability, "informant"):
        # A reliability of 0 in every draw is of an informant whose slopes do not vary.
        if bool((one.draws > 0).any()):
            yield one


def observed_level(fit: Fit) -> Results:
    """Go through average observed ratings where the level is read.

    Of a model whose expected ratings lie on a scale without ends; of others this is the level.
    """
    if fit.spec.family.observed_differs:
        origin = (float(fit.ratings.time.origin),)
        average = effects.trajectories(fit, times=origin, observed=True)
        yield from entries(Result(estimand=COURSE, draws=average), "time", "informant")


def change(fit: Fit) -> Results:
    """Go through the change in every informant's expected rating from the first to the last time.

    On the observed scale, averaged over the children of the study. There is none where the model
    has no growth, or the ratings one time.
    """
    times = np.unique(fit.design.occasion_time)
    if not fit.spec.trajectory.changes or len(times) < 2:
        return
    first, last = float(times[0]), float(times[-1])
    expected = effects.trajectories(
        fit, times=(first, last), observed=fit.spec.family.observed_differs
    )
    draws = expected.isel(time=1, drop=True) - expected.isel(time=0, drop=True)
    own = Result(estimand=COURSE, time=first, time_=last, draws=draws)
    yield from entries(own, "informant")


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
        for one in entries(own, "informant", "source"):
            yield replace(one, needs="repeated") if _is_apart(one) else one
        returned = dyads.reciprocity(fit, therapist=therapist, client=client, time=time)
        own = Result(estimand="dyads.reciprocity", is_bounded=True, time=time, draws=returned)
        pair = replace(own, informant=therapist, informant_=client)
        for one in entries(pair, "reciprocity"):
            yield replace(one, needs="repeated") if one.source == "dyadic" else one
        if comparable(fit):
            follows = dyads.tracking(fit, judgement=therapist, truth=client, time=time)
            yield replace(
                pair,
                estimand="dyads.tracking",
                source="latent",
                is_bounded=False,
                needs="repeated",
                draws=follows,
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
            # Effects that informants share do not differ.
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
            yield from entries(own, "informant")


def effects_of(fit: Fit) -> dict[tuple[str, str], list[Scalar]]:
    """Effects of covariates on every informant.

    Returns
    -------
    dict
        From what is acted on (a growth coefficient, ``"rating"``, or ``"residual_sd"``, on its
        logarithm) and the label of the covariate or contrast.
    """
    by_target: dict[tuple[str, str], list[Scalar]] = {}
    for one in coefficients(fit.moments):
        if one.covariate is not None and one.coefficient is not None:
            by_target.setdefault((one.coefficient, one.covariate), []).append(one)
    return by_target
