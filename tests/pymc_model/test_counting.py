"""Ratings counted in points: density and gradient, averages, refusals, recovery."""

from dataclasses import replace
from typing import Any

import numpy as np
import nutpie
import pandas as pd
import pytest
import xarray as xr
from nutpie.compile_pymc import CompiledPyMCModel
from scipy import special, stats

import bayes_alliance as ba
from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.completions.points import POINTS
from bayes_alliance.collapsed.sampler import sampler_model
from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Beta, CovariateTerm, Likelihood, Normal, Residual
from tests import hand_made
from tests.collapsed.test_density import named_moments
from tests.collapsed.values_behind import check, normal_measurements
from tests.small import small_ratings

pytestmark = pytest.mark.compiles

BOTH = ("child", "caregiver")
STUDY = {
    "layout": "wide",
    "columns": {"child": "id", "therapist": "therapist", "time": "month"},
    "informants": {name: name for name in BOTH},
    "scale": {"lower": 12, "upper": 48},
    "time": {"origin": 4, "per": 4, "unit": "months"},
    "synthetic": True,
}
LEVEL, SLOPE = np.array([44.0, 33.0]), np.array([-1.5, 1.0])
CHILD_SD, THERAPIST_SD = np.array([6.0, 4.0]), np.array([3.0, 2.0])
RESIDUAL_SD, RESIDUAL_COR = np.array([3.5, 2.5]), 0.4


def sampled(*, scattered: bool) -> tuple[CollapsedModel, np.ndarray]:
    """The model as the exact engine samples it, and a point of its vector."""
    spec = ba.load_model("binomial")
    if scattered:
        prior = Normal(mean=0.1, sd=0.3, reason="test")
        spec = replace(
            spec,
            covariates=(CovariateTerm(name="anxiety", on=("level",)),),
            residual=Residual(structure="correlated", sd_on=("anxiety",)),
            priors=dict(spec.priors) | {"covariate": prior, "residual_sd_on": prior},
        )
    ratings = small_ratings(n_informants=3, missing=0.3, whole=True)
    model = collapse(spec, design(spec, ratings))
    return model, np.random.default_rng(7).uniform(-0.8, 0.8, size=model.n_parameters)


@pytest.mark.parametrize("scattered", [False, True])
def test_the_density_is_that_of_scipy(*, scattered: bool) -> None:
    """Points given the values behind them, and a dense normal density of these."""
    model, x = sampled(scattered=scattered)
    arrays, named = model.design, named_moments(model, x)
    points = (arrays.y - 12.0)[arrays.present]

    def log_observed(values: np.ndarray) -> float:
        return stats.binom(36, special.expit((values - 30.0) / 9.0)).logpmf(points).sum()

    def slope(r: int, value: float) -> float:
        return 2.0 * (points[r] - 36.0 * special.expit(2.0 * value))

    rough = special.logit((points + 0.5) / 37.0) / 2.0
    pseudo, variance, _ = normal_measurements(slope, rough, np.nonzero(arrays.present)[1])
    check(
        model,
        x,
        pseudo=30.0 + 18.0 * pseudo,
        variance=18.0**2 * variance,
        log_observed=log_observed,
    )
    beside = POINTS.of_ratings(arrays, {name: value[None] for name, value in named.items()})
    assert beside is not None
    found = beside.log_density.sum()
    assert found == pytest.approx(log_observed(named["latent"]), rel=1e-9)


def test_a_rating_that_cannot_be_is_very_unlikely_and_not_nan() -> None:
    model, x = sampled(scattered=False)
    far = np.array([1e3 if label.startswith("noise[") else 0.0 for label in model.labels])
    value, gradient = model.log_density_and_gradient(x + far)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert value < -1000.0


def fixed(ratings: Ratings) -> ba.Fit:
    """A fit all of whose draws have the values of this module."""
    spec = ba.load_model("binomial")
    order = design(spec, ratings).terms
    child = np.diag([*CHILD_SD**2, 1e-4, 1e-4])
    child[0, 1] = child[1, 0] = 0.5 * CHILD_SD.prod()
    therapist = np.diag([*THERAPIST_SD**2, 0.0, 0.0])
    assert order == ("child,level", "caregiver,level", "child,slope", "caregiver,slope")
    prior = ba.prior_fit(spec, ratings, seed=1, draws=2)
    values = {
        "level": LEVEL,
        "slope": SLOPE,
        "child_cov": child,
        "therapist_cov": therapist,
        "residual_cov": np.outer(RESIDUAL_SD, RESIDUAL_SD) * [[1, RESIDUAL_COR], [RESIDUAL_COR, 1]],
    }
    found = prior.moments
    for name, value in values.items():
        found[name] = found[name] * 0.0 + value
    tree = prior.posterior.copy()
    tree["posterior"] = found
    return replace(prior, posterior=tree)


def made(n_children: int, n_therapists: int, seed: int) -> Ratings:
    """Ratings of the values of this module, by plain loops."""
    rng = np.random.default_rng(seed)
    v = rng.normal(size=(n_therapists, 2)) * THERAPIST_SD
    rows = []
    for child in range(n_children):
        z = rng.normal(size=2)
        u = CHILD_SD * np.array([z[0], 0.5 * z[0] + np.sqrt(0.75) * z[1]])
        for month in (4.0, 8.0, 12.0, 16.0):
            s, e = (month - 4) / 4, rng.normal(size=2)
            e = RESIDUAL_SD * [e[0], RESIDUAL_COR * e[0] + np.sqrt(1 - RESIDUAL_COR**2) * e[1]]
            row = {"id": f"c{child}", "therapist": f"t{child % n_therapists}", "month": month}
            for k, name in enumerate(BOTH):
                m = LEVEL[k] + SLOPE[k] * s + u[k] + v[child % n_therapists, k] + e[k]
                p = 1 / (1 + np.exp(-2 * (m - 30) / 18))
                row[name] = 12.0 + rng.binomial(36, p)
            rows.append(row)
    return Ratings.from_wide(pd.DataFrame(rows), study=STUDY)


def test_averages_are_those_of_ratings_made_by_plain_loops() -> None:
    many = made(12000, 6000, seed=3)
    fit = fixed(made(8, 4, seed=1))
    seen = many.observed.assign(top=many.observed["rating"] == 48.0)
    seen = seen.groupby(["time", "informant"])[["rating", "top"]].mean()
    times = [4.0, 16.0]
    over = ("chain", "draw")
    mean = ba.effects.trajectories(fit, times=times, observed=True).mean(over)
    top = ba.effects.at_ceiling(fit, time=times).mean(over)
    for time in times:
        for name in BOTH:
            at = {"time": time, "informant": name}
            assert float(mean.sel(at)) == pytest.approx(seen.loc[(time, name), "rating"], abs=0.15)
            assert float(top.sel(at)) == pytest.approx(seen.loc[(time, name), "top"], abs=0.01)
    nobody = ba.effects.at_ceiling(fit, time=4.0, over="nobody").mean(over)
    assert float(nobody.sel(informant="child")) < float(top.sel(time=4.0, informant="child"))
    latent = ba.effects.trajectories(fit, times=times).mean(over)
    np.testing.assert_allclose(latent.sel(time=4.0), LEVEL)


def test_replicated_ratings_are_points_and_scatter_as_the_model_says() -> None:
    ratings = made(400, 200, seed=5)
    fit = fixed(ratings)
    values = np.concatenate([replicated(fit, seed=seed).values for seed in range(12)])
    assert set(np.unique(values)) <= set(range(12, 49))
    other = made(4000, 2000, seed=9).observed
    for k, name in enumerate(BOTH):
        own = other.loc[other["informant"] == name, "rating"]
        assert values[..., k].mean() == pytest.approx(own.mean(), abs=0.3)
        assert values[..., k].std() == pytest.approx(own.std(), rel=0.03)
    wide = other.pivot_table(index=["child", "time"], columns="informant", values="rating")
    flat = values.reshape(-1, 2)
    found = np.corrcoef(flat.T)[0, 1]
    assert found == pytest.approx(wide[list(BOTH)].corr().iloc[0, 1], abs=0.04)
    check = ba.checks.posterior_predictive(fit, seed=1)
    assert check.table is not None


def test_parts_of_points_and_scales_without_ends_are_refused() -> None:
    spec = ba.load_model("binomial")
    with pytest.raises(ba.InputError, match="no whole points above 12"):
        design(spec, small_ratings())
    endless = hand_made.ratings(scale={"center": 30.0, "spread": 18.0})
    with pytest.raises(ba.InputError, match="points out of those of their scale"):
        design(spec, endless)


def test_residuals_of_points_are_not_autocorrelated() -> None:
    spec = ba.load_model("binomial")
    priors = dict(spec.priors) | {"residual_autoregression": Beta(alpha=1, beta=1, reason="test")}
    with pytest.raises(InputError, match=r"residual\.autoregression"):
        replace(spec, priors=priors, residual=Residual(structure="correlated", autoregression=True))


def test_the_old_name_leads_to_the_new_one() -> None:
    with pytest.raises(InputError, match="Did you mean 'binomial'"):
        Likelihood(family="beta_binomial")
    with pytest.raises(InputError, match="Did you mean 'binomial'"):
        ba.load_model("beta_binomial")


@pytest.mark.long
def test_the_values_that_made_the_ratings_are_found() -> None:
    fit = ba.fit(
        ba.load_model("binomial"),
        made(200, 40, seed=4),
        seed=1,
        draws=500,
        tune=500,
        chains=2,
        progress=False,
    )
    assert fit.engine == "collapsed"

    def near(draws: xr.DataArray, true: np.ndarray | float) -> None:
        over = ("chain", "draw")
        apart = (draws.mean(over) - true) / draws.std(over)
        assert (np.abs(apart) < 3.0).all(), (draws.mean(over).values, true)

    moments = fit.moments
    near(moments["level"], LEVEL)
    near(moments["slope"], SLOPE)

    def sds_of(name: str) -> np.ndarray:
        return np.sqrt(np.diagonal(moments[name].values, axis1=-2, axis2=-1))[..., :2]

    for name, true in (("child_cov", CHILD_SD), ("residual_cov", RESIDUAL_SD)):
        near(xr.DataArray(sds_of(name), dims=("chain", "draw", "informant")), true)
    pairs = {
        "child_cov": ({"term": "child,level", "term_": "caregiver,level"}, 0.5),
        "residual_cov": ({"informant": "child", "informant_": "caregiver"}, RESIDUAL_COR),
    }
    for name, (pair, true) in pairs.items():
        near(moments[name].sel(pair) / sds_of(name).prod(axis=-1), true)


def test_the_sampler_follows_circles_where_most_coordinates_are_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not an argument of nutpie's function has reached its settings."""
    kinds = []

    def stop(self: CompiledPyMCModel, settings: Any, *others: Any) -> None:
        kinds.append(settings.as_dict()["settings"]["trajectory_kind"])
        raise KeyboardInterrupt

    monkeypatch.setattr(CompiledPyMCModel, "_make_sampler", stop)
    growth = ba.load_model("informant_growth")
    ratings = small_ratings(n_informants=3, missing=0.3, whole=True)
    for model in (sampled(scattered=False)[0], collapse(growth, design(growth, ratings))):
        with pytest.raises(KeyboardInterrupt):
            nutpie.sample(sampler_model(model), draws=1, tune=1, chains=1, seed=1)
    assert kinds == ["ExactNormal", "Euclidean"]
