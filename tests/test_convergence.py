"""Every shipped model converges on the shipped example as a user would fit it."""

import pytest

import bayes_alliance as ba

pytestmark = pytest.mark.slow

# Minutes of compiling and sampling each.
LONG = ("autoregressive", "beta_binomial", "growth_scale", "ordinal_items", "robust")
NAMES = list(ba.list_models()["name"])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in NAMES]
)
def test_a_shipped_model_converges_with_its_default_settings(name: str) -> None:
    spec = ba.load_model(name)
    items = spec.likelihood.family == "ordinal"
    ratings = ba.load_example("usual_care_items" if items else "usual_care")
    fit = ba.fit(spec, ratings, seed=1, progress=False)
    check = ba.checks.convergence(fit)
    assert check.verdict == "pass", check.sentence
