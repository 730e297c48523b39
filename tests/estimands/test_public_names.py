"""Estimands are reached from the top of the package, and each says what it computes."""

import inspect

import pytest

import bayes_alliance as ba

PLACES = ("agreement", "congruence", "dyads", "effects", "leaving", "variance")
FUNCTIONS = [
    (place, name)
    for place in PLACES
    for name in getattr(ba, place).__all__
    if inspect.isfunction(getattr(getattr(ba, place), name))
]


def test_every_estimand_of_the_plan_is_there() -> None:
    expected = {
        "agreement": {
            "concordance",
            "correlation",
            "covariance",
            "intraclass_agreement",
            "intraclass_consistency",
            "limits",
            "mean_difference",
            "within",
        },
        "congruence": {"discrepancy", "latent_scores", "response_surface"},
        "dyads": {
            "assumed_similarity",
            "directional_bias",
            "reciprocity",
            "shares",
            "stratified",
            "tracking",
        },
        "leaving": {
            "arms_apart",
            "by_group",
            "effect_tipping_point",
            "hazard",
            "in_treatment",
            "left_minus_stayed",
            "shifted",
            "side_by_side",
            "support",
            "tipping_point",
            "two_shifts",
            "with_who_left",
        },
        "variance": {
            "components",
            "contraction",
            "prior_driven",
            "shares",
            "slope_reliability",
            "stability",
            "standard_deviations",
        },
    }
    for place, names in expected.items():
        assert {name for where, name in FUNCTIONS if where == place} == names
    effects = {"at_ceiling", "ceiling_contrast", "contrast", "direction", "inside", "predictions"}
    assert effects | {"trajectories"} == {name for where, name in FUNCTIONS if where == "effects"}
    assert callable(ba.usual_analysis)
    assert callable(ba.prior_fit)


@pytest.mark.parametrize(("place", "name"), FUNCTIONS)
def test_every_estimand_is_documented_and_takes_few_arguments(place: str, name: str) -> None:
    function = getattr(getattr(ba, place), name)
    text = inspect.getdoc(function)
    assert "Parameters\n----------" in text
    assert "Returns\n-------" in text
    parameters = inspect.signature(function).parameters.values()
    plain = [one for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD]
    assert len(plain) <= 6
    assert sum(one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for one in plain) <= 2
