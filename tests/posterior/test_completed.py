"""Leaving out ratings that values complete, against integrals over these values.

All parameters are known, so that what is left out has one density: a probability of a region of a
normal distribution where ratings are censored, an integral over weights where tails are heavy.
"""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.special import logsumexp, ndtr, ndtri

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.posterior.compare import leave_one_child_out, leave_one_rating_out
from bayes_alliance.posterior.completed import proposal
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.left_out import unrated
from bayes_alliance.posterior.scores import by_draw
from bayes_alliance.specification import load_model
from tests import hand_made
from tests.collapsed.random_designs import long_ratings, truth_of
from tests.dense import LongRatings, covariance, mean
from tests.posterior.test_recovery import constant_fit, three_levels
from tests.small import small_ratings

CHAINS, DRAWS = 2, 2000


def censored_fit() -> tuple[Fit, LongRatings, np.ndarray, np.ndarray, np.ndarray]:
    """Known parameters, and values beyond the ends drawn from what all ratings say of them.

    Returns
    -------
    Fit, ratings, their mean and covariance, and direction of each rating (0: not censored)
    """
    plain = constant_fit((1, 1))
    data = small_ratings(n_children=6, n_informants=2, at_ends=0.35, missing=0.4)
    spec = replace(three_levels(), likelihood=load_model("growth_with_ceiling").likelihood)
    one = {name: plain.moments[name].values[0, 0] for name in plain.moments}
    fit = hand_made.constant(spec, data, one, shape=(CHAINS, DRAWS))
    ratings, truth = long_ratings(fit.design), truth_of(one, fit.design)
    center, cov = mean(ratings, truth), covariance(ratings, truth)
    direction = np.zeros(len(ratings.rating))
    row, informant, beyond = fit.design.censored
    places = [
        int(np.flatnonzero((ratings.occasion == r) & (ratings.informant == k))[0])
        for r, k in zip(row, informant, strict=True)
    ]
    direction[places] = beyond
    excess = truncated(ratings.rating, direction, center, cov, np.array(places))
    excess = excess.reshape(CHAINS, DRAWS, -1)
    moments = fit.moments.assign(excess=(("chain", "draw", "censored"), excess))
    return with_moments(fit, moments), ratings, center, cov, direction


def with_moments(fit: Fit, moments: xr.Dataset) -> Fit:
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fit.stats})
    return replace(fit, posterior=tree)


def truncated(
    y: np.ndarray, direction: np.ndarray, center: np.ndarray, cov: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """Gibbs draws of how far censored ratings lie beyond their ends, shape (draws, n)."""
    rng, precision = np.random.default_rng(4), np.linalg.inv(cov)
    value = y.copy()
    out = np.zeros((CHAINS * DRAWS, len(places)))
    for draw in range(-100, len(out)):
        for n, i in enumerate(places):
            rest = precision[i] @ (value - center) - precision[i, i] * (value[i] - center[i])
            sd = precision[i, i] ** -0.5
            here = center[i] - rest * sd**2
            # Turned so that what is cut off lies below, then by the inverse of the upper tail.
            upper = ndtr(-direction[i] * (y[i] - here) / sd)
            value[i] = here - direction[i] * sd * ndtri(rng.uniform() * upper)
            if draw >= 0:
                out[draw, n] = abs(value[i] - y[i])
    return out


def log_probability(
    y: np.ndarray, direction: np.ndarray, center: np.ndarray, cov: np.ndarray
) -> float:
    """Density of what was observed times the probability of what was censored."""
    seen, gone = np.flatnonzero(direction == 0.0), np.flatnonzero(direction)
    total = 0.0
    here, left = center[gone], cov[np.ix_(gone, gone)]
    if len(seen):
        block = cov[np.ix_(seen, seen)]
        total += float(stats.multivariate_normal.logpdf(y[seen], center[seen], block))
        weight = np.linalg.solve(block, cov[np.ix_(seen, gone)]).T
        here = here + weight @ (y[seen] - center[seen])
        left = left - weight @ cov[np.ix_(seen, gone)]
    if len(gone):
        turned = -np.diag(direction[gone])
        normal = stats.multivariate_normal(turned @ here, turned @ left @ turned)
        normal.maxpts, normal.abseps = 10**6, 1e-9
        total += float(np.log(normal.cdf(turned @ y[gone])))
    return total


@pytest.mark.thorough
def test_censored_ratings_are_left_out_with_the_probability_of_what_lies_beyond() -> None:
    fit, ratings, center, cov, direction = censored_fit()
    y = ratings.rating
    whole = log_probability(y, direction, center, cov)
    child = leave_one_child_out(fit, refits=0)
    rating = leave_one_rating_out(fit, refits=0)
    assert child.table["high_k"].item() == 0
    compared = 0
    for unit, found, belongs in (
        ("child", child, ratings.child),
        ("rating", rating, np.arange(len(y))),
    ):
        for position, (label, row) in enumerate(found.by_unit[fit.spec.name].iterrows()):
            own = belongs == (fit.design.children.index(label) if unit == "child" else position)
            if not direction[own].any():
                continue
            rest = log_probability(y[~own], direction[~own], center[~own], cov[np.ix_(~own, ~own)])
            assert row["elpd"] == pytest.approx(whole - rest, abs=0.03), (unit, label)
            compared += 1
    assert compared > 5


@pytest.mark.thorough
def test_draws_that_have_not_seen_a_child_find_the_same_density() -> None:
    fit, ratings, center, cov, direction = censored_fit()
    proposed = proposal(fit.design, fit.moments, "child")
    assert proposed is not None
    proposed = proposed.to_draw_from()
    whole = log_probability(ratings.rating, direction, center, cov)
    counts = [np.count_nonzero(direction[ratings.child == c]) for c in range(6)]
    c = int(np.argmax(counts))
    label = fit.design.children[c]
    part = design(fit.spec, unrated(fit.ratings, "child", label))
    of_others = [n for n, one in enumerate(fit.design.censored_labels) if not one.startswith(label)]
    seen = fit.moments["excess"].values[..., of_others]
    # Given these parameters the others' values hardly know the child: those at hand will do.
    drawn = fit.moments.drop_dims("censored").assign(excess=(("chain", "draw", "left"), seen))
    moments = proposed.filled(drawn, part, fit.design, seed=3)
    scores = np.concatenate(list(by_draw(moments, fit.design, unit="child", proposed=proposed)))
    found = logsumexp(scores[:, c]) - np.log(len(scores))
    own = ratings.child == c
    rest = log_probability(
        ratings.rating[~own], direction[~own], center[~own], cov[np.ix_(~own, ~own)]
    )
    assert found == pytest.approx(whole - rest, abs=0.05)


def test_weights_are_integrated_out_of_what_is_left_out() -> None:
    nu, data = 4.5, small_ratings(n_children=6, n_informants=2, clinics=False, therapists=False)
    robust = load_model("robust")
    priors = {key: one for key, one in robust.priors.items() if not key.startswith("therapist")}
    spec = replace(robust, therapist=None, priors=priors)
    child = np.diag([6.0, 5.0, 0.5, 0.4])
    one = {
        "level": np.array([33.0, 36.0]),
        "slope": np.array([-0.5, 1.0]),
        "child_cov": child,
        "residual_cov": np.array([[6.0, 1.0], [1.0, 5.0]]),
        "residual_nu": np.array(nu),
    }
    fit = hand_made.constant(spec, data, one, shape=(CHAINS, DRAWS))
    ratings, truth = long_ratings(fit.design), truth_of(one, fit.design)
    center, rng = mean(ratings, truth), np.random.default_rng(5)
    between = covariance(ratings, replace(truth, residual_cov=np.zeros((2, 2))))
    within = covariance(ratings, replace(truth, child_cov=np.zeros((4, 4))))
    law = stats.gamma(nu / 2, scale=1.0 / (nu / 2 - 1.0))
    rows = np.arange(len(fit.design.y))
    weight = np.ones((CHAINS * DRAWS, len(rows)))
    expected = {}
    for c, label in enumerate(fit.design.children):
        own, occasions = ratings.child == c, rows[fit.design.occasion_child == c]
        if len(occasions) > 2:
            weight[:, occasions] = law.rvs((CHAINS * DRAWS, len(occasions)), random_state=rng)
            continue
        # A fine grid of logarithms of weights.
        grid = np.linspace(-7.0, 2.5, 500)
        points = np.stack(np.meshgrid(*[grid] * len(occasions), indexing="ij"), axis=-1)
        points = np.exp(points.reshape(-1, len(occasions)))
        log_law = (law.logpdf(points) + np.log(points * (grid[1] - grid[0]))).sum(axis=1)
        w = points[:, np.searchsorted(occasions, ratings.occasion[own])]
        cov = between[np.ix_(own, own)] + within[np.ix_(own, own)] / w[:, :, None]
        deviation = ratings.rating[own] - center[own]
        solved = np.linalg.solve(cov, np.broadcast_to(deviation, (len(cov), own.sum()))[..., None])
        log_p = -0.5 * (
            np.linalg.slogdet(2.0 * np.pi * cov)[1] + (solved[..., 0] * deviation).sum(axis=1)
        )
        log_p += log_law
        expected[label] = logsumexp(log_p)
        share = np.exp(log_p - logsumexp(log_p))
        chosen = rng.choice(len(points), size=CHAINS * DRAWS, p=share)
        weight[:, occasions] = points[chosen]
    moments = fit.moments.assign(
        residual_weight=(("chain", "draw", "occasion"), weight.reshape(CHAINS, DRAWS, -1))
    )
    found = leave_one_child_out(with_moments(fit, moments), refits=0)
    elpd = found.by_unit[fit.spec.name, "elpd"]
    assert len(expected) >= 3
    for label, value in expected.items():
        assert elpd[label] == pytest.approx(value, abs=0.03)


def test_a_fit_that_kept_no_values_beyond_the_ends_says_which_engine_does() -> None:
    fit, *_ = censored_fit()
    without: xr.Dataset = fit.moments.drop_dims("censored")
    with pytest.raises(ba.InputError, match='engine "collapsed" keeps'):
        leave_one_child_out(with_moments(fit, without))


def test_a_child_whose_ratings_are_left_out_stays_with_its_covariates() -> None:
    data = small_ratings()
    left = unrated(data, "child", "c3")
    assert list(left.children.index) == list(data.children.index)
    own = left.long["child"] == "c3"
    assert left.long.loc[own, "rating"].isna().all()
    assert left.long.loc[~own].equals(data.long.loc[~own])
