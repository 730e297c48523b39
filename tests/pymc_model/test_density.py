"""The built PyMC model's log density equals arithmetic that shares no code with it."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode

from bayes_alliance.pymc_model import build
from bayes_alliance.specification import (
    CovariateTerm,
    Effects,
    Exponential,
    Gamma,
    HalfStudentT,
    StudentT,
    Trajectory,
    list_models,
    load_model,
)
from tests.pymc_model.independent import log_density
from tests.small import small_ratings


# Small graphs evaluated node by node: nothing is compiled, so many models cost little.
PYTHON = Mode(linker="py", optimizer="fast_compile")


def random_point(model: pm.Model, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Values in the support of every free variable."""
    point = {}
    start = model.initial_point()
    for variable in model.free_RVs:
        name, value = variable.name, start[model.rvs_to_values[variable].name]
        if name.endswith("_cor_cholesky"):
            n = round((1 + np.sqrt(1 + 8 * len(value))) / 2)
            rows = np.linalg.cholesky(np.cov(rng.normal(size=(n, 4 * n))))
            point[name] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        elif "_sd" in name:
            point[name] = rng.gamma(2.0, 2.0, size=value.shape)
        else:
            point[name] = value + rng.normal(size=value.shape)
    return point


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


def piecewise():
    growth = load_model("informant_growth")
    priors = dict(growth.priors) | {"slope_change_1": growth.priors["slope"]}
    return replace(growth, trajectory=Trajectory(shape="piecewise", knots=(10.0,)), priors=priors)


SPECIFICATIONS = {name: load_model(name) for name in list_models()["name"]} | {
    "everything on": everything_on(),
    "piecewise": piecewise(),
}


@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_log_density_equals_independent_arithmetic(name: str, missing: float) -> None:
    spec = SPECIFICATIONS[name]
    ratings = small_ratings(missing=missing)
    transformed = build(spec, ratings)
    model = remove_value_transforms(transformed)
    logp = model.compile_logp(mode=PYTHON)
    rng = np.random.default_rng(5)
    for _ in range(3):
        point = random_point(transformed, rng)
        expected = log_density(spec, ratings, point)
        values = {model.rvs_to_values[rv].name: point[rv.name] for rv in model.free_RVs}
        assert float(logp(values)) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_gradient_equals_central_differences(name: str) -> None:
    model = build(SPECIFICATIONS[name], small_ratings(missing=0.3))
    logp, dlogp = model.compile_logp(mode=PYTHON), model.compile_dlogp(mode=PYTHON)
    start = model.initial_point()
    rng = np.random.default_rng(3)
    point = {key: value + 0.3 * rng.normal(size=value.shape) for key, value in start.items()}
    gradient = np.concatenate([np.ravel(part) for part in np.atleast_1d(dlogp(point))])
    position = 0
    step = 1e-5
    for rv in model.value_vars:
        for index in np.ndindex(point[rv.name].shape):
            moved = {key: value.copy() for key, value in point.items()}
            moved[rv.name][index] += step
            above = logp(moved)
            moved[rv.name][index] -= 2 * step
            below = logp(moved)
            expected = (above - below) / (2 * step)
            assert gradient[position] == pytest.approx(expected, rel=1e-5, abs=1e-5)
            position += 1
    assert position == len(gradient)


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
