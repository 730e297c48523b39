"""Every shipped model converges on the shipped example as a user would fit it."""

import pytest

import bayes_alliance as ba
from tests.conftest import FitOfExample

# Ten to forty seconds of sampling each. That the chains of each of these models agree is asked for
# where it finds the truth behind ratings made for it, but for three that take minutes there, too.
LONG = (
    "autoregressive",
    "binomial",
    "common_factor",
    "growth_scale",
    "growth_with_ceiling",
    "growth_with_leaving",
    "informant_level",
    "level_with_leaving",
    "ordinal_items",
    "predict_growth",
    "quadratic_growth",
    "robust",
    "screen_predictors",
    "slowing_growth",
    "two_phase_growth",
    "categorical_visits",
)
NAMES = list(ba.list_models()["name"])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in NAMES]
)
def test_a_shipped_model_converges_with_its_default_settings(
    name: str, fit_of_example: FitOfExample
) -> None:
    check = ba.checks.convergence(fit_of_example(name))
    assert check.verdict == "pass", check.sentence
