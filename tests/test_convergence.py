"""Every shipped model converges on the shipped example as a user would fit it."""

import pytest

import bayes_alliance as ba
from tests.conftest import FitOfExample

# The others are among the long tests, run and kept: ten seconds of sampling each and more. That
# chains agree is also asked for where models find the truth behind ratings made for them.
ALWAYS = ("informant_growth",)
NAMES = list(ba.list_models()["name"])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name not in ALWAYS)) for name in NAMES]
)
def test_a_shipped_model_converges_with_its_default_settings(
    name: str, fit_of_example: FitOfExample
) -> None:
    check = ba.checks.convergence(fit_of_example(name))
    assert check.verdict == "pass", check.sentence
