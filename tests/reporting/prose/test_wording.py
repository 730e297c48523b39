import numpy as np
import pytest

from bayes_alliance.reporting.plots.named import of_what
from bayes_alliance.reporting.prose.main_results import main_results
from bayes_alliance.reporting.prose.wording import (
    at_others,
    covariate_said,
    digits,
    percent,
    printed,
    probability,
    with_interval,
)
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import load_model, with_covariates
from tests import hand_made
from tests.small import small_ratings


@pytest.mark.parametrize(
    ("width", "decimals"), [(20.0, 0), (2.2, 1), (0.2, 2), (0.03, 3), (0.0001, 4), (0.0, 2)]
)
def test_an_interval_is_shown_to_two_digits_of_its_width(width, decimals):
    assert digits(width) == decimals


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert printed(-0.004, 2) == "0.00"
    assert printed(-0.006, 2) == "−0.01"


def test_no_number_is_shown_as_a_dash():
    assert printed(float("nan"), 2) == "–"
    assert with_interval(*3 * (float("nan"),), decimals=2) == "–"


def test_what_cannot_exceed_one_has_no_zero_before_the_point():
    assert printed(-0.314, 2, bounded=True) == "−.31"
    assert printed(1.0, 2, bounded=True) == "1.00"
    assert with_interval(0.45, -0.05, 0.9, decimals=2, bounded=True) == ".45 [−.05, .90]"


def test_median_and_bounds_share_their_decimals():
    assert with_interval(38.214, 37.1, 39.26, decimals=1) == "38.2 [37.1, 39.3]"


def test_a_probability_is_never_said_to_be_certain():
    assert probability(1.0) == "> .99"
    assert probability(0.0) == "< .01"
    assert probability(0.934) == ".93"


def test_a_share_is_printed_in_whole_per_cent():
    assert [percent(share) for share in (0.0, 0.074, 1.0, float("nan"))] == [
        "0%",
        "7%",
        "100%",
        "–",
    ]


def test_effects_of_categories_name_their_reference_and_others_are_said_without_brackets() -> None:
    arms = ("CBT", "as usual", "family_therapy")
    fit = hand_made.fit(("child",), covariate="treatment_arm", groups=arms)
    assert covariate_said(fit, "treatment_arm[as usual]") == "treatment arm (as usual vs CBT)"
    assert covariate_said(fit, "mood[within]") == "mood (within)"
    assert covariate_said(hand_made.fit(), "anxiety") == "anxiety"


def test_an_effect_says_at_which_value_of_what_it_interacts_with() -> None:
    acting = {
        "female": ("level", "slope"),
        "age": ("level",),
        "female:age": ("level",),
        "female:anxiety": ("slope",),
        "anxiety": ("slope",),
    }
    spec = with_covariates(load_model("separate_levels"), acting)
    fit = hand_made.constant(spec, small_ratings(n_informants=2), {"child_cov": np.zeros((4, 4))})
    assert covariate_said(fit, "female", on="level") == "female (where age is at its mean)"
    assert covariate_said(fit, "female", on="slope") == "female (where anxiety is 0)"
    assert covariate_said(fit, "age", on="level") == "age (where female is 0)"
    # Of what does not interact, of the interaction itself, and without a target, nothing is said.
    assert at_others(fit, "age", "slope") == at_others(fit, "female:age", "level") == ""
    assert covariate_said(fit, "female") == "female"
    assert of_what(fit, "female").endswith("where age is at its mean and anxiety is 0")
    assert covariate_said(fit, "female:age", on="level") == "female × age"


def test_the_main_results_name_an_interaction_as_one() -> None:
    acting = dict.fromkeys(("female", "anxiety", "female:anxiety"), ("level",))
    spec = with_covariates(load_model("separate_levels"), acting)
    values = {"level_on": np.array([[2.0, 1.0], [-1.0, -2.0], [-3.0, -2.0]])}
    values |= {"child_cov": np.diag([4.0, 4.0, 0.0, 0.0]), "residual_cov": np.eye(2)}
    fit = hand_made.constant(spec, small_ratings(n_informants=2), values)
    said = main_results(collected(fit))[-1]
    assert "Female (where anxiety is 0) goes with a higher level of ratings by" in said
    assert "Anxiety (where female is 0) goes with a lower level of ratings by" in said
    assert "How female goes with the level of ratings by" in said
    assert said.endswith(" depends on anxiety.")
