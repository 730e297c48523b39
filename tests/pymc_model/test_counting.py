"""Ratings counted in points: density at the limits, moments, averages, refusals, recovery."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from scipy import special, stats

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.pymc_model import build
from bayes_alliance.pymc_model.likelihoods.beta_binomial import _counted
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Beta, HalfNormal, Likelihood, Residual
from tests import hand_made
from tests.small import small_ratings

PYTHON = Mode(linker="py", optimizer="fast_compile")
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
CHILD_SD, THERAPIST_SD, OCCASION_SD = np.array([6.0, 4.0]), np.array([3.0, 2.0]), 3.0
RHO = np.array([0.02, 0.06])


def test_without_dispersion_the_density_is_binomial() -> None:
    x, n = np.array([0, 3, 36, 35]), np.full(4, 36)
    logit = np.array([-20.0, -1.0, 2.0, 30.0])
    for kappa in (0.0, 1e-15):
        found = _counted(logit, np.full(4, kappa), x, n)[0]
        expected = x * special.log_expit(logit) + (36 - x) * special.log_expit(-logit)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_a_rating_that_cannot_be_is_very_unlikely_and_not_nan() -> None:
    none = np.zeros(1, dtype=np.int64)
    found = _counted(np.array([800.0]), np.array([0.0]), none, np.array([36]))
    assert all(np.isfinite(values).all() for values in found)
    assert found[0][0] < -1000.0


def test_the_scatter_of_ratings_is_told_on_the_scale_without_ends() -> None:
    """By the delta method, with the slope of the expected rating taken numerically."""
    ratings = small_ratings(n_informants=2, whole=True)
    model = build(ba.load_model("beta_binomial"), ratings)
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    wanted = [
        model[name] for name in ("residual_cov", "level", "residual_dispersion", "occasion_sd")
    ]
    look = model.compile_fn(
        model.replace_rvs_by_values(wanted), inputs=values, mode=PYTHON, on_unused_input="ignore"
    )
    start = model.initial_point()
    start["level"] = start["level"] + np.array([7.0, -5.0])
    cov, level, rho, sd = look(start)

    def mean(m: np.ndarray) -> np.ndarray:
        return 12 + 36 * special.expit((m - 30) / 9)

    steepness = (mean(level + 1e-4) - mean(level - 1e-4)) / 2e-4
    c = 1 / rho - 1
    p = special.expit((level - 30) / 9)
    scatter = stats.betabinom(36, p * c, (1 - p) * c).var()
    np.testing.assert_allclose(cov, np.outer(sd, sd) + np.diag(scatter / steepness**2), rtol=1e-6)
    prior = ba.prior_fit(ba.load_model("beta_binomial"), ratings, seed=2, draws=3)
    one = prior.moments.isel(chain=0, draw=0)
    level, rho, sd = (one[n].values for n in ("level", "residual_dispersion", "occasion_sd"))
    p, c = special.expit((level - 30) / 9), 1 / rho - 1
    own = stats.betabinom(36, p * c, (1 - p) * c).var() / (4 * p * (1 - p)) ** 2
    np.testing.assert_allclose(one["residual_cov"], np.outer(sd, sd) + np.diag(own), rtol=1e-9)


def fixed(ratings: Ratings) -> ba.Fit:
    """A fit all of whose draws have the values of this module."""
    spec = ba.load_model("beta_binomial")
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
        "occasion_sd": np.full(2, OCCASION_SD),
        "residual_dispersion": RHO,
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
            s, o = (month - 4) / 4, rng.normal()
            row = {"id": f"c{child}", "therapist": f"t{child % n_therapists}", "month": month}
            for k, name in enumerate(BOTH):
                m = LEVEL[k] + SLOPE[k] * s + u[k] + v[child % n_therapists, k] + OCCASION_SD * o
                p = 1 / (1 + np.exp(-2 * (m - 30) / 18))
                c = 1 / RHO[k] - 1
                row[name] = 12.0 + rng.binomial(36, rng.beta(p * c, (1 - p) * c))
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
    spec = ba.load_model("beta_binomial")
    with pytest.raises(ba.InputError, match="no whole points above 12"):
        design(spec, small_ratings())
    endless = hand_made.ratings(scale={"center": 30.0, "spread": 18.0})
    with pytest.raises(ba.InputError, match="points out of those of their scale"):
        design(spec, endless)


def test_options_that_points_do_not_have_are_refused_together() -> None:
    spec = ba.load_model("beta_binomial")
    priors = dict(spec.priors) | {
        "residual_autoregression": Beta(alpha=1, beta=1, reason="test"),
        "residual_sd": HalfNormal(scale=0.5, reason="test"),
    }
    residual = Residual(structure="correlated", autoregression=True)
    with pytest.raises(ba.InputError) as caught:
        replace(spec, priors=priors, residual=residual)
    told = {problem.where: problem.message for problem in caught.value.problems}
    assert "scatter as points do" in told["residual.autoregression"]
    assert "occasion_sd" in told["priors.residual_sd"]
    with pytest.raises(ba.InputError, match='family is not "beta_binomial"'):
        replace(spec, likelihood=Likelihood(family="normal"))


@pytest.mark.long
def test_the_values_that_made_the_ratings_are_found() -> None:
    fit = ba.fit(
        ba.load_model("beta_binomial"),
        made(200, 40, seed=4),
        seed=1,
        draws=500,
        tune=500,
        chains=2,
        progress=False,
    )
    assert fit.engine == "pymc"

    def near(draws: xr.DataArray, true: np.ndarray | float) -> None:
        over = ("chain", "draw")
        apart = (draws.mean(over) - true) / draws.std(over)
        assert (np.abs(apart) < 3.0).all(), (draws.mean(over).values, true)

    moments = fit.moments
    near(moments["level"], LEVEL)
    near(moments["slope"], SLOPE)
    near(moments["residual_dispersion"], RHO)
    sds = np.sqrt(np.diagonal(moments["child_cov"].values, axis1=-2, axis2=-1))[..., :2]
    near(xr.DataArray(sds, dims=("chain", "draw", "informant")), CHILD_SD)
    # Of two informants only how their occasions go together is known.
    shared = moments["occasion_sd"].prod("informant")
    near(shared, OCCASION_SD**2)
    term = {"term": "child,level", "term_": "caregiver,level"}
    both = moments["child_cov"].sel(term)
    near(both / (sds[..., 0] * sds[..., 1]), 0.5)
