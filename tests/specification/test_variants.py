"""Leaving a level out takes its priors along and nothing else."""

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.specification import load_model, without


def test_without_therapists_the_other_priors_stay() -> None:
    growth = load_model("informant_growth")
    smaller = without(growth, "therapist")
    assert smaller.therapist is None
    assert smaller.child == growth.child
    gone = set(growth.priors) - set(smaller.priors)
    assert gone == {"therapist_sd.level", "therapist_cor"}
    assert all(smaller.priors[quantity] == growth.priors[quantity] for quantity in smaller.priors)
    assert smaller.title == "Growth, informants linked, without therapist effects"


def test_without_a_level_that_is_off_changes_nothing() -> None:
    growth = load_model("informant_growth")
    assert without(growth, "clinic") is growth


def test_an_unknown_level_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'therapist'"):
        without(load_model("informant_growth"), "therapists")
