"""What must not change when informants are permuted or time and scale get other units."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from bayes_alliance.estimands import agreement, effects, variance
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Scale, TimeAxis
from tests import hand_made
from tests.estimands.every import DISTANCES, EVERY, MONTHS, PURE, same

ORDER = [2, 0, 3, 1]


@pytest.fixture(scope="module")
def fit() -> Fit:
    return hand_made.fit()


def with_moments(fit: Fit, moments: xr.Dataset, **changes: object) -> Fit:
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fit.stats})
    return dataclasses.replace(
        fit, posterior=tree, ratings=dataclasses.replace(fit.ratings, **changes)
    )


@pytest.mark.thorough
@pytest.mark.parametrize("name", EVERY)
def test_permuting_informants_permutes_results_and_changes_no_number(fit: Fit, name: str) -> None:
    same(EVERY[name](hand_made.permuted(fit, ORDER)), EVERY[name](fit))


def rescaled(fit: Fit, *, shift: float, factor: float) -> Fit:
    """The same families rated in other units: ``shift + factor * rating``."""
    moments = fit.moments
    changed = {name: factor * moments[name] for name in ("level", "slope", "level_on", "slope_on")}
    changed["level"] = shift + changed["level"]
    changed |= {
        name: factor**2 * moments[name] for name in ("child_cov", "therapist_cov", "residual_cov")
    }
    old = fit.ratings.common_scale
    scale = Scale.bounded(
        lower=shift + factor * old.lower,
        upper=shift + factor * old.upper,
        step=factor * old.step,
    )
    scales = dict.fromkeys(fit.ratings.informants, scale)
    return with_moments(fit, moments.assign(changed), scales=scales)


@pytest.mark.thorough
@pytest.mark.parametrize("name", EVERY)
def test_other_units_of_ratings_scale_distances_and_leave_the_rest(fit: Fit, name: str) -> None:
    other = rescaled(fit, shift=-5.0, factor=2.5)
    same(EVERY[name](other), EVERY[name](fit), factor=2.5 if name in DISTANCES else 1.0)


def test_the_probability_of_being_within_points_keeps_if_the_points_are_rescaled(fit: Fit) -> None:
    other = rescaled(fit, shift=-5.0, factor=2.5)
    same(agreement.within(other, 7.5, time=MONTHS), agreement.within(fit, 3.0, time=MONTHS))


def test_components_change_with_the_square_of_the_unit(fit: Fit) -> None:
    other = rescaled(fit, shift=3.0, factor=0.5)
    same(
        variance.components(other, time=MONTHS), variance.components(fit, time=MONTHS), factor=0.25
    )


def test_trajectories_move_with_the_scale(fit: Fit) -> None:
    found = effects.trajectories(rescaled(fit, shift=-5.0, factor=2.5), times=MONTHS)
    same(found, -5.0 + 2.5 * effects.trajectories(fit, times=MONTHS))


def slower(fit: Fit) -> Fit:
    """The same lines with slopes per eight months instead of four."""
    moments = fit.moments
    by_term = xr.where(moments["term_coefficient"] == "slope", 2.0, 1.0)
    both = by_term * by_term.rename(term="term_").drop_vars("term_coefficient", errors="ignore")
    both = both.transpose("term", "term_").values
    changed = {name: 2.0 * moments[name] for name in ("slope", "slope_on")}
    changed |= {name: moments[name] * both for name in ("child_cov", "therapist_cov")}
    time = TimeAxis(origin=4.0, per=8.0, unit="months")
    return with_moments(fit, moments.assign(changed), time=time)


@pytest.mark.thorough
@pytest.mark.parametrize("name", EVERY)
def test_the_unit_of_slopes_changes_nothing_that_is_read_at_a_time(fit: Fit, name: str) -> None:
    same(EVERY[name](slower(fit)), EVERY[name](fit))


def later(fit: Fit, months: float) -> Fit:
    """The same study, its clock moved."""
    ratings = fit.ratings
    return dataclasses.replace(
        fit,
        ratings=dataclasses.replace(
            ratings,
            time=dataclasses.replace(ratings.time, origin=ratings.time.origin + months),
            long=ratings.long.assign(time=ratings.long["time"] + months),
            occasions=ratings.occasions.assign(time=ratings.occasions["time"] + months),
        ),
    )


def test_moving_the_clock_changes_nothing() -> None:
    fit = hand_made.fit()
    moved = later(fit, 100.0)
    for estimand in (
        variance.shares,
        variance.stability,
        variance.slope_reliability,
        agreement.concordance,
        agreement.limits,
    ):
        np.testing.assert_allclose(estimand(moved), estimand(fit))
    shifted = [month + 100.0 for month in MONTHS]
    np.testing.assert_allclose(
        agreement.correlation(moved, time=shifted), agreement.correlation(fit, time=MONTHS)
    )


def test_every_estimand_keeps_chains_and_draws_and_is_finite_where_defined(fit: Fit) -> None:
    for name, estimand in (PURE | DISTANCES).items():
        draws = estimand(fit)
        assert draws.dims[:2] == ("chain", "draw"), name
        assert draws.sizes["chain"] == hand_made.CHAINS, name
        defined = draws if name != "one with many" else draws.fillna(0.0)
        assert np.isfinite(defined).all(), name
