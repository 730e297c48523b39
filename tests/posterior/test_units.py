"""Which quantities are in rating points, asked of every shipped model."""

import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import in_points


@pytest.mark.parametrize("model", ba.list_models()["name"])
def test_what_priors_have_in_units_of_the_scale_is_in_rating_points(model: str) -> None:
    for key, quantity in ba.load_model(model).quantities.items():
        written = "level_on" if key == "covariate" else key.partition(".")[0]
        assert in_points(f"{written}[child]") == (quantity.unit == "spread"), key


def test_averages_of_covariates_are_not_in_rating_points() -> None:
    assert in_points("slope_at_reference[mean_of[them]]")
    assert not in_points("mean_mood")
