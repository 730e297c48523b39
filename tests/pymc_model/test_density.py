"""The built PyMC model's log density equals arithmetic that shares no code with it."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytest

from bayes_alliance.design import modelled
from bayes_alliance.pymc_model import build
from bayes_alliance.specification import (
    LKJ,
    R2D2,
    Beta,
    CovariateTerm,
    Effects,
    Exponential,
    Gamma,
    HalfStudentT,
    Likelihood,
    RegularizedHorseshoe,
    Residual,
    StudentT,
    Trajectory,
    list_models,
    load_model,
)
from tests.pymc_model import independent
from tests.pymc_model.points import (
    alone_and_with_gradient,
    direction,
    log_density,
    random_point,
    slope,
)
from tests.small import small_ratings


def everything_on():
    """Clinic effects, covariates of each kind and level, priors of each distribution."""
    growth = load_model("informant_growth")
    priors = dict(growth.priors) | {
        "level": StudentT(nu=4, mean=0.1, scale=0.4, reason="test"),
        "covariate": StudentT(nu=5, mean=0, scale=0.3, reason="test"),
        "child_sd.level": HalfStudentT(nu=3, scale=0.4, reason="test"),
        "child_sd.slope": Gamma(alpha=2, beta=9, reason="test"),
        "residual_sd": Exponential(rate=2.5, reason="test"),
        "clinic_sd.level": Exponential(rate=6, reason="test"),
    }
    return replace(
        growth,
        clinic=Effects(terms=("level",), structure="independent"),
        covariates=(
            CovariateTerm(name="female", on=("level", "slope")),
            CovariateTerm(name="age", on=("slope",)),
            CovariateTerm(name="ethnicity", on=("level", "slope")),
            CovariateTerm(name="experience", on=("level",)),
            CovariateTerm(name="stress", on=("rating",)),
        ),
        priors=priors,
    )


def flat_average():
    """Every correlation matrix with a flat average of the informants."""
    growth = load_model("informant_growth")
    flat = LKJ(eta=1.4, by="coefficient", mean="flat", reason="test")
    names = ("child_cor", "therapist_cor", "residual_cor")
    return replace(growth, priors=dict(growth.priors) | dict.fromkeys(names, flat))


def piecewise():
    growth = load_model("informant_growth")
    priors = dict(growth.priors) | {"slope_change_1": growth.priors["slope"]}
    return replace(growth, trajectory=Trajectory(shape="piecewise", knots=(10.0,)), priors=priors)


def factors_everywhere():
    """A common factor at every level, in two coefficients where a level has two."""
    growth = load_model("informant_growth")
    priors = dict(growth.priors) | {
        "child_cor": LKJ(eta=0.7, reason="test"),
        "clinic_cor": LKJ(eta=1.0, reason="test"),
        "clinic_sd.slope": Exponential(rate=6, reason="test"),
    }
    return replace(
        growth,
        child=Effects(terms=("level", "slope"), structure="common_factor"),
        therapist=Effects(terms=("level",), structure="common_factor"),
        clinic=Effects(terms=("slope",), structure="common_factor"),
        priors=priors,
    )


def censored():
    """Censored ratings beside a covariate of the occasion."""
    return replace(everything_on(), likelihood=Likelihood(family="censored_normal"))


def options_of_covariates():
    """Shared effects, interactions of every kind, a covariate within and between children."""
    growth = load_model("informant_growth")
    prior = StudentT(nu=5, mean=0.1, scale=0.3, reason="test")
    return replace(
        growth,
        covariates=(
            CovariateTerm(name="female", on=("level", "slope"), shared=True),
            CovariateTerm(name="age:female", on=("slope",)),
            CovariateTerm(name="age", on=("level", "slope")),
            CovariateTerm(name="stress", on=("rating",), within_between=True),
            CovariateTerm(name="ethnicity", on=("level",)),
            CovariateTerm(name="experience", on=("level",), shared=True),
            CovariateTerm(name="ethnicity:experience", on=("level",), shared=True),
        ),
        priors=dict(growth.priors) | {"covariate": prior},
    )


def screening(prior, *, shared: bool):
    """Many covariates under a prior that shrinks their effects together."""
    growth = load_model("informant_growth")
    return replace(
        growth,
        covariates=(
            CovariateTerm(name="female", on=("level", "slope")),
            CovariateTerm(name="age", on=("level",)),
            CovariateTerm(name="ethnicity", on=("slope",), shared=shared),
            CovariateTerm(name="stress", on=("rating",)),
        ),
        priors=dict(growth.priors) | {"covariate": prior},
    )


def robust():
    """Heavy tails beside covariates of every level."""
    everything = everything_on()
    priors = dict(everything.priors) | {"residual_nu": Gamma(alpha=2, beta=0.1, reason="test")}
    return replace(everything, likelihood=Likelihood(family="student_t"), priors=priors)


def counting(structure: str):
    """Points of a scale beside covariates of every level."""
    everything = everything_on()
    priors = dict(everything.priors)
    if structure == "independent":
        del priors["residual_cor"]
    return replace(
        everything,
        likelihood=Likelihood(family="binomial"),
        residual=Residual(structure=structure),
        priors=priors,
    )


def scattering(family: str = "normal", **options):
    """Covariates of every kind that act on how much ratings scatter."""
    everything = everything_on()
    names = ("female", "age", "ethnicity", "experience", "stress")
    priors = dict(everything.priors) | {
        "residual_sd_on": StudentT(nu=5, mean=0.1, scale=0.3, reason="test")
    }
    residual = Residual(structure="correlated", sd_on=names, **options)
    if options:
        priors["residual_autoregression"] = Beta(alpha=2, beta=3, reason="test")
    if family == "student_t":
        priors["residual_nu"] = Exponential(rate=0.05, reason="test")
    likelihood = Likelihood(family=family)
    return replace(everything, residual=residual, likelihood=likelihood, priors=priors)


def autocorrelated():
    """Residuals are autocorrelated, without correlation between informants."""
    level = load_model("informant_level")
    dropped = {name: prior for name, prior in level.priors.items() if name != "residual_cor"}
    priors = dropped | {"residual_autoregression": Beta(alpha=1, beta=1, reason="test")}
    residual = Residual(structure="independent", autoregression=True)
    return replace(level, residual=residual, priors=priors)


def shaped(trajectory: Trajectory):
    """Growth along a curve, some of its coefficients different from child to child."""
    growth = load_model("informant_growth")
    dropped = {"slope", "child_sd.slope"}
    priors = {name: prior for name, prior in growth.priors.items() if name not in dropped}
    terms = trajectory.coefficients[:2]
    priors |= dict.fromkeys(trajectory.coefficients[1:], growth.priors["slope"])
    priors |= {f"child_sd.{terms[1]}": growth.priors["child_sd.slope"]}
    child = Effects(terms=terms, structure="correlated")
    return replace(growth, trajectory=trajectory, child=child, priors=priors)


HORSESHOE = RegularizedHorseshoe(global_scale=0.05, slab_scale=0.3, slab_nu=4, reason="test")
EXPLAINED = R2D2(mean=0.2, precision=4.0, concentration=0.5, reason="test")

# Models of single items need ratings with items: see test_items; of leaving: test_leaving.
OTHERS = ("ordinal_items", "growth_with_leaving", "level_with_leaving")
FILES = [name for name in list_models()["name"] if name not in OTHERS]
SPECIFICATIONS = {name: load_model(name) for name in FILES} | {
    "everything on": everything_on(),
    "flat average": flat_average(),
    "piecewise": piecewise(),
    "factors everywhere": factors_everywhere(),
    "censored": censored(),
    "options of covariates": options_of_covariates(),
    "log time": shaped(Trajectory(shape="log_time")),
    "natural spline": shaped(Trajectory(shape="natural_spline", knots=(4.0, 7.0, 12.0, 16.0))),
    "horseshoe": screening(HORSESHOE, shared=True),
    "explained share": screening(EXPLAINED, shared=False),
    "robust": robust(),
    "counting": counting("correlated"),
    "counting, unrelated": counting("independent"),
    "scattering": scattering(),
    "robust, scattering": scattering("student_t"),
    "autocorrelated": autocorrelated(),
    "censored, scattering, autocorrelated": scattering("censored_normal", autoregression=True),
    "two informants of four": replace(everything_on(), informants=("child", "caregiver")),
}


def n_informants(spec) -> int:
    """Three keep graphs small; a model about some informants needs these among the ratings."""
    return 4 if spec.informants else 3


def whole(spec) -> bool:
    """Whether ratings must be whole points, or shall be, which moves what an end says."""
    return spec.family.whole_points or spec.name == "growth_with_ceiling"


# The quick tests take one graph, `make test` all of them.
QUICK = "informant_growth"
NOTHING_MISSING = (QUICK, "growth_with_ceiling", "common_factor", "binomial")


@pytest.mark.compiles
@pytest.mark.parametrize("name", NOTHING_MISSING)
def test_log_density_of_complete_ratings_equals_independent_arithmetic(name: str) -> None:
    spec = SPECIFICATIONS[name]
    ratings = small_ratings(
        missing=0.0, at_ends=0.3, n_informants=n_informants(spec), whole=whole(spec)
    )
    model = build(spec, ratings)
    density, rng = log_density(model), np.random.default_rng(5)
    for _ in range(3):
        point = random_point(model, rng)
        expected = independent.log_density(spec, modelled(spec, ratings), point)
        assert density(point) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(
    "name",
    [
        name if name == QUICK else pytest.param(name, marks=pytest.mark.compiles)
        for name in SPECIFICATIONS
    ],
)
def test_log_density_equals_independent_arithmetic_and_its_gradient_central_differences(
    name: str,
) -> None:
    spec = SPECIFICATIONS[name]
    ratings = small_ratings(
        missing=0.4, at_ends=0.3, n_informants=n_informants(spec), whole=whole(spec)
    )
    model = build(spec, ratings)
    density, with_gradient = alone_and_with_gradient(model)
    rng = np.random.default_rng(5)
    for _ in range(3):
        point = random_point(model, rng)
        expected = independent.log_density(spec, modelled(spec, ratings), point)
        assert density(point) == pytest.approx(expected, rel=1e-8, abs=1e-8)
    value, gradient = with_gradient(point)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)
    for _ in range(3):
        along = {variable: direction(variable, at, rng) for variable, at in point.items()}
        expected = slope(density, point, along, step=1e-5)
        found = sum(float((gradient[variable] * one).sum()) for variable, one in along.items())
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-5)


@pytest.mark.compiles
def test_an_informant_who_is_missing_adds_no_parameter() -> None:
    spec = load_model("informant_growth")
    full = build(spec, small_ratings(missing=0.0))
    holed = build(spec, small_ratings(missing=0.4))
    assert [v.name for v in full.free_RVs] == [v.name for v in holed.free_RVs]
    assert all("unobserved" not in variable.name for variable in holed.free_RVs)


def test_named_moments_are_registered_with_their_dims() -> None:
    model = build(everything_on(), small_ratings())
    dims = model.named_vars_to_dims
    assert dims["level"] == ("informant",)
    assert dims["level_on"] == ("covariate", "informant")
    assert dims["rating_on"] == ("occasion_covariate", "informant")
    for level in ("child", "therapist", "clinic"):
        assert dims[f"{level}_cov"] == ("term", "term_")
    assert dims["residual_cov"] == ("informant", "informant_")


@pytest.mark.compiles
def test_only_ratings_at_the_ends_get_a_latent_value() -> None:
    ratings = small_ratings(missing=0.3, at_ends=0.3)
    model = build(censored(), ratings)
    at_end = ratings.observed[ratings.observed["rating"].isin([12.0, 48.0])]
    labels = [f"{r.child}, {r.time:g}, {r.informant}" for r in at_end.itertuples()]
    assert list(model.coords["censored"]) == labels
    within = build(censored(), small_ratings(missing=0.3))
    assert "excess" not in within.named_vars


def test_a_common_factor_implies_products_of_loadings_and_nothing_between_coefficients() -> None:
    model = build(factors_everywhere(), small_ratings())
    child = [model[name] for name in ("child_cov", "child_loading_beta", "child_loading")]
    cov, half, shown = pm.draw(child, random_seed=1)
    sd = np.sqrt(np.diag(cov))
    loading = 2 * half - 1
    expected = np.outer(loading, loading)
    expected[:3, 3:] = expected[3:, :3] = 0.0
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(cov / np.outer(sd, sd), expected, atol=1e-12)
    np.testing.assert_allclose(np.abs(shown), np.abs(loading))
    assert shown[:3].sum() > 0
    assert shown[3:].sum() > 0
    assert model.coords["child_source"][:2] == ("factor of level", "factor of slope")
