"""The order in which terms are taken changes how a covariance is sampled, not what it is."""

import numpy as np
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode

from bayes_alliance.design import design
from bayes_alliance.pymc_model.effects import order
from bayes_alliance.pymc_model.graph import build_from
from bayes_alliance.specification import load_model
from tests.pymc_model.points import random_point
from tests.small import small_ratings

PYTHON = Mode(linker="py", optimizer="fast_compile")


@pytest.mark.parametrize("level", ["child", "therapist"])
def test_terms_go_by_coefficient_and_informants_by_how_much_units_differ(level: str) -> None:
    ratings = small_ratings(n_informants=3, missing=0.3)
    arrays = design(load_model("informant_growth"), ratings)
    seen = ratings.observed
    between = seen.groupby([level, "informant"])["rating"].mean().groupby("informant").var(ddof=0)
    ranked = between.sort_values(ascending=False).index.tolist()
    terms = [arrays.terms[k] for k in arrays.term_sets()[level][0]]
    found = [terms[k] for k in order(arrays, level)]
    coefficients = ["level", "slope"] if level == "child" else ["level"]
    assert found == [f"{informant},{c}" for c in coefficients for informant in ranked]


def test_the_covariance_is_that_of_its_own_terms_in_any_order() -> None:
    arrays = design(load_model("informant_growth"), small_ratings(n_informants=3, missing=0.3))
    assert order(arrays, "child").tolist() != list(range(6))
    built = build_from(load_model("informant_growth"), arrays, sampling=True)
    model = remove_value_transforms(built)
    point = random_point(built, np.random.default_rng(4))
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    wanted = [model[name] for name in ("child_cov", "child_effect")]
    look = model.compile_fn(
        model.replace_rvs_by_values(wanted), inputs=values, mode=PYTHON, on_unused_input="ignore"
    )
    cov, effect = look({model.rvs_to_values[rv].name: point[rv.name] for rv in model.free_RVs})
    taken = order(arrays, "child")
    sd = np.concatenate([point["child_sd_level"], point["child_sd_slope"]])
    root = point["child_cor_cholesky"]
    expected = np.zeros((6, 6))
    for a in range(6):
        for b in range(6):
            i, j = taken[a], taken[b]
            expected[i, j] = sd[i] * sd[j] * (root[a] @ root[b])
    np.testing.assert_allclose(cov, expected, rtol=1e-10)
    # Effects have that covariance: raw ones times its root.
    raw = point["child_raw"]
    gram = np.linalg.pinv(raw) @ effect
    np.testing.assert_allclose(gram.T @ gram, expected, rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "integrated"),
    [
        pytest.param("informant_growth", True, marks=pytest.mark.long),
        pytest.param("robust", True, marks=pytest.mark.long),
        pytest.param("binomial", False, marks=pytest.mark.compiles),
    ],
)
def test_what_is_sampled_has_the_same_gradient_compiled_and_not(
    name: str, integrated: bool
) -> None:
    """The sampler runs the graph compiled by numba; other tests evaluate it node by node."""
    ratings = small_ratings(n_informants=4, missing=0.3, whole=True)
    arrays = design(load_model(name), ratings)
    model = build_from(load_model(name), arrays, integrated=integrated, sampling=True)
    point = model.initial_point()
    rng = np.random.default_rng(1)
    point = {key: np.asarray(v + 0.2 * rng.normal(size=v.shape)) for key, v in point.items()}
    compiled, plain = (model.compile_dlogp(mode=mode)(point) for mode in ("NUMBA", PYTHON))
    np.testing.assert_allclose(compiled, plain, rtol=1e-8, atol=1e-8)
