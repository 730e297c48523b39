"""What a model can be told beyond the default is found again in ratings made that way."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import (
    Binary,
    CovariateEffect,
    Population,
    Recording,
    SimulatedCovariate,
    Variation,
)
from bayes_alliance.specification import Effects, Trajectory
from tests.conftest import FitOfExample

pytestmark = pytest.mark.samples

BOTH = ("child", "caregiver")


def population(effects: tuple[CovariateEffect, ...] = (), **changes: object) -> Population:
    """Two informants, children differing in level, two covariates."""
    sd = {f"{k},level": 3.0 for k in BOTH}
    return replace(
        Population(
            level={"child": 37.0, "caregiver": 33.0},
            slope={"child": -0.8, "caregiver": 0.6},
            child=Variation(sd=sd, cor={("child,level", "caregiver,level"): 0.4}),
            residual=Variation(sd=dict.fromkeys(BOTH, 2.0)),
            covariates=(
                SimulatedCovariate(name="female", distribution=Binary(share=0.5)),
                SimulatedCovariate(name="anxiety", distribution=Binary(share=0.4)),
            ),
            effects=effects,
        ),
        **changes,
    )


def fitted(spec: ba.ModelSpec, ratings: Ratings) -> Fit:
    return ba.fit(spec, ratings, seed=1, draws=400, tune=400, chains=2, progress=False)


def near(draws: xr.DataArray, true: Sequence[float] | float, *, sds: float = 3.0) -> None:
    """The truth lies within that many posterior sds of the posterior mean, and these are small."""
    over = ("chain", "draw")
    mean, sd = draws.mean(over).values, draws.std(over).values
    assert (np.abs(mean - np.asarray(true)) < sds * sd).all(), (mean, sd, true)


def simulated(where: Population, families: int = 150) -> Ratings:
    ratings, _ = ba.simulate(
        where,
        families=families,
        therapists=0,
        clinics=0,
        recording=Recording(),
        seed=3,
    )
    return ratings


def shifted(ratings: Ratings, by: dict[str, np.ndarray]) -> Ratings:
    """Ratings of informants raised by something per row of the long frame."""
    long = ratings.long.copy()
    for informant, amount in by.items():
        own = long["informant"] == informant
        long.loc[own, "rating"] += amount[own.to_numpy()]
    return replace(ratings, long=long)


LEVELS = ba.without(ba.load_model("informant_level"), "therapist")


def test_one_effect_for_all_informants_and_an_interaction() -> None:
    equal = dict.fromkeys(BOTH, 3.6)
    ratings = simulated(population((CovariateEffect(of="female", level=equal),)), families=60)
    children = ratings.children.loc[ratings.long["child"]]
    product = (children["female"] * children["anxiety"]).to_numpy()
    ratings = shifted(ratings, {"child": 4.0 * product})
    spec = ba.with_covariates(
        LEVELS,
        {
            "female": {"on": ("level",), "shared": True},
            "anxiety": ("level",),
            "female:anxiety": ("level",),
        },
    )
    fit = ba.fit(spec, ratings, seed=1, draws=200, tune=200, chains=2, progress=False)
    assert fit.engine == "collapsed"
    effects = fit.moments["level_on"]
    female = effects.sel(covariate="female")
    np.testing.assert_allclose(
        female.sel(informant="child"), female.sel(informant="caregiver"), rtol=1e-12
    )
    near(female, [3.6, 3.6])
    near(effects.sel(covariate="female:anxiety"), [4.0, 0.0])
    assert (effects.sel(covariate="female:anxiety").std(("chain", "draw")) < 3.0).all()


def test_effects_within_and_between_children_are_told_apart() -> None:
    ratings = simulated(population())
    rng = np.random.default_rng(5)
    keys = ratings.occasions[["child", "time"]]
    own = pd.Series(rng.normal(size=len(ratings.children)), index=ratings.children.index)
    mood = own[keys["child"]].to_numpy() + rng.normal(size=len(keys))
    occasions = ratings.occasions.assign(mood=mood)
    means = occasions.groupby("child")["mood"].mean()
    rows = ratings.long[["child", "time"]].merge(occasions, on=["child", "time"])
    between = rows["child"].map(means).to_numpy()
    within = rows["mood"].to_numpy() - between
    covariate = ba.ratings.variables.Covariate(name="mood", level="occasion", kind="numeric")
    ratings = replace(
        shifted(ratings, dict.fromkeys(BOTH, 1.5 * within - 2.0 * between)),
        occasions=occasions,
        covariates=(*ratings.covariates, covariate),
    )
    spec = ba.with_covariates(LEVELS, {"mood": {"on": ("rating",), "within_between": True}})
    fit = fitted(spec, ratings)
    assert fit.engine == "collapsed"
    near(fit.moments["rating_on"].sel(occasion_covariate="mood[within]"), [1.5, 1.5])
    near(fit.moments["level_on"].sel(covariate="mood[between]"), [-2.0, -2.0])


@pytest.mark.parametrize(
    "trajectory",
    [
        Trajectory(shape="log_time"),
        Trajectory(shape="natural_spline", knots=(4.0, 8.0, 16.0)),
    ],
)
def test_curves_are_found(trajectory: Trajectory) -> None:
    flat = population(slope={"child": 0.0, "caregiver": 0.0})
    ratings = simulated(flat)
    s = (ratings.long["time"].to_numpy() - 4.0) / 4.0
    curve = {"child": 2.0 * np.log1p(s), "caregiver": -1.0 * np.log1p(s)}
    ratings = shifted(ratings, curve)
    priors = {name: prior for name, prior in LEVELS.priors.items() if name != "slope"}
    priors |= dict.fromkeys(trajectory.coefficients[1:], LEVELS.priors["slope"])
    spec = replace(LEVELS, trajectory=trajectory, priors=priors)
    fit = fitted(spec, ratings)
    assert fit.engine == "collapsed"
    months = np.array([4.0, 8.0, 16.0])
    expected = 37.0 + 2.0 * np.log1p((months - 4.0) / 4.0)
    drawn = ba.effects.trajectories(fit, times=months.tolist()).sel(informant="child")
    near(drawn, expected)
    if trajectory.shape == "log_time":
        near(fit.moments["slope"], [2.0, -1.0])


@pytest.mark.long
def test_six_clinics_do_not_make_the_interval_absurd(fit_of_example: FitOfExample) -> None:
    fit = fit_of_example("growth_with_clinics")
    ratings = fit.ratings
    assert len(ratings.clinics) == 6
    assert fit.engine == "collapsed"
    terms = [f"{k},level" for k in ratings.informants]
    cov = fit.moments["clinic_cov"].sel(term=terms, term_=terms).values
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    # Truth 0.4 points; the prior's 95 % is 3.5 points.
    assert (np.quantile(sd, 0.975, axis=(0, 1)) < 4.0).all()
    assert (np.quantile(sd, 0.025, axis=(0, 1)) < 0.4).all()
    level = fit.moments["level"].std(("chain", "draw"))
    assert (level < 1.5).all()
    assert int(fit.stats["diverging"].sum()) == 0


def test_therapists_may_differ_in_slope() -> None:
    growth = ba.load_model("informant_growth")
    spec = replace(
        growth,
        therapist=Effects(terms=("level", "slope"), structure="independent"),
        priors={
            **{name: p for name, p in growth.priors.items() if name != "therapist_cor"},
            "therapist_sd.slope": growth.priors["child_sd.slope"],
        },
    )
    ratings, _ = ba.simulate(
        population(
            therapist=Variation(sd={"child,slope": 1.5, "caregiver,slope": 0.3, "child,level": 1.0})
        ),
        families=200,
        therapists=30,
        clinics=0,
        recording=Recording(),
        seed=4,
    )
    fit = fitted(spec, ratings)
    assert fit.engine == "collapsed"
    terms = ["child,slope", "caregiver,slope"]
    cov = fit.moments["therapist_cov"].sel(term=terms, term_=terms)
    sd = np.sqrt(np.diagonal(cov.values, axis1=-2, axis2=-1))
    lower, upper = np.quantile(sd, [0.01, 0.99], axis=(0, 1))
    assert (lower < [1.5, 0.3]).all()
    assert (upper > [1.5, 0.3]).all()


def test_a_model_of_one_informant_is_that_of_their_ratings_alone(
    fit_of_example: FitOfExample,
) -> None:
    fit = fit_of_example("predict_caregiver")
    assert fit.ratings.informants == ("caregiver",)
    assert fit.moments["level"].dims[-1] == "informant"
    assert fit.moments.sizes["informant"] == 1
    near(fit.moments["level_on"].sel(covariate="caregiver_white"), [2.5])
    near(fit.moments["level_on"].sel(covariate="experience"), [-0.3])
    near(fit.moments["slope_on"].sel(covariate="caregiver_white"), [-0.6])
