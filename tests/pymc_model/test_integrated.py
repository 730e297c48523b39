"""The graph whose effects are integrated out is the graph with its effects, integrated."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode
from scipy import integrate, stats

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.pymc_model.graph import build_from, integrates
from bayes_alliance.pymc_model.likelihoods.student_t import weights
from bayes_alliance.specification import CovariateTerm, load_model
from tests import dense
from tests.pymc_model.points import random_point
from tests.pymc_model.test_density import everything_on, factors_everywhere
from tests.small import small_ratings
from tests.test_engines import EFFECTS, Graph

PYTHON = Mode(linker="py", optimizer="fast_compile")


def screening() -> ba.ModelSpec:
    """A horseshoe over two covariates."""
    terms = [CovariateTerm(name=name, on=("level",)) for name in ("female", "age")]
    return replace(load_model("screen_predictors"), covariates=tuple(terms))


SPECS = {
    "normal": load_model("informant_growth"),
    "nothing above the child": load_model("separate_levels"),
    "ceiling": load_model("growth_with_ceiling"),
    "spread": load_model("growth_scale"),
    "everything on": everything_on(),
    "factors": factors_everywhere(),
    "screening": screening(),
}


def compiled(model: pm.Model) -> tuple:
    """Log density and gradient over the free variables themselves."""
    bare = remove_value_transforms(model)
    keys = {rv.name: bare.rvs_to_values[rv].name for rv in bare.free_RVs}
    logp, dlogp = bare.compile_logp(mode=PYTHON), bare.compile_dlogp(mode=PYTHON)
    return keys, logp, dlogp


@pytest.mark.compiles
@pytest.mark.parametrize("name", SPECS)
def test_the_density_is_that_of_the_graph_with_its_effects_integrated(name: str) -> None:
    spec = SPECS[name]
    ratings = small_ratings(n_children=6, n_informants=3, missing=0.3, at_ends=0.2)
    arrays = design(spec, ratings)
    assert integrates(spec, arrays)
    reduced = build_from(spec, arrays, integrated=True)
    assert not {f"{level}_raw" for level in ("child", "therapist", "clinic")} & set(
        reduced.named_vars
    )
    whole = Graph.of(spec, ratings)
    keys, logp, dlogp = compiled(reduced)
    rng = np.random.default_rng(3)
    for _ in range(2):
        point = random_point(reduced, rng)
        expected, slopes = whole.integrated({n: np.asarray(point[n]) for n in keys})
        at = {keys[n]: point[n] for n in keys}
        assert float(logp(at)) == pytest.approx(expected, rel=1e-9, abs=1e-8)
        flat = np.concatenate([np.ravel(slopes[n]) for n in keys])
        np.testing.assert_allclose(dlogp(at), flat, rtol=1e-6, atol=1e-6)
    assert set(keys) == set(whole.names) - set(EFFECTS)


def test_a_weighted_normal_density_averages_to_the_t_of_the_graph() -> None:
    nu, cov = 5.0, np.array([[4.0, 1.2], [1.2, 2.0]])
    for error in ([0.0, 0.0], [1.0, -2.0], [6.0, 5.0]):

        def given(weight: float, error: list[float] = error) -> float:
            density = stats.multivariate_normal.pdf(error, cov=cov / weight)
            return density * stats.gamma.pdf(weight, nu / 2, scale=1 / (nu / 2 - 1))

        average = integrate.quad(given, 0, np.inf)[0]
        expected = stats.multivariate_t.pdf(error, shape=cov * (nu - 2) / nu, df=nu)
        assert average == pytest.approx(expected, rel=1e-6)


def test_heavy_tails_are_normal_given_the_weights() -> None:
    """Against a dense covariance: the weight of an occasion divides its residual covariance."""
    spec = load_model("robust")
    ratings = small_ratings(n_children=5, n_informants=2, missing=0.3)
    arrays = design(spec, ratings)
    built = build_from(spec, arrays, integrated=True)
    model = remove_value_transforms(built)
    keys, _, _ = compiled(built)
    rng = np.random.default_rng(8)
    point = random_point(built, rng)
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]

    def evaluated(*names: str) -> tuple:
        wanted = model.replace_rvs_by_values([model[name] for name in names])
        return model.compile_fn(wanted, inputs=values, mode=PYTHON, on_unused_input="ignore")

    look = evaluated("child_cov", "therapist_cov", "residual_cov", "residual_weight", "ratings")
    child, therapist, residual, weight, found = look({keys[n]: point[n] for n in keys})
    rows, informant = np.nonzero(arrays.present)
    own = arrays.occasion_child[rows]
    long = dense.LongRatings(
        child=own,
        therapist=arrays.levels[0].parent[own],
        clinic=None,
        occasion=rows,
        informant=informant,
        rating=arrays.y[rows, informant],
        phi=arrays.basis[rows],
        z=np.zeros((len(rows), 0)),
        x=np.zeros((len(rows), 0)),
    )
    truth = dense.Truth(
        gamma=np.stack([point["level"], point["slope"]]),
        beta=np.zeros((0, 2, 2)),
        delta=np.zeros((0, 2)),
        residual_cov=np.zeros((2, 2)),
        child_cov=child,
        therapist_cov=therapist,
    )
    same = rows[:, None] == rows
    left = np.where(same, residual[informant][:, informant] / weight[rows], 0.0)
    total = dense.covariance(long, truth) + left
    expected = stats.multivariate_normal.logpdf(long.rating, dense.mean(long, truth), total)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_weights_have_their_gamma_law() -> None:
    """Over the logarithm of the weight, by which the sampled variable is linear."""
    nu, raw = 7.0, np.array([-2.3, -0.4, 0.0, 1.7])
    with pm.Model(coords={"occasion": range(4)}) as model:
        weights(pt.constant(nu, dtype="float64"))
    logp = model.compile_logp(mode=PYTHON)
    found = float(logp({"residual_weight_raw": raw}))
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    wanted = model.replace_rvs_by_values([model["residual_weight"]])
    weight = model.compile_fn(wanted, inputs=values, mode=PYTHON)({"residual_weight_raw": raw})[0]
    law = stats.gamma(nu / 2, scale=1 / (nu / 2 - 1))
    step = np.diff(np.log(weight)) / np.diff(raw)
    np.testing.assert_allclose(step, step[0])
    expected = law.logpdf(weight) + np.log(weight) + np.log(step[0])
    assert found == pytest.approx(expected.sum(), rel=1e-9)


def test_autocorrelated_residuals_leave_the_effects_in_the_graph() -> None:
    spec = load_model("autoregressive")
    assert not integrates(spec, design(spec, small_ratings(n_children=6)))


def test_a_missing_category_leaves_the_effects_in_the_graph() -> None:
    ratings = small_ratings(n_children=6)
    children = ratings.children.copy()
    children.loc[children.index[0], "ethnicity"] = None
    gap = replace(ratings, children=children)
    spec = ba.with_covariates(load_model("informant_growth"), {"ethnicity": ("level",)})
    assert integrates(spec, design(spec, ratings))
    assert not integrates(spec, design(spec, gap))
