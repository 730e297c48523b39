"""Heavy tails, a spread that depends on covariates, autocorrelation: drawn and recovered."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytest
from pymc.initial_point import make_initial_point_expression
from scipy import stats

from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior import fit as fitting
from bayes_alliance.posterior.engines import chosen
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.posterior.scalars import by_name, quantities
from bayes_alliance.pymc_model import build
from bayes_alliance.pymc_model.residual import autocorrelated
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import (
    Beta,
    CovariateTerm,
    Effects,
    Gamma,
    HalfNormal,
    Likelihood,
    ModelSpec,
    Normal,
    Residual,
    Trajectory,
    load_model,
)
from tests.pymc_model.points import AS_WRITTEN
from tests.small import small_ratings

NAMES = ("robust", "growth_scale", "autoregressive")
NU, RHO = 4.0, 0.6
FACTOR = (0.5, -0.4)
SD = (3.0, 2.0)
# What one unit of `anxiety` does to the levels.
SHIFT = (2.0, -1.0)


@pytest.mark.compiles
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_registers_its_moments_and_is_finite_where_it_starts(name: str) -> None:
    ratings = small_ratings(missing=0.3)
    model = build(load_model(name), ratings)
    dims = model.named_vars_to_dims
    for cov in ("child_cov", "therapist_cov"):
        assert dims[cov] == ("term", "term_")
    assert dims["residual_cov"] == ("informant", "informant_")
    assert dims["level"] == dims["slope"] == ("informant",)
    registered = {"robust": "residual_nu", "autoregressive": "residual_autoregression"}
    if name == "growth_scale":
        assert dims["residual_sd_on"] == ("residual_covariate", "informant")
    else:
        assert registered[name] in model.named_vars
    start = make_initial_point_expression(
        free_rvs=model.free_RVs,
        rvs_to_transforms=model.rvs_to_transforms,
        initval_strategies=model.rvs_to_initial_values,
        return_transformed=True,
    )
    values, density = model.value_vars, model.logp()
    wanted = [density, *pytensor.gradient.grad(density, values)]
    evaluated = pytensor.function(values, wanted, mode=AS_WRITTEN)
    at_start = evaluated(*pytensor.function([], start, mode=AS_WRITTEN)())
    assert all(np.isfinite(value).all() for value in at_start)
    drawn = pm.draw(model["rating"], random_seed=1, mode=AS_WRITTEN)
    assert drawn.shape == (len(model.coords["occasion"]), 3)


@pytest.mark.parametrize("name", NAMES)
def test_models_with_options_of_the_residual_are_computed_by_the_exact_engine(name: str) -> None:
    spec = load_model(name)
    assert chosen("auto", spec, design(spec, small_ratings())) == "collapsed"


def test_the_covariance_of_autocorrelated_residuals_falls_with_the_gap() -> None:
    arrays = design(load_model("informant_level"), small_ratings(missing=0.0))
    n = len(arrays.y)
    root = autocorrelated(arrays, np.eye(n), RHO)
    same = arrays.occasion_child[:, None] == arrays.occasion_child
    months = np.abs(arrays.occasion_time[:, None] - arrays.occasion_time)
    np.testing.assert_allclose(
        root @ root.T, np.where(same, RHO ** (months / 4.0), 0.0), atol=1e-12
    )


def constant(spec: ModelSpec, ratings: Ratings, values: dict[str, np.ndarray]) -> fitting.Fit:
    """A fit all of whose draws are alike."""
    one = prior_fit(spec, ratings, seed=1, draws=1)
    found = one.moments
    for name, value in values.items():
        found[name] = found[name] * 0.0 + np.asarray(value)
    tree = one.posterior.copy()
    tree["posterior"] = found
    return replace(one, posterior=tree)


@pytest.mark.compiles
@pytest.mark.parametrize("name", NAMES)
def test_replicated_ratings_have_the_covariance_of_the_model(name: str) -> None:
    spec = load_model(name)
    ratings = small_ratings(missing=0.0, n_children=60, n_informants=2)
    cov = np.array([[9.0, 2.4], [2.4, 4.0]])
    zeros = {"child_cov": 0.0, "therapist_cov": 0.0, "level": 0.0, "slope": 0.0}
    given: dict[str, object] = {"residual_cov": cov} | zeros
    if name == "robust":
        given["residual_nu"] = 6.0
    if name == "autoregressive":
        given["residual_autoregression"] = RHO
    if name == "growth_scale":
        given |= {"residual_sd_on": np.array([FACTOR]), "level_on": 0.0, "slope_on": 0.0}
    fit = constant(spec, ratings, given)
    values = np.concatenate([replicated(fit, seed=seed, n=4).values for seed in range(60)])
    arrays = fit.design
    anxious = arrays.residual_x[:, 0] if name == "growth_scale" else np.zeros(len(arrays.y))
    for group in np.unique(anxious):
        rows = values[:, anxious == group].reshape(-1, 2)
        factor = np.exp(group * np.array(FACTOR))
        expected = cov * np.outer(factor, factor)
        np.testing.assert_allclose(np.cov(rows.T), expected, rtol=0.08, atol=0.08)
    if name == "autoregressive":
        first = np.flatnonzero(np.diff(arrays.occasion_child, append=-1) == 0)
        pair = np.stack([values[:, first, 0].ravel(), values[:, first + 1, 1].ravel()])
        assert np.cov(pair)[0, 1] == pytest.approx(RHO * 2.4, abs=0.15)
    if name == "robust":
        z = values[..., 0].ravel() / 3.0
        # Kurtosis of a t with 6 degrees of freedom is 3 + 6 / (6 - 4).
        assert np.mean(z**4) > 4.0


def test_priors_of_the_residual_have_the_densities_of_their_distributions() -> None:
    ratings = small_ratings(missing=0.0)
    for name, quantity in zip(
        NAMES, ("residual_nu", "residual_sd_on", "residual_autoregression"), strict=True
    ):
        fit = prior_fit(load_model(name), ratings, seed=3, draws=5)
        found = log_prior(fit)[quantity].values
        draws = fit.moments[quantity].values
        expected = {
            "residual_nu": lambda x: stats.gamma.logpdf(x - 2.0, 2.0, scale=10.0),
            "residual_sd_on": lambda x: stats.norm.logpdf(x, 0.0, 0.25).sum(axis=(-2, -1)),
            "residual_autoregression": lambda x: stats.beta.logpdf(x, 1.0, 2.0),
        }[quantity](draws)
        np.testing.assert_allclose(found, expected)
        labels = {one.quantity for one in quantities(fit.moments, fit.design)}
        assert quantity in labels


def test_missing_values_do_not_reach_the_spread() -> None:
    ratings = small_ratings()
    children = ratings.children.copy()
    children["female"] = children["female"].astype(float)
    children.loc[children.index[0], "female"] = np.nan
    holed = replace(ratings, children=children)
    growth = load_model("informant_growth")
    effect = Normal(mean=0.0, sd=0.25, reason="test")
    spec = replace(
        growth,
        covariates=(CovariateTerm(name="female", on=("level",)),),
        residual=Residual(structure="correlated", sd_on=("female",)),
        priors=dict(growth.priors)
        | {
            "covariate": effect,
            "residual_sd_on": effect,
        },
    )
    with pytest.raises(InputError) as caught:
        design(spec, holed)
    messages = {problem.where for problem in caught.value.problems}
    assert "residual.sd_on" in messages


def made(kind: str) -> Ratings:
    """Ratings of two informants by NumPy alone: levels that differ, and one kind of residual."""
    rng = np.random.default_rng(11)
    cor = np.array([[1.0, 0.3], [0.3, 1.0]])
    root = np.linalg.cholesky(cor * np.outer(SD, SD))
    rows = []
    for child in range(120):
        anxious = child % 2
        level = 30.0 + rng.normal(0.0, 2.5, 2) + anxious * np.array(SHIFT)
        left = np.zeros(2)
        for visit in range(4):
            fresh = root @ rng.standard_normal(2)
            if kind == "autocorrelated":
                left = fresh if visit == 0 else RHO * left + np.sqrt(1 - RHO**2) * fresh
                error = left
            elif kind == "robust":
                error = fresh * np.sqrt((NU - 2.0) / rng.chisquare(NU))
            else:
                error = fresh * np.exp(anxious * np.array(FACTOR))
            seen = np.where(rng.random(2) < 0.15, np.nan, level + error)
            rows.append((f"c{child}", 4.0 + 4.0 * visit, anxious, *seen))
    frame = pd.DataFrame(rows, columns=["id", "month", "anxiety", "a", "b"])
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"a": "a", "b": "b"},
        "scale": {"center": 30.0, "spread": 18.0},
        "time": {"origin": 4, "per": 4, "unit": "months"},
        "covariates": {"child": ["anxiety"]},
    }
    return Ratings.from_wide(frame, study=study)


def level_with(kind: str) -> ModelSpec:
    """Levels that differ between children, and one kind of residual."""
    growth = load_model("informant_growth")
    priors = {name: growth.priors[name] for name in ("level", "residual_sd", "residual_cor")}
    priors["child_sd.level"] = HalfNormal(scale=0.5, reason="test")
    priors["covariate"] = priors["slope_of_sd"] = Normal(mean=0.0, sd=0.25, reason="test")
    effect = priors.pop("slope_of_sd")
    options: dict[str, object] = {}
    if kind == "robust":
        priors["residual_nu"] = Gamma(alpha=2.0, beta=0.1, reason="test")
    elif kind == "autocorrelated":
        priors["residual_autoregression"] = Beta(alpha=1.0, beta=2.0, reason="test")
        options["autoregression"] = True
    else:
        priors["residual_sd_on"] = effect
        options["sd_on"] = ("anxiety",)
    return replace(
        growth,
        trajectory=Trajectory(shape="level"),
        child=Effects(terms=("level",), structure="independent"),
        therapist=None,
        covariates=(CovariateTerm(name="anxiety", on=("level",)),),
        residual=Residual(structure="correlated", **options),
        likelihood=Likelihood(family="student_t" if kind == "robust" else "normal"),
        priors=priors,
    )


@pytest.mark.compiles
@pytest.mark.samples
@pytest.mark.parametrize("kind", ["robust", "scattering", "autocorrelated"])
def test_what_made_the_ratings_is_recovered(kind: str) -> None:
    fit = fitting.fit(
        level_with(kind), made(kind), seed=2, progress=False, chains=2, draws=500, tune=600
    )
    true = {"residual_cor[a;b]": 0.3, "child_sd[a,level]": 2.5, "level_on[anxiety,a]": SHIFT[0]}
    true |= {f"level_at_reference[{k}]": 30.0 for k in "ab"}
    true |= {"level_on[anxiety,b]": SHIFT[1]}
    if kind == "robust":
        true |= {"residual_nu": NU}
    elif kind == "autocorrelated":
        true |= {"residual_autoregression": RHO, "residual_sd[a]": SD[0], "residual_sd[b]": SD[1]}
    else:
        true |= {f"residual_sd_on[anxiety,{k}]": f for k, f in zip("ab", FACTOR, strict=True)}
        true |= {"residual_sd[a]": SD[0], "residual_sd[b]": SD[1]}
    found = by_name(fit.moments, fit.design)
    for name, value in true.items():
        draws = found[name].values
        assert abs(draws.mean() - value) < 3.5 * draws.std(), name
