"""Effects placed by what ratings tell of them are the same effects, sampled more easily."""

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode
from scipy import optimize, stats

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.pymc_model import information
from bayes_alliance.pymc_model.graph import build_from
from bayes_alliance.specification import ModelSpec
from tests.pymc_model.points import random_point
from tests.pymc_model.test_density import EXPLAINED, HORSESHOE, screening
from tests.small import small_ratings

PYTHON = Mode(linker="py", optimizer="fast_compile")
LOG_TWO_PI = float(np.log(2.0 * np.pi))


class Bare:
    """A graph over its own variables: log density, and other variables at a point."""

    def __init__(self, model: pm.Model) -> None:
        self.built, self.model = model, remove_value_transforms(model)
        self.keys = {rv.name: self.model.rvs_to_values[rv].name for rv in self.model.free_RVs}
        self._logp = self.model.compile_logp(mode=PYTHON)

    def log_density(self, point: dict) -> float:
        return float(self._logp({self.keys[name]: point[name] for name in self.keys}))

    def function(self, names: list[str]):
        values = [self.model.rvs_to_values[rv] for rv in self.model.free_RVs]
        wanted = self.model.replace_rvs_by_values([self.model[name] for name in names])
        compiled = self.model.compile_fn(
            wanted, inputs=values, mode=PYTHON, on_unused_input="ignore"
        )
        return lambda point: compiled({self.keys[name]: point[name] for name in self.keys})


@pytest.mark.compiles
@pytest.mark.parametrize(
    "spec", [screening(HORSESHOE, shared=True), screening(EXPLAINED, shared=False)]
)
def test_where_effects_lie_is_a_change_of_variables(spec: ModelSpec) -> None:
    """Its determinant is that of the effects by where they lie, which is exact: they are linear."""
    ratings = small_ratings(n_children=8, n_informants=2)
    arrays = design(spec, ratings)
    plain = Bare(build_from(spec, arrays))
    placed = Bare(build_from(spec, arrays, placed=True))
    assert set(plain.keys) == set(placed.keys)
    raws = [name for name in plain.keys if "_on" in name and name.endswith("_raw")]
    effects = [name.removesuffix("_raw") for name in raws]
    assert any("shared" in name for name in raws) == bool(arrays.shared_effects)
    given, lying = plain.function(effects), placed.function(effects)
    point = random_point(plain.built, np.random.default_rng(5))
    sizes = [point[name].size for name in raws]
    ends = np.cumsum(sizes)

    def at(flat: np.ndarray) -> dict:
        pieces = np.split(flat, ends[:-1])
        shapes = zip(raws, pieces, strict=True)
        return point | {name: piece.reshape(point[name].shape) for name, piece in shapes}

    n = int(ends[-1])
    scale = np.concatenate([np.ravel(value) for value in given(at(np.ones(n)))])

    def raw(where: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ravel(value) for value in lying(at(where))]) / scale

    zero = raw(np.zeros(n))
    slope = np.stack([raw(e) - zero for e in np.eye(n)], axis=1)
    determinant = np.linalg.slogdet(slope)[1]
    assert abs(determinant) > 0.1
    for seed in (1, 2):
        where = np.random.default_rng(seed).normal(size=n)
        found = placed.log_density(at(where)) - 0.5 * n * LOG_TWO_PI
        expected = plain.log_density(at(raw(where))) + determinant
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.compiles
def test_what_ratings_say_is_that_of_a_mixed_model() -> None:
    """Beside generalised least squares at the maximum of a dense likelihood."""
    spec = ba.with_covariates(
        ba.load_model("informant_growth"),
        {"anxiety": ("level", "slope"), "female": ("level",)},
    )
    ratings, _ = ba.simulate(families=50, seed=4)
    arrays = design(ba.without(spec, "therapist"), ratings)
    k = 2
    rows = np.flatnonzero(arrays.present[:, k])
    child, phi = arrays.occasion_child[rows], arrays.basis[rows]
    y = arrays.y[rows, k] - arrays.center[k]
    x = arrays.x[arrays.occasion_child]
    columns = np.column_stack([x, arrays.basis[:, 1] * x[:, 0]])
    whole = np.column_stack([phi, columns[rows]])
    same = child[:, None] == child

    def parts(free: np.ndarray) -> tuple:
        root = np.array([[np.exp(free[0]), 0.0], [free[1], np.exp(free[2])]])
        cov = np.where(same, phi @ root @ root.T @ phi.T, 0.0) + np.exp(free[3]) * np.eye(len(y))
        precise = np.linalg.inv(cov)
        effect = np.linalg.solve(whole.T @ precise @ whole, whole.T @ precise @ y)
        return cov, precise, effect

    def loss(free: np.ndarray) -> float:
        cov, _, effect = parts(free)
        return -stats.multivariate_normal.logpdf(y, whole @ effect, cov)

    best = optimize.minimize(loss, [1.0, 0.0, 0.0, 2.0], method="Powell", options={"maxiter": 6})
    _, precise, effect = parts(best.x)
    covariance = np.linalg.inv(whole.T @ precise @ whole)[2:, 2:]
    known, score = information.of_effects(arrays, columns)
    assert known.shape == (len(arrays.informants), 3, 3)
    off = np.linalg.solve(known[k], score[k]) - effect[2:]
    assert np.abs(off / np.sqrt(np.diag(covariance))).max() < 0.1
    np.testing.assert_allclose(np.linalg.inv(known[k]), covariance, rtol=0.1, atol=0.02)
    shared, of_all = information.of_effects(arrays, columns, shared_effects=True)
    np.testing.assert_allclose(shared[0], (arrays.spread**2 * known.T).sum(axis=-1).T)
    np.testing.assert_allclose(of_all[0], (arrays.spread[:, None] * score).sum(axis=0))
